//===- AttentionParts.cpp - Attention as products and a softmax -----------===//
//
// 1. Key and value heads that serve a group of query heads get a dimension of
//    size 1 for the group, the query's heads are split: batch dimensions
//    broadcast, and nothing is repeated in memory.
// 2. The bias is what the mask and the positions say, minus infinity where
//    nothing may be seen.
// 3. Whether a query may see a key at all is known before the first product:
//    the products and the softmax between them stay neighbours, and become one
//    loop over blocks. Known masks are looked at here.
//
//===----------------------------------------------------------------------===//

#include "AttentionParts.h"

#include "dtc/Interpreter/HostTensor.h"

#include <limits>

using namespace mlir;
using namespace dtc;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

//===----------------------------------------------------------------------===//
// Heads
//===----------------------------------------------------------------------===//

/// True where heads become two dimensions.
static bool splitsHeads(const AttentionInputs &op) {
  ArrayRef<int64_t> key = shapeOf(op.key);
  return op.getGroup() > 1 && key[key.size() - 3] > 1;
}

/// Dimension `count` from the end becomes two, the second of size `minor`.
static Value splitDimension(TensorBuilder &b, Value value, size_t count,
                            int64_t minor) {
  SmallVector<int64_t> shape(shapeOf(value));
  size_t dim = shape.size() - count;
  shape[dim] /= minor;
  shape.insert(shape.begin() + dim + 1, minor);
  return b.reshape(value, shape);
}

Value dtc::splitAttentionHeads(TensorBuilder &b, const AttentionInputs &op,
                               Value value) {
  return splitsHeads(op) ? splitDimension(b, value, 3, op.getGroup()) : value;
}

static Value splitMaskHeads(TensorBuilder &b, const AttentionInputs &op,
                            Value mask) {
  if (!mask || !splitsHeads(op) || shapeOf(mask).size() < 3)
    return mask;
  ArrayRef<int64_t> shape = shapeOf(mask);
  bool isRepeated = shape[shape.size() - 3] == 1;
  return splitDimension(b, mask, 3, isRepeated ? 1 : op.getGroup());
}

//===----------------------------------------------------------------------===//
// What is seen
//===----------------------------------------------------------------------===//

/// Minus infinity where positions forbid it, else 0: [s, t]; null where they
/// forbid nothing.
static Value positionBias(TensorBuilder &b, const AttentionInputs &op) {
  if (!op.before && !op.after)
    return {};
  int64_t rows = shapeOf(op.query).drop_back().back();
  int64_t keys = shapeOf(op.key).drop_back().back();
  Value query = b.counter({rows, 1}, 0), key = b.counter({1, keys}, 1);
  Value visible;
  auto require = [&](Value condition) {
    visible = visible ? b.make<AndOp>(visible, condition) : condition;
  };
  auto place = [&](int64_t by) {
    auto type = RankedTensorType::get({}, elementOf(query));
    return b.make<AddOp>(
        query, b.make<ConstantOp>(type, DenseElementsAttr::get(type, by)));
  };
  if (IntegerAttr after = op.after)
    require(b.make<LessEqualOp>(key, place(after.getInt())));
  if (IntegerAttr before = op.before)
    require(b.make<GreaterEqualOp>(key, place(-before.getInt())));
  return b.make<SelectOp>(visible, b.scalar(0, op.query),
                          b.scalar(-kInfinity, op.query));
}

static Value maskBias(TensorBuilder &b, const AttentionInputs &op) {
  Value mask = op.mask;
  if (!mask || !elementOf(mask).isInteger(1))
    return mask;
  return b.make<SelectOp>(mask, b.scalar(0, op.query),
                          b.scalar(-kInfinity, op.query));
}

/// True when positions alone leave each query a key.
static bool positionsHideNone(const AttentionInputs &op) {
  // Limits go along with the row: what holds for both ends holds between.
  int64_t rows = shapeOf(op.query).drop_back().back();
  for (int64_t row : {int64_t(0), rows - 1})
    if (auto [first, last] = op.getVisibleKeys(row); rows > 0 && first >= last)
      return false;
  return true;
}

/// True when each query of a mask that is known may see a key.
static bool knownMaskHidesNone(const AttentionInputs &op,
                               DenseElementsAttr attribute) {
  HostTensor mask = HostTensor::fromAttribute(attribute);
  int64_t rank = mask.rank(), columns = rank > 0 ? mask.dim(rank - 1) : 1;
  int64_t maskRows = rank > 1 ? mask.dim(rank - 2) : 1;
  int64_t rows = shapeOf(op.query).drop_back().back();
  bool isVisibility = mask.type() == DType::Bool;
  auto allows = [&](int64_t place) {
    double number = mask.getDouble(place);
    return isVisibility ? number != 0 : number != -kInfinity;
  };
  bool isPlaced = op.before || op.after;
  for (int64_t line = 0; columns > 0 && line < mask.size() / columns; ++line) {
    // The first key from k on that the line allows.
    std::vector<int64_t> next(columns + 1, std::numeric_limits<int64_t>::max());
    for (int64_t k = columns; k-- > 0;)
      next[k] = allows(line * columns + k) ? k : next[k + 1];
    // Of a line for all rows, one row says it where places do not matter.
    int64_t begin = maskRows == 1 ? 0 : line % maskRows;
    int64_t end = maskRows == 1 && isPlaced ? rows : std::min(begin + 1, rows);
    for (int64_t row = begin; row < end; ++row) {
      auto [first, last] = op.getVisibleKeys(row);
      bool sees = columns == 1 ? first < last && next[0] == 0
                               : next[std::min(first, columns)] < last;
      if (!sees)
        return false;
    }
  }
  return true;
}

/// True where the compiler does not know that each query may see a key.
static bool mayHideAll(const AttentionInputs &op) {
  if (!op.mask)
    return !positionsHideNone(op);
  auto constant = op.mask.getDefiningOp<ConstantOp>();
  auto known = constant ? dyn_cast<DenseElementsAttr>(constant.getValue())
                        : DenseElementsAttr();
  return !known || getLayout(op.mask) || !knownMaskHidesNone(op, known);
}

//===----------------------------------------------------------------------===//
// The parts
//===----------------------------------------------------------------------===//

AttentionBias dtc::buildAttentionBias(TensorBuilder &b,
                                      const AttentionInputs &op) {
  AttentionBias bias;
  Value given = maskBias(b, op), places = positionBias(b, op);
  bias.added = given && places ? b.add(given, places) : given ? given : places;
  int64_t numKeys = shapeOf(op.key).drop_back().back();
  if (!bias.added || numKeys == 0 || !mayHideAll(op))
    return bias;
  // A bias may be less than a row: of one number, or for all keys alike.
  Value largest = bias.added;
  if (int64_t rank = shapeOf(largest).size())
    largest = b.make<ReduceMaxOp>(largest, ArrayRef<int64_t>(rank - 1), true);
  bias.isHidden = b.make<EqualOp>(largest, b.scalar(-kInfinity, largest));
  return bias;
}

AttentionParts dtc::buildAttentionWeights(TensorBuilder &b,
                                          const AttentionInputs &op) {
  AttentionParts parts;
  parts.query = splitAttentionHeads(b, op, op.query);
  auto keys = [&](Value value) {
    return splitsHeads(op) ? splitDimension(b, value, 3, 1) : value;
  };
  parts.key = keys(op.key);
  parts.value = keys(op.value);
  AttentionBias said = buildAttentionBias(b, op);
  Value bias = splitMaskHeads(b, op, said.added);
  Value isHidden = splitMaskHeads(b, op, said.isHidden);
  Value raw = b.make<MatMulOp>(parts.query, parts.key, false, true);
  parts.scores = b.mul(raw, op.scale);
  if (op.softcap) {
    double cap = *op.softcap;
    parts.tanh = b.make<TanhOp>(b.div(parts.scores, b.scalar(cap, raw)));
    parts.scores = b.mul(parts.tanh, cap);
  }
  parts.bare = parts.scores;
  parts.isHidden = isHidden;
  if (bias)
    parts.scores = b.add(parts.scores, bias);
  int64_t axis = shapeOf(raw).size() - 1;
  parts.weights = b.make<SoftmaxOp>(parts.scores, axis);
  if (isHidden)
    parts.weights = b.unless(isHidden, parts.weights);
  return parts;
}

/// The logarithms of the sums of the scores' exponentials, in f32, of the shape
/// of `sums`. A query that sees nothing is taken to see all.
static Value buildSums(TensorBuilder &b, const AttentionParts &parts,
                       Value sums) {
  Value scores = parts.scores;
  if (parts.isHidden)
    scores = b.make<SelectOp>(parts.isHidden, parts.bare, scores);
  int64_t axis = shapeOf(scores).size() - 1;
  Value logarithms =
      b.make<ReduceLogSumExpOp>(b.cast(scores, elementOf(sums)),
                                ArrayRef<int64_t>(axis), /*keepDims=*/true);
  return b.reshape(logarithms, shapeOf(sums));
}

/// The weights times the values.
SmallVector<Value> AttentionOp::expand(OpBuilder &builder) {
  TensorBuilder b(builder, getLoc());
  AttentionParts parts = buildAttentionWeights(b, inputsOf(*this));
  Value result = b.make<MatMulOp>(parts.weights, parts.value);
  SmallVector<Value> results{b.reshape(result, shapeOf(getResult()))};
  if (getKeepsSums())
    results.push_back(buildSums(b, parts, getSums()));
  return results;
}

//===----------------------------------------------------------------------===//
// Libraries
//===----------------------------------------------------------------------===//

bool dtc::fitsLibrary(const AttentionInputs &op) {
  constexpr int64_t pack = 8, mostDepth = 128;
  auto fits = [&](Value value) {
    int64_t depth = shapeOf(value).back();
    return depth > 0 && depth % pack == 0 && depth <= mostDepth;
  };
  return !op.softcap && shapeOf(op.query).size() <= 4 && fits(op.query) &&
         fits(op.value) && numElements(shapeOf(op.query)) != 0 &&
         numElements(shapeOf(op.key)) != 0;
}

/// Of one query and one key there is no gradient.
bool dtc::gradientFitsLibrary(const AttentionInputs &op) {
  auto rows = [](Value value) { return shapeOf(value).drop_back().back(); };
  return fitsLibrary(op) && (rows(op.query) != 1 || rows(op.key) != 1);
}
