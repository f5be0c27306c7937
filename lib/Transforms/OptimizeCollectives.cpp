//===- OptimizeCollectives.cpp - Collectives not needed or not alone ------===//
//
// Per function, in program order:
//
// 1. Collectives that do the same to the same value become one.
// 2. all_gather followed by a local slice along the same axis: of the same
//    dimension, nothing is left; of another one, an all_to_all.
// 3. all_reduce of which only slices of one dimension along the same axis are
//    used becomes a reduce_scatter.
// 4. Sums of what the backward half reduces are reduced once.
// 5. What the backward half computes whole and cuts to the own chunk is made
//    for the chunk only, as far as its sharding rule allows.
// 6. Small gradients that the optimizer reads are reduced in buckets; on
//    request, neighbours of one kind become one (CombineCollectives.cpp).
// 7. Starts move up to their operand, waits down to their first use, so that
//    what lies between overlaps. Of what the optimizer reads only so many
//    bytes are under way at a time: source and result of each are memory.
//
//===----------------------------------------------------------------------===//

#include "CombineCollectives.h"
#include "StartedCollectives.h"

#include "dtc/Sharding/Strategy.h"
#include "dtc/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace dtc {
#define GEN_PASS_DEF_OPTIMIZECOLLECTIVES
#include "dtc/Transforms/Passes.h.inc"
} // namespace dtc

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// 1. Sharing
//===----------------------------------------------------------------------===//

/// Everything that makes two collectives or local steps the same.
static Attribute identity(Operation *op) {
  MLIRContext *context = op->getContext();
  SmallVector<NamedAttribute> attributes;
  for (NamedAttribute attribute : op->getAttrs())
    if (attribute.getName() != "cause" && attribute.getName() != "module" &&
        attribute.getName() != "dtc.phase")
      attributes.push_back(attribute);
  return ArrayAttr::get(context, {op->getName().getIdentifier(),
                                  DictionaryAttr::get(context, attributes),
                                  TypeAttr::get(op->getResult(0).getType())});
}

static void share(Block &block) {
  DenseMap<std::pair<Value, Attribute>, Operation *> seen;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (!isCollective(&op) && !isa<WaitOp, LocalSliceOp, LocalPartialOp>(op))
      continue;
    auto [entry, isNew] =
        seen.try_emplace({op.getOperand(0), identity(&op)}, &op);
    if (isNew)
      continue;
    op.getResult(0).replaceAllUsesWith(entry->second->getResult(0));
    op.erase();
  }
}

//===----------------------------------------------------------------------===//
// 2. all_gather and slice
//===----------------------------------------------------------------------===//

/// Slices make chunks, or the windows that an op reads.
static bool makesChunk(LocalSliceOp slice) {
  LayoutAttr layout = getLayout(slice.getResult());
  return !layout || layout.getPlacements()[slice.getAxis()].isShard();
}

static void simplifyGatherThenSlice(LocalSliceOp slice) {
  auto wait = slice.getInput().getDefiningOp<WaitOp>();
  auto gather =
      wait ? wait.getInput().getDefiningOp<AllGatherOp>() : AllGatherOp();
  if (!gather || gather.getAxis() != slice.getAxis() || !makesChunk(slice))
    return;
  Value result;
  if (gather.getInput().getType() == slice.getType()) {
    result = gather.getInput();
  } else if (gather.getDim() != slice.getDim()) {
    OpBuilder builder(slice);
    auto type = AsyncType::get(builder.getContext(),
                               cast<RankedTensorType>(slice.getType()));
    auto exchange = AllToAllOp::create(
        builder, gather.getLoc(), type, gather.getInput(), gather.getAxis(),
        gather.getDim(), slice.getDim(), gather.getCause(), gather.getModule());
    copyPhase(gather, exchange);
    auto wait =
        WaitOp::create(builder, gather.getLoc(), slice.getType(), exchange);
    copyPhase(gather, wait);
    result = wait;
  } else {
    return;
  }
  slice.replaceAllUsesWith(result);
  slice.erase();
  eraseIfUnused(gather);
}

//===----------------------------------------------------------------------===//
// 3. all_reduce and slice
//===----------------------------------------------------------------------===//

static void simplifyReduceThenSlice(AllReduceOp reduce) {
  WaitOp wait = waitOf(reduce);
  if (!wait || wait.use_empty())
    return;
  std::optional<int64_t> dim;
  for (Operation *user : wait->getUsers()) {
    auto slice = dyn_cast<LocalSliceOp>(user);
    if (!slice || slice.getAxis() != reduce.getAxis() || !makesChunk(slice) ||
        (dim && *dim != static_cast<int64_t>(slice.getDim())))
      return;
    dim = slice.getDim();
  }
  OpBuilder builder(reduce);
  Type sliced = (*wait->user_begin())->getResult(0).getType();
  auto type =
      AsyncType::get(builder.getContext(), cast<RankedTensorType>(sliced));
  auto scatter = ReduceScatterOp::create(
      builder, reduce.getLoc(), type, reduce.getInput(), reduce.getAxis(), *dim,
      reduce.getReduce(), reduce.getCause(), reduce.getModule());
  copyPhase(reduce, scatter);
  builder.setInsertionPoint(wait);
  auto value = WaitOp::create(builder, reduce.getLoc(), sliced, scatter);
  copyPhase(reduce, value);
  for (Operation *user : llvm::make_early_inc_range(wait->getUsers())) {
    user->getResult(0).replaceAllUsesWith(value);
    user->erase();
  }
  eraseIfUnused(reduce);
}

//===----------------------------------------------------------------------===//
// 4. Sums of reductions
//===----------------------------------------------------------------------===//

/// The all_reduce of a sum in the backward half whose value is used once.
static AllReduceOp onlyUseOfReduce(Value value) {
  auto wait = value.getDefiningOp<WaitOp>();
  auto reduce =
      wait ? wait.getInput().getDefiningOp<AllReduceOp>() : AllReduceOp();
  if (!reduce || !wait->hasOneUse() || !reduce->hasOneUse() ||
      reduce.getReduce() != ReduceKindEnum::sum ||
      getPhase(reduce) == "forward")
    return {};
  return reduce;
}

/// True when the add only hands its result on to another one.
static bool isInnerAdd(AddOp add) {
  auto outer = add->hasOneUse() ? dyn_cast<AddOp>(*add->user_begin()) : AddOp();
  return outer && outer.getType() == add.getType();
}

/// The terms of a sum of values of one type; `adds` from the outside.
static void collectTerms(AddOp add, SmallVectorImpl<Value> &terms,
                         SmallVectorImpl<AddOp> &adds) {
  adds.push_back(add);
  for (Value operand : add->getOperands()) {
    auto inner = operand.getDefiningOp<AddOp>();
    if (inner && isInnerAdd(inner) && getPhase(inner) != "forward")
      collectTerms(inner, terms, adds);
    else
      terms.push_back(operand);
  }
}

static bool reducesAlike(AllReduceOp a, AllReduceOp b) {
  return a.getAxis() == b.getAxis() && getPhase(a) == getPhase(b) &&
         a.getInput().getType() == b.getInput().getType();
}

/// all_reduce(a) + c + all_reduce(b) is c + all_reduce(a + b).
static void reduceSumOnce(AddOp root) {
  SmallVector<Value> terms, others;
  SmallVector<AddOp> adds;
  SmallVector<AllReduceOp> reduces;
  collectTerms(root, terms, adds);
  for (Value term : terms) {
    AllReduceOp reduce = term.getType() == root.getType()
                             ? onlyUseOfReduce(term)
                             : AllReduceOp();
    if (reduce && (reduces.empty() || reducesAlike(reduces.front(), reduce)))
      reduces.push_back(reduce);
    else
      others.push_back(term);
  }
  if (reduces.size() < 2)
    return;
  OpBuilder builder(root);
  AllReduceOp first = reduces.front();
  auto addTo = [&](Value &sum, Value term) {
    auto add = AddOp::create(builder, root.getLoc(), sum.getType(), sum, term);
    copyPhase(root, add);
    sum = add.getResult();
  };
  Value sum = first.getInput();
  for (AllReduceOp reduce : ArrayRef(reduces).drop_front())
    addTo(sum, reduce.getInput());
  auto reduce = AllReduceOp::create(builder, root.getLoc(), first.getType(),
                                    sum, first.getAxis(), first.getReduce(),
                                    first.getCause(), first.getModule());
  auto wait = WaitOp::create(builder, root.getLoc(), root.getType(), reduce);
  copyPhase(first, reduce);
  copyPhase(first, wait);
  Value result = wait.getResult();
  for (Value other : others)
    addTo(result, other);
  root.replaceAllUsesWith(result);
  for (AddOp add : adds)
    add.erase();
  for (AllReduceOp old : reduces)
    eraseIfUnused(old);
}

/// Sums of the backward half.
static void reduceSumsOnce(Block &block) {
  SmallVector<AddOp> roots;
  for (auto add : block.getOps<AddOp>())
    if (getPhase(add) != "forward" && !isInnerAdd(add))
      roots.push_back(add);
  llvm::for_each(roots, reduceSumOnce);
}

//===----------------------------------------------------------------------===//
// 5. Chunks of what is computed
//===----------------------------------------------------------------------===//

/// The dimension that is the factor and nothing else, or -1.
static int64_t dimensionOf(const TensorMapping &tensor, int factor) {
  for (auto [dim, factors] : llvm::enumerate(tensor.dims))
    if (factors.size() == 1 && factors.front() == factor)
      return dim;
  return -1;
}

/// The value, or its chunk of a dimension.
static Value cutTo(OpBuilder &builder, Operation *op, Value value, int64_t axis,
                   int64_t dim) {
  LayoutAttr layout = getLayout(value);
  Placements placements(layout.getPlacements());
  placements[axis] = Placement::shard(dim);
  auto type = withLayout(
      cast<RankedTensorType>(value.getType()),
      LayoutAttr::get(op->getContext(), layout.getMesh(), placements));
  auto slice =
      LocalSliceOp::create(builder, op->getLoc(), type, value, axis, dim);
  copyPhase(op, slice);
  return slice;
}

/// Replaces the slice of an op's only result by the op on slices; returns those
/// slices.
static SmallVector<LocalSliceOp> sinkSlice(LocalSliceOp slice) {
  auto op = slice.getInput().getDefiningOp<ShardingRuleInterface>();
  if (!op || op->getNumResults() != 1 || !op->getResult(0).hasOneUse() ||
      getPhase(op) == "forward" || !makesChunk(slice) ||
      !getLayout(slice.getResult()))
    return {};
  ShardingRule rule = getPlacementRule(op);
  const DimFactors &factors = rule.results[0].dims[slice.getDim()];
  if (factors.size() != 1)
    return {};
  int64_t axis = slice.getAxis();
  SmallVector<int64_t> cuts;
  std::vector<TensorSpec> operands;
  for (auto [index, operand] : llvm::enumerate(op->getOperands())) {
    operands.push_back(getSpec(operand.getType()));
    cuts.push_back(dimensionOf(rule.operands[index], factors.front()));
    Placement &held = operands.back().placements[axis];
    if (cuts.back() < 0)
      continue;
    if (!held.isReplicate())
      return {};
    held = Placement::shard(cuts.back());
  }
  ::dtc::Mesh mesh = getLayout(slice.getResult()).getMesh().getMesh();
  if (llvm::Error error =
          verifyStrategy(rule, operands, {getSpec(slice.getType())}, mesh)) {
    llvm::consumeError(std::move(error));
    return {};
  }
  OpBuilder builder(op);
  SmallVector<LocalSliceOp> made;
  Operation *chunk = op->clone();
  for (auto [index, dim] : llvm::enumerate(cuts)) {
    if (dim < 0)
      continue;
    Value cut = cutTo(builder, op, op->getOperand(index), axis, dim);
    made.push_back(cut.getDefiningOp<LocalSliceOp>());
    chunk->setOperand(index, cut);
  }
  builder.insert(chunk);
  chunk->getResult(0).setType(slice.getType());
  slice.replaceAllUsesWith(chunk->getResult(0));
  slice.erase();
  op->erase();
  return made;
}

static void sinkSlices(Block &block) {
  SmallVector<LocalSliceOp> work(block.getOps<LocalSliceOp>());
  while (!work.empty())
    work.append(sinkSlice(work.pop_back_val()));
}

//===----------------------------------------------------------------------===//
// 7. Overlap
//===----------------------------------------------------------------------===//

static void spread(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (!isCollective(&op))
      continue;
    if (Operation *definition = op.getOperand(0).getDefiningOp())
      op.moveAfter(definition);
    else
      op.moveBefore(&block, block.begin());
  }
  SmallVector<WaitOp> waits(block.getOps<WaitOp>());
  for (WaitOp wait : llvm::reverse(waits)) {
    Operation *first = nullptr;
    for (Operation *user : wait->getUsers())
      if (!first || user->isBeforeInBlock(first))
        first = user;
    if (first)
      wait->moveBefore(first);
  }
}

/// Bytes that a started collective holds on a rank: its source and its result.
static int64_t bytesHeld(Operation *collective) {
  int64_t bytes = 0;
  auto result = cast<AsyncType>(collective->getResult(0).getType());
  for (Type type :
       {collective->getOperand(0).getType(), Type(result.getValueType())}) {
    RankedTensorType local = getLocalType(cast<RankedTensorType>(type), 0);
    bytes += local.getNumElements() * getElementBytes(local.getElementType());
  }
  return bytes;
}

/// True for what brings a gradient to where it is read, by one collective or by
/// several; false for what the optimizer has computed.
static bool movesGradient(Operation *collective) {
  Operation *source = collective->getOperand(0).getDefiningOp();
  while (source && (isa<WaitOp>(source) || isCollective(source)))
    source = source->getOperand(0).getDefiningOp();
  return !source || getPhase(source) != "optimizer";
}

namespace {

/// Collectives that are under way at a time, which hold at most twice what the
/// largest of them does: it runs beside as much of the others, and two of one
/// size run beside each other.
class UnderWay {
public:
  /// Counts one that will start.
  void expect(Operation *collective) {
    most = std::max(most, 2 * bytesHeld(collective));
  }

  /// Waits for the first ones behind the start of one that passes the limit,
  /// instead of at their use at the end of the step.
  void start(Operation *collective, WaitOp wait, StringRef phase) {
    waits.push_back(wait);
    bytes += bytesHeld(collective);
    Operation *last = collective;
    while (bytes > most) {
      WaitOp first = waits.front();
      first->moveAfter(last);
      setPhase(first, phase);
      last = first;
      end(first);
    }
  }

  void end(WaitOp wait) {
    auto *found = llvm::find(waits, wait);
    if (found == waits.end())
      return;
    bytes -= bytesHeld(wait.getInput().getDefiningOp());
    waits.erase(found);
  }

private:
  SmallVector<WaitOp> waits;
  int64_t bytes = 0, most = 0;
};

} // namespace

/// Limits what is under way of the gradients that the optimizer reads, and,
/// apart from them, of what is made of its results.
static void limitUnderWay(Block &block) {
  UnderWay gradients, results;
  auto isLimited = [](Operation *op) {
    return isCollective(op) && getPhase(op) == "optimizer" && waitOf(op);
  };
  auto groupOf = [&](Operation *op) -> UnderWay & {
    return movesGradient(op) ? gradients : results;
  };
  for (Operation &op : block)
    if (isLimited(&op))
      groupOf(&op).expect(&op);
  // Of the step's part that waits would be in.
  StringRef phase = "forward";
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (auto wait = dyn_cast<WaitOp>(op)) {
      gradients.end(wait);
      results.end(wait);
    } else if (isLimited(&op)) {
      groupOf(&op).start(&op, waitOf(&op), phase);
    } else if (!isCollective(&op) && !isa<ConstantOp>(op)) {
      phase = getPhase(&op);
    }
  }
}

namespace {

struct OptimizeCollectivesPass
    : public dtc::impl::OptimizeCollectivesBase<OptimizeCollectivesPass> {
  using Base::Base;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      Block &block = function.getBody().front();
      share(block);
      for (auto slice :
           llvm::make_early_inc_range(block.getOps<LocalSliceOp>()))
        simplifyGatherThenSlice(slice);
      SmallVector<AllReduceOp> reduces(block.getOps<AllReduceOp>());
      llvm::for_each(reduces, simplifyReduceThenSlice);
      reduceSumsOnce(block);
      sinkSlices(block);
      share(block);
      combineGradients(block);
      if (combine)
        combineNeighbours(block);
      spread(block);
      limitUnderWay(block);
    }
  }
};

} // namespace
