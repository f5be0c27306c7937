//===- Check.cpp - One program through the passes -------------------------===//

#include "Check.h"

#include "dtc/Transforms/Passes.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

static constexpr int64_t mostRefusals = 20;

func::FuncOp fuzz::mainOf(ModuleOp program) {
  auto functions = program.getOps<func::FuncOp>();
  return functions.empty() ? func::FuncOp() : *functions.begin();
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

static std::string digits(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.9g", value);
  return text;
}

/// "" or the first element that differs.
static std::string compareArray(const ReferenceValue &wanted,
                                const HostTensor &got) {
  if (got.shape() != wanted.value.shape())
    return "has another shape";
  bool whole = !isFloat(wanted.value.type());
  for (int64_t i = 0; i < got.size(); ++i) {
    bool near = whole
                    ? got.getInt(i) == wanted.value.getInt(i)
                    : std::fabs(got.getDouble(i) - wanted.value.getDouble(i)) <=
                          wanted.allowed;
    if (!near)
      return "element " + std::to_string(i) + ": expected " +
             digits(wanted.value.getDouble(i)) + ", got " +
             digits(got.getDouble(i)) + ", which may be off by " +
             digits(wanted.allowed);
  }
  return "";
}

std::string fuzz::compare(func::FuncOp function, const Expected &expected,
                          ArrayRef<HostTensor> results) {
  if (results.size() != expected.results.size())
    return "another number of results";
  for (auto [i, got] : llvm::enumerate(results)) {
    std::string difference = compareArray(expected.results[i], got);
    if (!difference.empty())
      return "result '" + getOutputName(function, i) + "' " + difference;
  }
  return "";
}

//===----------------------------------------------------------------------===//
// The plain program
//===----------------------------------------------------------------------===//

static Outcome unfit(const Twine &message) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::Unfit;
  outcome.message = message.str();
  return outcome;
}

Outcome fuzz::expect(ModuleOp program, uint64_t seed, Expected &expected) {
  func::FuncOp function = mainOf(program);
  MeshAttr meshAttr = dtc::getMesh(program);
  if (!function || function.isExternal() || !meshAttr)
    return unfit("expected a function with a body and 'dtc.mesh'");
  ::dtc::Mesh mesh = meshAttr.getMesh();
  Reference reference(program.getContext(), mesh);
  for (BlockArgument argument : function.getArguments()) {
    unsigned index = argument.getArgNumber();
    if (failed(addArgument(function, index, seed, expected.arrays)))
      return unfit("argument without an array");
    reference.bind(argument,
                   expected.arrays.plain.inputs[getInputName(function, index)],
                   accuracyOf(function, index, mesh));
  }
  for (Operation &op : function.getBody().front()) {
    if (auto parameter = dyn_cast<ParameterOp>(op)) {
      if (failed(addParameter(parameter, seed, expected.arrays)))
        return unfit("parameter without an array");
      reference.bind(
          parameter.getResult(),
          expected.arrays.plain.parameters[parameter.getName().str()]);
    } else if (auto constant = dyn_cast<ConstantOp>(op)) {
      auto elements = dyn_cast<DenseElementsAttr>(constant.getValue());
      if (!elements)
        return unfit("constant without elements");
      reference.bind(constant.getResult(), HostTensor::fromAttribute(elements));
    } else if (isa<func::ReturnOp>(op)) {
      for (Value operand : op.getOperands())
        expected.results.push_back(reference.get(operand));
    } else {
      std::string reason = reference.evaluate(&op);
      if (!reason.empty())
        return unfit(op.getName().getStringRef() + " " + reason);
    }
  }
  return {};
}

//===----------------------------------------------------------------------===//
// The stages
//===----------------------------------------------------------------------===//

namespace {

class Checker {
public:
  Checker(ModuleOp program, uint64_t seed) : program(program), seed(seed) {}

  Outcome run();

private:
  bool place();
  bool runStages();
  bool runLocal(ModuleOp module, const std::string &stage);
  bool apply(ModuleOp module, StringRef stage,
             function_ref<void(PassManager &)> addPasses);
  bool accept(ModuleOp module, const std::string &stage,
              FailureOr<std::vector<HostTensor>> results);
  bool fail(const std::string &stage, const std::string &message);
  bool wishForWholeOperands();

  ModuleOp program;
  uint64_t seed;
  ::dtc::Mesh mesh;
  Expected expected;
  OwningOpRef<ModuleOp> placed;
  Outcome outcome;
  /// The first error since it was cleared.
  std::string error;
  int64_t errorLine = -1;
};

} // namespace

bool Checker::fail(const std::string &stage, const std::string &message) {
  outcome.kind = Outcome::Kind::Fails;
  outcome.stage = stage;
  outcome.message = message;
  return false;
}

bool Checker::apply(ModuleOp module, StringRef stage,
                    function_ref<void(PassManager &)> addPasses) {
  PassManager manager(module.getContext());
  addPasses(manager);
  if (failed(manager.run(module)))
    return fail("passes of " + stage.str(), error);
  return true;
}

bool Checker::accept(ModuleOp module, const std::string &stage,
                     FailureOr<std::vector<HostTensor>> results) {
  if (failed(results))
    return fail(stage, error);
  std::string difference = compare(mainOf(module), expected, *results);
  return difference.empty() || fail(stage, difference);
}

/// Gives the op of the last error wishes for replicated operands; false when
/// it has them.
bool Checker::wishForWholeOperands() {
  Block &body = mainOf(program).getBody().front();
  if (errorLine < 0 ||
      errorLine >= static_cast<int64_t>(body.getOperations().size()) ||
      outcome.refusals >= mostRefusals)
    return false;
  Operation *op = &*std::next(body.begin(), errorLine);
  OpBuilder builder(op);
  auto layout = LayoutAttr::get(program.getContext(), dtc::getMesh(program),
                                mesh.allReplicate());
  bool changed = false;
  for (OpOperand &operand : op->getOpOperands()) {
    auto wish = operand.get().getDefiningOp<ConstrainOp>();
    if (wish && wish.getLayout() == layout && !wish.getAxes())
      continue;
    operand.set(ConstrainOp::create(
        builder, op->getLoc(), operand.get().getType(), operand.get(), layout,
        builder.getStringAttr("view"), DenseI64ArrayAttr()));
    changed = true;
  }
  return changed;
}

/// Places a copy of the program.
bool Checker::place() {
  for (auto [line, op] : llvm::enumerate(mainOf(program).getBody().front()))
    op.setLoc(FileLineColLoc::get(program.getContext(), "program", line, 1));
  while (true) {
    placed = program.clone();
    PassManager manager(program.getContext());
    manager.enableVerifier(false);
    manager.addPass(createPropagatePlacements());
    error.clear();
    if (succeeded(manager.run(*placed)))
      break;
    if (!wishForWholeOperands()) {
      outcome.kind = Outcome::Kind::Refused;
      outcome.message = error;
      return false;
    }
    ++outcome.refusals;
    for (auto [line, op] : llvm::enumerate(mainOf(program).getBody().front()))
      op.setLoc(FileLineColLoc::get(program.getContext(), "program", line, 1));
  }
  if (failed(verify(*placed)))
    return fail("verifier of placed", error);
  return true;
}

bool Checker::runLocal(ModuleOp module, const std::string &stage) {
  std::vector<OwningOpRef<ModuleOp>> modules;
  SmallVector<func::FuncOp> ranks;
  for (int64_t rank = 0; rank < mesh.numRanks(); ++rank) {
    modules.emplace_back(module.clone());
    bool ran = apply(*modules.back(), stage, [&](PassManager &manager) {
      LocalizeOptions options;
      options.rank = rank;
      manager.addPass(createLocalize(options));
      manager.addPass(createCSEPass());
    });
    if (!ran)
      return false;
    ranks.push_back(mainOf(*modules.back()));
  }
  return accept(*modules[0], stage,
                evaluateLocal(ranks, expected.arrays.placed));
}

bool Checker::runStages() {
  if (!accept(program, "plain",
              evaluateGlobal(mainOf(program), expected.arrays.plain)))
    return false;
  OwningOpRef<ModuleOp> canonical(program.clone());
  if (!apply(*canonical, "canonical",
             [](PassManager &manager) {
               manager.addPass(createCanonicalizerPass());
             }) ||
      !accept(*canonical, "canonical",
              evaluateGlobal(mainOf(*canonical), expected.arrays.plain)))
    return false;
  if (!place() ||
      !accept(*placed, "placed",
              evaluatePlaced(mainOf(*placed), mesh, expected.arrays.placed)))
    return false;
  if (!apply(*placed, "collectives",
             [](PassManager &manager) {
               manager.addPass(createInsertCollectives());
             }) ||
      !runLocal(*placed, "local"))
    return false;
  for (bool combine : {false, true}) {
    OwningOpRef<ModuleOp> optimized(placed->clone());
    std::string stage = combine ? "combined" : "optimized";
    if (!apply(*optimized, stage,
               [&](PassManager &manager) {
                 OptimizeCollectivesOptions options;
                 options.combine = combine;
                 manager.addPass(createOptimizeCollectives(options));
                 manager.addPass(createCSEPass());
               }) ||
        !accept(
            *optimized, stage,
            evaluatePlaced(mainOf(*optimized), mesh, expected.arrays.placed)) ||
        !runLocal(*optimized, "local " + stage))
      return false;
  }
  return true;
}

Outcome Checker::run() {
  ScopedDiagnosticHandler handler(
      program.getContext(), [&](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error &&
            error.empty()) {
          error = diagnostic.str();
          if (auto place = dyn_cast<FileLineColLoc>(diagnostic.getLocation()))
            errorLine = place.getLine();
        }
        return success();
      });
  if (failed(verify(program)))
    return unfit("does not verify: " + error);
  outcome = expect(program, seed, expected);
  if (outcome.kind != Outcome::Kind::Agrees)
    return outcome;
  mesh = dtc::getMesh(program).getMesh();
  error.clear();
  runStages();
  return outcome;
}

Outcome fuzz::check(ModuleOp program, uint64_t seed) {
  return Checker(program, seed).run();
}
