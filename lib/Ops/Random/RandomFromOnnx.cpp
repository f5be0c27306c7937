//===- RandomFromOnnx.cpp - Random numbers of ONNX models -----------------===//
//
// ONNX leaves the generator open. Here every node has a stream of its own: its
// `seed` or, without one, its first output's name seeds it. Distributions are
// made of 24 random bits an element:
//
//   uniform      u = bits / 2^24
//   normal       sqrt(-2 log u1) cos(2 pi u2), of two streams (Box and Muller)
//   multinomial  the class with the largest logit - log(-log u) (Gumbel)
//
//===----------------------------------------------------------------------===//

#include "dtc/Import/OnnxNode.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace dtc;

static constexpr double pi = 3.14159265358979323846;

/// The seed of a node's numbers.
static int64_t readSeed(OnnxNode &node) {
  if (auto seed = node.real("seed"))
    return llvm::bit_cast<uint32_t>(static_cast<float>(*seed));
  return llvm::xxh3_64bits(node.outputName(0));
}

namespace {

/// Random tensors of one node.
struct Source {
  OnnxNode &node;
  int64_t seed;
  SmallVector<int64_t> shape;
  Type real = Float32Type::get(node.getContext());

  /// (bits + offset) / 2^24 for bits in [0, 2^24).
  Value uniform(int64_t stream, double offset = 0) const;
  Value normal() const;
  Value number(double value) const { return node.scalar(value, real); }
};

} // namespace

Value Source::uniform(int64_t stream, double offset) const {
  Type word = IntegerType::get(node.getContext(), 32, IntegerType::Unsigned);
  Value bits = node.createOfType<RandomBitsOp>(
      node.tensorOf(shape, word), Value(), seed, stream,
      ArrayRef<int64_t>(shape), DenseI64ArrayAttr());
  Value high = node.create<ShiftRightOp>(bits, node.scalar(8, word));
  Value result = node.cast(high, real);
  if (offset != 0)
    result = node.create<AddOp>(result, number(offset));
  return node.create<MulOp>(result, number(0x1p-24));
}

Value Source::normal() const {
  // 1 is possible, 0 is not: its logarithm would be infinite.
  Value radius = node.create<SqrtOp>(
      node.create<MulOp>(node.create<LogOp>(uniform(0, 1)), number(-2)));
  Value angle = node.create<MulOp>(uniform(1), number(2 * pi));
  return node.create<MulOp>(radius, node.create<CosOp>(angle));
}

/// The result's type: `dtype`, or what `fallback` is.
static Type readType(OnnxNode &node, Type fallback) {
  if (auto code = node.integer("dtype"))
    fallback = node.elementType("dtype", *code);
  if (fallback && !isa<FloatType>(fallback)) {
    node.error("expected a floating-point result");
    return {};
  }
  return fallback;
}

/// The shape attribute, or the operand's shape; and the type likewise.
static std::optional<Source> readSource(OnnxNode &node, Type &type) {
  bool isLike = node.has(0);
  type = readType(node, isLike ? node.element(node.input(0))
                               : Float32Type::get(node.getContext()));
  SmallVector<int64_t> shape(node.shape(node.input(0)));
  if (!isLike) {
    auto given = node.integers("shape");
    if (!given)
      node.error("expected attribute 'shape'");
    shape = given.value_or(SmallVector<int64_t>());
  }
  if (node.failed())
    return std::nullopt;
  return Source{node, readSeed(node), shape};
}

static OnnxResults importUniform(OnnxNode &node) {
  double low = node.real("low", 0), high = node.real("high", 1);
  Type type;
  auto source = readSource(node, type);
  if (!source)
    return {};
  Value scaled =
      node.create<MulOp>(source->uniform(0), source->number(high - low));
  return {node.cast(node.create<AddOp>(scaled, source->number(low)), type)};
}

static OnnxResults importNormal(OnnxNode &node) {
  double mean = node.real("mean", 0), scale = node.real("scale", 1);
  Type type;
  auto source = readSource(node, type);
  if (!source)
    return {};
  Value scaled = node.create<MulOp>(source->normal(), source->number(scale));
  return {node.cast(node.create<AddOp>(scaled, source->number(mean)), type)};
}

/// 1 with the probability that the operand says.
static OnnxResults importBernoulli(OnnxNode &node) {
  Value probability = node.input(0);
  Type type = node.element(probability);
  if (!isa_and_nonnull<FloatType>(type))
    return {node.error("expected floating-point probabilities")};
  if (auto code = node.integer("dtype"))
    type = node.elementType("dtype", *code);
  Source source{node, readSeed(node), llvm::to_vector(node.shape(probability))};
  return {node.cast(node.create<LessOp>(source.uniform(0),
                                        node.cast(probability, source.real)),
                    type)};
}

/// Classes drawn by logits [batch, classes].
static OnnxResults importMultinomial(OnnxNode &node) {
  Value logits = node.input(0);
  int64_t samples = node.integer("sample_size", 1);
  Type type = node.elementType("dtype", /*i32*/ 6);
  if (node.rank(logits) != 2 || samples < 1 || node.failed())
    return {node.error("expected logits of rank 2 and one sample or more")};
  ArrayRef<int64_t> shape = node.shape(logits);
  Source source{node, readSeed(node), {shape[0], samples, shape[1]}};
  Value inner = node.create<NegOp>(node.create<LogOp>(source.uniform(0, 0.5)));
  Value scores =
      node.create<SubOp>(node.cast(node.unsqueeze(logits, 1), source.real),
                         node.create<LogOp>(inner));
  Value drawn = node.create<ArgMaxOp>(scores, int64_t(2), false, false);
  return {node.cast(drawn, type)};
}

//===----------------------------------------------------------------------===//
// Dropout
//===----------------------------------------------------------------------===//

/// The identity, and a mask that keeps everything.
static OnnxResults keepAll(OnnxNode &node, Type maskType) {
  Value input = node.input(0), mask;
  if (node.hasOutput(1))
    mask = node.broadcast(node.scalar(1, maskType), node.shape(input));
  return {input, mask};
}

/// Operand 1 is the ratio (before opset 12 an attribute), operand 2 says
/// whether anything is dropped.
static OnnxResults importDropout(OnnxNode &node) {
  Type maskType = IntegerType::get(node.getContext(), 1);
  if (node.opset() < 10)
    maskType = node.element(node.input(0));
  if (node.opset() < 12) {
    node.ignore("ratio");
    return keepAll(node, maskType);
  }
  const HostTensor *training = node.known(node.input(2));
  if (node.has(2) && (!training || training->size() != 1))
    return {node.error("expected operand 2 ('training_mode') to be one bool "
                       "known at compile time")};
  if (!training || training->getInt(0) == 0) {
    node.ignore("seed");
    return keepAll(node, maskType);
  }
  double ratio = 0.5;
  if (node.has(1)) {
    auto given = node.knownReal(1);
    if (!given)
      return {};
    ratio = *given;
  }
  int64_t seed =
      node.integer("seed").value_or(llvm::xxh3_64bits(node.outputName(0)));
  if (ratio == 0)
    return keepAll(node, maskType);
  return node.createAll<DropoutOp>(node.input(0), Value(), llvm::APFloat(ratio),
                                   seed, DenseI64ArrayAttr(),
                                   DenseI64ArrayAttr());
}

void dtc::registerRandomOnnxImporters(OnnxImporters &importers) {
  importers.add("RandomUniform", {0}, importUniform);
  importers.add("RandomUniformLike", {1}, importUniform);
  importers.add("RandomNormal", {0}, importNormal);
  importers.add("RandomNormalLike", {1}, importNormal);
  importers.add("Bernoulli", {1}, importBernoulli);
  importers.add("Multinomial", {1}, importMultinomial);
  importers.add("Dropout", {1, 3}, importDropout);
}
