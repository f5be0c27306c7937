//===- ReductionOps.cpp - Random reductions -------------------------------===//

#include "Generator.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

static Shape reduced(ArrayRef<int64_t> shape, ArrayRef<int64_t> dims,
                     bool keep) {
  Shape result;
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i)
    if (!llvm::is_contained(dims, i))
      result.push_back(shape[i]);
    else if (keep)
      result.push_back(1);
  return result;
}

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
  g.add(entry, x, tensorOf(reduced(shapeOf(x), dims, keep), elementOf(x)),
        "{dims = " + arrayText(dims) + (keep ? ", keepDims}" : "}"));
}

static void makeReduction(Generator &g, const OpEntry &entry) {
  addReduction(g, entry, g.numbers(1));
}

static void makeFloatReduction(Generator &g, const OpEntry &entry) {
  addReduction(g, entry, g.floats(1));
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
  Type i64 = IntegerType::get(x.getContext(), 64);
  g.add(entry, x, tensorOf(reduced(shapeOf(x), {axis}, keep), i64),
        attributes + "}");
}

static void makeRunning(Generator &g, const OpEntry &entry) {
  Value x = g.numbers(1);
  std::string attributes =
      "{axis = " + std::to_string(g.random.below(shapeOf(x).size())) + " : i64";
  if (g.random.chance(0.4))
    attributes += ", exclusive";
  if (g.random.chance(0.4))
    attributes += ", reverse";
  g.add(entry, x, cast<RankedTensorType>(x.getType()), attributes + "}");
}

ArrayRef<OpEntry> fuzz::reductionOps() {
  static const OpEntry table[] = {
      {"reduce_sum", 5, Rounding::Sums, makeReduction},
      {"reduce_mean", 4, Rounding::Rounds, makeReduction},
      {"reduce_max", 3, Rounding::Moves, makeReduction},
      {"reduce_min", 3, Rounding::Moves, makeReduction},
      {"reduce_prod", 2, Rounding::Rounds, makeReduction},
      {"reduce_l1", 2, Rounding::Sums, makeReduction},
      {"reduce_l2", 2, Rounding::Rounds, makeFloatReduction},
      {"reduce_sum_square", 2, Rounding::Products, makeReduction},
      {"reduce_log_sum_exp", 2, Rounding::Rounds, makeFloatReduction},
      {"arg_max", 2, Rounding::Steps, makeArg},
      {"arg_min", 2, Rounding::Steps, makeArg},
      {"cum_sum", 3, Rounding::Sums, makeRunning},
      {"cum_prod", 2, Rounding::Rounds, makeRunning},
  };
  return table;
}
