//===- Shape.cpp - Reshape, transpose, broadcast --------------------------===//

#include "dtc/IR/ShapeInference.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

static LogicalResult verifyReshape(Operation *op, RankedTensorType from,
                                   RankedTensorType to) {
  if (from.getElementType() != to.getElementType())
    return op->emitOpError()
           << "expected equal element types, got " << from << " and " << to;
  if (numElements(from.getShape()) != numElements(to.getShape()))
    return op->emitOpError()
           << "expected shapes of equal size, got " << from << " and " << to;
  return success();
}

LogicalResult ReshapeOp::verify() {
  return verifyReshape(*this, tensorType(getInput()), tensorType(getResult()));
}

LogicalResult ViewOp::verify() {
  return verifyReshape(*this, tensorType(getInput()), tensorType(getResult()));
}

ShardingRule ViewOp::getShardingRule() {
  return reshapeRule(shapeOf(getInput()), shapeOf(getResult()),
                     {/*strict=*/true});
}

ShardingRule ReshapeOp::getShardingRule() {
  return reshapeRule(shapeOf(getInput()), shapeOf(getResult()), {});
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : Value();
}

/// The dimensions of `from` that each dimension of `to` merges, when `to` only
/// merges neighbours.
static std::optional<SmallVector<SmallVector<int64_t>>>
mergedDims(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  SmallVector<SmallVector<int64_t>> groups;
  size_t next = 0;
  for (int64_t extent : to) {
    SmallVector<int64_t> &group = groups.emplace_back();
    int64_t product = 1;
    while (next < from.size() && product < extent) {
      product *= from[next];
      group.push_back(next++);
    }
    if (product != extent || extent < 2)
      return std::nullopt;
  }
  if (next != from.size())
    return std::nullopt;
  return groups;
}

/// Where an op that stands for several comes from: from the nodes of all,
/// which annotations stand at, and called as the first.
static Location mergedLocation(ArrayRef<Operation *> ops) {
  SmallVector<Location> parts{ops.front()->getLoc()};
  for (Operation *op : ops.drop_front())
    parts.push_back(dropValueName(op->getLoc()));
  return FusedLoc::get(ops.front()->getContext(), parts);
}

namespace {

/// Exporters flatten batch and head dimensions around a transpose and split
/// them again. As one transpose the split over heads needs no communication:
/// reshape(transpose(reshape(x))) with merges before and the same splits after.
struct TransposeBetweenReshapes : public OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto transpose = op.getInput().getDefiningOp<TransposeOp>();
    auto merge = transpose ? transpose.getInput().getDefiningOp<ReshapeOp>()
                           : ReshapeOp();
    if (!merge || getLayout(op.getResult()))
      return failure();
    ArrayRef<int64_t> from = shapeOf(merge.getInput());
    auto groups = mergedDims(from, shapeOf(merge.getResult()));
    if (!groups)
      return failure();
    SmallVector<int64_t> permutation, shape;
    for (int64_t dim : transpose.getPermutation())
      llvm::append_range(permutation, (*groups)[dim]);
    for (int64_t dim : permutation)
      shape.push_back(from[dim]);
    // The result may merge some of the dimensions again.
    if (!mergedDims(shape, shapeOf(op.getResult())))
      return failure();
    Location location = mergedLocation({op, transpose, merge});
    // A value of another shape is not the one that the node calls so.
    bool isWhole = ArrayRef<int64_t>(shape) == shapeOf(op.getResult());
    Value moved = TransposeOp::create(
        rewriter, isWhole ? location : dropValueName(location),
        merge.getInput(), permutation);
    if (!isWhole)
      moved = ReshapeOp::create(rewriter, op.getLoc(), op.getType(), moved);
    rewriter.replaceOp(op, moved);
    return success();
  }
};

/// reshape(reshape(x)) is one reshape.
struct ReshapeOfReshape : public OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto first = op.getInput().getDefiningOp<ReshapeOp>();
    if (!first || getLayout(op.getResult()) || !first->hasOneUse())
      return failure();
    Location location = mergedLocation({op, first});
    auto reshape =
        ReshapeOp::create(rewriter, location, op.getType(), first.getInput());
    rewriter.replaceOp(op, reshape);
    return success();
  }
};

} // namespace

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<TransposeBetweenReshapes, ReshapeOfReshape>(context);
}

//===----------------------------------------------------------------------===//
// Transpose
//===----------------------------------------------------------------------===//

static LogicalResult verifyPermutation(std::optional<Location> location,
                                       ArrayRef<int64_t> permutation,
                                       int64_t rank) {
  SmallVector<int64_t> sorted(permutation);
  llvm::sort(sorted);
  for (auto [i, dim] : llvm::enumerate(sorted))
    if (dim != static_cast<int64_t>(i) ||
        static_cast<int64_t>(sorted.size()) != rank)
      return emitOptionalError(location, "expected a permutation of ", rank,
                               " dimensions");
  if (static_cast<int64_t>(sorted.size()) != rank)
    return emitOptionalError(location, "expected a permutation of ", rank,
                             " dimensions");
  return success();
}

LogicalResult TransposeOp::inferTypes(Adaptor op,
                                      std::optional<Location> location,
                                      SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> shape = shapeOf(op.getInput());
  if (failed(verifyPermutation(location, op.getPermutation(), shape.size())))
    return failure();
  SmallVector<int64_t> result;
  for (int64_t dim : op.getPermutation())
    result.push_back(shape[dim]);
  results.push_back(RankedTensorType::get(result, elementOf(op.getInput())));
  return success();
}

LogicalResult TransposeOp::verify() {
  return verifyPermutation(getLoc(), getPermutation(),
                           shapeOf(getInput()).size());
}

ShardingRule TransposeOp::getShardingRule() {
  return transposeRule(shapeOf(getInput()), getPermutation());
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  for (auto [i, dim] : llvm::enumerate(getPermutation()))
    if (dim != static_cast<int64_t>(i))
      return {};
  return getInput();
}

//===----------------------------------------------------------------------===//
// Broadcast
//===----------------------------------------------------------------------===//

LogicalResult BroadcastOp::verify() {
  auto from = tensorType(getInput()), to = tensorType(getResult());
  SmallVector<int64_t> shape;
  if (from.getElementType() != to.getElementType() ||
      failed(broadcastShapes(std::nullopt, {from.getShape(), to.getShape()},
                             shape)) ||
      ArrayRef<int64_t>(shape) != to.getShape())
    return emitOpError() << "expected a result that the operand broadcasts to, "
                            "got "
                         << from << " and " << to;
  return success();
}

ShardingRule BroadcastOp::getShardingRule() {
  return broadcastRule(shapeOf(getInput()), shapeOf(getResult()));
}

OpFoldResult BroadcastOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : Value();
}
