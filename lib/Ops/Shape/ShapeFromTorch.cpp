//===- ShapeFromTorch.cpp - Reshapes and transposes of ATen ---------------===//
//
// Views are reshapes here: they may communicate. What an op in place on a view
// does to its base stands beside each importer.
//
//===----------------------------------------------------------------------===//

#include "dtc/Import/TorchNode.h"

#include "mlir/Dialect/Traits.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Reshapes
//===----------------------------------------------------------------------===//

/// One -1 is what is left of `total` elements; nothing after an error.
static std::optional<SmallVector<int64_t>>
resolve(TorchNode &node, ArrayRef<int64_t> wanted, int64_t total) {
  SmallVector<int64_t> shape(wanted);
  int64_t product = 1, rest = -1;
  for (auto [i, extent] : llvm::enumerate(shape)) {
    if (extent == -1 && rest < 0)
      rest = i;
    else if (extent < 0 || llvm::MulOverflow(product, extent, product)) {
      node.error("expected dimensions of 0 or more and one -1 at most, got " +
                 Twine(extent));
      return std::nullopt;
    }
  }
  bool fits = rest < 0 ? product == total : product && total % product == 0;
  if (!fits) {
    node.error("expected a shape of " + Twine(total) + " elements, got " +
               Twine(product) + (rest < 0 ? "" : " beside the -1"));
    return std::nullopt;
  }
  if (rest >= 0)
    shape[rest] = total / product;
  return shape;
}

static NodeResults reshapeTo(TorchNode &node, StringRef argument) {
  Value input = node.tensor("self");
  SmallVector<int64_t> wanted = node.integers(argument);
  if (node.failed())
    return {};
  auto shape = resolve(node, wanted, numElements(node.shape(input)));
  if (!shape)
    return {};
  return {node.reshape(input, *shape)};
}

static NodeResults importView(TorchNode &node) {
  return reshapeTo(node, "size");
}
static NodeResults importReshape(TorchNode &node) {
  return reshapeTo(node, "shape");
}

static NodeResults importViewAs(TorchNode &node) {
  return {node.reshape(node.tensor("self"), node.shape(node.tensor("other")))};
}

static NodeResults importFlatten(TorchNode &node) {
  Value input = node.tensor("self");
  ArrayRef<int64_t> shape = node.shape(input);
  int64_t rank = std::max<int64_t>(shape.size(), 1);
  int64_t first = node.dimension(node.integer("start_dim", 0), rank);
  int64_t last = node.dimension(node.integer("end_dim", -1), rank);
  if (node.failed())
    return {};
  if (shape.empty())
    return {node.reshape(input, {1})};
  if (first > last)
    return {node.error("expected 'start_dim' before 'end_dim'")};
  SmallVector<int64_t> result(shape.take_front(first));
  result.push_back(numElements(shape.slice(first, last - first + 1)));
  llvm::append_range(result, shape.drop_front(last + 1));
  return {node.reshape(input, result)};
}

static NodeResults importUnflatten(TorchNode &node) {
  Value input = node.tensor("self");
  ArrayRef<int64_t> shape = node.shape(input);
  int64_t dim = node.dimension(node.integer("dim"), shape.size());
  SmallVector<int64_t> sizes = node.integers("sizes");
  if (node.failed() || shape.empty())
    return {};
  auto split = resolve(node, sizes, shape[dim]);
  if (!split)
    return {};
  SmallVector<int64_t> result(shape.take_front(dim));
  llvm::append_range(result, *split);
  llvm::append_range(result, shape.drop_front(dim + 1));
  return {node.reshape(input, result)};
}

/// Dimensions of another size than 1 stay.
static NodeResults importSqueeze(TorchNode &node) {
  Value input = node.tensor("self");
  ArrayRef<int64_t> shape = node.shape(input);
  auto given = node.optionalIntegers("dim");
  SmallVector<int64_t> dims;
  if (given && !shape.empty())
    dims = node.dimensions(*given, shape.size());
  SmallVector<int64_t> result;
  for (auto [i, extent] : llvm::enumerate(shape))
    if (extent != 1 ||
        (given && !llvm::is_contained(dims, static_cast<int64_t>(i))))
      result.push_back(extent);
  return {node.reshape(input, result)};
}

static NodeResults importUnsqueeze(TorchNode &node) {
  return {node.unsqueeze(node.tensor("self"), node.integer("dim"))};
}

/// The same elements: what copies, and what only changes how torch sees it.
static NodeResults importIdentity(TorchNode &node) {
  return {node.tensor("self")};
}

//===----------------------------------------------------------------------===//
// Broadcasts
//===----------------------------------------------------------------------===//

/// -1 keeps a dimension; new dimensions come in front.
static NodeResults importExpand(TorchNode &node) {
  Value input = node.tensor("self");
  ArrayRef<int64_t> from = node.shape(input);
  SmallVector<int64_t> shape = node.integers("size");
  node.ignore("implicit");
  if (node.failed())
    return {};
  if (shape.size() < from.size())
    return {node.error("expected " + Twine(from.size()) +
                       " sizes or more, got " + Twine(shape.size()))};
  size_t added = shape.size() - from.size();
  for (size_t i = added; i < shape.size(); ++i)
    if (shape[i] == -1)
      shape[i] = from[i - added];
  return {node.broadcast(input, shape)};
}

static NodeResults importExpandAs(TorchNode &node) {
  return {
      node.broadcast(node.tensor("self"), node.shape(node.tensor("other")))};
}

/// Repeats dimension by dimension: a new dimension before each is broadcast
/// and merged into it.
static NodeResults repeat(TorchNode &node, StringRef argument) {
  Value input = node.tensor("self");
  SmallVector<int64_t> repeats = node.integers(argument);
  SmallVector<int64_t> shape(node.shape(input));
  if (node.failed())
    return {};
  while (repeats.size() < shape.size() && argument == "dims")
    repeats.insert(repeats.begin(), 1);
  if (repeats.size() < shape.size())
    return {node.error("expected " + Twine(shape.size()) +
                       " repetitions or more, got " + Twine(repeats.size()))};
  shape.insert(shape.begin(), repeats.size() - shape.size(), 1);
  SmallVector<int64_t> split, repeated, merged;
  for (auto [extent, times] : llvm::zip(shape, repeats)) {
    int64_t product = 0;
    if (times < 0 || llvm::MulOverflow(extent, times, product))
      return {
          node.error("expected repetitions of 0 or more, got " + Twine(times))};
    merged.push_back(product);
    if (times != 1 && extent != 1) {
      split.push_back(1);
      repeated.push_back(times);
    }
    split.push_back(extent);
    repeated.push_back(extent == 1 ? times : extent);
  }
  Value value = node.reshape(input, split);
  return {node.reshape(node.broadcast(value, repeated), merged)};
}

static NodeResults importRepeat(TorchNode &node) {
  return repeat(node, "repeats");
}
static NodeResults importTile(TorchNode &node) { return repeat(node, "dims"); }

/// Each element several times in a row.
static NodeResults importRepeatInterleave(TorchNode &node) {
  Value input = node.tensor("self");
  int64_t repeats = node.integer("repeats");
  node.ignore("output_size");
  auto given = node.optionalInteger("dim");
  if (!given)
    input = node.reshape(input, {numElements(node.shape(input))});
  int64_t dim = node.dimension(given.value_or(0), node.rank(input));
  if (node.failed())
    return {};
  SmallVector<int64_t> shape(node.shape(input)), repeated(shape);
  repeated.insert(repeated.begin() + dim + 1, repeats);
  if (repeats < 0 || llvm::MulOverflow(shape[dim], repeats, shape[dim]))
    return {
        node.error("expected repetitions of 0 or more, got " + Twine(repeats))};
  Value split = node.unsqueeze(input, dim + 1);
  return {node.reshape(node.broadcast(split, repeated), shape)};
}

/// Each list along its own dimension of a grid.
static NodeResults importMeshgrid(TorchNode &node) {
  SmallVector<Value> lists = node.tensors("tensors");
  StringRef indexing = node.text("indexing", "ij");
  if (indexing != "ij" && indexing != "xy")
    return {node.error("argument 'indexing': expected 'ij' or 'xy', got '" +
                       indexing + "'")};
  SmallVector<int64_t> places, grid(lists.size());
  for (size_t i = 0; i < lists.size(); ++i)
    places.push_back(i);
  if (indexing == "xy" && lists.size() > 1)
    std::swap(places[0], places[1]);
  for (auto [list, place] : llvm::zip(lists, places))
    grid[place] = numElements(node.shape(list));
  NodeResults results;
  for (auto [list, place] : llvm::zip(lists, places)) {
    SmallVector<int64_t> shape(lists.size(), 1);
    shape[place] = grid[place];
    results.push_back(node.broadcast(node.reshape(list, shape), grid));
  }
  return results;
}

/// All in the shape that they broadcast to.
static NodeResults importBroadcastTensors(TorchNode &node) {
  SmallVector<Value> values = node.tensors("tensors");
  SmallVector<int64_t> shape;
  for (Value value : values) {
    SmallVector<int64_t> before(shape);
    if (!value ||
        !OpTrait::util::getBroadcastedShape(before, node.shape(value), shape))
      return {node.error("expected operands that broadcast")};
  }
  NodeResults results;
  for (Value value : values)
    results.push_back(node.broadcast(value, shape));
  return results;
}

//===----------------------------------------------------------------------===//
// Transposes
//===----------------------------------------------------------------------===//

/// The permutation of a node, empty after an error.
static SmallVector<int64_t> permutationOf(TorchNode &node) {
  int64_t rank = node.rank(node.tensor("self"));
  SmallVector<int64_t> permutation;
  if (node.has("dims")) {
    for (int64_t dim : node.integers("dims"))
      permutation.push_back(node.dimension(dim, rank));
    return permutation;
  }
  permutation = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (node.target() == "aten.numpy_T.default") {
    std::reverse(permutation.begin(), permutation.end());
    return permutation;
  }
  if (rank == 0)
    return permutation;
  bool hasDims = node.has("dim0") || node.has("axis0");
  StringRef suffix = node.has("axis0") ? "axis" : "dim";
  int64_t first = rank - 2, second = rank - 1;
  if (hasDims) {
    first = node.dimension(node.integer((suffix + "0").str()), rank);
    second = node.dimension(node.integer((suffix + "1").str()), rank);
  }
  if (first >= 0)
    std::swap(permutation[first], permutation[second]);
  return permutation;
}

static NodeResults importPermutation(TorchNode &node) {
  Value input = node.tensor("self");
  SmallVector<int64_t> permutation = permutationOf(node);
  if (node.failed())
    return {};
  return {node.transpose(input, permutation)};
}

static Value writePermutation(TorchNode &node, Value base, Value piece,
                              unsigned) {
  SmallVector<int64_t> permutation = permutationOf(node);
  SmallVector<int64_t> inverse(permutation.size());
  for (auto [i, dim] : llvm::enumerate(permutation))
    inverse[dim] = i;
  return node.failed() ? Value() : node.transpose(piece, inverse);
}

/// Some dimensions move to given places, the others fill the rest in order.
static NodeResults importMoveDim(TorchNode &node) {
  Value input = node.tensor("self");
  int64_t rank = node.rank(input);
  SmallVector<int64_t> from = node.integers("source"),
                       to = node.integers("destination");
  if (from.size() != to.size())
    return {node.error("expected as many sources as destinations")};
  SmallVector<int64_t> permutation(rank, -1);
  for (auto [source, destination] : llvm::zip(from, to)) {
    source = node.dimension(source, rank);
    int64_t place = node.dimension(destination, rank);
    if (node.failed() || rank == 0)
      return {};
    permutation[place] = source;
  }
  int64_t next = 0;
  for (int64_t &dim : permutation) {
    if (dim >= 0)
      continue;
    while (llvm::is_contained(from, next))
      ++next;
    dim = next++;
  }
  return {node.transpose(input, permutation)};
}

/// [n, c r^2, h, w] <-> [n, c, h r, w r].
template <bool isUnshuffle>
static NodeResults importPixelShuffle(TorchNode &node) {
  Value input = node.tensor("self");
  int64_t r = node.integer(isUnshuffle ? "downscale_factor" : "upscale_factor");
  ArrayRef<int64_t> s = node.shape(input);
  if (s.size() != 4 || r < 1 || r > (1 << 15) ||
      (isUnshuffle ? s[2] % r || s[3] % r : s[1] % (r * r) != 0))
    return {node.error("expected an operand of rank 4 that divides into "
                       "blocks")};
  if (isUnshuffle) {
    int64_t n = s[0], c = s[1], h = s[2] / r, w = s[3] / r;
    Value value = node.reshape(input, {n, c, h, r, w, r});
    value = node.transpose(value, {0, 1, 3, 5, 2, 4});
    return {node.reshape(value, {n, c * r * r, h, w})};
  }
  int64_t n = s[0], c = s[1] / (r * r), h = s[2], w = s[3];
  Value value = node.reshape(input, {n, c, r, r, h, w});
  value = node.transpose(value, {0, 1, 4, 2, 5, 3});
  return {node.reshape(value, {n, c, h * r, w * r})};
}

/// Channels (g, c) become (c, g).
static NodeResults importChannelShuffle(TorchNode &node) {
  Value input = node.tensor("self");
  int64_t groups = node.integer("groups");
  ArrayRef<int64_t> shape = node.shape(input);
  if (node.failed() || shape.size() < 3 || groups < 1 || shape[1] % groups != 0)
    return {node.error("expected channels that divide into the groups")};
  SmallVector<int64_t> split{shape[0], groups, shape[1] / groups,
                             numElements(shape.drop_front(2))};
  Value value = node.transpose(node.reshape(input, split), {0, 2, 1, 3});
  return {node.reshape(value, shape)};
}

/// Windows of `size` elements along a dimension, each `step` after the other;
/// what lies in a window becomes the last dimension.
static NodeResults importUnfold(TorchNode &node) {
  Value input = node.tensor("self");
  ArrayRef<int64_t> shape = node.shape(input);
  int64_t rank = shape.size();
  int64_t dim = node.dimension(node.integer("dimension"), rank);
  int64_t size = node.integer("size"), step = node.integer("step");
  if (node.failed() || rank == 0 || size < 0 || step < 1 || size > shape[dim])
    return {node.error("expected windows within the dimension")};
  int64_t count = (shape[dim] - size) / step + 1;
  // Their places are a constant.
  constexpr int64_t mostPlaces = int64_t(1) << 22;
  if (count > mostPlaces || (size > 0 && count > mostPlaces / size))
    return {node.error("expected windows of at most 2^22 elements, got " +
                       Twine(count) + " of " + Twine(size))};
  HostTensor places(DType::I64, {count, size});
  for (int64_t window = 0; window < count; ++window)
    for (int64_t i = 0; i < size; ++i)
      places.setInt(window * size + i, window * step + i);
  Value result =
      node.create<GatherOp>(input, node.constant(std::move(places)), dim);
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, rank + 1));
  order.erase(order.begin() + dim + 1);
  order.push_back(dim + 1);
  return {node.transpose(result, order)};
}

void dtc::registerShapeTorchImporters(TorchImporters &importers) {
  constexpr TorchAlias uncertain = TorchAlias::Uncertain;
  importers.addView("aten.view.default", importView, writeReshaped);
  importers.addView("aten._unsafe_view.default", importView, writeReshaped);
  importers.addView("aten.reshape.default", importReshape, writeReshaped,
                    uncertain);
  importers.addView("aten.view_as.default", importViewAs, writeReshaped);
  importers.addView("aten.reshape_as.default", importViewAs, writeReshaped,
                    uncertain);
  importers.addView("aten.flatten.using_ints", importFlatten, writeReshaped,
                    uncertain);
  importers.addView("aten.unflatten.int", importUnflatten, writeReshaped);
  for (StringRef overload : {"default", "dim", "dims"})
    importers.addView(("aten.squeeze." + overload).str(), importSqueeze,
                      writeReshaped);
  importers.addView("aten.unsqueeze.default", importUnsqueeze, writeReshaped);
  importers.addView("aten.alias.default", importIdentity, writeReshaped);
  importers.addView("aten.detach.default", importIdentity, writeReshaped);
  importers.addView("aten.contiguous.default", importIdentity, writeReshaped,
                    uncertain);
  importers.addView("aten.lift_fresh.default", importIdentity, writeReshaped);
  importers.add("aten.lift_fresh_copy.default", importIdentity);
  importers.add("aten.clone.default", importIdentity);
  importers.add("aten.detach_copy.default", importIdentity);
  importers.add("aten.view_copy.default", importView);
  importers.addView("aten.expand.default", importExpand, nullptr);
  importers.addView("aten.expand_as.default", importExpandAs, nullptr);
  importers.addView("aten.broadcast_to.default", importExpand, nullptr);
  importers.addView("aten.broadcast_tensors.default", importBroadcastTensors,
                    nullptr);
  importers.addView("aten.meshgrid.default", importMeshgrid, nullptr);
  importers.addView("aten.meshgrid.indexing", importMeshgrid, nullptr);
  importers.add("aten.repeat.default", importRepeat);
  importers.add("aten.tile.default", importTile);
  importers.add("aten.repeat_interleave.self_int", importRepeatInterleave);
  for (StringRef target :
       {"aten.permute.default", "aten.transpose.int", "aten.t.default",
        "aten.swapaxes.default", "aten.swapdims.default", "aten.mT.default",
        "aten.adjoint.default", "aten.mH.default", "aten.matrix_H.default",
        "aten.numpy_T.default"})
    importers.addView(target, importPermutation, writePermutation);
  importers.addView("aten.movedim.intlist", importMoveDim, nullptr);
  importers.addView("aten.movedim.int", importMoveDim, nullptr);
  importers.add("aten.pixel_shuffle.default", importPixelShuffle<false>);
  importers.add("aten.pixel_unshuffle.default", importPixelShuffle<true>);
  importers.add("aten.channel_shuffle.default", importChannelShuffle);
  importers.addView("aten.unfold.default", importUnfold, nullptr);
}
