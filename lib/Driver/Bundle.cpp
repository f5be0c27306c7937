//===- Bundle.cpp - Writing a bundle whole or not at all ------------------===//
//
// 1. A fresh folder beside the target collects everything.
// 2. The program of each rank is localised; ranks whose programs print alike
//    share one executable. Distinct ones are compiled in parallel, each in a
//    context of its own.
// 3. Weights are cut, the manifest and the report written.
// 4. The folder takes the target's name; on any error it is removed.
//
//===----------------------------------------------------------------------===//

#include "Bundle.h"
#include "BundleFolder.h"

#include "WeightFiles.h"
#include "dtc/Driver/Report.h"
#include "dtc/Target/Cuda.h"
#include "dtc/Transforms/Passes.h"
#include "dtc/runtime/Checksum.h"
#include "dtc/runtime/Files.h"
#include "dtc/runtime/program.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/xxhash.h"

#include <map>
#include <mutex>
#include <optional>

using namespace mlir;
using namespace dtc;
using llvm::json::Array;
using llvm::json::Object;

namespace {

/// What `dtc-run` starts at most.
constexpr int64_t maxRanks = 4096;

/// A program that one or more ranks run.
struct RankProgram {
  std::string text;
  std::vector<int64_t> ranks;
  int64_t flops = 0;
  int64_t weightBytes = 0;
  CpuProgramInfo info;
  std::string error;
};

class BundleWriter {
public:
  explicit BundleWriter(const BundleRequest &request)
      : request(request), options(*request.options),
        mesh(getMesh(module()).getMesh()) {}

  LogicalResult write();

private:
  LogicalResult fill();
  LogicalResult localizeRanks();
  LogicalResult compilePrograms();
  void compileProgram(RankProgram &program) const;
  FailureOr<CpuProgramInfo> compileTo(StringRef path, ModuleOp local) const;
  StringRef targetName() const {
    return options.target == CodeTarget::Cuda ? "cuda" : "cpu";
  }
  LogicalResult writeReport();
  LogicalResult writeManifest();
  LogicalResult writeFile(StringRef name, const llvm::json::Value &value);
  LogicalResult announce(std::optional<runtime::OutputFile> &reportFile);
  std::string pathOf(const Twine &name) const {
    return (folder + "/" + name).str();
  }
  InFlightDiagnostic error() const {
    return emitError(UnknownLoc::get(module().getContext()));
  }

  ModuleOp module() const { return request.module; }

  const BundleRequest &request;
  const CompileOptions &options;
  ::dtc::Mesh mesh;
  std::string folder;
  std::string collectiveHash;
  std::vector<RankProgram> programs;
  Object report;
};

} // namespace

//===----------------------------------------------------------------------===//
// Rank programs
//===----------------------------------------------------------------------===//

/// A number for the sequence of collectives that all ranks must share.
static uint64_t hashCollectives(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.walk([&](Operation *op) {
    if (op->getNumResults() == 1 && isa<AsyncType>(op->getResult(0).getType()))
      os << op->getName() << op->getAttrDictionary() << op->getOperandTypes()[0]
         << op->getResultTypes()[0] << "\n";
  });
  return llvm::xxh3_64bits(text);
}

LogicalResult BundleWriter::localizeRanks() {
  MLIRContext *context = module().getContext();
  uint64_t hash = hashCollectives(module());
  collectiveHash = runtime::checksumText(hash);
  std::map<std::string, size_t> known;
  for (int64_t rank = 0; rank < mesh.numRanks(); ++rank) {
    OwningOpRef<ModuleOp> local = module().clone();
    (*local)->setAttr("dtc.collective_hash",
                      IntegerAttr::get(IntegerType::get(context, 64),
                                       static_cast<int64_t>(hash)));
    (*local)->setAttr("dtc.model", StringAttr::get(context, options.model));
    PassManager manager(context);
    manager.enableVerifier(options.verifyEach);
    LocalizeOptions localize;
    localize.rank = rank;
    manager.addPass(createLocalize(localize));
    manager.addPass(createCSEPass());
    if (failed(manager.run(*local)))
      return failure();
    std::string text;
    llvm::raw_string_ostream os(text);
    (*local)->print(os, OpPrintingFlags().printGenericOpForm());
    auto [entry, isNew] = known.try_emplace(text, programs.size());
    if (isNew) {
      RankProgram &program = programs.emplace_back();
      program.text = std::move(text);
      program.flops = countFlops(*local);
      program.weightBytes = countWeightBytes(*local);
    }
    programs[entry->second].ranks.push_back(rank);
  }
  return success();
}

FailureOr<CpuProgramInfo> BundleWriter::compileTo(StringRef path,
                                                  ModuleOp local) const {
  if (options.target == CodeTarget::Cuda) {
    CudaOptions cuda;
    cuda.architecture = options.cudaArchitecture;
    return compileToCudaExecutable(local, cuda, path);
  }
  CpuOptions cpu;
  cpu.cpu = options.cpu;
  return compileToExecutable(local, cpu, path);
}

/// Compiles and links one program; links the executables of its other ranks to
/// the first one's.
void BundleWriter::compileProgram(RankProgram &program) const {
  DialectRegistry registry;
  registry.insert<DtcDialect, func::FuncDialect>();
  registerCudaDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      program.error += (program.error.empty() ? "" : "; ") + diagnostic.str();
    return success();
  });
  OwningOpRef<ModuleOp> local =
      parseSourceString<ModuleOp>(program.text, ParserConfig(&context));
  std::string first = pathOf("rank" + Twine(program.ranks.front()));
  FailureOr<CpuProgramInfo> info =
      local ? compileTo(first, *local) : FailureOr<CpuProgramInfo>(failure());
  if (failed(info)) {
    if (program.error.empty())
      program.error = "code generation failed";
    return;
  }
  program.info = *info;
  for (int64_t rank : llvm::drop_begin(program.ranks))
    if (std::error_code code = llvm::sys::fs::create_hard_link(
            first, pathOf("rank" + Twine(rank))))
      program.error = "cannot link '" + first + "': " + code.message();
}

LogicalResult BundleWriter::compilePrograms() {
  llvm::DefaultThreadPool pool(
      llvm::hardware_concurrency(std::max(1u, options.jobs)));
  std::mutex mutex;
  size_t done = 0;
  for (RankProgram &program : programs)
    pool.async([&] {
      compileProgram(program);
      std::lock_guard<std::mutex> guard(mutex);
      ++done;
      request.beginStep("compiling rank programs " + std::to_string(done) +
                        "/" + std::to_string(programs.size()));
    });
  pool.wait();
  for (RankProgram &program : programs)
    if (!program.error.empty())
      return error() << "rank " << program.ranks.front() << ": "
                     << program.error;
  return success();
}

//===----------------------------------------------------------------------===//
// Report and manifest
//===----------------------------------------------------------------------===//

static std::string textOf(const llvm::json::Value &value) {
  return llvm::formatv("{0:2}\n", value).str();
}

LogicalResult BundleWriter::writeFile(StringRef name,
                                      const llvm::json::Value &value) {
  std::string text = textOf(value);
  auto file = runtime::OutputFile::create(pathOf(name));
  if (!file)
    return error() << file.error().message;
  if (auto status = file->write(text.data(), text.size()); !status)
    return error() << status.error().message;
  if (auto status = file->commit(); !status)
    return error() << status.error().message;
  return success();
}

LogicalResult BundleWriter::writeReport() {
  ReportInputs inputs;
  inputs.model = llvm::sys::path::filename(options.model).str();
  inputs.target = targetName().str();
  inputs.warnings = request.warnings;
  inputs.memory.resize(mesh.numRanks());
  inputs.flops.resize(mesh.numRanks());
  for (const RankProgram &program : programs)
    for (int64_t rank : program.ranks) {
      inputs.memory[rank] = {program.weightBytes, program.info.activationBytes,
                             program.info.stateBytes,
                             program.info.runtimeBytes};
      inputs.flops[rank] = program.flops;
    }
  report = makeReport(module(), inputs);
  return writeFile("report.json", Object(report));
}

LogicalResult BundleWriter::writeManifest() {
  Array ranks, files;
  std::vector<std::string> names{"report.json"};
  for (int64_t rank = 0; rank < mesh.numRanks(); ++rank) {
    std::string executable = "rank" + std::to_string(rank);
    std::string weights =
        "weights.rank" + std::to_string(rank) + ".safetensors";
    ranks.push_back(Object{{"executable", executable}, {"weights", weights}});
    names.push_back(executable);
    names.push_back(weights);
  }
  std::map<llvm::sys::fs::UniqueID, std::string> hashes;
  for (const std::string &name : names) {
    auto buffer = llvm::MemoryBuffer::getFile(pathOf(name), false, false);
    llvm::sys::fs::UniqueID identity;
    if (!buffer || llvm::sys::fs::getUniqueID(pathOf(name), identity))
      return error() << "cannot read back '" << pathOf(name) << "'";
    std::string &hash = hashes[identity];
    if (hash.empty())
      hash = runtime::checksumText(runtime::checksum(
          (*buffer)->getBufferStart(), (*buffer)->getBufferSize()));
    files.push_back(
        Object{{"name", name},
               {"size", static_cast<int64_t>((*buffer)->getBufferSize())},
               {"dtc64", hash}});
  }
  Object manifest{{"dtc_version", DTC_VERSION},
                  {"abi", static_cast<int64_t>(DTC_PROGRAM_ABI)},
                  {"model", *report.getString("model")},
                  {"target", targetName()},
                  {"mesh", *report.get("mesh")},
                  {"ranks", std::move(ranks)},
                  {"files", std::move(files)},
                  {"inputs", *report.get("inputs")},
                  {"outputs", *report.get("outputs")},
                  {"collective_hash", collectiveHash}};
  return writeFile("manifest.json", std::move(manifest));
}

//===----------------------------------------------------------------------===//
// The folder
//===----------------------------------------------------------------------===//

LogicalResult BundleWriter::fill() {
  request.beginStep("cutting programs");
  if (failed(localizeRanks()))
    return failure();
  request.beginStep("compiling rank programs");
  if (failed(compilePrograms()))
    return failure();
  request.beginStep("writing weights");
  if (llvm::Error problem =
          writeWeightFiles(module(), *request.parameters, folder))
    return error() << llvm::toString(std::move(problem));
  if (failed(writeReport()))
    return failure();
  return writeManifest();
}

/// What the user asked for besides the bundle. Devices and pipes are written to
/// at once, the report's file gets its name after the bundle.
LogicalResult
BundleWriter::announce(std::optional<runtime::OutputFile> &reportFile) {
  if (reportFile) {
    std::string text = textOf(Object(report));
    if (auto status = reportFile->write(text.data(), text.size()); !status)
      return error() << status.error().message;
  }
  if (!options.explain)
    return success();
  request.beginStep("");
  explain(report, llvm::outs());
  return flushOutput(module().getContext());
}

LogicalResult BundleWriter::write() {
  if (mesh.numRanks() > maxRanks)
    return error() << "expected a mesh of at most " << maxRanks
                   << " ranks for a bundle, got " << mesh.numRanks();
  std::optional<runtime::OutputFile> reportFile;
  if (!options.reportFile.empty()) {
    auto file = runtime::OutputFile::create(options.reportFile);
    if (!file)
      return error() << file.error().message;
    reportFile.emplace(std::move(*file));
  }
  auto created = BundleFolder::create(options.output);
  if (!created)
    return error() << llvm::toString(created.takeError());
  folder = (*created)->path();
  if (failed(fill()) || failed(announce(reportFile)))
    return failure();
  if (llvm::Error problem = (*created)->takePlace())
    return error() << llvm::toString(std::move(problem));
  if (reportFile)
    if (auto status = reportFile->commit(); !status)
      return error() << status.error().message;
  return success();
}

LogicalResult dtc::writeBundle(const BundleRequest &request) {
  return BundleWriter(request).write();
}
