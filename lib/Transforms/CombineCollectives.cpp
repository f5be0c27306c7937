//===- CombineCollectives.cpp - Several all_reduces in one ----------------===//
//
// 1. Values that are whole but for the reduced axis are laid out in a row and
//    joined; one all_reduce takes the place of theirs, and its value is cut up.
// 2. Neighbours are those between which no result of the group is used.
// 3. Buckets of gradients start behind the last gradient, during the backward
//    pass, and are waited for where the first is read.
//
//===----------------------------------------------------------------------===//

#include "CombineCollectives.h"
#include "StartedCollectives.h"

using namespace mlir;
using namespace dtc;

/// Only values that are whole but for the reduced axis flatten freely.
static bool isFlattenable(AllReduceOp op) {
  LayoutAttr layout = getLayout(op.getInput());
  return layout && llvm::none_of(layout.getPlacements(),
                                 [](Placement p) { return p.isShard(); });
}

static bool combinesWith(AllReduceOp a, AllReduceOp b) {
  auto typeOf = [](AllReduceOp op) {
    return cast<RankedTensorType>(op.getInput().getType());
  };
  return a.getAxis() == b.getAxis() && a.getReduce() == b.getReduce() &&
         getPhase(a) == getPhase(b) &&
         typeOf(a).getElementType() == typeOf(b).getElementType() &&
         getLayout(a.getInput()) == getLayout(b.getInput()) &&
         isFlattenable(a) && isFlattenable(b);
}

/// A value of `size` elements in a row, held as `type` is.
static RankedTensorType flatType(RankedTensorType type, int64_t size) {
  return RankedTensorType::get({size}, type.getElementType(),
                               type.getEncoding());
}

/// What computes the operand, in whose part of the step it is prepared.
static Operation *makerOf(AllReduceOp op) {
  Operation *maker = op.getInput().getDefiningOp();
  return maker ? maker : op.getOperation();
}

/// Replaces all_reduces by one of their concatenation, which starts at `start`
/// and is taken apart at `end`.
static void combineGroup(ArrayRef<AllReduceOp> group, OpBuilder &start,
                         OpBuilder &end) {
  AllReduceOp last = group.back();
  Location location = last.getLoc();
  SmallVector<Value> flat;
  SmallVector<int64_t> sizes;
  int64_t total = 0;
  for (AllReduceOp op : group) {
    auto type = cast<RankedTensorType>(op.getInput().getType());
    sizes.push_back(type.getNumElements());
    total += sizes.back();
    auto row = ReshapeOp::create(start, location, flatType(type, sizes.back()),
                                 op.getInput());
    copyPhase(makerOf(op), row);
    flat.push_back(row);
  }
  auto partial = cast<RankedTensorType>(last.getInput().getType());
  auto whole = cast<RankedTensorType>(last.getType().getValueType());
  auto joined =
      ConcatOp::create(start, location, flatType(partial, total), flat, 0);
  copyPhase(makerOf(last), joined);
  auto combined = AllReduceOp::create(
      start, location,
      AsyncType::get(start.getContext(), flatType(whole, total)), joined,
      last.getAxis(), last.getReduce(), last.getCause(), last.getModule());
  auto value = WaitOp::create(end, location, flatType(whole, total), combined);
  copyPhase(last, combined);
  copyPhase(last, value);
  SmallVector<Type> partTypes;
  for (int64_t size : sizes)
    partTypes.push_back(flatType(whole, size));
  auto parts = SplitOp::create(end, location, partTypes, value, 0, sizes);
  copyPhase(last, parts);
  for (auto [op, part] : llvm::zip(group, parts.getParts())) {
    WaitOp wait = waitOf(op);
    auto shaped = ReshapeOp::create(end, location, wait.getType(), part);
    copyPhase(last, shaped);
    wait.replaceAllUsesWith(shaped.getResult());
  }
  for (AllReduceOp op : group)
    eraseIfUnused(op);
}

/// Groups all_reduces between which no result of the group is used.
void dtc::combineNeighbours(Block &block) {
  SmallVector<AllReduceOp> group;
  auto flush = [&] {
    if (group.size() > 1) {
      OpBuilder start(group.back()), end(group.back());
      combineGroup(group, start, end);
    }
    group.clear();
  };
  for (Operation &op : llvm::make_early_inc_range(block)) {
    bool usesGroup = llvm::any_of(op.getOperands(), [&](Value operand) {
      auto wait = operand.getDefiningOp<WaitOp>();
      return wait && llvm::is_contained(
                         group, wait.getInput().getDefiningOp<AllReduceOp>());
    });
    auto reduce = dyn_cast<AllReduceOp>(op);
    if (usesGroup ||
        (reduce && !group.empty() && !combinesWith(group.back(), reduce)))
      flush();
    if (reduce && waitOf(reduce) && isFlattenable(reduce))
      group.push_back(reduce);
  }
  flush();
}

/// Gradients of at most so many bytes a rank share an all_reduce, up to so many
/// bytes together.
constexpr int64_t maxSharedBytes = 256 << 10, maxBucketBytes = 4 << 20;

static int64_t bytesOf(AllReduceOp op) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  return type.getNumElements() * getElementBytes(type.getElementType());
}

/// One all_reduce for the gradients of a bucket: it starts behind the last of
/// them, during the backward pass, and ends where the first is used.
static void combineBucket(ArrayRef<AllReduceOp> bucket) {
  if (bucket.size() < 2)
    return;
  Operation *latest = nullptr;
  for (AllReduceOp op : bucket) {
    Operation *definition = op.getInput().getDefiningOp();
    if (!latest || latest->isBeforeInBlock(definition))
      latest = definition;
  }
  OpBuilder start(latest), end(bucket.front());
  start.setInsertionPointAfter(latest);
  combineGroup(bucket, start, end);
}

/// Buckets of the small gradients that the optimizer reads, in its order.
void dtc::combineGradients(Block &block) {
  SmallVector<AllReduceOp> bucket;
  int64_t bytes = 0;
  auto flush = [&] {
    combineBucket(bucket);
    bucket.clear();
    bytes = 0;
  };
  SmallVector<AllReduceOp> reduces(block.getOps<AllReduceOp>());
  for (AllReduceOp op : reduces) {
    Operation *definition = op.getInput().getDefiningOp();
    if (getPhase(op) != "optimizer" || !waitOf(op) || !isFlattenable(op) ||
        bytesOf(op) > maxSharedBytes || !definition)
      continue;
    bool fits = bucket.empty() || (combinesWith(bucket.front(), op) &&
                                   bytes + bytesOf(op) <= maxBucketBytes &&
                                   definition->isBeforeInBlock(bucket.front()));
    if (!fits)
      flush();
    bucket.push_back(op);
    bytes += bytesOf(op);
  }
  flush();
}
