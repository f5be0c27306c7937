//===- SliceFromOnnx.cpp - Parts and joins of ONNX models -----------------===//

#include "PadFromOnnx.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

namespace {
struct Extent {
  int64_t start = 0;
  int64_t size = 0;
};
} // namespace

/// NumPy's rules: negative positions count from the end, then both are clamped
/// to the dimension.
static Extent clampPart(int64_t start, int64_t end, int64_t step,
                        int64_t extent) {
  auto resolve = [&](int64_t position, int64_t low, int64_t high) {
    if (position < 0)
      position = std::max(position, -extent - 1) + extent;
    return std::clamp(position, low, high);
  };
  if (step > 0) {
    start = resolve(start, 0, extent);
    end = resolve(end, 0, extent);
    return {start, end > start ? (end - start - 1) / step + 1 : 0};
  }
  if (extent == 0)
    return {0, 0};
  start = resolve(start, 0, extent - 1);
  end = resolve(end, -1, extent - 1);
  return {start, start > end ? (start - end - 1) / -step + 1 : 0};
}

static OnnxResults importSlice(OnnxNode &node) {
  Value input = node.input(0);
  int64_t rank = node.rank(input);
  // Operands, before opset 10 attributes.
  bool old = node.opset() < 10;
  auto starts = old ? node.integers("starts") : node.knownIntegers(1);
  auto ends = old ? node.integers("ends") : node.knownIntegers(2);
  if (!starts || !ends)
    return {node.error("expected starts and ends")};
  auto axes = old           ? node.integers("axes")
              : node.has(3) ? node.knownIntegers(3)
                            : std::nullopt;
  if (old || !node.has(3))
    axes =
        axes.value_or(llvm::to_vector(llvm::seq<int64_t>(0, starts->size())));
  auto steps = node.has(4) ? node.knownIntegers(4)
                           : SmallVector<int64_t>(starts->size(), 1);
  if (!axes || !steps)
    return {};
  if (ends->size() != starts->size() || axes->size() != starts->size() ||
      steps->size() != starts->size())
    return {node.error("expected starts, ends, axes and steps of one length")};
  SmallVector<int64_t> keptAxes, keptStarts, sizes, keptSteps;
  for (auto [start, end, axis, step] :
       llvm::zip(*starts, *ends, *axes, *steps)) {
    int64_t dim = node.dimension(axis, rank);
    if (node.failed())
      return {};
    if (step == 0 || step == INT64_MIN)
      return {node.error("expected steps other than 0, got " + Twine(step))};
    int64_t extent = node.shape(input)[dim];
    Extent part = clampPart(start, end, step, extent);
    if (part.size == extent && (step > 0 || extent <= 1))
      continue;
    // An empty part may start anywhere.
    keptAxes.push_back(dim);
    keptStarts.push_back(part.size == 0 ? 0 : part.start);
    sizes.push_back(part.size);
    keptSteps.push_back(part.size <= 1 ? 1 : step);
  }
  if (keptAxes.empty())
    return {input};
  return {node.create<SliceOp>(input, keptAxes, keptStarts, sizes, keptSteps)};
}

//===----------------------------------------------------------------------===//
// Split, Concat
//===----------------------------------------------------------------------===//

static OnnxResults importSplit(OnnxNode &node) {
  Value input = node.input(0);
  int64_t axis = node.dimension(node.integer("axis", 0), node.rank(input));
  int64_t count = node.integer("num_outputs", node.numOutputs());
  if (node.rank(input) == 0)
    return {node.error("expected an operand of rank 1 or more, got rank 0")};
  int64_t extent = node.shape(input)[axis];
  SmallVector<int64_t> sizes;
  auto given = node.opset() < 13 ? node.integers("split") : std::nullopt;
  if (node.has(1) || given) {
    if (node.has(1))
      given = node.knownIntegers(1);
    if (!given)
      return {};
    sizes = *given;
  } else {
    if (count < 1 || count != node.numOutputs())
      return {node.error("expected " + Twine(count) + " outputs, got " +
                         Twine(node.numOutputs()))};
    // The last part is smaller when the dimension does not divide.
    int64_t size = (extent + count - 1) / count, left = extent;
    for (int64_t i = 0; i < count; ++i, left -= sizes.back())
      sizes.push_back(std::min(size, left));
  }
  if (sizes.size() == 1 && sizes[0] == extent)
    return {input};
  return node.createAll<SplitOp>(input, axis, sizes);
}

static OnnxResults importConcat(OnnxNode &node) {
  auto axis = node.integer("axis");
  if (!axis)
    return {node.error("expected attribute 'axis'")};
  SmallVector<Value> inputs;
  for (Value input : node.allInputs()) {
    if (!input)
      return {node.error("expected operands without gaps")};
    inputs.push_back(input);
  }
  int64_t dim = node.dimension(*axis, node.rank(inputs.front()));
  if (inputs.size() == 1)
    return {inputs.front()};
  return {node.create<ConcatOp>(ValueRange(inputs), dim)};
}

//===----------------------------------------------------------------------===//
// Trilu
//===----------------------------------------------------------------------===//

static OnnxResults importTrilu(OnnxNode &node) {
  bool upper = node.integer("upper", 1) != 0;
  std::optional<double> diagonal = 0.0;
  if (node.has(1))
    diagonal = node.knownReal(1);
  if (!diagonal)
    return {};
  return {node.create<TriangleOp>(
      node.input(0), static_cast<int64_t>(std::clamp(*diagonal, -1e15, 1e15)),
      upper)};
}

void dtc::registerSliceOnnxImporters(OnnxImporters &importers) {
  importers.add("Slice", {1, 5}, importSlice);
  importers.add("Split", {1, 2}, importSplit);
  importers.add("Concat", {1, unboundedArity}, importConcat);
  importers.add("Pad", {1, 4}, importPad);
  importers.add("CenterCropPad", {2}, importCenterCropPad);
  importers.add("Trilu", {1, 2}, importTrilu);
}
