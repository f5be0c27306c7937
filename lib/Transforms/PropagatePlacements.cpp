//===- PropagatePlacements.cpp - Place every value ------------------------===//
//
// The eager policy, op by op in program order:
//
// 1. Arguments, parameters and results take the layouts that the plan left in
//    their attributes, replicated otherwise.
// 2. For each op the generic strategy code picks operand and result placements
//    from the op's sharding rule and how the operands are held.
// 3. An op that would gather a split dimension, and can be computed from pieces
//    of it instead, is replaced by the ops that do (`SplitFormInterface`).
// 4. An operand held otherwise goes through a `dtc.redistribute` that carries
//    why. Nothing is shared between ops here; OptimizeCollectives does that.
//
// Placements on axes of size one mean nothing and are written `replicate`.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Dtc.h"
#include "dtc/Sharding/Redistribution.h"
#include "dtc/Sharding/Strategy.h"
#include "dtc/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"

namespace dtc {
#define GEN_PASS_DEF_PROPAGATEPLACEMENTS
#include "dtc/Transforms/Passes.h.inc"
} // namespace dtc

using namespace mlir;
using namespace dtc;

namespace {

/// "cpu", "ethernet", "nvlink" or "LATENCY_US:GB_S".
std::optional<Link> parseLink(StringRef word) {
  if (word == "cpu")
    return Link::cpu();
  if (word == "ethernet")
    return Link::ethernet();
  if (word == "nvlink")
    return Link::nvlink();
  auto [latency, bandwidth] = word.split(':');
  Link link;
  if (latency.getAsDouble(link.latencyMicros) ||
      bandwidth.getAsDouble(link.bandwidthGBs) || link.bandwidthGBs <= 0)
    return std::nullopt;
  return link;
}

class Propagation {
public:
  Propagation(MeshAttr mesh, Topology topology)
      : meshAttr(mesh), mesh(mesh.getMesh()), topology(std::move(topology)) {}

  LogicalResult run(func::FuncOp function);

private:
  LogicalResult place(Operation *op);
  LogicalResult placeByRule(ShardingRuleInterface op);
  FailureOr<bool> placeSplitForm(Operation *op);
  LogicalResult placeReturn(func::ReturnOp op);
  LogicalResult placeConstrain(ConstrainOp op);
  LogicalResult placeUpdate(UpdateOp op);
  void setLayout(Value value, ArrayRef<Placement> placements);
  Value redistribute(OpBuilder &builder, Value value,
                     ArrayRef<Placement> placements, Operation *consumer,
                     StringRef cause);
  Placements meaningful(ArrayRef<Placement> placements) const;

  MeshAttr meshAttr;
  ::dtc::Mesh mesh;
  Topology topology;
};

} // namespace

Placements Propagation::meaningful(ArrayRef<Placement> placements) const {
  Placements result(placements.begin(), placements.end());
  for (auto [axis, placement] : llvm::enumerate(result))
    if (mesh.size(axis) == 1)
      placement = Placement::replicate();
  return result;
}

void Propagation::setLayout(Value value, ArrayRef<Placement> placements) {
  value.setType(withLayout(
      cast<RankedTensorType>(value.getType()),
      LayoutAttr::get(value.getContext(), meshAttr, meaningful(placements))));
}

/// What an error or a collective's cause calls an op: its module, else the
/// value it makes, else its kind.
static StringRef describe(Operation *op) {
  if (StringRef module = getModulePath(op->getLoc()); !module.empty())
    return module;
  if (StringRef name = getValueName(op->getLoc()); !name.empty())
    return name;
  return op->getName().stripDialect();
}

Value Propagation::redistribute(OpBuilder &builder, Value value,
                                ArrayRef<Placement> placements,
                                Operation *consumer, StringRef cause) {
  auto type = cast<RankedTensorType>(value.getType());
  auto target = withLayout(type, LayoutAttr::get(value.getContext(), meshAttr,
                                                 meaningful(placements)));
  if (type == target)
    return value;
  auto op =
      RedistributeOp::create(builder, consumer->getLoc(), target, value, cause);
  copyPhase(consumer, op);
  return op;
}

LogicalResult Propagation::placeByRule(ShardingRuleInterface op) {
  SmallVector<TensorSpec> operands, results;
  for (Type type : op->getOperandTypes())
    operands.push_back(getSpec(type));
  for (Type type : op->getResultTypes())
    results.push_back(getSpec(type));
  llvm::Expected<Strategy> strategy =
      chooseEager(getPlacementRule(op), operands, results, mesh, topology);
  if (!strategy)
    return op->emitOpError() << llvm::toString(strategy.takeError());

  OpBuilder builder(op);
  for (auto [index, target] : llvm::enumerate(strategy->operands)) {
    // A lookup masks its own index: the operand stays as it is.
    Placements wanted = target;
    for (auto [axis, placement] : llvm::enumerate(wanted))
      if (placement.isMaskPartial() &&
          !operands[index].placements[axis].isMaskPartial())
        placement = operands[index].placements[axis];
    op->setOperand(index, redistribute(builder, op->getOperand(index), wanted,
                                       op, describe(op)));
  }
  for (auto [result, placements] :
       llvm::zip(op->getResults(), strategy->results))
    setLayout(result, placements);
  return success();
}

LogicalResult Propagation::placeConstrain(ConstrainOp op) {
  OpBuilder builder(op);
  Placements wanted(op.getLayout().getPlacements());
  ArrayRef<Placement> held = getLayout(op.getInput()).getPlacements();
  if (auto axes = op.getAxes()) {
    for (int64_t axis = 0; axis < mesh.rank(); ++axis)
      if (!llvm::is_contained(*axes, axis))
        wanted[axis] = held[axis];
  }
  if (llvm::Error error = checkRequestedPlacements(held, wanted))
    return op.emitOpError() << llvm::toString(std::move(error));
  // A wish about some axes may complete partial values in the wrong order.
  auto plan =
      planRedistribution(cast<RankedTensorType>(op.getType()).getShape(), held,
                         meaningful(wanted), mesh);
  if (!plan)
    return op.emitOpError() << llvm::toString(plan.takeError());
  Value value = redistribute(builder, op.getInput(), wanted, op, op.getCause());
  op.replaceAllUsesWith(value);
  op.erase();
  return success();
}

LogicalResult Propagation::placeReturn(func::ReturnOp op) {
  auto function = op->getParentOfType<func::FuncOp>();
  OpBuilder builder(op);
  SmallVector<Type> types;
  for (auto [index, value] : llvm::enumerate(op.getOperands())) {
    auto layout = function.getResultAttrOfType<LayoutAttr>(index, "dtc.layout");
    bool asIs = function.getResultAttr(index, "dtc.as_is") != nullptr;
    if (!asIs) {
      Placements wanted =
          layout ? Placements(layout.getPlacements()) : mesh.allReplicate();
      op.setOperand(index, redistribute(builder, value, wanted, op, "output"));
    }
    function.removeResultAttr(index, builder.getStringAttr("dtc.layout"));
    function.removeResultAttr(index, builder.getStringAttr("dtc.as_is"));
    types.push_back(op.getOperand(index).getType());
  }
  function.setType(builder.getFunctionType(
      function.getBody().front().getArgumentTypes(), types));
  return success();
}

LogicalResult Propagation::placeUpdate(UpdateOp op) {
  Value updated = findUpdated(op);
  if (!updated)
    return op.emitOpError() << "expected a parameter or state '" << op.getName()
                            << "' before it, got none";
  OpBuilder builder(op);
  op.getValueMutable().assign(redistribute(builder, op.getValue(),
                                           getLayout(updated).getPlacements(),
                                           op, op.getName()));
  return success();
}

/// Whether the op was replaced by ops, now placed, that take its operand split.
FailureOr<bool> Propagation::placeSplitForm(Operation *op) {
  auto split = dyn_cast<SplitFormInterface>(op);
  if (!split || op->hasAttr("dtc.in_place"))
    return false;
  SmallVector<int64_t> dims;
  for (auto [axis, placement] :
       llvm::enumerate(getLayout(op->getOperand(0)).getPlacements()))
    if (placement.isShard() && mesh.size(axis) > 1)
      dims.push_back(placement.dim);
  Operation *before = op->getPrevNode();
  OpBuilder builder(op);
  SmallVector<Value> values;
  if (!dims.empty())
    values = split.buildSplitForm(builder, dims);
  if (values.empty())
    return false;
  auto next =
      before ? std::next(before->getIterator()) : op->getBlock()->begin();
  for (; &*next != op; ++next) {
    copyPhase(op, &*next);
    if (failed(place(&*next)))
      return failure();
  }
  op->replaceAllUsesWith(values);
  op->erase();
  return true;
}

LogicalResult Propagation::place(Operation *op) {
  if (auto constrain = dyn_cast<ConstrainOp>(op))
    return placeConstrain(constrain);
  if (auto ret = dyn_cast<func::ReturnOp>(op))
    return placeReturn(ret);
  if (auto parameter = dyn_cast<ParameterOp>(op)) {
    LayoutAttr layout = parameter.getLayoutAttr();
    setLayout(parameter.getResult(), layout ? Placements(layout.getPlacements())
                                            : mesh.allReplicate());
    parameter.removeLayoutAttr();
    return success();
  }
  if (auto state = dyn_cast<StateOp>(op)) {
    LayoutAttr layout = state.getLayoutAttr();
    setLayout(state.getResult(), layout ? Placements(layout.getPlacements())
                                        : mesh.allReplicate());
    state.removeLayoutAttr();
    return success();
  }
  if (auto update = dyn_cast<UpdateOp>(op))
    return placeUpdate(update);
  FailureOr<bool> isReplaced = placeSplitForm(op);
  if (failed(isReplaced) || *isReplaced)
    return failure(failed(isReplaced));
  if (auto ruled = dyn_cast<ShardingRuleInterface>(op))
    return placeByRule(ruled);
  if (auto unplaced = dyn_cast<UnplacedInterface>(op))
    return op->emitOpError() << unplaced.getRefusal();
  return op->emitOpError() << "does not have a sharding strategy registered";
}

/// Windows are what ops read: nobody can hold or want them.
static LogicalResult refuseWindows(func::FuncOp function) {
  WalkResult result = function->walk([](Operation *op) {
    for (NamedAttribute attribute : op->getAttrs()) {
      const Placement *found = nullptr;
      attribute.getValue().walk([&](LayoutAttr layout) {
        for (const Placement &placement : layout.getPlacements())
          if (placement.isWindow())
            found = &placement;
      });
      if (!found)
        continue;
      op->emitError() << "expected a layout of 'replicate', shards and partial "
                         "values, got '"
                      << found->str() << "': only redistributions make windows";
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult Propagation::run(func::FuncOp function) {
  if (!function.getBody().hasOneBlock())
    return function.emitOpError() << "expected a body of one block";
  if (failed(refuseWindows(function)))
    return failure();
  for (BlockArgument argument : function.getArguments()) {
    unsigned index = argument.getArgNumber();
    if (!isa<RankedTensorType>(argument.getType()))
      return function.emitOpError()
             << "expected tensor arguments, got " << argument.getType();
    auto layout = function.getArgAttrOfType<LayoutAttr>(index, "dtc.layout");
    setLayout(argument, layout ? Placements(layout.getPlacements())
                               : mesh.allReplicate());
    function.removeArgAttr(index, "dtc.layout");
  }
  for (Operation &op : llvm::make_early_inc_range(function.getBody().front()))
    if (failed(place(&op)))
      return failure();
  return success();
}

namespace {

struct PropagatePlacementsPass
    : public dtc::impl::PropagatePlacementsBase<PropagatePlacementsPass> {
  using Base::Base;

  void runOnOperation() override {
    MeshAttr mesh = getMesh(getOperation());
    if (!mesh) {
      getOperation().emitError("expected a module attribute 'dtc.mesh'; run "
                               "--dtc-apply-plan first");
      return signalPassFailure();
    }
    FailureOr<Topology> topology = readTopology(mesh);
    if (failed(topology))
      return signalPassFailure();
    Propagation propagation(mesh, *topology);
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (failed(propagation.run(function)))
        return signalPassFailure();
  }

  /// The option, else the module's `dtc.links`, else the target's
  /// `dtc.default_link`, else processors.
  FailureOr<Topology> readTopology(MeshAttr mesh) {
    SmallVector<std::string> words(links.begin(), links.end());
    if (auto attribute = getOperation()->getAttrOfType<ArrayAttr>("dtc.links");
        attribute && words.empty())
      for (Attribute word : attribute)
        if (auto text = dyn_cast<StringAttr>(word))
          words.push_back(text.str());
    if (words.empty()) {
      auto chosen =
          getOperation()->getAttrOfType<StringAttr>("dtc.default_link");
      words.assign(mesh.getRank(), chosen ? chosen.str() : "cpu");
    }
    Topology topology;
    for (StringRef word : words) {
      std::optional<Link> link = parseLink(word);
      if (!link)
        return getOperation().emitError()
               << "expected a link 'cpu', 'ethernet', 'nvlink' or "
                  "'LATENCY_US:GB_S', got '"
               << word << "'";
      topology.push_back(*link);
    }
    if (static_cast<int64_t>(topology.size()) != mesh.getRank())
      return getOperation().emitError()
             << "expected a link for each of the mesh's " << mesh.getRank()
             << " axes, got " << topology.size();
    return topology;
  }
};

} // namespace
