//===- ConvolutionFromTorch.cpp - Convolutions of ATen --------------------===//
//
// Inputs without a batch get one of size 1 for the time being.
//
//===----------------------------------------------------------------------===//

#include "dtc/Import/TorchNode.h"

using namespace mlir;
using namespace dtc;

namespace {

/// Operands and attributes of a convolution with a number of spatial
/// dimensions.
struct Convolution {
  Value input, weight, bias;
  SmallVector<int64_t> strides, dilations, low, high, outputPadding;
  int64_t groups = 1;
  bool isBatched = true;
};

} // namespace

static bool inRange(ArrayRef<int64_t> values, int64_t least) {
  return llvm::all_of(values, [&](int64_t value) {
    return value >= least && value < (int64_t(1) << 31);
  });
}

/// `padding` is a list of numbers, or a word.
static void readPadding(TorchNode &node, Convolution &convolution,
                        bool isWord) {
  size_t spatial = convolution.strides.size();
  if (!isWord) {
    convolution.low = node.integers("padding", spatial, 0);
    convolution.high = convolution.low;
    return;
  }
  StringRef word = node.text("padding", "valid");
  convolution.low.assign(spatial, 0);
  convolution.high.assign(spatial, 0);
  if (word == "valid")
    return;
  if (word != "same") {
    node.error("argument 'padding': expected 'valid' or 'same', got '" + word +
               "'");
    return;
  }
  for (size_t dim = 0; dim < spatial; ++dim) {
    int64_t total = convolution.dilations[dim] *
                    (node.shape(convolution.weight)[2 + dim] - 1);
    convolution.low[dim] = total / 2;
    convolution.high[dim] = total - total / 2;
  }
}

static std::optional<Convolution> readConvolution(TorchNode &node,
                                                  bool isWord) {
  Convolution convolution;
  convolution.input = node.tensor("input");
  convolution.weight = node.tensor("weight");
  convolution.bias = node.optionalTensor("bias");
  int64_t rank = node.rank(convolution.weight);
  if (node.failed())
    return std::nullopt;
  convolution.isBatched = node.rank(convolution.input) == rank;
  if (rank < 3 || rank > 5 ||
      (!convolution.isBatched && node.rank(convolution.input) != rank - 1)) {
    node.error("expected an input and a weight of one rank of 3 to 5, got "
               "ranks " +
               Twine(node.rank(convolution.input)) + " and " + Twine(rank));
    return std::nullopt;
  }
  if (!convolution.isBatched)
    convolution.input = node.unsqueeze(convolution.input, 0);
  size_t spatial = rank - 2;
  convolution.strides = node.integers("stride", spatial, 1);
  convolution.dilations = node.integers("dilation", spatial, 1);
  convolution.groups = node.integer("groups", 1);
  convolution.outputPadding = node.integers("output_padding", spatial, 0);
  readPadding(node, convolution, isWord);
  if (!inRange(convolution.strides, 1) || !inRange(convolution.dilations, 1) ||
      !inRange(convolution.low, 0) || !inRange(convolution.high, 0) ||
      !inRange(convolution.outputPadding, 0) || convolution.groups < 1)
    node.error("expected strides, dilations and groups of 1 or more and "
               "paddings of 0 or more");
  if (node.failed())
    return std::nullopt;
  return convolution;
}

/// The result without the batch that the input does not have.
static Value finish(TorchNode &node, const Convolution &convolution,
                    Value result) {
  if (!result || convolution.isBatched)
    return result;
  return node.reshape(result, node.shape(result).drop_front());
}

static Value convolve(TorchNode &node, const Convolution &c) {
  return finish(node, c,
                node.create<ConvolutionOp>(c.input, c.weight, c.bias, c.strides,
                                           c.dilations, c.low, c.high,
                                           c.groups));
}

static Value convolveTransposed(TorchNode &node, Convolution &c) {
  // What is added to the output is cut off less of its end.
  for (auto [high, more] : llvm::zip(c.high, c.outputPadding))
    high -= more;
  return finish(node, c,
                node.create<TransposedConvolutionOp>(c.input, c.weight, c.bias,
                                                     c.strides, c.dilations,
                                                     c.low, c.high, c.groups));
}

template <bool isWord> static NodeResults importConvolution(TorchNode &node) {
  auto convolution = readConvolution(node, isWord);
  return {convolution ? convolve(node, *convolution) : Value()};
}

static NodeResults importTransposed(TorchNode &node) {
  auto convolution = readConvolution(node, /*isWord=*/false);
  return {convolution ? convolveTransposed(node, *convolution) : Value()};
}

static NodeResults importGeneral(TorchNode &node) {
  bool isTransposed = node.flag("transposed", false);
  for (StringRef name :
       {"benchmark", "deterministic", "cudnn_enabled", "allow_tf32"})
    node.ignore(name);
  return isTransposed ? importTransposed(node) : importConvolution<false>(node);
}

void dtc::registerConvolutionTorchImporters(TorchImporters &importers) {
  for (StringRef rank : {"1d", "2d", "3d"}) {
    importers.add(("aten.conv" + rank + ".default").str(),
                  importConvolution<false>);
    importers.add(("aten.conv" + rank + ".padding").str(),
                  importConvolution<true>);
  }
  importers.add("aten.conv_transpose1d.default", importTransposed);
  importers.add("aten.conv_transpose2d.input", importTransposed);
  importers.add("aten.conv_transpose3d.input", importTransposed);
  importers.add("aten.convolution.default", importGeneral);
  importers.add("aten._convolution.default", importGeneral);
}
