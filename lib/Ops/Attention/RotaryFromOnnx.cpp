//===- RotaryFromOnnx.cpp - Rotary embeddings of ONNX models --------------===//
//
// Pairs of elements turned by an angle that the position chooses, as products
// and sums.
//
//===----------------------------------------------------------------------===//

#include "AttentionFromOnnx.h"

using namespace mlir;
using namespace dtc;

/// Cosines or sines as [batch or 1, sequence, 1, half]: from a table by
/// position, or given for each.
static Value positionTable(OnnxNode &node, Value table, int64_t half) {
  if (node.has(3))
    table = node.create<GatherOp>(table, node.input(3), int64_t(0));
  if (table && (node.rank(table) != 3 || node.shape(table)[2] != half))
    return node.error("expected cosines and sines of rank 3 with " +
                      Twine(half) + " columns");
  return table ? node.unsqueeze(table, 2) : table;
}

/// Rotates [batch, sequence, heads, size], whose pairs are (x[i], x[i + half])
/// or, interleaved, (x[2i], x[2i + 1]).
static Value rotate(OnnxNode &node, Value value, bool interleaved) {
  if (!value)
    return {};
  int64_t half = node.shape(value)[3] / 2;
  Value cosine = positionTable(node, node.input(1), half);
  Value sine = positionTable(node, node.input(2), half);
  Value first = interleaved ? node.slice(value, 3, 0, half, 2)
                            : node.slice(value, 3, 0, half);
  Value second = interleaved ? node.slice(value, 3, 1, half, 2)
                             : node.slice(value, 3, half, half);
  Value real = node.create<SubOp>(node.create<MulOp>(cosine, first),
                                  node.create<MulOp>(sine, second));
  Value imaginary = node.create<AddOp>(node.create<MulOp>(sine, first),
                                       node.create<MulOp>(cosine, second));
  if (!real || !imaginary)
    return {};
  if (!interleaved)
    return node.create<ConcatOp>(ValueRange{real, imaginary}, 3);
  SmallVector<int64_t> shape(node.shape(value));
  Value pairs = node.create<ConcatOp>(
      ValueRange{node.unsqueeze(real, 4), node.unsqueeze(imaginary, 4)}, 4);
  return node.reshape(pairs, shape);
}

OnnxResults dtc::importRotaryEmbedding(OnnxNode &node) {
  Value input = node.input(0);
  bool interleaved = node.integer("interleaved", 0) != 0;
  int64_t heads = node.integer("num_heads", 0);
  int64_t rotated = node.integer("rotary_embedding_dim", 0);
  SmallVector<int64_t> shape(node.shape(input));
  if (shape.size() == 4)
    input = node.transpose(input, {0, 2, 1, 3});
  else if (shape.size() == 3 && heads > 0 && shape[2] % heads == 0)
    input = node.reshape(input, {shape[0], shape[1], heads, shape[2] / heads});
  else
    return {node.error("expected an operand of rank 4, or of rank 3 whose last "
                       "dimension divides into 'num_heads'")};
  if (!input)
    return {};
  int64_t size = node.shape(input)[3];
  rotated = rotated == 0 ? size : rotated;
  if (rotated < 0 || rotated > size || rotated % 2 != 0)
    return {node.error("expected an even number of rotated elements up to " +
                       Twine(size) + ", got " + Twine(rotated))};
  Value result = rotate(node, node.slice(input, 3, 0, rotated), interleaved);
  if (rotated < size && result)
    result = node.create<ConcatOp>(
        ValueRange{result, node.slice(input, 3, rotated, size - rotated)}, 3);
  return {shape.size() == 4 ? node.transpose(result, {0, 2, 1, 3})
                            : node.reshape(result, shape)};
}
