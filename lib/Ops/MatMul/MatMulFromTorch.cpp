//===- MatMulFromTorch.cpp - Contractions of ATen -------------------------===//
//
// A product with a weight is a linear layer, however the graph has it: behind a
// transpose the weight is [out, in], bare it is [in, out]. Everything else
// stays a matrix product.
//
//===----------------------------------------------------------------------===//

#include "EinsumImport.h"
#include "WeightImport.h"

#include "dtc/Import/TorchNode.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// lhs rhs + bias, where rhs is a matrix; the bias may be null.
static Value multiply(TorchNode &node, Value lhs, Value rhs, Value bias) {
  if (Value weight = transposedParameter(node, rhs))
    return node.create<LinearOp>(lhs, weight, bias);
  if (ImportNode::isParameter(rhs) && node.rank(rhs) == 2)
    return node.create<LinearOp>(lhs, rhs, bias, /*weightInOut=*/true);
  Value product = node.create<MatMulOp>(lhs, rhs);
  return bias ? node.create<AddOp>(product, bias) : product;
}

static bool checkRank(TorchNode &node, Value value, int64_t rank) {
  if (value && node.rank(value) != rank)
    node.error("expected an operand of rank " + Twine(rank) + ", got rank " +
               Twine(node.rank(value)));
  return value && !node.failed();
}

static NodeResults importLinear(TorchNode &node) {
  Value input = node.tensor("input"), weight = node.tensor("weight");
  Value bias = node.optionalTensor("bias");
  if (node.failed())
    return {};
  if (node.rank(weight) == 2)
    return {node.create<LinearOp>(input, weight, bias)};
  // A weight of rank 1 has one output, without a dimension of its own.
  if (!checkRank(node, weight, 1))
    return {};
  SmallVector<int64_t> shape(node.shape(input));
  if (!shape.empty())
    shape.pop_back();
  Value layer =
      node.create<LinearOp>(input, node.unsqueeze(weight, 0), Value());
  layer = node.reshape(layer, shape);
  return {bias ? node.create<AddOp>(layer, bias) : layer};
}

/// Vectors become matrices of one row or column for the time being.
static NodeResults importMatMul(TorchNode &node) {
  Value lhs = node.tensor("self");
  Value rhs = node.tensor(node.has("other")  ? "other"
                          : node.has("mat2") ? "mat2"
                                             : "vec");
  int64_t lhsRank = node.rank(lhs), rhsRank = node.rank(rhs);
  if (node.failed())
    return {};
  if (lhsRank == 0 || rhsRank == 0)
    return {node.error("expected operands of rank 1 or more, got ranks " +
                       Twine(lhsRank) + " and " + Twine(rhsRank))};
  if (rhsRank == 2 && (lhsRank > 1 || transposedParameter(node, rhs) ||
                       ImportNode::isParameter(rhs)))
    return {multiply(node, lhs, rhs, {})};
  if (lhsRank > 1 && rhsRank > 1)
    return {node.create<MatMulOp>(lhs, rhs)};
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

static NodeResults importDot(TorchNode &node) {
  Value lhs = node.tensor("self"), rhs = node.tensor("tensor");
  Value product = node.create<MulOp>(lhs, rhs);
  return {
      node.create<ReduceSumOp>(product, ArrayRef<int64_t>(int64_t(0)), false)};
}

static NodeResults importOuter(TorchNode &node) {
  Value lhs = node.tensor("self"), rhs = node.tensor("vec2");
  return {node.create<MulOp>(node.unsqueeze(lhs, 1), node.unsqueeze(rhs, 0))};
}

/// A factor's product, which is not there when it is 1.
static Value scaled(TorchNode &node, Value value, StringRef name) {
  auto factor = node.number(name);
  if (!factor || factor->real == 1 || !value)
    return value;
  return node.create<MulOp>(value, node.scalar(*factor, node.element(value)));
}

/// beta self + alpha mat1 mat2. With beta = 0, self is not read.
static NodeResults importAddProduct(TorchNode &node) {
  bool isBatched = node.has("batch1");
  Value self = node.tensor("self");
  Value lhs = node.tensor(isBatched ? "batch1" : "mat1");
  Value rhs = node.tensor(isBatched ? "batch2" : "mat2");
  if (!checkRank(node, rhs, isBatched ? 3 : 2))
    return {};
  auto alpha = node.number("alpha"), beta = node.number("beta");
  bool isPlain = (!alpha || alpha->real == 1) && (!beta || beta->real == 1);
  int64_t out = node.shape(rhs).back();
  if (isPlain && node.shape(self) == ArrayRef<int64_t>(out) &&
      (transposedParameter(node, rhs) || ImportNode::isParameter(rhs)))
    return {multiply(node, lhs, rhs, self)};
  Value product = scaled(node, multiply(node, lhs, rhs, {}), "alpha");
  if (beta && beta->real == 0)
    return {product};
  return {node.create<AddOp>(product, scaled(node, self, "beta"))};
}

static NodeResults importEinsum(TorchNode &node) {
  node.ignore("path");
  SmallVector<Value> operands = node.tensors("tensors");
  return {contractByEquation(node, node.text("equation", ""), operands)};
}

void dtc::registerMatMulTorchImporters(TorchImporters &importers) {
  importers.add("aten.einsum.default", importEinsum);
  importers.add("aten.linear.default", importLinear);
  for (StringRef target : {"aten.matmul.default", "aten.mm.default",
                           "aten.bmm.default", "aten.mv.default"})
    importers.add(target, importMatMul);
  importers.add("aten.addmm.default", importAddProduct);
  importers.add("aten.baddbmm.default", importAddProduct);
  importers.add("aten.dot.default", importDot);
  importers.add("aten.outer.default", importOuter);
}
