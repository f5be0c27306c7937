//===- Compilation.cpp - The way of a model through the compiler ----------===//
//
// 1. Import: ONNX through the importer, .mlir and bytecode through the parser.
// 2. Run the passes of each stage up to the wanted one.
// 3. Print the stage's text, or write the bundle.
//
// Messages are printed as `FILE:LINE:COL: error: ...`, or `FILE: error: ...`
// where the place is a node of a model; notes follow their error.
//
//===----------------------------------------------------------------------===//

#include "dtc/Driver/Compilation.h"

#include "AnnotatedModel.h"
#include "Bundle.h"
#include "dtc/Driver/Report.h"
#include "dtc/IR/ProgramLimits.h"
#include "dtc/Import/Torch.h"
#include "dtc/Plan/OptionValues.h"
#include "dtc/Target/Cpu.h"
#include "dtc/Target/Cuda.h"
#include "dtc/Transforms/Passes.h"
#include "dtc/runtime/Files.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

/// "plan.yaml:4:13", or for a node of a model its file and value name.
static std::string describe(Location location) {
  std::string name = getValueName(location).str();
  FileLineColLoc position;
  location->walk([&](Location part) {
    if (auto file = dyn_cast<FileLineColLoc>(part); file && !position)
      position = file;
    return WalkResult::advance();
  });
  if (!position)
    return name;
  std::string text = position.getFilename().str();
  if (position.getColumn() != 0)
    text += ":" + std::to_string(position.getLine()) + ":" +
            std::to_string(position.getColumn());
  if (!name.empty())
    text += ": '" + name + "'";
  return text;
}

static void printDiagnostic(Diagnostic &diagnostic) {
  StringRef label = "note";
  if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
    label = "error";
  else if (diagnostic.getSeverity() == DiagnosticSeverity::Warning)
    label = "warning";
  std::string place = describe(diagnostic.getLocation());
  // Warnings begin with their word, whatever the place.
  if (diagnostic.getSeverity() == DiagnosticSeverity::Warning)
    llvm::errs() << "warning: " << place << (place.empty() ? "" : ": ")
                 << diagnostic.str() << "\n";
  else
    llvm::errs() << place << (place.empty() ? "" : ": ") << label << ": "
                 << diagnostic.str() << "\n";
  for (Diagnostic &note : diagnostic.getNotes())
    printDiagnostic(note);
}

//===----------------------------------------------------------------------===//
// Set-up
//===----------------------------------------------------------------------===//

Compilation::Compilation(const CompileOptions &options) : options(options) {
  DialectRegistry registry;
  registry.insert<DtcDialect, func::FuncDialect>();
  registerCudaDialects(registry);
  context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadDialect<DtcDialect, func::FuncDialect>();
  // A message names its place; the program around it is --emit's to print.
  context->printOpOnDiagnostic(false);
  context->getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Warning) {
      std::string place = describe(diagnostic.getLocation());
      warnings.push_back((place.empty() ? "" : place + ": ") +
                         diagnostic.str());
    }
    printDiagnostic(diagnostic);
    return success();
  });
}

Compilation::~Compilation() = default;

void Compilation::beginStep(StringRef what) {
  if (!options.progress)
    return;
  llvm::errs() << "\r\033[K" << what << std::string(what.empty() ? "" : "...");
  lastStep = what.str();
}

LogicalResult Compilation::parseProgram() {
  Location place = FileLineColLoc::get(context.get(), options.model, 0, 0);
  // The parser would not say why it cannot open a file.
  if (auto file = runtime::openInput(options.model); !file)
    return emitError(place) << file.error().message;
  ParserConfig config(context.get());
  module = parseSourceFile<ModuleOp>(options.model, config);
  if (!module || failed(verifyProgram(*module)))
    return failure();
  auto functions = module->getOps<func::FuncOp>();
  int64_t count = std::distance(functions.begin(), functions.end());
  if (count != 1)
    return emitError(place) << "expected one function, got " << count;
  return acceptPlacements();
}

/// The tensors of a program that was placed before: all of them carry
/// placements.
static LogicalResult findPlacements(ModuleOp module, bool &isPlaced) {
  Operation *with = nullptr, *without = nullptr;
  auto look = [&](Operation *op, TypeRange types) {
    for (Type type : types)
      if (isa<RankedTensorType>(type))
        (getLayout(type) ? with : without) = op;
  };
  module.walk([&](func::FuncOp function) {
    look(function, function.getArgumentTypes());
    look(function, function.getResultTypes());
  });
  module.walk([&](Operation *op) { look(op, op->getResultTypes()); });
  isPlaced = with;
  if (with && without)
    return without->emitError(
        "expected placements on all tensors of a program or on none");
  return success();
}

/// A program that carries its placements takes no other ones.
LogicalResult Compilation::acceptPlacements() {
  bool isPlaced = false;
  if (failed(findPlacements(*module, isPlaced)))
    return failure();
  if (!isPlaced)
    return success();
  Location place = FileLineColLoc::get(context.get(), options.model, 0, 0);
  if (!options.planFile.empty())
    return emitError(place) << "the program carries its placements, expected "
                               "no plan; remove --plan or the placements";
  MeshAttr held = getMesh(*module);
  if (!held)
    return emitError(place) << "expected a module attribute 'dtc.mesh'";
  if (!options.meshText.empty()) {
    llvm::Expected<Mesh> wanted = plan::parseMeshOption(options.meshText);
    if (!wanted)
      return emitError(place) << llvm::toString(wanted.takeError());
    if (MeshAttr::get(context.get(), *wanted) != held)
      return emitError(place) << "the program is placed on mesh " << held
                              << ", got --mesh " << options.meshText;
  }
  if (!options.trainFile.empty())
    return emitError(place) << "the program carries its placements, expected "
                               "no training spec; remove --train or the "
                               "placements";
  imported = Stage::Placed;
  return success();
}

LogicalResult Compilation::importModel() {
  beginStep("reading " + options.model);
  StringRef extension = llvm::sys::path::extension(options.model);
  Location place = FileLineColLoc::get(context.get(), options.model, 0, 0);
  if (extension == ".mlir" || extension == ".mlirbc")
    return parseProgram();
  if (extension != ".onnx" && extension != ".pt2")
    return emitError(place)
           << "expected a model ending in .onnx, .pt2, .mlir or .mlirbc";
  FailureOr<OwningOpRef<ModuleOp>> imported =
      extension == ".pt2" ? importTorch(context.get(), options.model,
                                        importOptions(), parameters)
                          : importOnnx(context.get(), options.model,
                                       importOptions(), parameters);
  if (failed(imported))
    return failure();
  module = std::move(*imported);
  return success();
}

ImportOptions Compilation::importOptions() const {
  ImportOptions import;
  import.dims = options.dims;
  import.inputShapes = options.inputShapes;
  import.inputNames = options.inputNames;
  import.outputNames = options.outputNames;
  import.allowExternalLinks = options.allowExternalLinks;
  import.meshText = options.meshText;
  if (!options.planFile.empty())
    import.annotations = DeviceAnnotations::Ignore;
  return import;
}

LogicalResult Compilation::runPasses(ModuleOp target, Stage from, Stage to) {
  PassManager manager(context.get());
  manager.enableVerifier(options.verifyEach);
  if (options.timing)
    manager.enableTiming();
  auto wants = [&](Stage stage) { return from < stage && stage <= to; };
  if (wants(Stage::Planned)) {
    manager.addPass(createCanonicalizerPass());
    ApplyPlanOptions plan;
    plan.planFile = options.planFile;
    plan.meshText = options.meshText;
    plan.trainFile = options.trainFile;
    manager.addPass(createApplyPlan(plan));
    if (!options.trainFile.empty()) {
      DifferentiateOptions differentiate;
      differentiate.specFile = options.trainFile;
      manager.addPass(createDifferentiate(differentiate));
      manager.addPass(createCSEPass());
    }
  }
  if (wants(Stage::Placed))
    manager.addPass(createPropagatePlacements());
  if (wants(Stage::Collectives)) {
    manager.addPass(createInsertCollectives());
    OptimizeCollectivesOptions optimize;
    optimize.combine = options.combineCollectives;
    manager.addPass(createOptimizeCollectives(optimize));
    manager.addPass(createCSEPass());
  }
  if (wants(Stage::Local)) {
    LocalizeOptions localize;
    localize.rank = options.rank;
    manager.addPass(createLocalize(localize));
    manager.addPass(createCSEPass());
  }
  return manager.run(target);
}

LogicalResult Compilation::printCudaStage(Stage stage, raw_ostream &os) {
  CudaOptions cuda;
  cuda.architecture = options.cudaArchitecture;
  CudaStage text = CudaStage::Ptx;
  if (stage == Stage::Lowered)
    text = CudaStage::Lowered;
  else if (stage == Stage::Llvm)
    text = CudaStage::Llvm;
  return dtc::printCudaStage(*module, cuda, text, os);
}

LogicalResult Compilation::printStage(Stage stage, raw_ostream &os) {
  if (stage >= Stage::Lowered && options.target == CodeTarget::Cuda)
    return printCudaStage(stage, os);
  if (stage == Stage::Lowered || stage == Stage::Llvm) {
    CpuOptions cpu;
    cpu.cpu = options.cpu;
    return printCpuStage(
        *module, cpu, stage == Stage::Llvm ? CpuStage::Llvm : CpuStage::Lowered,
        os);
  }
  OpPrintingFlags flags;
  flags.enableDebugInfo(/*enable=*/true, /*prettyForm=*/false);
  module->print(os, flags);
  os << "\n";
  return success();
}

LogicalResult dtc::flushOutput(MLIRContext *context) {
  llvm::outs().flush();
  std::error_code code = llvm::outs().error();
  // An error that nobody looked at would end the process.
  llvm::outs().clear_error();
  if (code)
    return emitError(UnknownLoc::get(context))
           << "cannot write to stdout: " << code.message();
  return success();
}

LogicalResult Compilation::emitText(Stage stage) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (failed(printStage(stage, os)))
    return failure();
  return writeOutput(text);
}

LogicalResult Compilation::writeOutput(StringRef bytes) {
  if (options.output.empty() || options.output == "-") {
    beginStep("");
    llvm::outs() << bytes;
    return flushOutput(context.get());
  }
  Location nowhere = UnknownLoc::get(context.get());
  auto file = runtime::OutputFile::create(options.output);
  if (!file)
    return emitError(nowhere) << file.error().message;
  if (auto status = file->write(bytes.data(), bytes.size()); !status)
    return emitError(nowhere) << status.error().message;
  if (auto status = file->commit(); !status)
    return emitError(nowhere) << status.error().message;
  return success();
}

//===----------------------------------------------------------------------===//
// Annotated models
//===----------------------------------------------------------------------===//

/// Places `bytes` by nothing but their annotations and reports the result.
LogicalResult Compilation::readBack(StringRef bytes,
                                    llvm::json::Object &report) {
  // The user has seen the warnings.
  ScopedDiagnosticHandler quiet(context.get(), [](Diagnostic &diagnostic) {
    return success(diagnostic.getSeverity() == DiagnosticSeverity::Warning);
  });
  auto imported =
      importOnnxBytes(context.get(), ArrayRef(bytes.data(), bytes.size()),
                      options.model, importOptions(), parameters);
  if (failed(imported))
    return failure();
  module = std::move(*imported);
  if (failed(runPasses(*module, Stage::Imported, Stage::Collectives)))
    return failure();
  report = makeReport(*module, {});
  return success();
}

LogicalResult Compilation::emitAnnotated() {
  Location place = FileLineColLoc::get(context.get(), options.model, 0, 0);
  if (llvm::sys::path::extension(options.model) != ".onnx")
    return emitError(place) << "expected a model in ONNX to annotate, got "
                               "another format";
  beginStep("placing");
  if (failed(runPasses(*module, imported, Stage::Placed)))
    return failure();
  auto annotated = annotateModel(*module, options.model, options.output);
  if (failed(annotated) ||
      failed(runPasses(*module, Stage::Placed, Stage::Collectives)))
    return failure();
  CompileOptions again = options;
  again.planFile.clear();
  again.meshText.clear();
  llvm::json::Object report;
  Compilation reader(again);
  if (failed(reader.readBack(*annotated, report)))
    return failure();
  warnOfDifferences(place, makeReport(*module, {}), report);
  return writeOutput(*annotated);
}

LogicalResult Compilation::writeBundle() {
  BundleRequest request;
  request.module = *module;
  request.parameters = &parameters;
  request.options = &options;
  request.warnings = warnings;
  request.beginStep = [this](StringRef what) { beginStep(what); };
  return dtc::writeBundle(request);
}

int Compilation::run() {
  if (failed(importModel()))
    return 1;
  if (options.stage == Stage::OnnxAnnotated) {
    LogicalResult result = emitAnnotated();
    beginStep("");
    return succeeded(result) ? 0 : 1;
  }
  if (options.target == CodeTarget::Cuda)
    describeCudaTarget(*module);
  Stage shared = std::min(options.stage, Stage::Collectives);
  beginStep("placing");
  if (options.stage != Stage::Imported &&
      failed(runPasses(*module, imported, shared)))
    return 1;
  if (failed(verify(*module)))
    return 1;
  bool isText = options.stage != Stage::Bundle;
  if (isText && options.stage > Stage::Collectives) {
    int64_t ranks = getMesh(*module).getMesh().numRanks();
    if (options.rank >= ranks) {
      emitError(UnknownLoc::get(context.get()))
          << "--rank: expected a rank below " << ranks << ", got "
          << options.rank;
      return 2;
    }
    if (failed(runPasses(*module, Stage::Collectives, Stage::Local)))
      return 1;
  }
  LogicalResult result = isText ? emitText(options.stage) : writeBundle();
  beginStep("");
  return succeeded(result) ? 0 : 1;
}
