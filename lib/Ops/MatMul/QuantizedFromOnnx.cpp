//===- QuantizedFromOnnx.cpp - Products of quantized matrices -------------===//
//
// Operands lose their zero points in i32, the product is exact in i32 (modulo
// 2^32 as ONNX has it), and QLinearMatMul scales, rounds to even and clamps it.
//
//===----------------------------------------------------------------------===//

#include "QuantizedFromOnnx.h"

using namespace mlir;
using namespace dtc;

namespace {
/// Which dimension of a matrix has a zero point or scale each.
enum class Per { Row, Column };
} // namespace

/// A number, or one for each row or column, in a shape that broadcasts.
static Value fit(OnnxNode &node, Value parameter, int64_t rank, Per per) {
  if (!parameter)
    return {};
  int64_t size = numElements(node.shape(parameter));
  if (node.rank(parameter) <= 1 && size == 1)
    return node.reshape(parameter, {});
  if (node.rank(parameter) == 1 && rank >= 2)
    return per == Per::Row ? node.unsqueeze(parameter, 1) : parameter;
  if (node.rank(parameter) == rank)
    return parameter;
  return node.error("expected one zero point or scale, or one for each row or "
                    "column, got shape of rank " +
                    Twine(node.rank(parameter)) + " and " + Twine(size) +
                    " elements");
}

/// value - zero point, in i32.
static Value center(OnnxNode &node, Value value, Value zeroPoint, Per per) {
  if (!value)
    return {};
  int64_t rank = node.rank(value);
  Type element = node.element(value);
  if (!element.isInteger(8))
    return node.error("expected operands of type i8 or u8");
  if (zeroPoint && node.element(zeroPoint) != element)
    return node.error("expected zero points of the operand's element type");
  Type wide = IntegerType::get(node.getContext(), 32);
  Value result = node.cast(value, wide);
  if (!zeroPoint)
    return result;
  return node.create<SubOp>(result,
                            node.cast(fit(node, zeroPoint, rank, per), wide));
}

/// The product of matrices or vectors.
static Value multiply(OnnxNode &node, Value lhs, Value rhs) {
  if (!lhs || !rhs)
    return {};
  if (node.rank(lhs) < 2 || node.rank(rhs) < 2)
    return node.error("expected operands of rank 2 or more, got ranks " +
                      Twine(node.rank(lhs)) + " and " + Twine(node.rank(rhs)));
  return node.create<MatMulOp>(lhs, rhs);
}

OnnxResults dtc::importMatMulInteger(OnnxNode &node) {
  Value lhs = center(node, node.input(0), node.input(2), Per::Row);
  Value rhs = center(node, node.input(1), node.input(3), Per::Column);
  return {multiply(node, lhs, rhs)};
}

/// Operands: a, its scale and zero point, b, its scale and zero point, the
/// result's scale and zero point.
OnnxResults dtc::importQLinearMatMul(OnnxNode &node) {
  Value lhs = center(node, node.input(0), node.input(2), Per::Row);
  Value rhs = center(node, node.input(3), node.input(5), Per::Column);
  Value product = multiply(node, lhs, rhs);
  if (!product)
    return {};
  int64_t rank = node.rank(product);
  Type real = Float32Type::get(node.getContext());
  auto scale = [&](unsigned i, Per per) {
    return node.cast(fit(node, node.input(i), rank, per), real);
  };
  Value factor = node.create<DivOp>(
      node.create<MulOp>(scale(1, Per::Row), scale(4, Per::Column)),
      scale(6, Per::Row));
  Value scaled = node.create<MulOp>(node.cast(product, real), factor);
  Value zeroPoint = fit(node, node.input(7), rank, Per::Row);
  Type target = node.element(zeroPoint);
  if (!target || !target.isInteger(8))
    return {node.error("expected a result of type i8 or u8")};
  Value rounded = node.create<AddOp>(node.create<RoundOp>(scaled),
                                     node.cast(zeroPoint, real));
  bool isUnsigned = target.isUnsignedInteger();
  Value clamped = node.create<MinimumOp>(
      node.create<MaximumOp>(rounded, node.scalar(isUnsigned ? 0 : -128, real)),
      node.scalar(isUnsigned ? 255 : 127, real));
  return {node.cast(clamped, target)};
}
