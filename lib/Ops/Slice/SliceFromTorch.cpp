//===- SliceFromTorch.cpp - Parts and joins of ATen -----------------------===//
//
// An op in place on a part of a tensor puts the part back: the base becomes
// what is before it, the part, and what is behind it.
//
//===----------------------------------------------------------------------===//

#include "PadFromTorch.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dtc;

namespace {
/// Part of one dimension.
struct Part {
  int64_t dim = 0, start = 0, size = 0, step = 1;
};
} // namespace

/// Negative positions count from the end, then both are clamped.
static std::optional<Part> readSlice(TorchNode &node, Value input) {
  Part part;
  part.dim = node.dimension(node.integer("dim", 0), node.rank(input));
  part.step = node.integer("step", 1);
  int64_t start = node.integer("start", 0);
  int64_t end = node.integer("end", INT64_MAX);
  if (node.failed() || node.shape(input).empty())
    return std::nullopt;
  if (part.step < 1) {
    node.error("expected a step of 1 or more, got " + Twine(part.step));
    return std::nullopt;
  }
  int64_t extent = node.shape(input)[part.dim];
  auto clamp = [&](int64_t position) {
    if (position < 0)
      position = std::max(position, -extent) + extent;
    return std::min(position, extent);
  };
  part.start = clamp(start);
  int64_t length = std::max<int64_t>(clamp(end) - part.start, 0);
  part.size = length == 0 ? 0 : (length - 1) / part.step + 1;
  if (part.size == 0)
    part.start = 0;
  if (part.size <= 1)
    part.step = 1;
  return part;
}

static NodeResults importSlice(TorchNode &node) {
  Value input = node.tensor("self");
  auto part = readSlice(node, input);
  if (!part)
    return {};
  return {node.slice(input, part->dim, part->start, part->size, part->step)};
}

/// `base` with a part replaced by `piece`.
static Value replace(TorchNode &node, Value base, Value piece,
                     const Part &part) {
  if (!base || !piece || node.failed())
    return {};
  int64_t extent = node.shape(base)[part.dim];
  if (part.step != 1)
    return node.error("changing every " + Twine(part.step) +
                      "th element in place is not supported");
  int64_t end = part.start + part.size;
  SmallVector<Value> pieces;
  if (part.start > 0)
    pieces.push_back(node.slice(base, part.dim, 0, part.start));
  if (part.size > 0)
    pieces.push_back(piece);
  if (end < extent)
    pieces.push_back(node.slice(base, part.dim, end, extent - end));
  if (pieces.size() == 1)
    return pieces.front();
  return pieces.empty() ? base
                        : node.create<ConcatOp>(ValueRange(pieces), part.dim);
}

static Value writeSlice(TorchNode &node, Value base, Value piece, unsigned) {
  auto part = readSlice(node, base);
  return part ? replace(node, base, piece, *part) : Value();
}

/// One index of a dimension.
static std::optional<Part> readSelect(TorchNode &node, Value input) {
  Part part;
  part.dim = node.dimension(node.integer("dim"), node.rank(input));
  int64_t index = node.integer("index");
  if (node.failed() || node.shape(input).empty())
    return std::nullopt;
  part.start = node.dimension(index, node.shape(input)[part.dim]);
  part.size = 1;
  if (node.failed())
    return std::nullopt;
  return part;
}

static NodeResults importSelect(TorchNode &node) {
  Value input = node.tensor("self");
  auto part = readSelect(node, input);
  if (!part)
    return {};
  SmallVector<int64_t> shape(node.shape(input));
  shape.erase(shape.begin() + part->dim);
  return {node.reshape(node.slice(input, part->dim, part->start, 1), shape)};
}

static Value writeSelect(TorchNode &node, Value base, Value piece, unsigned) {
  auto part = readSelect(node, base);
  return part ? replace(node, base, node.unsqueeze(piece, part->dim), *part)
              : Value();
}

static std::optional<Part> readNarrow(TorchNode &node, Value input) {
  Part part;
  part.dim = node.dimension(node.integer("dim"), node.rank(input));
  part.start = node.integer("start");
  part.size = node.integer("length");
  if (node.failed() || node.shape(input).empty())
    return std::nullopt;
  int64_t extent = node.shape(input)[part.dim];
  if (part.start < 0)
    part.start += extent;
  if (part.start < 0 || part.size < 0 || part.start > extent ||
      part.size > extent - part.start) {
    node.error("expected a part of " + Twine(extent) + " elements");
    return std::nullopt;
  }
  return part;
}

static NodeResults importNarrow(TorchNode &node) {
  Value input = node.tensor("self");
  auto part = readNarrow(node, input);
  if (!part)
    return {};
  return {node.slice(input, part->dim, part->start, part->size)};
}

static Value writeNarrow(TorchNode &node, Value base, Value piece, unsigned) {
  auto part = readNarrow(node, base);
  return part ? replace(node, base, piece, *part) : Value();
}

/// The functional forms of both.
static NodeResults importSliceScatter(TorchNode &node) {
  Value input = node.tensor("self"), source = node.tensor("src");
  auto part = readSlice(node, input);
  return {part ? replace(node, input, source, *part) : Value()};
}

static NodeResults importSelectScatter(TorchNode &node) {
  Value input = node.tensor("self"), source = node.tensor("src");
  auto part = readSelect(node, input);
  return {part ? replace(node, input, node.unsqueeze(source, part->dim), *part)
               : Value()};
}

//===----------------------------------------------------------------------===//
// Splits
//===----------------------------------------------------------------------===//

namespace {
struct Split {
  int64_t dim = 0;
  SmallVector<int64_t> sizes;
};
} // namespace

/// Parts of `size` elements; the last one may be smaller.
static SmallVector<int64_t> partsOfSize(int64_t extent, int64_t size) {
  if (size <= 0 || extent == 0)
    return {extent};
  SmallVector<int64_t> sizes;
  for (int64_t left = extent; left > 0; left -= size)
    sizes.push_back(std::min(left, size));
  return sizes;
}

static std::optional<Split> readSplit(TorchNode &node, Value input) {
  constexpr int64_t maxParts = 1 << 16;
  Split split;
  split.dim = node.dimension(node.integer("dim", 0), node.rank(input));
  if (node.failed() || node.shape(input).empty()) {
    node.error("expected an operand of rank 1 or more");
    return std::nullopt;
  }
  int64_t extent = node.shape(input)[split.dim], size = 0;
  if (node.has("chunks")) {
    int64_t chunks = std::max<int64_t>(node.integer("chunks"), 1);
    size = llvm::divideCeilSigned(extent, chunks);
    // Chunks of an empty dimension are all there.
    if (extent == 0 && chunks <= maxParts)
      split.sizes.assign(chunks, 0);
  } else if (node.has("split_sizes") || node.target() == "aten.split.sizes") {
    split.sizes =
        node.integers(node.has("split_sizes") ? "split_sizes" : "split_size");
  } else {
    size = node.integer("split_size");
    if (size < 0 || (size == 0 && extent != 0))
      node.error("expected parts of 1 element or more, got " + Twine(size));
  }
  if (split.sizes.empty()) {
    if (size > 0 && extent / size > maxParts)
      node.error("expected at most 2^16 parts");
    else
      split.sizes = partsOfSize(extent, size);
  }
  int64_t left = extent;
  for (int64_t part : split.sizes)
    left = part < 0 || part > left ? -1 : left - part;
  if (left != 0)
    node.error("expected parts of " + Twine(extent) + " elements in all");
  return node.failed() ? std::nullopt : std::optional(split);
}

static NodeResults importSplit(TorchNode &node) {
  Value input = node.tensor("self");
  auto split = readSplit(node, input);
  if (!split)
    return {};
  if (split->sizes.size() == 1)
    return {input};
  return node.createAll<SplitOp>(input, split->dim,
                                 ArrayRef<int64_t>(split->sizes));
}

static Value writeSplit(TorchNode &node, Value base, Value piece,
                        unsigned output) {
  auto split = readSplit(node, base);
  if (!split || output >= split->sizes.size())
    return {};
  Part part{split->dim, 0, split->sizes[output], 1};
  for (unsigned i = 0; i < output; ++i)
    part.start += split->sizes[i];
  return replace(node, base, piece, part);
}

/// One result for each index, without the dimension.
static NodeResults importUnbind(TorchNode &node) {
  Value input = node.tensor("self");
  int64_t dim = node.dimension(node.integer("dim", 0), node.rank(input));
  if (node.failed() || node.shape(input).empty())
    return {node.error("expected an operand of rank 1 or more")};
  SmallVector<int64_t> shape(node.shape(input));
  int64_t count = shape[dim];
  shape.erase(shape.begin() + dim);
  if (count > (1 << 16))
    return {node.error("expected at most 2^16 slices, got " + Twine(count))};
  if (count == 1)
    return {node.reshape(input, shape)};
  NodeResults parts = node.createAll<SplitOp>(
      input, dim, ArrayRef<int64_t>(SmallVector<int64_t>(count, 1)));
  for (Value &part : parts)
    part = node.reshape(part, shape);
  return parts;
}

static Value writeUnbind(TorchNode &node, Value base, Value piece,
                         unsigned output) {
  int64_t dim = node.dimension(node.integer("dim", 0), node.rank(base));
  Part part{dim, output, 1, 1};
  return replace(node, base, node.unsqueeze(piece, dim), part);
}

//===----------------------------------------------------------------------===//
// Joins
//===----------------------------------------------------------------------===//

/// Operands of several types are joined in the widest of them, as recorded by
/// the exporter; an empty operand of rank 1 counts for nothing.
static NodeResults importCat(TorchNode &node) {
  SmallVector<Value> inputs;
  for (Value input : node.tensors("tensors"))
    if (node.shape(input) != ArrayRef<int64_t>(int64_t(0)))
      inputs.push_back(input);
  if (inputs.empty())
    return {node.error("expected operands with elements")};
  int64_t dim =
      node.dimension(node.integer("dim", 0), node.rank(inputs.front()));
  if (node.failed())
    return {};
  Type type = node.element(inputs.front());
  for (Value input : inputs)
    if (node.element(input) != type)
      return {node.error("expected operands of one element type")};
  if (inputs.size() == 1)
    return {inputs.front()};
  return {node.create<ConcatOp>(ValueRange(inputs), dim)};
}

static NodeResults importStack(TorchNode &node) {
  SmallVector<Value> inputs = node.tensors("tensors");
  if (inputs.empty())
    return {node.error("expected operands")};
  int64_t dim =
      node.dimension(node.integer("dim", 0), node.rank(inputs.front()) + 1);
  if (node.failed())
    return {};
  for (Value &input : inputs)
    input = node.unsqueeze(input, dim);
  if (inputs.size() == 1)
    return {inputs.front()};
  return {node.create<ConcatOp>(ValueRange(inputs), dim)};
}

//===----------------------------------------------------------------------===//
// Triangles, other orders
//===----------------------------------------------------------------------===//

template <bool upper> static NodeResults importTriangle(TorchNode &node) {
  int64_t diagonal = std::clamp<int64_t>(node.integer("diagonal", 0),
                                         -(int64_t(1) << 50), int64_t(1) << 50);
  return {node.create<TriangleOp>(node.tensor("self"), diagonal, upper)};
}

static NodeResults importFlip(TorchNode &node) {
  Value input = node.tensor("self");
  SmallVector<int64_t> dims =
      node.dimensions(node.integers("dims"), node.rank(input));
  for (int64_t dim : dims) {
    int64_t extent = node.shape(input)[dim];
    if (extent > 1)
      input = node.slice(input, dim, extent - 1, extent, -1);
    if (!input)
      return {};
  }
  return {input};
}

static NodeResults importRoll(TorchNode &node) {
  Value input = node.tensor("self");
  SmallVector<int64_t> shape(node.shape(input));
  SmallVector<int64_t> shifts = node.integers("shifts");
  SmallVector<int64_t> dims =
      node.optionalIntegers("dims").value_or(SmallVector<int64_t>());
  if (node.failed())
    return {};
  // Without dimensions the tensor is rolled as one long list.
  bool isFlat = dims.empty();
  if (isFlat) {
    input = node.reshape(input, {numElements(shape)});
    dims.push_back(0);
  }
  if (dims.size() != shifts.size())
    return {node.error("expected as many shifts as dimensions")};
  for (auto [given, shift] : llvm::zip(dims, shifts)) {
    int64_t dim = node.dimension(given, node.rank(input));
    if (node.failed() || node.shape(input).empty())
      return {};
    int64_t extent = node.shape(input)[dim];
    int64_t first = extent == 0 ? 0 : ((shift % extent) + extent) % extent;
    if (first == 0)
      continue;
    input = node.create<ConcatOp>(
        ValueRange{node.slice(input, dim, extent - first, first),
                   node.slice(input, dim, 0, extent - first)},
        dim);
    if (!input)
      return {};
  }
  return {isFlat ? node.reshape(input, shape) : input};
}

/// Differences of neighbours along a dimension.
static NodeResults importDiff(TorchNode &node) {
  Value input = node.tensor("self");
  int64_t times = node.integer("n", 1);
  int64_t dim = node.dimension(node.integer("dim", -1), node.rank(input));
  SmallVector<Value> pieces;
  for (StringRef name : {"prepend", "self", "append"})
    if (Value piece = node.optionalTensor(name))
      pieces.push_back(piece);
  if (node.failed() || node.shape(input).empty())
    return {node.error("expected an operand of rank 1 or more")};
  if (pieces.size() > 1)
    input = node.create<ConcatOp>(ValueRange(pieces), dim);
  if (times < 0 || times > 64)
    return {node.error("expected 0 to 64 differences, got " + Twine(times))};
  for (int64_t i = 0; input && i < times; ++i) {
    int64_t extent = node.shape(input)[dim];
    int64_t size = std::max<int64_t>(extent - 1, 0);
    if (extent == 0)
      break;
    Value after = node.slice(input, dim, 1, size);
    if (size == 0)
      after = node.slice(input, dim, 0, 0);
    Value before = node.slice(input, dim, 0, size);
    input = node.element(input).isInteger(1)
                ? node.create<XorOp>(after, before)
                : node.create<SubOp>(after, before);
  }
  return {input};
}

void dtc::registerSliceTorchImporters(TorchImporters &importers) {
  importers.addView("aten.slice.Tensor", importSlice, writeSlice);
  importers.addView("aten.select.int", importSelect, writeSelect);
  importers.addView("aten.narrow.default", importNarrow, writeNarrow);
  importers.add("aten.slice_scatter.default", importSliceScatter);
  importers.add("aten.select_scatter.default", importSelectScatter);
  for (StringRef target :
       {"aten.split.Tensor", "aten.split.sizes",
        "aten.split_with_sizes.default", "aten.chunk.default"})
    importers.addView(target, importSplit, writeSplit);
  for (StringRef target :
       {"aten.unsafe_split.Tensor", "aten.unsafe_split_with_sizes.default",
        "aten.unsafe_chunk.default", "aten.split_with_sizes_copy.default"})
    importers.add(target, importSplit);
  importers.addView("aten.unbind.int", importUnbind, writeUnbind);
  importers.add("aten.cat.default", importCat);
  importers.add("aten.concat.default", importCat);
  importers.add("aten.stack.default", importStack);
  importers.add("aten.tril.default", importTriangle<false>);
  importers.add("aten.triu.default", importTriangle<true>);
  importers.add("aten.flip.default", importFlip);
  importers.add("aten.roll.default", importRoll);
  importers.add("aten.diff.default", importDiff);
  registerPadTorchImporters(importers);
}
