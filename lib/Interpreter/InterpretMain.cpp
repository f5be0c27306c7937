//===- InterpretMain.cpp - The interpreter as a program -------------------===//
//
// 1. The stage of a file follows from its types: layouts make it placed; one
//    file a rank makes them local programs.
// 2. A placed program runs globally and on simulated ranks; with --localize
//    also as the local programs that localisation makes of it.
// 3. Every run has the same inputs, from files or made from the seed and their
//    names; every result is compared with the first run's.
//
//===----------------------------------------------------------------------===//

#include "dtc/Interpreter/InterpretMain.h"
#include "ArrayFiles.h"
#include "CheckGradients.h"

#include "dtc/IR/ProgramLimits.h"
#include "dtc/Interpreter/RandomInputs.h"
#include "dtc/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"

#include <csignal>
#include <optional>
#include <unistd.h>

using namespace mlir;
using namespace dtc;

namespace cl = llvm::cl;

namespace {

struct Options {
  cl::list<std::string> files{cl::Positional,
                              cl::desc("FILE.mlir, or one file for each rank")};
  cl::opt<std::string> entry{"entry", cl::init("main"),
                             cl::desc("the function to run")};
  cl::list<std::string> inputs{"input", cl::value_desc("file.npz"),
                               cl::desc("arrays of the inputs")};
  cl::list<std::string> parameters{
      "parameters", cl::value_desc("file"),
      cl::desc("arrays of the parameters (npz, safetensors)")};
  cl::opt<uint64_t> seed{"seed", cl::init(0),
                         cl::desc("seed of the arrays that no file has")};
  cl::opt<std::string> compareWith{
      "compare-with", cl::value_desc("OTHER.mlir"),
      cl::desc("run this program too and compare")};
  cl::opt<double> tolerance{"tolerance", cl::init(0.0),
                            cl::desc("largest absolute difference allowed")};
  cl::opt<bool> localize{"localize",
                         cl::desc("also run the local program of every rank")};
  cl::opt<bool> all{"all", cl::desc("run every function of the file")};
  cl::opt<std::string> output{
      "output", cl::value_desc("file.npz"),
      cl::desc("write the first run's results, bf16 as f32")};
  cl::opt<bool> serve{
      "serve", cl::desc("answer requests from the standard input: a JSON "
                        "object a line, with the keys 'model', 'input', "
                        "'output', 'plan' and 'mesh'")};
  cl::opt<std::string> gradientSpec{
      "check-gradients", cl::value_desc("spec.yaml"),
      cl::desc("differentiate by this training spec and compare the gradients "
               "that it returns with finite differences; f64 programs")};
  cl::opt<unsigned> steps{
      "steps", cl::init(0), cl::value_desc("N"),
      cl::desc("run a training step N times, each on what the one before left; "
               "a file's arrays with one more leading dimension of N have a "
               "slice for each step, the result 'loss' has one value for "
               "each")};
  cl::opt<bool> print{"print", cl::desc("print the values of the results")};
};

/// One way to run a program, and what it gave.
struct Run {
  std::string name;
  std::vector<HostTensor> results;
};

class Session {
public:
  Session(MLIRContext &context, const Options &options, StringRef entry)
      : context(context), options(options), entry(entry) {}

  LogicalResult run();
  /// The function to run, instead of the first file's.
  LogicalResult run(func::FuncOp function);

private:
  LogicalResult finish(func::FuncOp function);
  FailureOr<func::FuncOp> load(const std::string &path);
  LogicalResult readFiles();
  LogicalResult runFile(func::FuncOp function, std::string prefix);
  LogicalResult runRanks();
  LogicalResult runLocalized(func::FuncOp function, const ::dtc::Mesh &mesh,
                             std::string prefix);
  using Evaluate = llvm::function_ref<FailureOr<std::vector<HostTensor>>(
      const ProgramInputs &, NamedTensors *)>;
  FailureOr<std::vector<HostTensor>> repeat(func::FuncOp function,
                                            Evaluate evaluate);
  LogicalResult add(std::string name,
                    FailureOr<std::vector<HostTensor>> results);
  LogicalResult report(func::FuncOp function);

  MLIRContext &context;
  const Options &options;
  std::string entry;
  ProgramInputs inputs;
  std::vector<OwningOpRef<ModuleOp>> modules;
  std::vector<Run> runs;
};

} // namespace

static LogicalResult fail(const Twine &message) {
  llvm::errs() << "error: " << message << "\n";
  return failure();
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static OwningOpRef<ModuleOp> parse(MLIRContext &context,
                                   const std::string &path) {
  std::string message;
  auto buffer = openInputFile(path, &message);
  if (!buffer) {
    (void)fail(message);
    return {};
  }
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  auto module = parseSourceFile<ModuleOp>(sources, &context);
  if (!module || failed(verifyProgram(*module)))
    return {};
  return module;
}

FailureOr<func::FuncOp> Session::load(const std::string &path) {
  auto module = parse(context, path);
  if (!module)
    return failure();
  auto function = module->lookupSymbol<func::FuncOp>(entry);
  if (!function)
    return fail("expected a function '" + entry + "' in '" + path +
                "'; choose one with --entry");
  modules.push_back(std::move(module));
  return function;
}

LogicalResult Session::readFiles() {
  for (const std::string &path : options.inputs)
    if (llvm::Error error = readArrays(path, inputs.inputs))
      return fail(llvm::toString(std::move(error)));
  for (const std::string &path : options.parameters)
    if (llvm::Error error = readArrays(path, inputs.parameters))
      return fail(llvm::toString(std::move(error)));
  return success();
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

LogicalResult Session::add(std::string name,
                           FailureOr<std::vector<HostTensor>> results) {
  if (failed(results))
    return failure();
  runs.push_back({std::move(name), std::move(*results)});
  return success();
}

/// What step `step` of `steps` reads of an array from a file.
static HostTensor sliceOfStep(const HostTensor &array, RankedTensorType type,
                              int64_t step, int64_t steps) {
  if (!type || array.rank() != type.getRank() + 1 || array.dim(0) != steps)
    return array;
  SmallVector<Interval> box{{step, step + 1}};
  for (int64_t extent : array.shape().drop_front())
    box.push_back({0, extent});
  return array.cut(box).reshaped(array.shape().drop_front());
}

/// Runs a step once, or `--steps` times on what it leaves; the results are the
/// last step's, but for the losses of all.
FailureOr<std::vector<HostTensor>> Session::repeat(func::FuncOp function,
                                                   Evaluate evaluate) {
  if (options.steps == 0)
    return evaluate(inputs, nullptr);
  ProgramInputs current{{}, inputs.parameters};
  std::vector<HostTensor> results;
  std::vector<std::vector<double>> losses(function.getNumResults());
  for (int64_t step = 0; step < options.steps; ++step) {
    current.inputs = inputs.inputs;
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      auto array = current.inputs.find(getInputName(function, i));
      if (array != current.inputs.end())
        array->second = sliceOfStep(array->second, getInputType(function, i),
                                    step, options.steps);
    }
    NamedTensors updates;
    auto made = evaluate(current, &updates);
    if (failed(made))
      return failure();
    results = std::move(*made);
    for (auto &[name, array] : updates)
      current.parameters[name] = std::move(array);
    for (auto [i, result] : llvm::enumerate(results))
      if (getOutputName(function, i) == "loss" && result.rank() == 0)
        losses[i].push_back(result.getDouble(0));
  }
  for (auto [result, values] : llvm::zip(results, losses)) {
    if (values.empty())
      continue;
    HostTensor all(result.type(), {static_cast<int64_t>(values.size())});
    for (auto [i, value] : llvm::enumerate(values))
      all.setDouble(i, value);
    result = std::move(all);
  }
  return results;
}

/// The mesh of a placed program's layouts, nothing for a global program.
static std::optional<::dtc::Mesh> findMesh(func::FuncOp function) {
  std::optional<::dtc::Mesh> mesh;
  function.walk([&](Operation *op) {
    for (Type type :
         llvm::concat<Type>(SmallVector<Type>(op->getOperandTypes()),
                            SmallVector<Type>(op->getResultTypes())))
      if (LayoutAttr layout = getLayout(type)) {
        mesh = layout.getMesh().getMesh();
        return WalkResult::interrupt();
      }
    return WalkResult::advance();
  });
  return mesh;
}

LogicalResult Session::runLocalized(func::FuncOp function,
                                    const ::dtc::Mesh &mesh,
                                    std::string prefix) {
  SmallVector<func::FuncOp> ranks;
  for (int64_t rank = 0; rank < mesh.numRanks(); ++rank) {
    modules.emplace_back(function->getParentOfType<ModuleOp>().clone());
    LocalizeOptions localizeOptions;
    localizeOptions.rank = rank;
    PassManager passes(&context);
    passes.addPass(createInsertCollectives());
    passes.addPass(createLocalize(localizeOptions));
    if (failed(passes.run(*modules.back())))
      return failure();
    ranks.push_back(modules.back()->lookupSymbol<func::FuncOp>(entry));
  }
  return add(prefix + "local", repeat(function, [&](const ProgramInputs &now,
                                                    NamedTensors *updates) {
               return evaluateLocal(ranks, now, updates);
             }));
}

LogicalResult Session::runFile(func::FuncOp function, std::string prefix) {
  narrowInputs(function, inputs);
  if (failed(addRandomInputs(function, options.seed, inputs)) ||
      failed(add(prefix + "global",
                 repeat(function,
                        [&](const ProgramInputs &now, NamedTensors *updates) {
                          return evaluateGlobal(function, now, updates);
                        }))))
    return failure();
  auto mesh = findMesh(function);
  if (!mesh)
    return success();
  if (failed(add(prefix + "placed",
                 repeat(function,
                        [&](const ProgramInputs &now, NamedTensors *updates) {
                          return evaluatePlaced(function, *mesh, now, updates);
                        }))))
    return failure();
  return options.localize ? runLocalized(function, *mesh, prefix) : success();
}

LogicalResult Session::runRanks() {
  SmallVector<func::FuncOp> ranks;
  for (const std::string &path : options.files) {
    auto function = load(path);
    if (failed(function) ||
        failed(addRandomInputs(*function, options.seed, inputs)))
      return failure();
    ranks.push_back(*function);
  }
  return add("local", repeat(ranks[0], [&](const ProgramInputs &now,
                                           NamedTensors *updates) {
               return evaluateLocal(ranks, now, updates);
             }));
}

//===----------------------------------------------------------------------===//
// Report
//===----------------------------------------------------------------------===//

LogicalResult Session::report(func::FuncOp function) {
  bool agree = true;
  for (const Run &run : runs)
    if (run.results.size() != runs[0].results.size())
      return fail("expected " + Twine(runs[0].results.size()) +
                  " results from '" + run.name + "', got " +
                  Twine(run.results.size()));
  for (unsigned i = 0; i < function.getNumResults(); ++i) {
    const HostTensor &first = runs[0].results[i];
    llvm::outs() << getOutputName(function, i) << ": ";
    for (int64_t extent : first.shape())
      llvm::outs() << extent << 'x';
    llvm::outs() << stringify(first.type());
    if (LayoutAttr layout = getLayout(getOutputType(function, i)))
      llvm::outs() << ' ' << stringify(layout.getPlacements());
    for (const Run &run : llvm::ArrayRef<Run>(runs).drop_front()) {
      double difference = largestDifference(first, run.results[i]);
      bool within = difference >= 0 && difference <= options.tolerance;
      llvm::outs() << ", " << run.name << " differs by ";
      if (difference < 0)
        llvm::outs() << "its shape or type";
      else
        llvm::outs() << llvm::format("%g", difference);
      agree &= within;
    }
    llvm::outs() << '\n';
    if (options.print) {
      llvm::outs() << "  ";
      printElements(llvm::outs(), first);
      llvm::outs() << '\n';
    }
  }
  llvm::outs().flush();
  if (!agree) {
    std::string message;
    llvm::raw_string_ostream(message)
        << "expected results that differ by at most "
        << llvm::format("%g", double(options.tolerance));
    return fail(message);
  }
  return success();
}

LogicalResult Session::run() {
  if (failed(readFiles()))
    return failure();
  if (options.files.size() == 1) {
    auto function = load(options.files[0]);
    if (succeeded(function) && !options.gradientSpec.empty())
      return checkGradients(*function, options.gradientSpec, options.seed,
                            inputs);
    if (failed(function) || failed(runFile(*function, "")))
      return failure();
  } else if (failed(runRanks())) {
    return failure();
  }
  return finish(modules[0]->lookupSymbol<func::FuncOp>(entry));
}

LogicalResult Session::run(func::FuncOp function) {
  if (!options.gradientSpec.empty())
    return failed(readFiles()) ? failure()
                               : checkGradients(function, options.gradientSpec,
                                                options.seed, inputs);
  if (failed(readFiles()) || failed(runFile(function, "")))
    return failure();
  return finish(function);
}

LogicalResult Session::finish(func::FuncOp function) {
  if (!options.compareWith.empty()) {
    auto other = load(options.compareWith);
    if (failed(other) || failed(runFile(*other, "other ")))
      return failure();
  }
  if (!options.output.empty())
    if (llvm::Error error =
            writeResults(options.output, function, runs[0].results))
      return fail(llvm::toString(std::move(error)));
  return report(function);
}

/// Runs each function of the file under a heading `@name`.
static LogicalResult runAll(MLIRContext &context, const Options &options) {
  auto module = parse(context, options.files[0]);
  if (!module)
    return failure();
  LogicalResult result = success();
  for (func::FuncOp function : module->getOps<func::FuncOp>()) {
    llvm::outs() << '@' << function.getName() << '\n';
    // On its own, so that passes see nothing else.
    OwningOpRef<ModuleOp> single(module->cloneWithoutRegions());
    single->getBodyRegion().emplaceBlock();
    Operation *copy = OpBuilder::atBlockEnd(single->getBody()).clone(*function);
    Session session(context, options, function.getName());
    if (failed(session.run(cast<func::FuncOp>(copy))))
      result = failure();
    llvm::outs().flush();
  }
  return result;
}

static void endWithoutMemory(void *, const char *, bool) {
  static constexpr char message[] = "error: not enough memory\n";
  [[maybe_unused]] ssize_t written = write(2, message, sizeof message - 1);
  _exit(1);
}

int dtc::interpretMain(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::install_bad_alloc_error_handler(endWithoutMemory);
  // A file that may not grow is an error of the write.
  std::signal(SIGXFSZ, SIG_IGN);
  Options options;
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "runs dtc programs on host arrays and compares the stages\n",
          &llvm::errs()))
    return 2;
  DialectRegistry registry;
  registry.insert<DtcDialect, func::FuncDialect>();
  MLIRContext context(registry);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler handler(sources, &context);
  if (options.serve)
    return serveModels(context);
  if (options.files.empty()) {
    (void)fail("expected a program, got none");
    return 2;
  }
  if (options.all && (options.files.size() > 1 || options.files[0] == "-"))
    return failed(fail("expected one file on disk with --all"));
  LogicalResult result = options.all
                             ? runAll(context, options)
                             : Session(context, options, options.entry).run();
  return failed(result) ? 1 : 0;
}
