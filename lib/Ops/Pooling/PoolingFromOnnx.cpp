//===- PoolingFromOnnx.cpp - Pools of ONNX models -------------------------===//
//
// 1. `ceil_mode` is settled here: windows that begin inside of the input or
//    before it are all there, and the padding after the input is what they
//    reach.
// 2. Indices of maxima are the places in the kernels, moved by the windows'
//    positions and the planes' beginnings: arithmetic on constants that split
//    as the pool does.
// 3. LpPool is a sum pool of powers; LRN a sum pool along the channels.
//
//===----------------------------------------------------------------------===//

#include "../Convolution/WindowFromOnnx.h"

using namespace mlir;
using namespace dtc;

namespace {

/// A pool's window after its mode, and the padding that an average may count.
struct PoolWindow : OnnxWindow {
  SmallVector<int64_t> countedBegin, countedEnd;
  SmallVector<int64_t> outputs;
};

} // namespace

/// The number of windows along a dimension, and the padding that they reach.
static void settleCeil(PoolWindow &window, size_t dim, int64_t extent) {
  int64_t stride = window.strides[dim], begin = window.padsBegin[dim];
  int64_t room = extent + begin + window.padsEnd[dim] - window.span(dim);
  int64_t count = (room + stride - 1) / stride + 1;
  // A window that would begin in the padding after the input is none.
  if ((count - 1) * stride >= extent + begin)
    --count;
  window.padsEnd[dim] =
      (count - 1) * stride + window.span(dim) - extent - begin;
}

static std::optional<PoolWindow> readPool(OnnxNode &node) {
  Value input = node.input(0);
  if (node.rank(input) < 3) {
    node.error("expected an input of rank 3 or more, got rank " +
               Twine(node.rank(input)));
    return std::nullopt;
  }
  ArrayRef<int64_t> extents = node.shape(input).drop_front(2);
  auto read = readWindow(node, extents, {});
  int64_t isCeil = node.integer("ceil_mode", 0);
  if (!read)
    return std::nullopt;
  PoolWindow window;
  static_cast<OnnxWindow &>(window) = std::move(*read);
  padToSame(window, extents);
  window.countedBegin = window.padsBegin;
  window.countedEnd = window.padsEnd;
  for (size_t dim = 0; dim < extents.size(); ++dim) {
    int64_t room = extents[dim] + window.padsBegin[dim] + window.padsEnd[dim] -
                   window.span(dim);
    if (room < 0) {
      node.error("expected a kernel that fits the padded input in spatial "
                 "dimension " +
                 Twine(dim));
      return std::nullopt;
    }
    if (isCeil != 0 && !window.isSame())
      settleCeil(window, dim, extents[dim]);
  }
  return window;
}

//===----------------------------------------------------------------------===//
// Maxima
//===----------------------------------------------------------------------===//

/// `extent` numbers `scale * i` along dimension `dim` of a tensor of `rank`.
static Value countAlong(OnnxNode &node, int64_t extent, int64_t scale,
                        int64_t dim, int64_t rank) {
  if (extent > (int64_t(1) << 25))
    return node.error("expected extents up to 2^25 of an input whose indices "
                      "are wanted, got " +
                      Twine(extent));
  SmallVector<int64_t> shape(rank, 1);
  shape[dim] = extent;
  HostTensor numbers(DType::I64, shape);
  for (int64_t i = 0; i < extent; ++i)
    numbers.setInt(i, scale * i);
  return node.constant(std::move(numbers));
}

/// The places of maxima in the whole input, row-major or, among the spatial
/// dimensions of a plane, column-major.
static Value importIndices(OnnxNode &node, const PoolWindow &window,
                           int64_t isColumnMajor) {
  Value input = node.input(0);
  Value number = node.create<ArgMaxPoolOp>(input, window.kernel, window.strides,
                                           window.dilations, window.padsBegin,
                                           window.padsEnd);
  if (!number)
    return nullptr;
  Type i64 = node.element(number);
  auto scalar = [&](int64_t n) {
    return node.scalar(static_cast<double>(n), i64);
  };
  ArrayRef<int64_t> extents = node.shape(input).drop_front(2);
  int64_t rank = node.rank(input), spatial = extents.size(), plane = 1;
  SmallVector<int64_t> strides(spatial);
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t dim = isColumnMajor ? i : spatial - 1 - i;
    strides[dim] = plane;
    plane *= extents[dim];
  }
  Value sum = node.create<AddOp>(
      countAlong(node, node.shape(input)[0], node.shape(input)[1] * plane, 0,
                 rank),
      countAlong(node, node.shape(input)[1], plane, 1, rank));
  int64_t behind = 1;
  for (int64_t dim = spatial - 1; dim >= 0; --dim) {
    Value place = node.create<DivOp>(number, scalar(behind));
    place = node.create<ModOp>(place, scalar(window.kernel[dim]), false);
    place =
        node.create<MulOp>(place, scalar(window.dilations[dim] * strides[dim]));
    Value begin = countAlong(node, node.shape(number)[dim + 2],
                             window.strides[dim] * strides[dim], dim + 2, rank);
    begin =
        node.create<SubOp>(begin, scalar(window.padsBegin[dim] * strides[dim]));
    sum = node.create<AddOp>(sum, node.create<AddOp>(place, begin));
    behind *= window.kernel[dim];
  }
  return sum;
}

static OnnxResults importMaxPool(OnnxNode &node) {
  int64_t isColumnMajor = node.integer("storage_order", 0);
  auto window = readPool(node);
  if (!window)
    return {};
  OnnxResults results{node.create<MaxPoolOp>(
      node.input(0), window->kernel, window->strides, window->dilations,
      window->padsBegin, window->padsEnd)};
  if (node.hasOutput(1))
    results.push_back(importIndices(node, *window, isColumnMajor));
  return results;
}

/// Elements go back to the places that a pool of maxima gave, among zeros. The
/// places are those in the input that such a pool has by its window; a wanted
/// shape may be larger.
static OnnxResults importMaxUnpool(OnnxNode &node) {
  Value input = node.input(0), places = node.input(1);
  if (node.rank(input) < 3 || node.shape(places) != node.shape(input))
    return {node.error("expected an input of rank 3 or more and indices of its "
                       "shape")};
  ArrayRef<int64_t> extents = node.shape(input).drop_front(2);
  auto window = readWindow(node, extents, {});
  if (!window)
    return {};
  SmallVector<int64_t> shape(node.shape(input).take_front(2));
  for (size_t dim = 0; dim < extents.size(); ++dim)
    shape.push_back(window->strides[dim] * (extents[dim] - 1) +
                    window->kernel[dim] - window->padsBegin[dim] -
                    window->padsEnd[dim]);
  int64_t rank = node.rank(input), total = 1;
  SmallVector<int64_t> axes, low(rank, 0), high(rank, 0);
  for (int64_t dim = 0; dim < rank; ++dim) {
    axes.push_back(dim);
    if (shape[dim] < 0 || llvm::MulOverflow(total, shape[dim], total))
      return {node.error("expected padding that leaves a result")};
  }
  if (node.has(2)) {
    auto wanted = node.knownIntegers(2);
    if (!wanted)
      return {};
    bool isLarger = static_cast<int64_t>(wanted->size()) == rank;
    for (int64_t dim = 0; isLarger && dim < rank; ++dim) {
      high[dim] = (*wanted)[dim] - shape[dim];
      isLarger = high[dim] >= 0;
    }
    if (!isLarger)
      return {node.error("operand 'output_shape': expected no extent below "
                         "those of the window's result")};
  }
  Value zeros = node.broadcast(node.scalar(0, node.element(input)), {total});
  int64_t count = numElements(node.shape(input));
  Value result = node.create<ScatterElementsOp>(
      zeros, node.reshape(places, {count}), node.reshape(input, {count}),
      /*axis=*/0, ReduceKindEnumAttr());
  result = node.reshape(result, shape);
  if (llvm::any_of(high, [](int64_t n) { return n != 0; }))
    result = node.create<PadOp>(result, axes, low, high, llvm::APFloat(0.0));
  return {result};
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

static OnnxResults importAveragePool(OnnxNode &node) {
  int64_t countsPadding = node.integer("count_include_pad", 0);
  auto window = readPool(node);
  if (!window)
    return {};
  SmallVector<int64_t> none(window->kernel.size(), 0);
  return {node.create<AveragePoolOp>(
      node.input(0), window->kernel, window->strides, window->dilations,
      window->padsBegin, window->padsEnd,
      countsPadding ? window->countedBegin : none,
      countsPadding ? window->countedEnd : none)};
}

/// f16 and bf16 values as f32, in which sums of powers do not overflow.
static Value widen(OnnxNode &node, Value value) {
  Type element = node.element(value);
  if (!element || element.getIntOrFloatBitWidth() >= 32)
    return value;
  return node.cast(value, Float32Type::get(node.getContext()));
}

/// |x|^p, by multiplication where p says so.
static Value power(OnnxNode &node, Value x, double p) {
  if (p == 2)
    return node.create<MulOp>(x, x);
  Value size = node.create<AbsOp>(x);
  return p == 1 ? size
                : node.create<PowOp>(size, node.scalar(p, node.element(x)));
}

static Value rootOf(OnnxNode &node, Value x, double p) {
  if (p == 1)
    return x;
  if (p == 2)
    return node.create<SqrtOp>(x);
  return node.create<PowOp>(x, node.scalar(1 / p, node.element(x)));
}

static std::optional<double> readPower(OnnxNode &node) {
  auto p = static_cast<double>(node.integer("p", 2));
  if (!(p > 0)) {
    node.error("attribute 'p': expected a number above 0");
    return std::nullopt;
  }
  return p;
}

static OnnxResults importLpPool(OnnxNode &node) {
  auto p = readPower(node);
  auto window = readPool(node);
  if (!window || !p)
    return {};
  Value input = node.input(0);
  Value powers = power(node, widen(node, input), *p);
  Value sums = node.create<SumPoolOp>(powers, window->kernel, window->strides,
                                      window->dilations, window->padsBegin,
                                      window->padsEnd);
  return {node.cast(rootOf(node, sums, *p), node.element(input))};
}

//===----------------------------------------------------------------------===//
// Everything of a plane
//===----------------------------------------------------------------------===//

static SmallVector<int64_t> spatialDims(OnnxNode &node, Value input) {
  return llvm::to_vector(
      llvm::seq<int64_t>(2, std::max<int64_t>(node.rank(input), 2)));
}

static OnnxResults importGlobalAveragePool(OnnxNode &node) {
  Value input = node.input(0);
  return {node.create<ReduceMeanOp>(input, spatialDims(node, input),
                                    /*keepDims=*/true)};
}

static OnnxResults importGlobalMaxPool(OnnxNode &node) {
  Value input = node.input(0);
  return {node.create<ReduceMaxOp>(input, spatialDims(node, input),
                                   /*keepDims=*/true)};
}

static OnnxResults importGlobalLpPool(OnnxNode &node) {
  auto p = readPower(node);
  if (!p)
    return {};
  Value input = node.input(0);
  Value powers = power(node, widen(node, input), *p);
  Value sums = node.create<ReduceSumOp>(powers, spatialDims(node, input),
                                        /*keepDims=*/true);
  return {node.cast(rootOf(node, sums, *p), node.element(input))};
}

//===----------------------------------------------------------------------===//
// Normalisations by windows
//===----------------------------------------------------------------------===//

/// x / (bias + alpha / size * sum of squares of neighbouring channels)^beta.
static OnnxResults importLrn(OnnxNode &node) {
  Value input = node.input(0);
  double alpha = node.real("alpha", 1e-4), beta = node.real("beta", 0.75);
  double bias = node.real("bias", 1.0);
  int64_t size = node.integer("size", 0);
  ArrayRef<int64_t> shape = node.shape(input);
  if (shape.size() < 2 || size < 1 || size >= int64_t(1) << 31)
    return {node.error("expected an input of rank 2 or more and a 'size' of 1 "
                       "or more, got rank " +
                       Twine(shape.size()) + " and " + Twine(size))};
  Value squares = power(node, widen(node, input), 2);
  int64_t rest = numElements(shape.drop_front(2));
  Value sums = node.create<SumPoolOp>(
      node.reshape(squares, {shape[0], 1, shape[1], rest}),
      ArrayRef<int64_t>{size, 1}, ArrayRef<int64_t>{1, 1},
      ArrayRef<int64_t>{1, 1}, ArrayRef<int64_t>{(size - 1) / 2, 0},
      ArrayRef<int64_t>{size / 2, 0});
  sums = node.reshape(sums, shape);
  Type element = node.element(squares);
  auto scalar = [&](double value) { return node.scalar(value, element); };
  Value scaled =
      node.create<MulOp>(sums, scalar(alpha / static_cast<double>(size)));
  Value divisor = node.create<PowOp>(node.create<AddOp>(scaled, scalar(bias)),
                                     scalar(beta));
  Value result = node.create<DivOp>(widen(node, input), divisor);
  return {node.cast(result, node.element(input))};
}

void dtc::registerPoolingOnnxImporters(OnnxImporters &importers) {
  importers.add("AveragePool", {1}, importAveragePool);
  importers.add("GlobalAveragePool", {1}, importGlobalAveragePool);
  importers.add("GlobalLpPool", {1}, importGlobalLpPool);
  importers.add("GlobalMaxPool", {1}, importGlobalMaxPool);
  importers.add("LpPool", {1}, importLpPool);
  importers.add("LRN", {1}, importLrn);
  importers.add("MaxPool", {1}, importMaxPool);
  importers.add("MaxUnpool", {2, 3}, importMaxUnpool);
}
