//===- MatMulFromOnnx.cpp - Contractions of ONNX models -------------------===//
//
// A product with a weight is a linear layer, however the file stores it:
// behind a Transpose node the weight is [out, in], bare it is [in, out].
// Everything else stays a matrix product.
//
//===----------------------------------------------------------------------===//

#include "EinsumImport.h"
#include "QuantizedFromOnnx.h"
#include "RecurrentFromOnnx.h"
#include "WeightImport.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

static OnnxResults importMatMul(OnnxNode &node) {
  Value lhs = node.input(0), rhs = node.input(1);
  int64_t lhsRank = node.rank(lhs), rhsRank = node.rank(rhs);
  if (lhsRank == 0 || rhsRank == 0)
    return {node.error("expected operands of rank 1 or more, got ranks " +
                       Twine(lhsRank) + " and " + Twine(rhsRank))};
  if (Value weight = transposedParameter(node, rhs))
    return {node.create<LinearOp>(lhs, weight, Value())};
  if (OnnxNode::isParameter(rhs) && rhsRank == 2)
    return {node.create<LinearOp>(lhs, rhs, Value(), /*weightInOut=*/true)};
  if (lhsRank > 1 && rhsRank > 1)
    return {node.create<MatMulOp>(lhs, rhs)};
  // Vectors become matrices of one row or column for the time being.
  if (lhsRank == 1)
    lhs = node.unsqueeze(lhs, 0);
  if (rhsRank == 1)
    rhs = node.unsqueeze(rhs, 1);
  Value product = node.create<MatMulOp>(lhs, rhs);
  if (!product)
    return {};
  SmallVector<int64_t> shape(node.shape(product));
  if (rhsRank == 1)
    shape.pop_back();
  if (lhsRank == 1)
    shape.erase(shape.end() - (rhsRank == 1 ? 1 : 2));
  return {node.reshape(product, shape)};
}

namespace {
struct GemmAttributes {
  double alpha, beta;
  bool transposeA, transposeB;
};
} // namespace

/// Integers times factors that are none: in f64, then towards zero.
static Value gemmOfFractions(OnnxNode &node, const GemmAttributes &gemm) {
  Value a = node.input(0), c = node.input(2);
  Type wide = Float64Type::get(node.getContext());
  Value product =
      node.create<MatMulOp>(a, node.input(1), gemm.transposeA, gemm.transposeB);
  Value sum = node.create<MulOp>(node.cast(product, wide),
                                 node.scalar(gemm.alpha, wide));
  if (c)
    sum = node.create<AddOp>(
        sum,
        node.create<MulOp>(node.cast(c, wide), node.scalar(gemm.beta, wide)));
  return node.cast(sum, node.element(a));
}

/// alpha A' B' + beta C.
static OnnxResults importGemm(OnnxNode &node) {
  Value a = node.input(0), b = node.input(1), c = node.input(2);
  double alpha = node.real("alpha", 1), beta = node.real("beta", 1);
  bool transposeA = node.integer("transA", 0) != 0;
  bool transposeB = node.integer("transB", 0) != 0;
  if (node.rank(a) != 2 || node.rank(b) != 2)
    return {node.error("expected two matrices, got ranks " +
                       Twine(node.rank(a)) + " and " + Twine(node.rank(b)))};
  Type type = node.element(a);
  bool hasFractions = alpha != std::trunc(alpha) || beta != std::trunc(beta);
  if (isa<IntegerType>(type) && hasFractions)
    return {gemmOfFractions(node, {alpha, beta, transposeA, transposeB})};
  bool isLayer = alpha == 1 && (transposeB || OnnxNode::isParameter(b));
  if (isLayer) {
    Value input = transposeA ? node.transpose(a, {1, 0}) : a;
    Value weight = b;
    if (Value stored = transposeB ? Value() : transposedParameter(node, b)) {
      weight = stored;
      transposeB = true;
    }
    int64_t out = node.shape(weight)[transposeB ? 0 : 1];
    bool isBias = c && beta == 1 && node.shape(c) == ArrayRef<int64_t>(out);
    Value layer = node.create<LinearOp>(input, weight, isBias ? c : Value(),
                                        /*weightInOut=*/!transposeB);
    if (!c || isBias)
      return {layer};
    if (beta != 1)
      c = node.create<MulOp>(c, node.scalar(beta, type));
    return {node.create<AddOp>(layer, c)};
  }
  Value product = node.create<MatMulOp>(a, b, transposeA, transposeB);
  if (alpha != 1)
    product = node.create<MulOp>(product, node.scalar(alpha, type));
  if (!c)
    return {product};
  if (beta != 1)
    c = node.create<MulOp>(c, node.scalar(beta, type));
  return {node.create<AddOp>(product, c)};
}

static OnnxResults importEinsum(OnnxNode &node) {
  return {
      contractByEquation(node, node.text("equation", ""), node.allInputs())};
}

void dtc::registerMatMulOnnxImporters(OnnxImporters &importers) {
  importers.add("MatMul", {2}, importMatMul);
  importers.add("Gemm", {2, 3}, importGemm);
  importers.add("Einsum", {1, unboundedArity}, importEinsum);
  importers.add("MatMulInteger", {2, 4}, importMatMulInteger);
  importers.add("QLinearMatMul", {8}, importQLinearMatMul);
  registerRecurrentImporters(importers);
}
