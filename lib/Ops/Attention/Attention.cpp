//===- Attention.cpp - Shapes, rule and local form of attention -----------===//

#include "dtc/IR/ProgramLimits.h"
#include "dtc/IR/TensorBuilder.h"

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

LogicalResult AttentionOp::inferTypes(Adaptor op,
                                      std::optional<Location> location,
                                      SmallVectorImpl<Type> &results) {
  Value query = op.getQuery(), key = op.getKey(), value = op.getValue();
  size_t rank = shapeOf(query).size();
  auto batch = [](Value operand) { return shapeOf(operand).drop_back(3); };
  for (Value other : {key, value})
    if (rank < 3 || shapeOf(other).size() != rank ||
        elementOf(other) != elementOf(query) ||
        batch(other) != batch(query)) // attention_c1
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
  if (op.getBeforeAttr() || op.getAfterAttr())
    for (int64_t count : {extent(query, Row), extent(key, Row)})
      if (count > mostPlaces) // attention_c7
        return emitOptionalError(
            location,
            "expected at most 2^22 queries and keys where 'before' "
            "or 'after' limits what is seen, got ",
            count);
  if (op.getMask() && failed(checkMask(location, op.getMask(), query, key)))
    return failure();
  SmallVector<int64_t> shape(shapeOf(query));
  shape.back() = extent(value, Depth);
  results.push_back(RankedTensorType::get(shape, elementOf(query)));
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

LogicalResult AttentionOp::verify() {
  if (auto softcap = getSoftcap())
    if (double cap = softcap->convertToDouble();
        !(cap > 0) || !isFinite(cap, elementOf(getQuery()))) // attention_c5
      return emitOpError() << "expected a 'softcap' above 0 that "
                           << elementOf(getQuery()) << " can hold, got " << cap;
  for (IntegerAttr limit : {getBeforeAttr(), getAfterAttr()})
    if (limit && (limit.getInt() < -farthest ||
                  limit.getInt() > farthest)) // attention_c6
      return emitOpError() << "expected 'before' and 'after' within 2^40, got "
                           << limit.getInt();
  return success();
}

int64_t AttentionOp::getGroup() {
  int64_t keyHeads = extent(getKey(), Head);
  return keyHeads == 0 ? 1 : extent(getQuery(), Head) / keyHeads;
}

std::pair<int64_t, int64_t> AttentionOp::getVisibleKeys(int64_t row) {
  int64_t keys = extent(getKey(), Row), first = 0, last = keys - 1;
  if (IntegerAttr before = getBeforeAttr())
    first = std::max(first, row - before.getInt());
  if (IntegerAttr after = getAfterAttr())
    last = std::min(last, row + after.getInt());
  return {std::min(first, keys), std::max(last + 1, int64_t(0))};
}

//===----------------------------------------------------------------------===//
// Placements
//===----------------------------------------------------------------------===//

ShardingRule AttentionOp::getShardingRule() {
  std::optional<Shape> mask;
  if (getMask())
    mask = shapeOf(getMask());
  return attentionRule(shapeOf(getQuery()), shapeOf(getKey()),
                       shapeOf(getValue()), mask);
}

/// A piece of the queries begins at other keys.
FailureOr<SmallVector<Value>> AttentionOp::localize(OpBuilder &builder,
                                                    ValueRange operands,
                                                    TypeRange localResultTypes,
                                                    int64_t rank) {
  LayoutAttr layout = getLayout(getQuery());
  size_t row = shapeOf(getQuery()).size() - Row;
  int64_t begin = localBox(shapeOf(getQuery()), layout.getPlacements(),
                           layout.getMesh().getMesh(), rank)[row]
                      .begin;
  auto moved = [&](IntegerAttr limit, int64_t by) {
    return limit ? builder.getI64IntegerAttr(
                       std::clamp(limit.getInt() + by, -farthest, farthest))
                 : IntegerAttr();
  };
  auto local = AttentionOp::create(
      builder, getLoc(), localResultTypes[0], operands[0], operands[1],
      operands[2], operands.size() > 3 ? operands[3] : Value(), getScaleAttr(),
      getSoftcapAttr(), moved(getBeforeAttr(), -begin),
      moved(getAfterAttr(), begin));
  return SmallVector<Value>{local.getResult()};
}

/// Repeats each head for the query heads that share it.
static Value repeatHeads(TensorBuilder &b, Value value, int64_t group) {
  SmallVector<int64_t> shape(shapeOf(value)), merged(shape);
  size_t head = shape.size() - Head;
  merged[head] *= group;
  shape.insert(shape.begin() + head + 1, 1);
  Value each = b.reshape(value, shape);
  shape[head + 1] = group;
  return b.reshape(b.broadcast(each, shape), merged);
}

/// Query heads in chunks that cut groups: each query head gets its own key
/// head, so that the queries stay where they are.
Value AttentionOp::buildSplitForm(OpBuilder &builder, ArrayRef<int64_t>) {
  LayoutAttr layout = getLayout(getQuery());
  int64_t head = shapeOf(getQuery()).size() - Head;
  int64_t left = extent(getKey(), Head), group = getGroup();
  if (group == 1)
    return {};
  const ::dtc::Mesh &mesh = layout.getMesh().getMesh();
  bool cutsGroups = false;
  for (auto [axis, placement] : llvm::enumerate(layout.getPlacements())) {
    int64_t count = mesh.size(axis);
    if (!placement.isShard() || placement.dim != head || left == 1)
      continue;
    cutsGroups |= left % count != 0;
    left /= count;
  }
  if (!cutsGroups)
    return {};
  TensorBuilder b(builder, getLoc());
  return b.make<AttentionOp>(getQuery(), repeatHeads(b, getKey(), group),
                             repeatHeads(b, getValue(), group), getMask(),
                             getScaleAttr(), getSoftcapAttr(), getBeforeAttr(),
                             getAfterAttr());
}
