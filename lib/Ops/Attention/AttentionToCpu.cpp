//===- AttentionToCpu.cpp - Attention by a target's library ---------------===//
//
// Where the target's library has attention, ops of its types and shapes stay
// one op; all others are products and a softmax.
//
// 1. What the library is given as a mask are numbers that it adds: those of the
//    mask, and minus infinity where nothing is to be seen.
// 2. It has no answer for a query that sees nothing. Where that may be, zeros
//    take its place, and its gradient's.
//
//===----------------------------------------------------------------------===//

#include "AttentionParts.h"
#include "ProgramBuilder.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

/// Rows begin at multiples of this many elements: 16 bytes of 16-bit numbers.
static constexpr int64_t kPack = 8;

static int64_t fromEnd(Value value, size_t place) {
  ArrayRef<int64_t> shape = shapeOf(value);
  return shape[shape.size() - place];
}

/// What places say, where the library can.
enum class Places { Free, Causal, Other };

static Places placesOf(const AttentionInputs &op) {
  if (op.before)
    return Places::Other;
  if (!op.after || op.after.getInt() >= fromEnd(op.key, 2) - 1)
    return Places::Free;
  return op.after.getInt() == 0 ? Places::Causal : Places::Other;
}

static bool hasType(const AttentionInputs &op, const ProductLibrary &products) {
  return llvm::is_contained(products.attentionTypes,
                            getDType(elementOf(op.query)));
}

/// The mask with the scores' rows and columns; heads and batch may repeat.
static Value wholeRows(TensorBuilder &b, const AttentionInputs &op,
                       Value mask) {
  SmallVector<int64_t> shape(shapeOf(mask));
  while (shape.size() < 2)
    shape.insert(shape.begin(), 1);
  mask = b.reshape(mask, shape);
  shape[shape.size() - 2] = fromEnd(op.query, 2);
  shape.back() = fromEnd(op.key, 2);
  return ArrayRef<int64_t>(shape) == shapeOf(mask) ? mask
                                                   : b.broadcast(mask, shape);
}

namespace {

/// What the library is told of what is seen.
struct LibraryMask {
  Value mask;        ///< null: none
  IntegerAttr after; ///< 0: causal; null: no limit
  Value isHidden;    ///< as AttentionBias has it

  /// Zeros in the rows of queries that may see nothing.
  Value hide(TensorBuilder &b, Value value) const {
    return isHidden ? b.unless(isHidden, value) : value;
  }
};

} // namespace

/// With `sums`, a query that sees nothing is told to see all: its sum is a
/// number, and so are its weights.
static LibraryMask maskFor(TensorBuilder &b, const AttentionInputs &op,
                           AttentionSums sums) {
  Places places = placesOf(op);
  LibraryMask result;
  if (!op.mask && places != Places::Other) {
    if (places == Places::Causal)
      result.after = op.after;
    return result;
  }
  AttentionBias bias = buildAttentionBias(b, op);
  result.isHidden = bias.isHidden;
  if (bias.added && sums == AttentionSums::Kept)
    bias.added = result.hide(b, bias.added);
  if (bias.added)
    result.mask = wholeRows(b, op, bias.added);
  return result;
}

/// The op's values by an op that the library computes, or none.
static SmallVector<Value> keep(OpBuilder &builder, AttentionOp op,
                               const ProductLibrary &products) {
  AttentionInputs inputs = inputsOf(op);
  if (!hasType(inputs, products) || !fitsLibrary(inputs))
    return {};
  TensorBuilder b(builder, op.getLoc());
  LibraryMask seen =
      maskFor(b, inputs,
              op.getKeepsSums() ? AttentionSums::Kept : AttentionSums::Dropped);
  auto kept = AttentionOp::create(builder, op.getLoc(), inputs.query,
                                  inputs.key, inputs.value, seen.mask,
                                  op.getScaleAttr(), FloatAttr(), IntegerAttr(),
                                  seen.after, op.getKeepsSumsAttr());
  SmallVector<Value> results(kept->getResults());
  results[0] = seen.hide(b, results[0]);
  return results;
}

static SmallVector<Value> keepGradient(OpBuilder &builder,
                                       AttentionGradientOp op,
                                       const ProductLibrary &products) {
  AttentionInputs inputs = inputsOf(op);
  if (!hasType(inputs, products) || !gradientFitsLibrary(inputs))
    return {};
  TensorBuilder b(builder, op.getLoc());
  LibraryMask seen = maskFor(b, inputs, AttentionSums::Kept);
  auto kept = AttentionGradientOp::create(
      builder, op.getLoc(), inputs.query, inputs.key, inputs.value,
      op.getOutput(), op.getSums(), seen.hide(b, op.getGradient()), seen.mask,
      op.getScaleAttr(), IntegerAttr(), seen.after);
  return SmallVector<Value>(kept->getResults());
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

/// A dense operand, and none where the value is null.
static std::optional<StridedView> denseIf(ProgramBuilder &builder,
                                          Value value) {
  if (!value)
    return std::nullopt;
  return builder.dense(value);
}

/// Memory for a result that the library writes.
static StridedView resultOf(ProgramBuilder &builder, Value value) {
  StridedView view = builder.allocate(value);
  if (!isReadable(view))
    view = builder.allocateDense(value);
  builder.define(value, view);
  return view;
}

namespace {

/// What attention and its gradient tell the library alike.
struct AttentionStep {
  AttentionStep(ProgramBuilder &builder, const AttentionInputs &inputs);
  /// Says how the result, or its gradient, lies.
  void setResult(const StridedView &view) {
    describe(view, desc.result_shape, desc.result_strides);
  }
  const StridedView *maskOrNull() const { return mask ? &*mask : nullptr; }

  StridedView query, key, value;
  std::optional<StridedView> mask;
  dtc_attention desc{};
};

} // namespace

AttentionStep::AttentionStep(ProgramBuilder &builder,
                             const AttentionInputs &inputs)
    : query(operand(builder, inputs.query)), key(operand(builder, inputs.key)),
      value(operand(builder, inputs.value)),
      mask(denseIf(builder, inputs.mask)) {
  desc.dtype = static_cast<int32_t>(getDType(elementOf(inputs.query)));
  desc.is_causal = placesOf(inputs) == Places::Causal;
  desc.has_mask = mask.has_value();
  desc.scale = static_cast<float>(inputs.scale);
  describe(query, desc.query_shape, desc.query_strides);
  describe(key, desc.key_shape, desc.key_strides);
  describe(value, desc.value_shape, desc.value_strides);
  if (mask)
    describe(*mask, desc.mask_shape, desc.mask_strides);
}

static LogicalResult build(ProgramBuilder &builder, AttentionOp op) {
  AttentionStep step(builder, inputsOf(op));
  StridedView result = resultOf(builder, op.getResult()), sums;
  step.setResult(result);
  // What is computed again in the backward pass leaves them unread.
  bool keepsSums = op.getKeepsSums() && !op.getSums().use_empty();
  if (keepsSums) {
    step.desc.has_sums = 1;
    sums = builder.allocateDense(op.getSums());
    builder.define(op.getSums(), sums);
  }
  Primitive primitive;
  primitive.kind = Primitive::Kind::Attention;
  primitive.attention = step.desc;
  builder.addAttention(primitive,
                       {&step.query, &step.key, &step.value, step.maskOrNull(),
                        &result, keepsSums ? &sums : nullptr},
                       op.getLoc());
  return success();
}

static LogicalResult buildGradient(ProgramBuilder &builder,
                                   AttentionGradientOp op) {
  AttentionStep step(builder, inputsOf(op));
  step.desc.has_sums = 1;
  StridedView output = operand(builder, op.getOutput());
  StridedView sums = builder.dense(op.getSums());
  StridedView gradient = operand(builder, op.getGradient());
  StridedView ofQuery = resultOf(builder, op.getQueryGradient());
  StridedView ofKey = resultOf(builder, op.getKeyGradient());
  StridedView ofValue = resultOf(builder, op.getValueGradient());
  step.setResult(output);
  Primitive primitive;
  primitive.kind = Primitive::Kind::AttentionGradient;
  primitive.attentionGradient.attention = step.desc;
  dtc_attention_gradient &desc = primitive.attentionGradient;
  int64_t shape[4];
  describe(gradient, shape, desc.gradient_strides);
  describe(ofQuery, shape, desc.query_gradient_strides);
  describe(ofKey, shape, desc.key_gradient_strides);
  describe(ofValue, shape, desc.value_gradient_strides);
  builder.addAttention(primitive,
                       {&step.query, &step.key, &step.value, step.maskOrNull(),
                        &output, &sums, &gradient, &ofQuery, &ofKey, &ofValue},
                       op.getLoc());
  return success();
}

void dtc::cpu::registerAttentionCpuLowerings(CpuLowerings &lowerings) {
  lowerings.library<AttentionOp>(keep);
  lowerings.build<AttentionOp>(build);
  lowerings.library<AttentionGradientOp>(keepGradient);
  lowerings.build<AttentionGradientOp>(buildGradient);
}
