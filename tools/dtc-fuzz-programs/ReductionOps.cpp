//===- ReductionOps.cpp - Random reductions -------------------------------===//

#include "Generator.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

static void addReduction(Generator &g, const OpEntry &entry, Value x) {
  SmallVector<int64_t> dims;
  int64_t rank = shapeOf(x).size();
  double share = g.random.chance(0.2) ? 1 : 0.4;
  for (int64_t i = 0; i < rank; ++i)
    if (g.random.chance(share))
      dims.push_back(i);
  if (dims.empty() && g.random.chance(0.8))
    dims.push_back(g.random.below(rank));
  bool keep = g.random.chance(0.5);
  g.add(entry.mnemonic, x,
        "{dims = " + arrayText(dims) + (keep ? ", keepDims}" : "}"));
}

static void makeReduction(Generator &g, const OpEntry &entry) {
  addReduction(g, entry, g.numbers(1));
}

/// Of bools too: whether any is true, or all are.
static void makeExtreme(Generator &g, const OpEntry &entry) {
  Value x = g.find(
      [](Value v) { return elementOf(v).isInteger(1) && !shapeOf(v).empty(); });
  addReduction(g, entry, x && g.random.chance(0.2) ? x : g.numbers(1));
}

static void makeFloatReduction(Generator &g, const OpEntry &entry) {
  addReduction(g, entry, g.floats(1));
}

/// What every result of a variance is made of: two elements or more.
static void makeVariance(Generator &g, const OpEntry &entry) {
  Value x = g.floats(1);
  int64_t rank = shapeOf(x).size();
  SmallVector<int64_t> dims{g.random.below(rank)};
  if (dims[0] + 1 < rank && g.random.chance(0.4))
    dims.push_back(g.random.between(dims[0] + 1, rank - 1));
  int64_t count = 1;
  for (int64_t dim : dims)
    count *= shapeOf(x)[dim];
  if (count > 1)
    g.add(entry.mnemonic, x,
          "{dims = " + arrayText(dims) +
              ", correction = " + std::to_string(g.random.below(2)) + " : i64" +
              (g.random.chance(0.5) ? ", keepDims}" : "}"));
}

static void makeArg(Generator &g, const OpEntry &entry) {
  Value x = g.find([&](Value v) {
    return g.seen(v).isExact && !shapeOf(v).empty() &&
           !elementOf(v).isInteger(1);
  });
  if (!x)
    return;
  int64_t axis = g.random.below(shapeOf(x).size());
  bool keep = g.random.chance(0.5);
  std::string attributes = "{axis = " + std::to_string(axis) + " : i64";
  if (keep)
    attributes += ", keepDims";
  if (g.random.chance(0.3))
    attributes += ", lastIndex";
  g.add(entry.mnemonic, x, attributes + "}");
}

static void makeRunning(Generator &g, const OpEntry &entry) {
  Value x = g.numbers(1);
  std::string attributes =
      "{axis = " + std::to_string(g.random.below(shapeOf(x).size())) + " : i64";
  if (g.random.chance(0.4))
    attributes += ", exclusive";
  if (g.random.chance(0.4))
    attributes += ", reverse";
  g.add(entry.mnemonic, x, attributes + "}");
}

ArrayRef<OpEntry> fuzz::reductionOps() {
  static const OpEntry table[] = {
      {"reduce_sum", 5, Rounding::Sums, makeReduction},
      {"reduce_mean", 4, Rounding::Rounds, makeReduction},
      {"reduce_max", 3, Rounding::Moves, makeExtreme},
      {"reduce_min", 3, Rounding::Moves, makeExtreme},
      {"reduce_prod", 2, Rounding::Factors, makeReduction},
      {"reduce_l1", 2, Rounding::Sums, makeReduction},
      {"reduce_l2", 2, Rounding::Rounds, makeFloatReduction},
      {"reduce_sum_square", 2, Rounding::Products, makeReduction},
      {"reduce_log_sum_exp", 2, Rounding::Rounds, makeFloatReduction},
      {"reduce_var", 3, Rounding::Rounds, makeVariance},
      {"reduce_std", 2, Rounding::Rounds, makeVariance},
      {"arg_max", 2, Rounding::Steps, makeArg},
      {"arg_min", 2, Rounding::Steps, makeArg},
      {"cum_sum", 3, Rounding::Sums, makeRunning},
      {"cum_prod", 2, Rounding::Factors, makeRunning},
  };
  return table;
}
