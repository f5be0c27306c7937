//===- QuantizationFromOnnx.cpp - Linear quantization ---------------------===//
//
//   q = clamp(round(x / scale) + zero point),   x = (q - zero point) * scale
//
// on i8, u8, i16 and u16. Scales and zero points are one number, one for each
// position of an axis, or one for each block of positions; they become tensors
// that broadcast against the input.
//
//===----------------------------------------------------------------------===//

#include "QuantizationFromOnnx.h"

using namespace mlir;
using namespace dtc;

namespace {

/// How scales and zero points belong to the elements of the input.
struct Granularity {
  SmallVector<int64_t> shape;
  int64_t axis = 0;
  /// 0: not blocked.
  int64_t block = 0;
};

} // namespace

/// The axis matters, and is checked, only where there are several scales.
static Granularity readGranularity(OnnxNode &node) {
  Granularity granularity;
  granularity.shape.assign(node.shape(node.input(0)).begin(),
                           node.shape(node.input(0)).end());
  int64_t axis = node.integer("axis", 1), rank = granularity.shape.size();
  granularity.block = node.integer("block_size", 0);
  bool single = numElements(node.shape(node.input(1))) == 1 &&
                node.rank(node.input(1)) <= 1 && granularity.block == 0;
  if (!single)
    granularity.axis = node.dimension(axis, rank);
  if (granularity.block < 0)
    node.error("attribute 'block_size': expected 0 or more, got " +
               Twine(granularity.block));
  return granularity;
}

/// One scale a block, repeated for the elements of each; the last block may be
/// shorter.
static Value repeatBlocks(OnnxNode &node, Value value, const Granularity &g) {
  SmallVector<int64_t> shape(node.shape(value));
  int64_t extent = g.shape[g.axis];
  SmallVector<int64_t> expected(g.shape);
  expected[g.axis] = (extent - 1) / g.block + 1;
  if (ArrayRef<int64_t>(shape) != ArrayRef<int64_t>(expected) || extent == 0 ||
      g.block > extent)
    return node.error("expected scales and zero points for blocks of " +
                      Twine(g.block) + " along axis " + Twine(g.axis));
  shape.insert(shape.begin() + g.axis + 1, g.block);
  Value repeated = node.broadcast(node.unsqueeze(value, g.axis + 1), shape);
  expected[g.axis] *= g.block;
  return node.slice(node.reshape(repeated, expected), g.axis, 0, extent);
}

/// A scale or zero point in a shape that broadcasts against the input.
static Value fit(OnnxNode &node, Value value, const Granularity &g) {
  if (!value || node.failed())
    return {};
  if (g.block > 0)
    return repeatBlocks(node, value, g);
  if (node.rank(value) <= 1 && numElements(node.shape(value)) == 1)
    return node.reshape(value, {});
  if (node.shape(value) != ArrayRef<int64_t>(g.shape[g.axis]))
    return node.error("expected one scale and zero point, or " +
                      Twine(g.shape[g.axis]) + " along axis " + Twine(g.axis));
  SmallVector<int64_t> shape(g.shape.size(), 1);
  shape[g.axis] = g.shape[g.axis];
  return node.reshape(value, shape);
}

/// The integer type to quantize to, or null after an error.
static Type quantizedType(OnnxNode &node, Type type) {
  if (type && (type.isInteger(8) || type.isInteger(16)))
    return type;
  node.error("expected quantized elements of type i8, u8, i16 or u16");
  return {};
}

/// round(value) + zero point within the range of `type`; in f32.
static Value saturate(OnnxNode &node, Value value, Value zeroPoint, Type type) {
  Type real = Float32Type::get(node.getContext());
  Value result = node.create<RoundOp>(node.cast(value, real));
  if (zeroPoint)
    result = node.create<AddOp>(result, node.cast(zeroPoint, real));
  unsigned width = type.getIntOrFloatBitWidth();
  bool isUnsigned = type.isUnsignedInteger();
  double low = isUnsigned ? 0 : -double(1 << (width - 1));
  double high = isUnsigned ? (1 << width) - 1 : (1 << (width - 1)) - 1;
  result = node.create<MaximumOp>(result, node.scalar(low, real));
  result = node.create<MinimumOp>(result, node.scalar(high, real));
  return node.cast(result, type);
}

static OnnxResults importQuantize(OnnxNode &node) {
  // Both matter for element types that are not supported.
  node.ignore("saturate");
  Granularity granularity = readGranularity(node);
  Type type = IntegerType::get(node.getContext(), 8, IntegerType::Unsigned);
  Type precision = node.element(node.input(1));
  if (node.integer("output_dtype", 0) != 0)
    type = node.elementType("output_dtype", 0);
  else if (node.has(2))
    type = node.element(node.input(2));
  if (node.integer("precision", 0) != 0)
    precision = node.elementType("precision", 0);
  if (!quantizedType(node, type) || node.failed())
    return {};
  if (node.has(2) && node.element(node.input(2)) != type)
    return {node.error("expected a zero point of the quantized type")};
  if (!isa<FloatType>(precision))
    return {node.error("expected scales of a floating-point type")};
  Value scale = fit(node, node.input(1), granularity);
  Value zeroPoint = fit(node, node.input(2), granularity);
  Value quotient = node.create<DivOp>(node.cast(node.input(0), precision),
                                      node.cast(scale, precision));
  return {saturate(node, quotient, zeroPoint, type)};
}

static OnnxResults importDequantize(OnnxNode &node) {
  Granularity granularity = readGranularity(node);
  Type from = node.element(node.input(0)), to = node.element(node.input(1));
  if (node.integer("output_dtype", 0) != 0)
    to = node.elementType("output_dtype", 0);
  // Sums of products have no zero point.
  if (!from || (!from.isInteger(32) && !quantizedType(node, from)))
    return {};
  Type wide = IntegerType::get(node.getContext(), 32);
  Type real = Float32Type::get(node.getContext());
  Value scale = fit(node, node.input(1), granularity);
  Value value = node.cast(node.input(0), wide);
  if (node.has(2))
    value = node.create<SubOp>(
        value, node.cast(fit(node, node.input(2), granularity), wide));
  return {node.cast(
      node.create<MulOp>(node.cast(value, real), node.cast(scale, real)), to)};
}

/// To u8, with the scale and zero point that the values' range suggests:
/// results are the values, the scale and the zero point.
static OnnxResults importDynamicQuantize(OnnxNode &node) {
  Value input = node.input(0);
  Type real = node.element(input);
  SmallVector<int64_t> all =
      llvm::to_vector(llvm::seq<int64_t>(0, node.rank(input)));
  Value zero = node.scalar(0, real);
  Value high =
      node.create<MaximumOp>(node.create<ReduceMaxOp>(input, all, false), zero);
  Value low =
      node.create<MinimumOp>(node.create<ReduceMinOp>(input, all, false), zero);
  Value scale =
      node.create<DivOp>(node.create<SubOp>(high, low), node.scalar(255, real));
  // A range of one value, 0, has any scale.
  Value divisor = node.create<SelectOp>(node.create<EqualOp>(scale, zero),
                                        node.scalar(1, real), scale);
  Type type = IntegerType::get(node.getContext(), 8, IntegerType::Unsigned);
  Value zeroPoint = saturate(
      node, node.create<DivOp>(node.create<NegOp>(low), divisor), {}, type);
  Value quantized =
      saturate(node, node.create<DivOp>(input, divisor), zeroPoint, type);
  return {quantized, scale, zeroPoint};
}

void dtc::registerQuantizationImporters(OnnxImporters &importers) {
  importers.add("QuantizeLinear", {2, 3}, importQuantize);
  importers.add("DequantizeLinear", {2, 3}, importDequantize);
  importers.add("DynamicQuantizeLinear", {1}, importDynamicQuantize);
}
