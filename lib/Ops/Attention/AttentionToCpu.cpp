//===- AttentionToCpu.cpp - Attention by a target's library ---------------===//
//
// Where the target's library has attention, ops of its types and shapes stay
// one op; all others are products and a softmax.
//
// 1. What the library is given as a mask are numbers that it adds: those of the
//    mask, and minus infinity where nothing is to be seen.
// 2. It has no answer for a query that sees nothing. Where that may be, zeros
//    take its place.
//
//===----------------------------------------------------------------------===//

#include "AttentionParts.h"
#include "ProgramBuilder.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

/// Elements of a row of queries, keys or values that the library can read: a
/// multiple of this many, 16 bytes of 16-bit numbers, and not too many.
static constexpr int64_t kPack = 8, kMostDepth = 128;

static int64_t fromEnd(Value value, size_t place) {
  ArrayRef<int64_t> shape = shapeOf(value);
  return shape[shape.size() - place];
}

/// What places say, where the library can.
enum class Places { Free, Causal, Other };

static Places placesOf(AttentionOp op) {
  if (op.getBeforeAttr())
    return Places::Other;
  IntegerAttr after = op.getAfterAttr();
  if (!after || after.getInt() >= fromEnd(op.getKey(), 2) - 1)
    return Places::Free;
  return after.getInt() == 0 ? Places::Causal : Places::Other;
}

static bool isTaken(AttentionOp op, const ProductLibrary &products) {
  auto fits = [](int64_t depth) {
    return depth > 0 && depth % kPack == 0 && depth <= kMostDepth;
  };
  return llvm::is_contained(products.attentionTypes,
                            getDType(elementOf(op.getQuery()))) &&
         !op.getSoftcap() && shapeOf(op.getQuery()).size() <= 4 &&
         fits(fromEnd(op.getQuery(), 1)) && fits(fromEnd(op.getValue(), 1)) &&
         numElements(shapeOf(op.getResult())) != 0 &&
         numElements(shapeOf(op.getKey())) != 0;
}

/// The mask with the scores' rows and columns; heads and batch may repeat.
static Value wholeRows(TensorBuilder &b, AttentionOp op, Value mask) {
  SmallVector<int64_t> shape(shapeOf(mask));
  while (shape.size() < 2)
    shape.insert(shape.begin(), 1);
  mask = b.reshape(mask, shape);
  shape[shape.size() - 2] = fromEnd(op.getQuery(), 2);
  shape.back() = fromEnd(op.getKey(), 2);
  return ArrayRef<int64_t>(shape) == shapeOf(mask) ? mask
                                                   : b.broadcast(mask, shape);
}

/// The op's value by an op that the library computes, or null.
static Value keep(OpBuilder &builder, AttentionOp op,
                  const ProductLibrary &products) {
  if (!isTaken(op, products))
    return {};
  TensorBuilder b(builder, op.getLoc());
  Places places = placesOf(op);
  if (!op.getMask() && places != Places::Other)
    return b.make<AttentionOp>(
        op.getQuery(), op.getKey(), op.getValue(), Value(), op.getScaleAttr(),
        FloatAttr(), IntegerAttr(),
        places == Places::Causal ? op.getAfterAttr() : IntegerAttr());
  AttentionBias bias = buildAttentionBias(b, op);
  Value mask = bias.added ? wholeRows(b, op, bias.added) : Value();
  Value result = b.make<AttentionOp>(op.getQuery(), op.getKey(), op.getValue(),
                                     mask, op.getScaleAttr(), FloatAttr(),
                                     IntegerAttr(), IntegerAttr());
  return bias.isHidden ? b.unless(bias.isHidden, result) : result;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// True when rows lie without gaps, and each begins at a multiple of 16 bytes.
static bool isReadable(const StridedView &view) {
  bool isAligned = view.offset % kPack == 0 && view.strides.back() == 1;
  for (size_t dim = 0; dim + 1 < view.shape.size(); ++dim)
    if (view.shape[dim] != 1)
      isAligned &= view.strides[dim] > 0 && view.strides[dim] % kPack == 0;
  return isAligned;
}

static StridedView operand(ProgramBuilder &builder, Value value) {
  StridedView view = builder.view(value);
  if (isReadable(view))
    return view;
  StridedView straight = builder.allocate(view.shape, view.element);
  builder.copy(view, straight, value.getLoc());
  return straight;
}

/// Its shape and strides as those of four dimensions.
static void describe(const StridedView &view, int64_t (&shape)[4],
                     int64_t (&strides)[4]) {
  size_t missing = 4 - view.shape.size();
  for (size_t dim = 0; dim < 4; ++dim) {
    bool isThere = dim >= missing;
    shape[dim] = isThere ? view.shape[dim - missing] : 1;
    // Of a single element no stride is walked.
    strides[dim] = shape[dim] == 1 ? view.size() : view.strides[dim - missing];
  }
  strides[3] = 1;
}

static LogicalResult build(ProgramBuilder &builder, AttentionOp op) {
  dtc_attention desc{};
  desc.dtype = static_cast<int32_t>(getDType(elementOf(op.getQuery())));
  desc.is_causal = placesOf(op) == Places::Causal;
  desc.has_mask = op.getMask() != nullptr;
  desc.scale = static_cast<float>(op.getScale().convertToDouble());
  StridedView query = operand(builder, op.getQuery());
  StridedView key = operand(builder, op.getKey());
  StridedView value = operand(builder, op.getValue());
  StridedView mask;
  if (op.getMask())
    mask = builder.dense(op.getMask());
  StridedView result = builder.allocate(op.getResult());
  if (!isReadable(result))
    result = builder.allocateDense(op.getResult());
  builder.define(op.getResult(), result);
  describe(query, desc.query_shape, desc.query_strides);
  describe(key, desc.key_shape, desc.key_strides);
  describe(value, desc.value_shape, desc.value_strides);
  describe(result, desc.result_shape, desc.result_strides);
  if (op.getMask())
    describe(mask, desc.mask_shape, desc.mask_strides);
  Primitive primitive;
  primitive.kind = Primitive::Kind::Attention;
  primitive.attention = desc;
  builder.addAttention(
      primitive,
      {&query, &key, &value, op.getMask() ? &mask : nullptr, &result, nullptr},
      op.getLoc());
  return success();
}

void dtc::cpu::registerAttentionCpuLowerings(CpuLowerings &lowerings) {
  lowerings.library<AttentionOp>(keep);
  lowerings.build<AttentionOp>(build);
}
