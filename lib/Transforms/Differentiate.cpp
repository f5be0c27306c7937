//===- Differentiate.cpp - From a model to a training step ----------------===//
//
// 1. Read the training spec; choose the parameters that are trained.
// 2. Build the loss of the output that the spec names (TrainingLoss).
// 3. Walk backwards from it to the parameters, and to the inputs when their
//    gradients are returned (ReverseMode).
// 4. Bring each gradient to how its parameter is held and build the optimizer's
//    update (OptimizerStep).
// 5. Give random ops the number of the step, so that each step draws others.
// 6. Return what the spec says in place of the model's outputs, and drop what
//    nothing needs any more.
//
// What is built carries its `dtc.phase`: the backward pass, and from the
// gradients on the optimizer.
//
//===----------------------------------------------------------------------===//

#include "OptimizerStep.h"
#include "Rematerialize.h"
#include "ReportDiagnostics.h"
#include "ReverseMode.h"
#include "RunningStatistics.h"
#include "TrainingLoss.h"

#include "dtc/Plan/Glob.h"
#include "dtc/Plan/Spelling.h"
#include "dtc/Transforms/Passes.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

namespace dtc {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "dtc/Transforms/Passes.h.inc"
} // namespace dtc

using namespace mlir;
using namespace dtc;

namespace {

/// Gives every op that is made the phase of the moment.
class PhaseListener : public OpBuilder::Listener {
public:
  StringRef phase = "forward";

  void notifyOperationInserted(Operation *op, OpBuilder::InsertPoint) override {
    if (phase != "forward")
      setPhase(op, phase);
  }
};

/// A trained parameter; tied weights stand in the program several times.
struct Trained {
  SmallVector<ParameterOp> ops;
  Value gradient, updated;

  ParameterOp first() const { return ops.front(); }
};

/// One function on its way to a training step.
class Differentiation {
public:
  Differentiation(func::FuncOp function, const plan::TrainingSpec &spec,
                  plan::DiagnosticList &diagnostics)
      : function(function), spec(spec), diagnostics(diagnostics),
        builder(function.getContext(), &listener),
        body(function.getBody().front()) {}

  LogicalResult run();

private:
  void chooseTrained();
  bool isRunningStatistic(ParameterOp parameter) const;
  void markPaddingRows();
  LogicalResult differentiate();
  Value gradientOf(const Trained &trained, const ReverseMode &reverse);
  LogicalResult checkStates();
  LogicalResult chooseDataAxis();
  LayoutAttr stateLayout(ParameterOp parameter);
  void optimize();
  void drawByStep();
  void setResults();
  void dropDeadOps();
  Location named(const Twine &name);
  std::string inputName(unsigned index);

  func::FuncOp function;
  const plan::TrainingSpec &spec;
  plan::DiagnosticList &diagnostics;
  PhaseListener listener;
  OpBuilder builder;
  Block &body;
  llvm::MapVector<StringRef, Trained> trained;
  /// Names and values of what the step returns.
  SmallVector<std::pair<std::string, Value>> results;
  Value loss;
  /// The mesh axis over which states are split, too; -1: none.
  int64_t dataAxis = -1;
  SmallVector<std::pair<std::string, Value>> inputGradients;
};

} // namespace

Location Differentiation::named(const Twine &name) {
  return NameLoc::get(StringAttr::get(function.getContext(), name));
}

std::string Differentiation::inputName(unsigned index) {
  auto name = function.getArgAttrOfType<StringAttr>(index, "dtc.name");
  return name ? name.str() : "arg" + std::to_string(index);
}

//===----------------------------------------------------------------------===//
// 1. Parameters
//===----------------------------------------------------------------------===//

/// The op that made a value, seen through wishes for placements.
static Operation *origin(Value value) {
  while (auto constrain = value.getDefiningOp<ConstrainOp>())
    value = constrain.getInput();
  return value.getDefiningOp();
}

bool Differentiation::isRunningStatistic(ParameterOp parameter) const {
  StringRef name = parameter.getName();
  if (parameter->hasAttr("dtc.buffer") || name.ends_with("running_mean") ||
      name.ends_with("running_var") || runningStatistics(body).contains(name))
    return true;
  for (auto norm : body.getOps<BatchNormOp>())
    if (origin(norm.getMean()) == parameter ||
        origin(norm.getVariance()) == parameter)
      return true;
  return false;
}

void Differentiation::chooseTrained() {
  std::vector<std::string> names;
  SmallVector<ParameterOp> candidates;
  for (auto parameter : body.getOps<ParameterOp>()) {
    auto type = cast<RankedTensorType>(parameter.getType());
    if (!isa<FloatType>(type.getElementType()))
      continue;
    candidates.push_back(parameter);
    names.push_back(parameter.getName().str());
  }
  llvm::BitVector chosen(candidates.size());
  if (!spec.trainable)
    for (auto [index, parameter] : llvm::enumerate(candidates))
      chosen[index] = !isRunningStatistic(parameter);
  plan::NameTable table(names);
  for (const plan::LocatedGlob &glob :
       spec.trainable.value_or(std::vector<plan::LocatedGlob>())) {
    std::vector<unsigned> matched = table.match(plan::NameGlob(glob.pattern));
    if (matched.empty()) {
      std::vector<std::string> near = table.suggest(glob.pattern);
      diagnostics.warning(
          glob.at,
          "trainable " + plan::inQuotes(glob.pattern) +
              " matches no floating-point parameter" +
              (near.empty() ? "" : ", the closest is '" + near[0] + "'"));
    }
    for (unsigned index : matched)
      chosen.set(index);
  }
  for (unsigned index : chosen.set_bits())
    trained[candidates[index].getName()].ops.push_back(candidates[index]);
}

/// Lookups in padded tables say so to their gradient.
void Differentiation::markPaddingRows() {
  for (const plan::PaddingEntry &entry : spec.paddingIdx) {
    plan::NameGlob glob(entry.name);
    bool isUsed = false;
    for (Operation &op : body) {
      if (!isa<EmbeddingOp, GatherOp>(op))
        continue;
      auto table = dyn_cast_or_null<ParameterOp>(origin(op.getOperand(0)));
      if (!table || !glob.matches(table.getName()))
        continue;
      isUsed = true;
      int64_t rows = shapeOf(op.getOperand(0))[0];
      int64_t row = entry.row < 0 ? entry.row + rows : entry.row;
      if (row < 0 || row >= rows)
        diagnostics.error(entry.at, "expected a row of the " + Twine(rows) +
                                        " of '" + table.getName() + "', got " +
                                        Twine(entry.row));
      else
        op.setDiscardableAttr("dtc.padding_row",
                              builder.getI64IntegerAttr(row));
    }
    if (!isUsed)
      diagnostics.warning(entry.at, "padding_idx " +
                                        plan::inQuotes(entry.name) +
                                        " matches no table of a lookup");
  }
}

//===----------------------------------------------------------------------===//
// 2. and 3. Loss and gradients
//===----------------------------------------------------------------------===//

LogicalResult Differentiation::differentiate() {
  auto index = findLossOutput(function, spec.loss, diagnostics);
  if (!index)
    return failure();
  declareLossInput(function, spec.loss, *index);
  SmallVector<Operation *> ops;
  for (Operation &op : body.without_terminator())
    ops.push_back(&op);
  Operation *ret = body.getTerminator();
  builder.setInsertionPoint(ret);
  TensorBuilder b(builder, named("loss"));
  Value output = ret->getOperand(*index);
  auto built = buildLoss(b, function, spec.loss, output, *index, diagnostics);
  if (!built)
    return failure();
  loss = built->loss;

  listener.phase = "backward";
  ReverseMode reverse(builder);
  for (auto &[name, entry] : trained)
    for (ParameterOp op : entry.ops)
      reverse.addSource(op.getResult(), name);
  SmallVector<BlockArgument> inputs;
  for (BlockArgument argument : function.getArguments())
    if (spec.returns.inputGrads && isa<FloatType>(elementOf(argument)) &&
        !isLossInput(function, spec.loss, *index, argument))
      inputs.push_back(argument);
  for (BlockArgument input : inputs)
    reverse.addSource(input, inputName(input.getArgNumber()));
  TensorBuilder backward(builder, dropValueName(named("loss")));
  if (failed(reverse.run(ops, output, built->gradient(backward))))
    return failure();
  for (BlockArgument input : inputs) {
    std::string name = "grad." + inputName(input.getArgNumber());
    TensorBuilder named(builder, this->named(name));
    Value gradient = reverse.gradientOf(input);
    if (!gradient)
      gradient = named.constant(tensorType(input), 0);
    inputGradients.emplace_back(name, named.placeLike(gradient, input));
  }
  for (auto &[name, entry] : trained)
    entry.gradient = gradientOf(entry, reverse);
  return success();
}

/// The sum over all places where the parameter stands, as it is held; null when
/// the loss does not depend on it.
Value Differentiation::gradientOf(const Trained &entry,
                                  const ReverseMode &reverse) {
  TensorBuilder b(builder, dropValueName(entry.first().getLoc()));
  Value sum;
  for (ParameterOp op : entry.ops)
    if (Value gradient = reverse.gradientOf(op.getResult()))
      sum = sum ? b.add(sum, gradient) : gradient;
  return sum;
}

//===----------------------------------------------------------------------===//
// 4. Optimizer
//===----------------------------------------------------------------------===//

/// A model may have parameters that are called as states are.
LogicalResult Differentiation::checkStates() {
  llvm::StringSet<> parameters;
  for (auto parameter : body.getOps<ParameterOp>())
    parameters.insert(parameter.getName());
  if (!body.getOps<RandomInterface>().empty() &&
      parameters.contains(stepStateName))
    return function.emitError()
           << "expected no parameter called '" << stepStateName
           << "', which counts the steps for random numbers; rename it in the "
              "model";
  if (!spec.optimizer)
    return success();
  TensorBuilder b(builder, function.getLoc());
  OptimizerStep step(*spec.optimizer, b);
  for (auto &[name, entry] : trained)
    for (const std::string &state : step.stateNames(name))
      if (parameters.contains(state))
        return function.emitError()
               << "expected no parameter called '" << state
               << "', which is the optimizer's name for a state of '" << name
               << "'; rename it in the model";
  return success();
}

/// `zero` needs an axis of the mesh that is called so.
LogicalResult Differentiation::chooseDataAxis() {
  if (!spec.zero)
    return success();
  MeshAttr mesh = getMesh(function);
  if (mesh)
    for (StringRef name : {"dp", "data", "fsdp"})
      if (auto axis = mesh.getMesh().axisNamed(name)) {
        dataAxis = *axis;
        return success();
      }
  diagnostics.error(spec.zeroAt,
                    "expected a mesh with a data axis 'dp', 'data' "
                    "or 'fsdp' for 'zero: true'; add one, or leave "
                    "'zero' out");
  return failure();
}

/// How the parameter's states are held: as it is, and split over the data axis
/// in the first dimension that no axis splits and that has enough elements.
LayoutAttr Differentiation::stateLayout(ParameterOp parameter) {
  LayoutAttr held = parameter.getLayoutAttr();
  bool hasStates =
      spec.optimizer && (spec.optimizer->kind == plan::OptimizerKind::AdamW ||
                         spec.optimizer->momentum != 0);
  if (dataAxis < 0 || !hasStates)
    return held;
  MeshAttr mesh = getMesh(function);
  Placements placements =
      held ? Placements(held.getPlacements()) : mesh.getMesh().allReplicate();
  if (!placements[dataAxis].isReplicate())
    return held;
  ArrayRef<int64_t> shape = shapeOf(parameter.getResult());
  for (auto [dim, extent] : llvm::enumerate(shape)) {
    bool isSplit = llvm::any_of(
        placements, [dim = dim](const Placement &p) { return p.isShard(dim); });
    if (isSplit || extent < mesh.getMesh().size(dataAxis))
      continue;
    placements[dataAxis] = Placement::shard(dim);
    return LayoutAttr::get(function.getContext(), mesh, placements);
  }
  return held;
}

void Differentiation::optimize() {
  listener.phase = "optimizer";
  // The first parameter's name stands for what all share.
  TensorBuilder shared(builder, named("optimizer"));
  std::optional<OptimizerStep> step;
  if (spec.optimizer)
    step.emplace(*spec.optimizer, shared);
  for (auto &[name, entry] : trained) {
    ParameterOp parameter = entry.first();
    TensorBuilder b(builder, named("grad." + name));
    entry.updated = parameter.getResult();
    if (!entry.gradient) {
      diagnostics.warning(spec.loss.at, "the loss does not depend on '" + name +
                                            "', its gradient is 0 and it stays "
                                            "as it is");
      entry.gradient = b.make<FillLikeOp>(
          parameter.getResult(), builder.getF64FloatAttr(0), UnitAttr());
      continue;
    }
    Value raw = entry.gradient;
    entry.gradient = b.placeLike(raw, parameter.getResult());
    LayoutAttr layout = stateLayout(parameter);
    bool isZero = layout != parameter.getLayoutAttr();
    if (step)
      entry.updated =
          step->update(parameter, isZero ? raw : entry.gradient, layout);
  }
}

//===----------------------------------------------------------------------===//
// 5. Random numbers
//===----------------------------------------------------------------------===//

/// The step's number is a state, which the optimizer may count already; its
/// value at the step's beginning is what all numbers of the step depend on.
void Differentiation::drawByStep() {
  SmallVector<RandomInterface> draws(body.getOps<RandomInterface>());
  if (draws.empty())
    return;
  StateOp state;
  for (auto known : body.getOps<StateOp>())
    if (known.getName() == stepStateName)
      state = known;
  TensorBuilder b(builder, named("step"));
  if (!state) {
    builder.setInsertionPoint(body.getTerminator());
    listener.phase = "optimizer";
    state = StateOp::create(
        builder, b.getLoc(), RankedTensorType::get({}, builder.getF64Type()),
        builder.getStringAttr(stepStateName), builder.getF64FloatAttr(0),
        LayoutAttr(), TypeAttr());
    UpdateOp::create(builder, b.getLoc(), state.getNameAttr(),
                     b.add(state.getResult(), 1), TypeAttr());
  }
  state->moveBefore(&body, body.begin());
  builder.setInsertionPointAfter(state);
  listener.phase = "forward";
  Value step = b.cast(state.getResult(), builder.getI64Type());
  for (RandomInterface op : draws)
    op.getStepMutable().assign(step);
}

//===----------------------------------------------------------------------===//
// 6. Results
//===----------------------------------------------------------------------===//

void Differentiation::setResults() {
  if (spec.returns.loss)
    results.emplace_back("loss", loss);
  if (spec.returns.grads)
    for (auto &[name, entry] : trained)
      results.emplace_back(("grad." + name).str(), entry.gradient);
  if (spec.returns.params)
    for (auto &[name, entry] : trained)
      results.emplace_back(("param." + name).str(), entry.updated);
  results.append(inputGradients.begin(), inputGradients.end());

  Operation *ret = body.getTerminator();
  SmallVector<Value> values;
  SmallVector<Attribute> attributes;
  auto wishes = function->getAttrOfType<DictionaryAttr>("dtc.step_outputs");
  function->removeAttr("dtc.step_outputs");
  for (auto &[name, value] : results) {
    values.push_back(value);
    NamedAttrList list;
    list.set("dtc.name", builder.getStringAttr(name));
    // Gradients and parameters are returned as the parameter is held, but for
    // what the plan says.
    if (auto layout = wishes ? wishes.getAs<LayoutAttr>(name) : LayoutAttr())
      list.set("dtc.layout", layout);
    else if (name != "loss")
      list.set("dtc.as_is", builder.getUnitAttr());
    attributes.push_back(list.getDictionary(function.getContext()));
  }
  ret->setOperands(values);
  function.setType(FunctionType::get(function.getContext(),
                                     function.getArgumentTypes(),
                                     ValueRange(values).getTypes()));
  function.setAllResultAttrs(attributes);
}

void Differentiation::dropDeadOps() {
  for (Operation *op = body.getTerminator()->getPrevNode(); op;) {
    Operation *before = op->getPrevNode();
    if (isOpTriviallyDead(op))
      op->erase();
    op = before;
  }
}

LogicalResult Differentiation::run() {
  chooseTrained();
  markPaddingRows();
  if (diagnostics.hasErrors() || failed(checkStates()) ||
      failed(differentiate()))
    return failure();
  if (failed(chooseDataAxis()))
    return failure();
  optimize();
  drawByStep();
  updateRunningStatistics(builder, body);
  setResults();
  dropDeadOps();
  rematerialize(body, spec.remat, diagnostics);
  dropDeadOps();
  return success();
}

namespace {

struct DifferentiatePass
    : public dtc::impl::DifferentiateBase<DifferentiatePass> {
  using Base::Base;

  void runOnOperation() override {
    if (specFile.empty()) {
      getOperation().emitError("expected a training spec: set the option "
                               "'spec'");
      return signalPassFailure();
    }
    plan::ParsedTrainingSpec parsed = plan::parseTrainingSpecFile(specFile);
    bool failedHere = parsed.diagnostics.hasErrors();
    if (!failedHere)
      for (auto function : getOperation().getOps<func::FuncOp>())
        if (failed(differentiate(function, parsed)))
          failedHere = true;
    reportDiagnostics(&getContext(), parsed.diagnostics);
    if (failedHere)
      signalPassFailure();
  }

private:
  LogicalResult differentiate(func::FuncOp function,
                              plan::ParsedTrainingSpec &parsed) {
    if (!function.getBody().hasOneBlock())
      return function.emitOpError() << "expected a body of one block";
    for (Operation &op : function.getBody().front())
      for (Type type : op.getResultTypes())
        if (getLayout(type))
          return op.emitOpError() << "has placements; differentiate the "
                                     "program before it is placed";
    return Differentiation(function, parsed.spec, parsed.diagnostics).run();
  }
};

} // namespace
