//===- dtc-compile.cpp - A model in, a bundle of rank programs out --------===//

#include "dtc/Driver/Compilation.h"
#include "dtc/Plan/OptionValues.h"
#include "dtc/Target/Cpu.h"
#include "dtc/Target/Cuda.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Threading.h"

#include <csignal>
#include <memory>
#include <unistd.h>

using namespace llvm;

static cl::OptionCategory category("dtc-compile options");

static cl::opt<std::string> model(cl::Positional, cl::desc("MODEL"),
                                  cl::Required, cl::cat(category));
static cl::opt<std::string>
    output("o", cl::desc("Bundle folder, or the file for --emit text"),
           cl::value_desc("path"), cl::cat(category));
static cl::opt<std::string> mesh("mesh",
                                 cl::desc("Device mesh, as tp=4 or dp=2,tp=2"),
                                 cl::cat(category));
static cl::opt<std::string> planFile("plan", cl::desc("Parallel plan (YAML)"),
                                     cl::value_desc("file"), cl::cat(category));
static cl::opt<std::string> trainFile("train", cl::desc("Training spec (YAML)"),
                                      cl::value_desc("file"),
                                      cl::cat(category));
static cl::opt<std::string> target("target", cl::desc("cpu or cuda"),
                                   cl::init("cpu"), cl::cat(category));
static cl::opt<std::string> cudaArch("cuda-arch", cl::desc("GPU architecture"),
                                     cl::init("sm_90"), cl::cat(category));
static cl::list<std::string>
    dims("dim", cl::desc("Bind a symbolic dimension: NAME=VALUE"),
         cl::cat(category));
static cl::list<std::string>
    inputShapes("input-shape", cl::desc("Bind an input's shape: NAME=2x128"),
                cl::cat(category));
static cl::list<std::string>
    inputNames("input-names", cl::CommaSeparated,
               cl::desc("Names for the inputs, in order"), cl::cat(category));
static cl::list<std::string>
    outputNames("output-names", cl::CommaSeparated,
                cl::desc("Names for the outputs, in order"), cl::cat(category));
static cl::opt<std::string>
    emit("emit",
         cl::desc("Stop at a stage: imported, planned, placed, collectives, "
                  "local, lowered, llvm, ptx, bundle; or write the model with "
                  "its placements: onnx-annotated"),
         cl::init("bundle"), cl::cat(category));
static cl::opt<int64_t> rankOption("rank",
                                   cl::desc("Whose program --emit prints"),
                                   cl::init(0), cl::cat(category));
static cl::opt<std::string> cpu("cpu",
                                cl::desc("Instruction set, as clang's -march"),
                                cl::init("native"), cl::cat(category));
static cl::opt<bool>
    allowExternalLinks("allow-external-links",
                       cl::desc("External data may be symbolic or hard links"),
                       cl::cat(category));
static cl::opt<bool>
    combine("combine-collectives",
            cl::desc("Merge neighbouring all_reduces of one kind"),
            cl::cat(category));
static cl::opt<std::string> reportFile("report",
                                       cl::desc("Write the report here, too"),
                                       cl::value_desc("file"),
                                       cl::cat(category));
static cl::opt<bool>
    explain("explain", cl::desc("Print placements, collectives and memory"),
            cl::cat(category));
static cl::opt<unsigned> jobs("j", cl::desc("Parallel jobs"), cl::Prefix,
                              cl::init(0), cl::cat(category));
static cl::opt<cl::boolOrDefault>
    progress("progress", cl::desc("Show progress (default: on a terminal)"),
             cl::cat(category));
static cl::opt<bool> timing("timing", cl::desc("Print pass timing"),
                            cl::cat(category));
static cl::opt<bool> verifyEach("verify-each",
                                cl::desc("Verify after every pass"),
                                cl::cat(category));

/// Wrong usage: says what and where to look, exit status 2.
static int usageError(const Twine &message) {
  errs() << "dtc-compile: error: " << message << "\n"
         << "run 'dtc-compile --help' for the options\n";
  return 2;
}

static std::optional<dtc::Stage> parseStage(StringRef word) {
  using dtc::Stage;
  for (auto [name, stage] :
       {std::pair<StringRef, Stage>{"imported", Stage::Imported},
        {"planned", Stage::Planned},
        {"placed", Stage::Placed},
        {"collectives", Stage::Collectives},
        {"local", Stage::Local},
        {"lowered", Stage::Lowered},
        {"llvm", Stage::Llvm},
        {"ptx", Stage::Ptx},
        {"bundle", Stage::Bundle},
        {"onnx-annotated", Stage::OnnxAnnotated}})
    if (name == word)
      return stage;
  return std::nullopt;
}

/// Options whose value may not be empty, as an unset variable of a script is.
static std::optional<int> refuseEmptyValues() {
  for (cl::opt<std::string> *option : {&output, &mesh, &planFile, &trainFile,
                                       &target, &cudaArch, &cpu, &reportFile})
    if (option->getNumOccurrences() > 0 && option->empty())
      return usageError((option->ArgStr.size() > 1 ? "--" : "-") +
                        option->ArgStr + ": expected a value, got nothing");
  return std::nullopt;
}

/// Symbolic dimensions and shapes; each may be bound once.
static std::optional<int> readBindings(dtc::CompileOptions &options) {
  for (const std::string &text : dims) {
    auto binding = dtc::plan::parseDimOption(text);
    if (!binding)
      return usageError("--dim: " + toString(binding.takeError()));
    if (!options.dims.try_emplace(binding->name, binding->value).second)
      return usageError("--dim: dimension '" + binding->name +
                        "' is bound twice");
  }
  for (const std::string &text : inputShapes) {
    auto binding = dtc::plan::parseInputShapeOption(text);
    if (!binding)
      return usageError("--input-shape: " + toString(binding.takeError()));
    SmallVector<int64_t> shape(binding->shape.begin(), binding->shape.end());
    if (!options.inputShapes.try_emplace(binding->name, shape).second)
      return usageError("--input-shape: input '" + binding->name +
                        "' is bound twice");
  }
  return std::nullopt;
}

/// Options that this stage or this kind of model has no use for.
static std::optional<int> refuseUseless(dtc::Stage stage) {
  if (stage != dtc::Stage::Bundle)
    for (const cl::Option *option :
         std::initializer_list<const cl::Option *>{&reportFile, &explain})
      if (option->getNumOccurrences() > 0)
        return usageError("--" + option->ArgStr +
                          " needs a whole bundle, got --emit " + emit);
  StringRef name = model;
  if (name.ends_with(".mlir") || name.ends_with(".mlirbc"))
    for (const cl::Option *option : std::initializer_list<const cl::Option *>{
             std::addressof(dims), std::addressof(inputShapes),
             std::addressof(inputNames), std::addressof(outputNames)})
      if (option->getNumOccurrences() > 0)
        return usageError("--" + option->ArgStr +
                          " has no meaning for a program in MLIR, whose "
                          "inputs have their shapes and names");
  return std::nullopt;
}

/// The target, and what goes with one target only.
static std::optional<int> readTarget(dtc::Stage stage,
                                     dtc::CompileOptions &options) {
  if (target != "cpu" && target != "cuda")
    return usageError("unknown target '" + target + "', expected cpu or cuda");
  if (target == "cpu") {
    if (stage == dtc::Stage::Ptx)
      return usageError("--emit ptx needs --target cuda");
    if (cudaArch.getNumOccurrences() > 0)
      return usageError("--cuda-arch needs --target cuda");
    return std::nullopt;
  }
  options.target = dtc::CodeTarget::Cuda;
  options.cudaArchitecture = cudaArch;
  if (cpu.getNumOccurrences() > 0)
    return usageError("--cpu needs --target cpu");
  if (Error error = dtc::checkGpuArchitecture(cudaArch))
    return usageError("--cuda-arch: " + toString(std::move(error)));
  return std::nullopt;
}

/// Fills what needs parsing; returns an exit status after an error.
static std::optional<int> readOptions(dtc::CompileOptions &options) {
  if (auto status = refuseEmptyValues())
    return status;
  std::optional<dtc::Stage> stage = parseStage(emit);
  if (!stage)
    return usageError(
        "unknown stage '" + emit +
        "' for --emit, expected imported, planned, "
        "placed, collectives, local, lowered, llvm, ptx, onnx-annotated or "
        "bundle");
  options.stage = *stage;
  if (*stage == dtc::Stage::Bundle && output.empty())
    return usageError("expected -o BUNDLE");
  if (*stage == dtc::Stage::Bundle && output == "-")
    return usageError("expected a folder for -o, got '-'; a bundle is several "
                      "files, only the text of --emit can be written to "
                      "standard output");
  if (rankOption < 0)
    return usageError("--rank: expected at least 0, got " + Twine(rankOption));
  if (auto status = readTarget(*stage, options))
    return status;
  if (!trainFile.empty() && *stage == dtc::Stage::OnnxAnnotated)
    return usageError("--train has no meaning for --emit onnx-annotated, which "
                      "writes the placements of a forward pass");
  if (!mesh.empty())
    if (auto parsed = dtc::plan::parseMeshOption(mesh); !parsed)
      return usageError("--mesh: " + toString(parsed.takeError()));
  if (Error error = dtc::checkProcessor(cpu))
    return usageError("--cpu: " + toString(std::move(error)));
  if (auto status = refuseUseless(*stage))
    return status;
  return readBindings(options);
}

/// Too little memory is the model's fault or the machine's, not a defect. The
/// folder of an unfinished bundle goes when the bundle is compiled again.
static void endWithoutMemory(void *, const char *, bool) {
  static constexpr char message[] = "dtc-compile: error: not enough memory\n";
  [[maybe_unused]] ssize_t written = write(2, message, sizeof message - 1);
  _exit(1);
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  install_bad_alloc_error_handler(endWithoutMemory);
  // A file that may not grow is an error of the write.
  std::signal(SIGXFSZ, SIG_IGN);
  setBugReportMsg("dtc-compile stopped on an internal error; please report it "
                  "with the model and the command line\n");
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter(
      [](raw_ostream &os) { os << "dtc " << DTC_VERSION << "\n"; });
  std::string usage;
  raw_string_ostream usageStream(usage);
  if (!cl::ParseCommandLineOptions(
          argc, argv, "dtc: a model in, one native program a rank out\n",
          &usageStream)) {
    errs() << usage;
    return 2;
  }
  dtc::CompileOptions options;
  if (std::optional<int> status = readOptions(options))
    return *status;
  options.model = model;
  options.output = output;
  options.meshText = mesh;
  options.planFile = planFile;
  options.trainFile = trainFile;
  options.cpu = cpu;
  options.reportFile = reportFile;
  options.inputNames.assign(inputNames.begin(), inputNames.end());
  options.outputNames.assign(outputNames.begin(), outputNames.end());
  options.rank = rankOption;
  options.jobs =
      jobs ? unsigned(jobs) : hardware_concurrency().compute_thread_count();
  options.allowExternalLinks = allowExternalLinks;
  options.combineCollectives = combine;
  options.explain = explain;
  options.progress = progress == cl::BOU_UNSET
                         ? sys::Process::StandardErrIsDisplayed()
                         : progress == cl::BOU_TRUE;
  options.timing = timing;
  options.verifyEach = verifyEach;
  dtc::Compilation compilation(options);
  return compilation.run();
}
