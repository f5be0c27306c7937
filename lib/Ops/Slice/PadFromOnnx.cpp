//===- PadFromOnnx.cpp - Pads of ONNX models ------------------------------===//
//
// Modes that repeat the operand ('edge', 'reflect', 'wrap'):
//
// 1. Negative counts crop the operand first.
// 2. Axis by axis, the positions that the result takes are split into runs that
//    count up, down or not at all.
// 3. The result is the concatenation of the slices of these runs; many short
//    ones are a lookup by known positions instead.
//
//===----------------------------------------------------------------------===//

#include "PadFromOnnx.h"

using namespace mlir;
using namespace dtc;

/// A wider pad is refused.
static constexpr int64_t maxPad = int64_t(1) << 44;
/// More slices than this are one lookup.
static constexpr size_t maxSlices = 16;

namespace {

struct Padding {
  int64_t axis = 0;
  int64_t before = 0;
  int64_t after = 0;
};

/// `size` positions from `start` in steps of `step`; 0: one, repeated.
struct Run {
  int64_t start = 0;
  int64_t size = 0;
  int64_t step = 1;
};

} // namespace

//===----------------------------------------------------------------------===//
// Modes
//===----------------------------------------------------------------------===//

/// The run that a mode continues at position `p` of an axis of `n` elements,
/// which may lie outside of it.
static Run runAt(StringRef mode, int64_t p, int64_t n) {
  if (p >= 0 && p < n)
    return {p, n - p, 1};
  if (mode == "edge")
    return p < 0 ? Run{0, -p, 0} : Run{n - 1, maxPad, 0};
  auto modulo = [](int64_t a, int64_t b) { return ((a % b) + b) % b; };
  if (mode == "wrap")
    return {modulo(p, n), n - modulo(p, n), 1};
  if (n == 1)
    return {0, p < 0 ? -p : maxPad, 0};
  int64_t period = 2 * (n - 1), q = modulo(p, period);
  if (q < n)
    // Position 0 belongs to the operand itself.
    return {q, std::min(n - q, p < 0 ? -p : n), 1};
  return {period - q, period - q, -1};
}

static SmallVector<Run> runsOf(StringRef mode, const Padding &padding,
                               int64_t n) {
  SmallVector<Run> runs;
  int64_t end = n + padding.after;
  for (int64_t p = -padding.before; p < end; p += runs.back().size) {
    runs.push_back(runAt(mode, p, n));
    runs.back().size = std::min(runs.back().size, end - p);
    if (runs.size() > (1 << 16))
      break;
  }
  return runs;
}

static Value lookUp(OnnxNode &node, Value value, int64_t axis,
                    ArrayRef<Run> runs) {
  int64_t total = 0;
  for (const Run &run : runs)
    total += run.size;
  if (runs.size() > (1 << 16) || total > (1 << 22))
    return node.error("expected pads that repeat the operand at most 2^16 "
                      "times, to at most 2^22 elements");
  SmallVector<int64_t> positions;
  for (const Run &run : runs)
    for (int64_t i = 0; i < run.size; ++i)
      positions.push_back(run.start + i * run.step);
  return node.create<GatherOp>(
      value, node.constant(HostTensor::ofIntegers(positions)), axis);
}

static Value repeatAxis(OnnxNode &node, Value value, StringRef mode,
                        const Padding &padding) {
  SmallVector<int64_t> shape(node.shape(value));
  int64_t n = shape[padding.axis];
  if (padding.before + padding.after == 0)
    return value;
  if (n == 0)
    return node.error("expected at least one element to repeat along axis " +
                      Twine(padding.axis) + ", got none");
  SmallVector<Run> runs = runsOf(mode, padding, n);
  if (runs.size() > maxSlices)
    return lookUp(node, value, padding.axis, runs);
  SmallVector<Value> parts;
  for (const Run &run : runs) {
    bool repeats = run.step == 0;
    int64_t size = repeats ? 1 : run.size;
    Value part = node.slice(value, padding.axis, run.start, size,
                            size == 1 ? 1 : run.step);
    shape[padding.axis] = run.size;
    parts.push_back(node.broadcast(part, shape));
    if (!parts.back())
      return {};
  }
  return node.create<ConcatOp>(ValueRange(parts), padding.axis);
}

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

static OnnxResults padByRepeating(OnnxNode &node, StringRef mode,
                                  ArrayRef<Padding> paddings) {
  Value value = node.input(0);
  for (const Padding &padding : paddings) {
    if (!value)
      return {};
    int64_t low = std::max<int64_t>(-padding.before, 0);
    int64_t high = std::max<int64_t>(-padding.after, 0);
    int64_t extent = node.shape(value)[padding.axis];
    if (low + high > extent)
      return {node.error("expected pads that crop at most " + Twine(extent) +
                         " elements of axis " + Twine(padding.axis) + ", got " +
                         Twine(low + high))};
    value = node.slice(value, padding.axis, extent == low + high ? 0 : low,
                       extent - low - high);
  }
  for (const Padding &padding : paddings) {
    if (!value)
      return {};
    value = repeatAxis(node, value, mode,
                       {padding.axis, std::max<int64_t>(padding.before, 0),
                        std::max<int64_t>(padding.after, 0)});
  }
  return {value};
}

static Value padWith(OnnxNode &node, Value input, double value,
                     ArrayRef<Padding> paddings) {
  if (paddings.empty())
    return input;
  SmallVector<int64_t> dims, low, high;
  for (const Padding &padding : paddings) {
    dims.push_back(padding.axis);
    low.push_back(padding.before);
    high.push_back(padding.after);
  }
  return node.create<PadOp>(input, dims, low, high, llvm::APFloat(value));
}

/// The value comes from the model's inputs or weights: selected where a mask of
/// the operand's elements has none.
static Value padWith(OnnxNode &node, Value input, Value value,
                     ArrayRef<Padding> paddings) {
  if (numElements(node.shape(value)) != 1)
    return node.error("operand 2 ('constant_value'): expected one number, got "
                      "a tensor of rank " +
                      Twine(node.rank(value)));
  Value inside =
      node.broadcast(node.scalar(1, IntegerType::get(node.getContext(), 1)),
                     node.shape(input));
  return node.create<SelectOp>(padWith(node, inside, 0.0, paddings),
                               padWith(node, input, 0.0, paddings),
                               node.reshape(value, {}));
}

/// Operand 1; before opset 11 an attribute.
static std::optional<SmallVector<int64_t>> givenPads(OnnxNode &node) {
  if (node.opset() >= 11)
    return node.knownIntegers(1);
  auto pads = node.integers("pads");
  if (!pads)
    node.error("expected the attribute 'pads'");
  return pads;
}

/// Those of all axes that change.
static std::optional<SmallVector<Padding>> readPads(OnnxNode &node) {
  int64_t rank = node.rank(node.input(0));
  auto pads = givenPads(node);
  auto axes = node.has(3) ? node.knownIntegers(3)
                          : llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (!pads || !axes)
    return std::nullopt;
  if (pads->size() != 2 * axes->size()) {
    node.error("expected " + Twine(2 * axes->size()) + " pads, got " +
               Twine(pads->size()));
    return std::nullopt;
  }
  (void)node.dimensions(*axes, rank);
  if (node.failed())
    return std::nullopt;
  SmallVector<Padding> paddings;
  for (size_t i = 0; i < axes->size(); ++i) {
    int64_t before = (*pads)[i], after = (*pads)[i + axes->size()];
    if (std::min(before, after) < -maxPad || std::max(before, after) > maxPad) {
      node.error("expected pads below 2^44, got " + Twine(before) + " and " +
                 Twine(after));
      return std::nullopt;
    }
    if (before != 0 || after != 0)
      paddings.push_back({node.dimension((*axes)[i], rank), before, after});
  }
  return paddings;
}

static OnnxResults padWithConstant(OnnxNode &node, ArrayRef<Padding> paddings) {
  Value input = node.input(0), value = node.input(2);
  if (node.opset() < 11)
    return {padWith(node, input, node.real("value", 0.0), paddings)};
  if (!value)
    return {padWith(node, input, 0.0, paddings)};
  const HostTensor *known = node.known(value);
  // A double does not hold every integer.
  bool isExact =
      known && known->size() == 1 &&
      (isFloat(known->type()) || std::abs(known->getDouble(0)) < 0x1p53);
  if (isExact)
    return {padWith(node, input, known->getDouble(0), paddings)};
  return {padWith(node, input, value, paddings)};
}

OnnxResults dtc::importPad(OnnxNode &node) {
  StringRef mode = node.text("mode", "constant");
  auto paddings = readPads(node);
  if (!paddings)
    return {};
  if (mode == "constant")
    return padWithConstant(node, *paddings);
  if (mode != "edge" && mode != "reflect" && mode != "wrap")
    return {node.error("attribute 'mode': expected 'constant', 'edge', "
                       "'reflect' or 'wrap', got '" +
                       mode + "'")};
  node.ignore("value");
  return padByRepeating(node, mode, *paddings);
}

OnnxResults dtc::importCenterCropPad(OnnxNode &node) {
  ArrayRef<int64_t> shape = node.shape(node.input(0));
  auto sizes = node.knownIntegers(1);
  auto axes = node.integers("axes");
  if (!axes)
    axes = llvm::to_vector(llvm::seq<int64_t>(0, shape.size()));
  (void)node.dimensions(*axes, shape.size());
  if (!sizes || node.failed())
    return {};
  if (sizes->size() != axes->size())
    return {node.error("expected " + Twine(axes->size()) + " sizes, got " +
                       Twine(sizes->size()))};
  SmallVector<Padding> paddings;
  for (auto [axis, size] : llvm::zip(*axes, *sizes)) {
    if (size < 0 || size > maxPad)
      return {node.error("expected sizes from 0 to 2^44, got " + Twine(size))};
    int64_t dim = node.dimension(axis, shape.size());
    int64_t more = size - shape[dim];
    // An odd element is cropped, or added, behind.
    if (more != 0)
      paddings.push_back({dim, more / 2, more - more / 2});
  }
  return {padWith(node, node.input(0), 0.0, paddings)};
}
