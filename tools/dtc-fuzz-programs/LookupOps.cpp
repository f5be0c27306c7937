//===- LookupOps.cpp - Random lookups, updates and orders -----------------===//

#include "Generator.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

static Type indexType(Generator &g) {
  MLIRContext *context = g.boolType().getContext();
  return IntegerType::get(context, g.random.chance(0.7) ? 64 : 32);
}

/// Indices into a dimension, counted from either end.
static Value indices(Generator &g, ArrayRef<int64_t> shape, int64_t extent) {
  auto type = tensorOf(shape, indexType(g));
  if (extent == 0)
    return {};
  return g.within(type, g.random.chance(0.5) ? -extent : 0, extent - 1);
}

/// A value with a dimension that indices can address.
static Value table(Generator &g, int64_t rank) {
  Value x = g.find(
      [&](Value v) { return static_cast<int64_t>(shapeOf(v).size()) >= rank; });
  return x && !g.random.chance(0.2) ? x : g.numbers(rank);
}

static void makeEmbedding(Generator &g, const OpEntry &entry) {
  Value weight = g.find([](Value v) {
    return shapeOf(v).size() == 2 && !elementOf(v).isInteger(1);
  });
  if (!weight || g.random.chance(0.5))
    weight = g.input(tensorOf({g.size(), g.size()}, g.numberType()));
  Value index = indices(g, g.shape(g.random.between(0, 3)), shapeOf(weight)[0]);
  if (!index)
    return;
  g.add(entry.mnemonic, {weight, index});
}

/// Rows of a gradient added up where they were looked up.
static void makeEmbeddingGradient(Generator &g, const OpEntry &entry) {
  Value gradient = g.floats(1);
  ArrayRef<int64_t> shape = shapeOf(gradient);
  int64_t rows = g.size();
  Value index =
      indices(g, shape.take_front(g.random.below(shape.size() + 1)), rows);
  g.add(entry.mnemonic, {gradient, index},
        "{rows = " + std::to_string(rows) + " : i64}");
}

static void makeGather(Generator &g, const OpEntry &entry) {
  Value data = table(g, 1);
  ArrayRef<int64_t> shape = shapeOf(data);
  int64_t axis = g.random.below(shape.size());
  Value index = indices(g, g.shape(g.random.between(0, 2)), shape[axis]);
  if (!index)
    return;
  g.add(entry.mnemonic, {data, index},
        "{axis = " + std::to_string(axis) + " : i64}");
}

/// Makes `shape` that of indices along `axis`: any size there, at most as much
/// in the others.
static void resizeAlong(Generator &g, int64_t axis, Shape &shape) {
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i)
    if (i == axis)
      shape[i] = g.size();
    else if (g.random.chance(0.2) && shape[i] > 1)
      shape[i] = g.random.between(1, shape[i]);
}

static void makeGatherElements(Generator &g, const OpEntry &entry) {
  Value data = table(g, 1);
  Shape shape(shapeOf(data));
  int64_t axis = g.random.below(shape.size()), extent = shape[axis];
  resizeAlong(g, axis, shape);
  Value index = indices(g, shape, extent);
  if (index)
    g.add(entry.mnemonic, {data, index},
          "{axis = " + std::to_string(axis) + " : i64}");
}

static void makeGatherNd(Generator &g, const OpEntry &entry) {
  Value data = table(g, 1);
  ArrayRef<int64_t> shape = shapeOf(data);
  int64_t rank = shape.size();
  int64_t batch = g.random.chance(0.5) ? 0 : g.random.below(rank);
  int64_t tuple = g.random.between(1, rank - batch), extent = 1000;
  for (int64_t i = 0; i < tuple; ++i)
    extent = std::min(extent, shape[batch + i]);
  Shape indexShape(shape.take_front(batch));
  llvm::append_range(indexShape, g.shape(g.random.between(0, 2)));
  indexShape.push_back(tuple);
  Value index = indices(g, indexShape, extent);
  if (index)
    g.add(entry.mnemonic, {data, index},
          "{batchDims = " + std::to_string(batch) + " : i64}");
}

//===----------------------------------------------------------------------===//
// Updates
//===----------------------------------------------------------------------===//

/// Nothing, or what updates are joined by: sum, max, min; product of integers.
static std::string combination(Generator &g, Value data) {
  static const char *kinds[] = {"0", "2", "3", "4"};
  if (g.random.chance(0.4))
    return "";
  bool whole = isa<IntegerType>(elementOf(data));
  return std::string(", combine = ") + kinds[g.random.below(whole ? 4 : 3)] +
         " : i64";
}

static void makeScatterElements(Generator &g, const OpEntry &entry) {
  Value data = table(g, 1);
  Shape shape(shapeOf(data));
  int64_t axis = g.random.below(shape.size()), extent = shape[axis];
  resizeAlong(g, axis, shape);
  Value index = indices(g, shape, extent);
  if (!index)
    return;
  Value updates = g.findOrMake(tensorOf(shape, elementOf(data)));
  g.add(entry.mnemonic, {data, index, updates},
        "{axis = " + std::to_string(axis) + " : i64" + combination(g, data) +
            "}");
}

static void makeScatterNd(Generator &g, const OpEntry &entry) {
  Value data = table(g, 1);
  ArrayRef<int64_t> shape = shapeOf(data);
  int64_t tuple = g.random.between(1, shape.size()), extent = 1000;
  for (int64_t i = 0; i < tuple; ++i)
    extent = std::min(extent, shape[i]);
  Shape places = g.shape(g.random.between(0, 2)), updates(places);
  places.push_back(tuple);
  llvm::append_range(updates, shape.drop_front(tuple));
  Value index = indices(g, places, extent);
  if (!index)
    return;
  g.add(entry.mnemonic,
        {data, index, g.findOrMake(tensorOf(updates, elementOf(data)))},
        "{" + StringRef(combination(g, data)).ltrim(", ").str() + "}");
}

//===----------------------------------------------------------------------===//
// Orders
//===----------------------------------------------------------------------===//

static Value ordered(Generator &g) {
  return g.find([&](Value v) {
    return g.seen(v).isExact && !shapeOf(v).empty() &&
           !elementOf(v).isInteger(1);
  });
}

static void makeSort(Generator &g, const OpEntry &entry) {
  Value x = ordered(g);
  if (!x)
    return;
  std::string axis = std::to_string(g.random.below(shapeOf(x).size()));
  g.add(entry.mnemonic, x,
        "{axis = " + axis + " : i64" +
            (g.random.chance(0.5) ? ", descending}" : "}"));
}

static void makeTopK(Generator &g, const OpEntry &entry) {
  Value x = ordered(g);
  if (!x)
    return;
  ArrayRef<int64_t> shape = shapeOf(x);
  int64_t axis = g.random.below(shape.size());
  int64_t k = g.random.between(shape[axis] ? 1 : 0, shape[axis]);
  g.add(entry.mnemonic, x,
        "{axis = " + std::to_string(axis) + " : i64, k = " + std::to_string(k) +
            " : i64" + (g.random.chance(0.4) ? ", smallest}" : "}"));
}

ArrayRef<OpEntry> fuzz::lookupOps() {
  static const OpEntry table[] = {
      {"embedding", 5, Rounding::Moves, makeEmbedding},
      {"embedding_gradient", 3, Rounding::Sums, makeEmbeddingGradient},
      {"gather", 4, Rounding::Moves, makeGather},
      {"gather_elements", 3, Rounding::Moves, makeGatherElements},
      {"gather_nd", 3, Rounding::Moves, makeGatherNd},
      {"scatter_elements", 3, Rounding::Sums, makeScatterElements},
      {"scatter_nd", 3, Rounding::Sums, makeScatterNd},
      {"sort", 2, Rounding::Steps, makeSort},
      {"top_k", 2, Rounding::Steps, makeTopK},
  };
  return table;
}
