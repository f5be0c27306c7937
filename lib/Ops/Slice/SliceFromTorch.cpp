//===- SliceFromTorch.cpp - Parts and joins of ATen -----------------------===//
//
// An op in place on a part of a tensor puts the part back: the base becomes
// what is before it, the part, and what is behind it.
//
//===----------------------------------------------------------------------===//

#include "OrderFromTorch.h"
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

/// Parts by their number, the first ones larger by 1, or by where they end.
static NodeResults importTensorSplit(TorchNode &node) {
  constexpr int64_t maxParts = 1 << 16;
  Value input = node.tensor("self");
  int64_t dim = node.dimension(node.integer("dim", 0), node.rank(input));
  if (node.failed() || node.shape(input).empty())
    return {node.error("expected an operand of rank 1 or more")};
  int64_t extent = node.shape(input)[dim];
  SmallVector<int64_t> ends;
  if (node.has("sections")) {
    int64_t sections = node.integer("sections");
    if (sections < 1 || sections > maxParts)
      return {node.error("expected 1 to 2^16 parts, got " + Twine(sections))};
    for (int64_t i = 1; i < sections; ++i)
      ends.push_back(i * (extent / sections) + std::min(i, extent % sections));
  } else {
    ends = node.integers("indices");
  }
  NodeResults parts;
  int64_t start = 0;
  ends.push_back(extent);
  for (int64_t end : ends) {
    end = std::clamp<int64_t>(end < 0 ? end + extent : end, 0, extent);
    int64_t size = std::max<int64_t>(end - start, 0);
    parts.push_back(node.slice(input, dim, size == 0 ? 0 : start, size));
    start = end;
  }
  return parts;
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

/// Tensors of several types are joined in the one that holds them all.
static Value join(TorchNode &node, ArrayRef<Value> inputs, int64_t dim,
                  Type type) {
  SmallVector<Value> parts;
  for (Value input : inputs)
    parts.push_back(node.cast(input, type));
  if (node.failed())
    return {};
  if (parts.size() == 1)
    return parts.front();
  return node.create<ConcatOp>(ValueRange(parts), dim);
}

/// An empty operand of rank 1 counts for nothing but its type.
static NodeResults importCat(TorchNode &node) {
  SmallVector<Value> all = node.tensors("tensors"), inputs;
  int64_t given = node.integer("dim", 0);
  if (node.failed() || llvm::is_contained(all, Value()))
    return {};
  for (Value input : all)
    if (node.shape(input) != ArrayRef<int64_t>(int64_t(0)))
      inputs.push_back(input);
  if (inputs.empty())
    return {node.error("expected operands with elements")};
  int64_t dim = node.dimension(given, node.rank(inputs.front()));
  Type type = node.promoteTensors(all);
  return {node.failed() ? Value() : join(node, inputs, dim, type)};
}

static NodeResults importStack(TorchNode &node) {
  SmallVector<Value> inputs = node.tensors("tensors");
  int64_t given = node.integer("dim", 0);
  if (node.failed() || llvm::is_contained(inputs, Value()))
    return {};
  if (inputs.empty())
    return {node.error("expected operands")};
  int64_t dim = node.dimension(given, node.rank(inputs.front()) + 1);
  Type type = node.promoteTensors(inputs);
  if (node.failed())
    return {};
  for (Value &input : inputs)
    input = node.unsqueeze(input, dim);
  return {join(node, inputs, dim, type)};
}

/// Along dimension 0 or 1: operands of rank 0 become lists, lists rows.
template <bool isVertical> static NodeResults importPiled(TorchNode &node) {
  SmallVector<Value> inputs = node.tensors("tensors");
  for (Value &input : inputs) {
    if (node.rank(input) == 0)
      input = node.unsqueeze(input, 0);
    if (isVertical && node.rank(input) == 1)
      input = node.unsqueeze(input, 0);
    if (!input)
      return {};
  }
  if (inputs.empty())
    return {node.error("expected operands")};
  int64_t dim = isVertical || node.rank(inputs.front()) == 1 ? 0 : 1;
  Type type = node.promoteTensors(inputs);
  return {node.failed() ? Value() : join(node, inputs, dim, type)};
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
  importers.addView("aten.tensor_split.sections", importTensorSplit, nullptr);
  importers.addView("aten.tensor_split.indices", importTensorSplit, nullptr);
  importers.addView("aten.unbind.int", importUnbind, writeUnbind);
  importers.add("aten.cat.default", importCat);
  importers.add("aten.concat.default", importCat);
  importers.add("aten.stack.default", importStack);
  importers.add("aten.hstack.default", importPiled<false>);
  importers.add("aten.vstack.default", importPiled<true>);
  registerOrderTorchImporters(importers);
  registerPadTorchImporters(importers);
}
