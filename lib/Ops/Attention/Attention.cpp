//===- Attention.cpp - Shapes, rules and local forms of attention ---------===//

#include "AttentionParts.h"

#include "dtc/IR/ProgramLimits.h"

#include <algorithm>

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// Dimensions of the operands, counted from the end.
enum FromEnd { Depth = 1, Row = 2, Head = 3 };

/// What `before` and `after` may be: sums with positions do not overflow.
static constexpr int64_t farthest = int64_t(1) << 40;

/// Queries and keys whose places limit what is seen: each is a number on the
/// way to code.
static constexpr int64_t mostPlaces = int64_t(1) << 22;

static int64_t extent(Value value, FromEnd dim) {
  ArrayRef<int64_t> shape = shapeOf(value);
  return shape[shape.size() - dim];
}

/// The shape of the scores, [b..., h, s, t].
static SmallVector<int64_t> scoresShape(Value query, Value key) {
  SmallVector<int64_t> shape(shapeOf(query));
  shape.back() = extent(key, Row);
  return shape;
}

static LogicalResult checkMask(std::optional<Location> location, Value mask,
                               Value query, Value key) {
  Type element = elementOf(mask);
  if (!element.isInteger(1) && element != elementOf(query)) // attention_c4
    return emitOptionalError(location,
                             "expected a mask of bools or of the query's type ",
                             elementOf(query), ", got ", element);
  SmallVector<int64_t> scores = scoresShape(query, key), joined;
  if (failed(broadcastShapes(location, {shapeOf(mask), scores}, joined)))
    return failure();
  if (joined != scores) // attention_c4
    return emitOptionalError(
        location, "expected a mask that broadcasts to the scores [",
        ArrayRef<int64_t>(scores), "], got [", shapeOf(mask), "]");
  return success();
}

/// What attention and its gradient ask of the operands that they share.
static LogicalResult checkOperands(std::optional<Location> location,
                                   Value query, Value key, Value value) {
  size_t rank = shapeOf(query).size();
  auto batch = [](Value operand) { return shapeOf(operand).drop_back(3); };
  for (Value other : {key, value})
    if (rank < 3 || shapeOf(other).size() != rank ||
        elementOf(other) != elementOf(query) ||
        batch(other) != batch(query)) // attention_c1, attention_gradient_c1
      return emitOptionalError(
          location,
          "expected operands of one rank of 3 or more, one element type and "
          "the same batch dimensions, got ",
          query.getType(), " and ", other.getType());
  if (extent(key, Head) != extent(value, Head) ||
      extent(key, Row) != extent(value, Row) ||
      extent(query, Depth) != extent(key, Depth)) // attention_c2
    return emitOptionalError(
        location,
        "expected keys of the query's depth and values of the keys' heads and "
        "length, got ",
        query.getType(), ", ", key.getType(), " and ", value.getType());
  int64_t heads = extent(query, Head), keyHeads = extent(key, Head);
  if (keyHeads == 0 ? heads != 0 : heads % keyHeads != 0) // attention_c3
    return emitOptionalError(location, "expected query heads in a multiple of ",
                             keyHeads, " key and value heads, got ", heads);
  // No value of the program, but one on the way to its code.
  if (SmallVector<int64_t> scores = scoresShape(query, key);
      !countElements(scores)) // attention_c8
    return emitOptionalError(location,
                             "expected scores of less than 2^44 elements, got "
                             "[",
                             ArrayRef<int64_t>(scores), "]");
  return success();
}

/// The same of what limits what is seen.
template <typename Adaptor>
static LogicalResult checkLimits(std::optional<Location> location, Adaptor op) {
  Value query = op.getQuery(), key = op.getKey();
  if (op.getBeforeAttr() || op.getAfterAttr())
    for (int64_t count : {extent(query, Row), extent(key, Row)})
      if (count > mostPlaces) // attention_c7
        return emitOptionalError(
            location,
            "expected at most 2^22 queries and keys where 'before' "
            "or 'after' limits what is seen, got ",
            count);
  return op.getMask() ? checkMask(location, op.getMask(), query, key)
                      : success();
}

/// And of the keys, where the sums are kept.
static LogicalResult checkKeys(std::optional<Location> location, Value key) {
  if (extent(key, Row) == 0) // attention_c9, attention_gradient_c1
    return emitOptionalError(location, "expected a key, got ", key.getType());
  return success();
}

static RankedTensorType resultType(Value query, Value value) {
  SmallVector<int64_t> shape(shapeOf(query));
  shape.back() = extent(value, Depth);
  return RankedTensorType::get(shape, elementOf(query));
}

static RankedTensorType sumsType(Value query) {
  SmallVector<int64_t> shape(shapeOf(query));
  shape.back() = 1;
  return RankedTensorType::get(shape, Float32Type::get(query.getContext()));
}

LogicalResult AttentionOp::inferTypes(Adaptor op,
                                      std::optional<Location> location,
                                      SmallVectorImpl<Type> &results) {
  Value query = op.getQuery(), key = op.getKey(), value = op.getValue();
  if (failed(checkOperands(location, query, key, value)) ||
      failed(checkLimits(location, op)) ||
      (op.getKeepsSums() && failed(checkKeys(location, key))))
    return failure();
  results.push_back(resultType(query, value));
  if (op.getKeepsSums())
    results.push_back(sumsType(query));
  return success();
}

LogicalResult AttentionGradientOp::inferTypes(Adaptor op,
                                              std::optional<Location> location,
                                              SmallVectorImpl<Type> &results) {
  Value query = op.getQuery(), key = op.getKey(), value = op.getValue();
  if (failed(checkOperands(location, query, key, value)) ||
      failed(checkLimits(location, op)) || failed(checkKeys(location, key)))
    return failure();
  auto isOf = [](Value operand, RankedTensorType type) {
    return shapeOf(operand) == type.getShape() &&
           elementOf(operand) == type.getElementType();
  };
  RankedTensorType result = resultType(query, value), sums = sumsType(query);
  for (auto [operand, type] :
       {std::pair(op.getOutput(), result), std::pair(op.getSums(), sums),
        std::pair(op.getGradient(), result)})
    if (!isOf(operand, type)) // attention_gradient_c2
      return emitOptionalError(
          location, "expected an output and a gradient of ", result,
          " and sums of ", sums, ", got ", operand.getType());
  for (Value operand : {query, key, value})
    results.push_back(
        RankedTensorType::get(shapeOf(operand), elementOf(operand)));
  return success();
}

/// True when the number is not infinite, nor 0, as one of the type.
static bool isFinite(double number, Type element) {
  llvm::APFloat rounded(number);
  bool isInexact = false;
  rounded.convert(cast<FloatType>(element).getFloatSemantics(),
                  llvm::APFloat::rmNearestTiesToEven, &isInexact);
  return rounded.isFiniteNonZero();
}

template <typename Op> static LogicalResult verifyLimits(Op op) {
  for (IntegerAttr limit : {op.getBeforeAttr(), op.getAfterAttr()})
    if (limit && (limit.getInt() < -farthest ||
                  limit.getInt() > farthest)) // attention_c6
      return op.emitOpError()
             << "expected 'before' and 'after' within 2^40, got "
             << limit.getInt();
  return success();
}

LogicalResult AttentionOp::verify() {
  if (auto softcap = getSoftcap())
    if (double cap = softcap->convertToDouble();
        !(cap > 0) || !isFinite(cap, elementOf(getQuery()))) // attention_c5
      return emitOpError() << "expected a 'softcap' above 0 that "
                           << elementOf(getQuery()) << " can hold, got " << cap;
  return verifyLimits(*this);
}

LogicalResult AttentionGradientOp::verify() { return verifyLimits(*this); }

//===----------------------------------------------------------------------===//
// What attention and its gradient are told alike
//===----------------------------------------------------------------------===//

template <typename Op> static AttentionInputs commonInputs(Op op) {
  return {op.getQuery(),
          op.getKey(),
          op.getValue(),
          op.getMask(),
          op.getScale().convertToDouble(),
          std::nullopt,
          op.getBeforeAttr(),
          op.getAfterAttr()};
}

AttentionInputs dtc::inputsOf(AttentionOp op) {
  AttentionInputs inputs = commonInputs(op);
  if (auto softcap = op.getSoftcap())
    inputs.softcap = softcap->convertToDouble();
  return inputs;
}

AttentionInputs dtc::inputsOf(AttentionGradientOp op) {
  return commonInputs(op);
}

int64_t AttentionInputs::getGroup() const {
  int64_t keyHeads = extent(key, Head);
  return keyHeads == 0 ? 1 : extent(query, Head) / keyHeads;
}

std::pair<int64_t, int64_t> AttentionInputs::getVisibleKeys(int64_t row) const {
  int64_t keys = extent(key, Row), first = 0, last = keys - 1;
  if (before)
    first = std::max(first, row - before.getInt());
  if (after)
    last = std::min(last, row + after.getInt());
  return {std::min(first, keys), std::max(last + 1, int64_t(0))};
}

//===----------------------------------------------------------------------===//
// Placements
//===----------------------------------------------------------------------===//

static std::optional<Shape> shapeOfMask(Value mask) {
  return mask ? std::optional<Shape>(shapeOf(mask)) : std::nullopt;
}

ShardingRule AttentionOp::getShardingRule() {
  return attentionRule(shapeOf(getQuery()), shapeOf(getKey()),
                       shapeOf(getValue()), shapeOfMask(getMask()),
                       getKeepsSums() ? AttentionSums::Kept
                                      : AttentionSums::Dropped);
}

ShardingRule AttentionGradientOp::getShardingRule() {
  return attentionGradientRule(shapeOf(getQuery()), shapeOf(getKey()),
                               shapeOf(getValue()), shapeOfMask(getMask()));
}

namespace {
/// Limits that count from the first row of a rank's piece of the queries.
struct LocalLimits {
  IntegerAttr before, after;
};
} // namespace

/// A piece of the queries begins at other keys.
template <typename Op>
static LocalLimits localLimits(Op op, OpBuilder &builder, int64_t rank) {
  LayoutAttr layout = getLayout(op.getQuery());
  ArrayRef<int64_t> shape = shapeOf(op.getQuery());
  int64_t begin = localBox(shape, layout.getPlacements(),
                           layout.getMesh().getMesh(), rank)[shape.size() - Row]
                      .begin;
  auto moved = [&](IntegerAttr limit, int64_t by) {
    return limit ? builder.getI64IntegerAttr(
                       std::clamp(limit.getInt() + by, -farthest, farthest))
                 : IntegerAttr();
  };
  return {moved(op.getBeforeAttr(), -begin), moved(op.getAfterAttr(), begin)};
}

/// The optional operand `index`.
static Value operandOrNone(ValueRange operands, size_t index) {
  return operands.size() > index ? operands[index] : Value();
}

FailureOr<SmallVector<Value>> AttentionOp::localize(OpBuilder &builder,
                                                    ValueRange operands,
                                                    TypeRange localResultTypes,
                                                    int64_t rank) {
  LocalLimits limits = localLimits(*this, builder, rank);
  auto local = AttentionOp::create(
      builder, getLoc(), localResultTypes, operands[0], operands[1],
      operands[2], operandOrNone(operands, 3), getScaleAttr(), getSoftcapAttr(),
      limits.before, limits.after, getKeepsSumsAttr());
  return SmallVector<Value>(local->getResults());
}

FailureOr<SmallVector<Value>>
AttentionGradientOp::localize(OpBuilder &builder, ValueRange operands,
                              TypeRange localResultTypes, int64_t rank) {
  LocalLimits limits = localLimits(*this, builder, rank);
  auto local = AttentionGradientOp::create(
      builder, getLoc(), localResultTypes, operands[0], operands[1],
      operands[2], operands[3], operands[4], operands[5],
      operandOrNone(operands, 6), getScaleAttr(), limits.before, limits.after);
  return SmallVector<Value>(local->getResults());
}

//===----------------------------------------------------------------------===//
// Query heads in chunks that cut groups: each query head gets its own key head,
// so that the queries stay where they are
//===----------------------------------------------------------------------===//

/// The shape with the heads as key heads and their groups.
static SmallVector<int64_t> groupedShape(ArrayRef<int64_t> shape,
                                         int64_t group) {
  SmallVector<int64_t> grouped(shape);
  size_t head = shape.size() - Head;
  grouped[head] /= group;
  grouped.insert(grouped.begin() + head + 1, group);
  return grouped;
}

/// Repeats each head for the query heads that share it.
static Value repeatHeads(TensorBuilder &b, Value value, int64_t group) {
  SmallVector<int64_t> shape(shapeOf(value)), merged(shape);
  size_t head = shape.size() - Head;
  merged[head] *= group;
  shape.insert(shape.begin() + head + 1, 1);
  Value each = b.reshape(value, shape);
  return b.reshape(b.broadcast(each, groupedShape(merged, group)), merged);
}

/// The sums over the query heads that share a key head.
static Value sumHeads(TensorBuilder &b, Value value, int64_t group) {
  SmallVector<int64_t> grouped = groupedShape(shapeOf(value), group);
  int64_t dim = grouped.size() - Head;
  return b.sum(b.reshape(value, grouped), {dim}, /*keepDims=*/false);
}

static bool cutsGroups(Value query, Value key, int64_t group) {
  LayoutAttr layout = getLayout(query);
  int64_t head = shapeOf(query).size() - Head;
  int64_t left = extent(key, Head);
  if (group == 1)
    return false;
  const ::dtc::Mesh &mesh = layout.getMesh().getMesh();
  bool cuts = false;
  for (auto [axis, placement] : llvm::enumerate(layout.getPlacements())) {
    int64_t count = mesh.size(axis);
    if (!placement.isShard() || placement.dim != head || left == 1)
      continue;
    cuts |= left % count != 0;
    left /= count;
  }
  return cuts;
}

SmallVector<Value> AttentionOp::buildSplitForm(OpBuilder &builder,
                                               ArrayRef<int64_t>) {
  int64_t group = inputsOf(*this).getGroup();
  if (!cutsGroups(getQuery(), getKey(), group))
    return {};
  TensorBuilder b(builder, getLoc());
  Value key = repeatHeads(b, getKey(), group);
  Value value = repeatHeads(b, getValue(), group);
  auto whole = AttentionOp::create(
      builder, b.getLoc(), getQuery(), key, value, getMask(), getScaleAttr(),
      getSoftcapAttr(), getBeforeAttr(), getAfterAttr(), getKeepsSumsAttr());
  return SmallVector<Value>(whole->getResults());
}

SmallVector<Value> AttentionGradientOp::buildSplitForm(OpBuilder &builder,
                                                       ArrayRef<int64_t>) {
  int64_t group = inputsOf(*this).getGroup();
  if (!cutsGroups(getQuery(), getKey(), group))
    return {};
  TensorBuilder b(builder, getLoc());
  Value key = repeatHeads(b, getKey(), group);
  Value value = repeatHeads(b, getValue(), group);
  auto whole = AttentionGradientOp::create(
      builder, b.getLoc(), getQuery(), key, value, getOutput(), getSums(),
      getGradient(), getMask(), getScaleAttr(), getBeforeAttr(),
      getAfterAttr());
  return {whole.getQueryGradient(), sumHeads(b, whole.getKeyGradient(), group),
          sumHeads(b, whole.getValueGradient(), group)};
}
