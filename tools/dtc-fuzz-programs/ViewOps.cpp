//===- ViewOps.cpp - Random ops that move elements ------------------------===//

#include "Generator.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

static Value any(Generator &g, int64_t rank) {
  Value x = g.find(
      [&](Value v) { return static_cast<int64_t>(shapeOf(v).size()) >= rank; });
  return x ? x : g.numbers(rank);
}

/// Merges neighbours and splits sizes, a few times.
static Shape reshaped(Generator &g, ArrayRef<int64_t> from) {
  Shape shape(from);
  for (int64_t i = g.random.between(1, 3); i > 0; --i) {
    int64_t at = g.random.below(shape.size() + 1);
    int64_t rank = shape.size();
    switch (g.random.below(3)) {
    case 0: // merge
      if (at + 1 < rank) {
        shape[at] *= shape[at + 1];
        shape.erase(shape.begin() + at + 1);
      }
      break;
    case 1: // split
      for (int64_t part : {2, 3, 5})
        if (at < rank && rank < 5 && shape[at] > part &&
            shape[at] % part == 0) {
          bool outer = g.random.chance(0.5);
          int64_t rest = shape[at] / part;
          shape[at] = outer ? part : rest;
          shape.insert(shape.begin() + at + 1, outer ? rest : part);
          break;
        }
      break;
    default: // a dimension of one element comes or goes
      if (at < rank && shape[at] == 1)
        shape.erase(shape.begin() + at);
      else if (rank < 5)
        shape.insert(shape.begin() + at, 1);
    }
  }
  return shape;
}

static void makeReshape(Generator &g, const OpEntry &entry) {
  Value x = any(g, 0);
  g.add(entry.mnemonic, x, tensorOf(reshaped(g, shapeOf(x)), elementOf(x)));
}

static void makeTranspose(Generator &g, const OpEntry &entry) {
  Value x = any(g, 1);
  SmallVector<int64_t> order;
  for (size_t i = 0; i < shapeOf(x).size(); ++i)
    order.insert(order.begin() + g.random.below(i + 1), i);
  g.add(entry.mnemonic, x, "{permutation = " + arrayText(order) + "}");
}

static void makeBroadcast(Generator &g, const OpEntry &entry) {
  Value x = any(g, 0);
  Shape shape(shapeOf(x));
  for (int64_t &extent : shape)
    if (extent == 1 && g.random.chance(0.7))
      extent = g.size();
  for (int64_t i = g.random.below(3); i > 0 && shape.size() < 5; --i)
    shape.insert(shape.begin(), g.size());
  g.add(entry.mnemonic, x, tensorOf(shape, elementOf(x)));
}

/// Steps of slices, mostly 1.
static const int64_t walks[] = {1, 1, 1, 2, 3, -1, -2};

static void makeSlice(Generator &g, const OpEntry &entry) {
  Value x = any(g, 1);
  ArrayRef<int64_t> shape = shapeOf(x);
  Shape axes, starts, sizes, steps;
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i) {
    if (shape[i] == 0 || !g.random.chance(0.5))
      continue;
    int64_t step = g.random.pick(walks);
    int64_t start = g.random.below(shape[i]);
    int64_t room = step > 0 ? (shape[i] - 1 - start) / step : start / -step;
    int64_t count = g.random.between(g.random.chance(0.02) ? 0 : 1, room + 1);
    axes.push_back(i);
    starts.push_back(start);
    sizes.push_back(count);
    steps.push_back(step);
  }
  g.add(entry.mnemonic, x,
        "{axes = " + arrayText(axes) + ", starts = " + arrayText(starts) +
            ", sizes = " + arrayText(sizes) + ", steps = " + arrayText(steps) +
            "}");
}

static void makeSplit(Generator &g, const OpEntry &entry) {
  Value x = any(g, 1);
  int64_t axis = g.random.below(shapeOf(x).size());
  int64_t left = shapeOf(x)[axis], parts = g.random.between(1, 4);
  SmallVector<int64_t> sizes;
  for (int64_t i = 1; i <= parts; ++i) {
    int64_t size = i == parts ? left : g.random.between(0, left);
    if (i != parts && left % (parts - i + 1) == 0 && g.random.chance(0.6))
      size = left / (parts - i + 1);
    left -= size;
    sizes.push_back(size);
  }
  g.add(entry.mnemonic, x,
        "{axis = " + std::to_string(axis) +
            " : i64, sizes = " + arrayText(sizes) + "}");
}

static void makeConcat(Generator &g, const OpEntry &entry) {
  Value x = any(g, 1);
  int64_t axis = g.random.below(shapeOf(x).size());
  SmallVector<Value> operands{x};
  for (int64_t i = g.random.between(0, 3); i > 0; --i) {
    Shape shape(shapeOf(x));
    shape[axis] = g.size();
    Value other = g.find([&](Value v) {
      Shape own(shapeOf(v));
      if (elementOf(v) != elementOf(x) || own.size() != shape.size())
        return false;
      own[axis] = shape[axis];
      return own == shape;
    });
    if (!other || g.random.chance(0.3))
      other = g.input(tensorOf(shape, elementOf(x)));
    operands.insert(operands.begin() + g.random.below(operands.size() + 1),
                    other);
  }
  g.add(entry.mnemonic, operands,
        "{axis = " + std::to_string(axis) + " : i64}");
}

static void makePad(Generator &g, const OpEntry &entry) {
  Value x = g.numbers(1);
  ArrayRef<int64_t> shape = shapeOf(x);
  Shape axes, low, high;
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i) {
    if (!g.random.chance(0.5))
      continue;
    axes.push_back(i);
    low.push_back(g.random.between(shape[i] > 1 ? -1 : 0, 2));
    high.push_back(g.random.between(shape[i] > 2 ? -1 : 0, 2));
  }
  g.add(entry.mnemonic, x,
        "{axes = " + arrayText(axes) + ", low = " + arrayText(low) +
            ", high = " + arrayText(high) +
            ", value = " + (g.random.chance(0.5) ? "0.0" : "3.0") + " : f64}");
}

static void makeTriangle(Generator &g, const OpEntry &entry) {
  Value x = any(g, 2);
  g.add(entry.mnemonic, x,
        "{diagonal = " + std::to_string(g.random.between(-2, 2)) + " : i64" +
            (g.random.chance(0.5) ? ", upper}" : "}"));
}

//===----------------------------------------------------------------------===//
// Stacks
//===----------------------------------------------------------------------===//

static void makeStack(Generator &g, const OpEntry &entry) {
  Value x = any(g, 0);
  SmallVector<Value> operands{x};
  for (int64_t i = g.random.between(0, 3); i > 0; --i)
    operands.push_back(g.findOrMake(cast<RankedTensorType>(x.getType())));
  int64_t axis = g.random.below(shapeOf(x).size() + 1);
  g.add(entry.mnemonic, operands,
        "{axis = " + std::to_string(axis) + " : i64}");
}

static void makeUnbind(Generator &g, const OpEntry &entry) {
  Value x = g.find([](Value v) {
    return llvm::any_of(shapeOf(v), [](int64_t n) { return n && n < 6; });
  });
  if (!x)
    return;
  int64_t axis = g.random.below(shapeOf(x).size());
  if (shapeOf(x)[axis] < 6)
    g.add(entry.mnemonic, x, "{axis = " + std::to_string(axis) + " : i64}");
}

//===----------------------------------------------------------------------===//
// Like another
//===----------------------------------------------------------------------===//

static void makePlaceLike(Generator &g, const OpEntry &entry) {
  Value target = any(g, 0);
  bool inPlace = g.random.chance(0.3);
  Shape shape(shapeOf(target));
  Value x = g.findOrMake(
      tensorOf(inPlace ? shape : g.broadcastable(shape), elementOf(target)));
  g.add(entry.mnemonic, {x, target}, inPlace ? "{inPlace}" : "{}");
}

static void makeFillLike(Generator &g, const OpEntry &entry) {
  Value x = any(g, 0);
  bool inPlace = g.random.chance(0.3);
  const char *value = inPlace || g.random.chance(0.3) ? "0.0" : "1.0";
  g.add(entry.mnemonic, x,
        "{value = " + std::string(value) + " : f64" +
            (inPlace ? ", inPlace}" : "}"));
}

ArrayRef<OpEntry> fuzz::viewOps() {
  static const OpEntry table[] = {
      {"reshape", 10, Rounding::Moves, makeReshape},
      {"view", 4, Rounding::Moves, makeReshape},
      {"transpose", 7, Rounding::Moves, makeTranspose},
      {"broadcast", 4, Rounding::Moves, makeBroadcast},
      {"slice", 6, Rounding::Moves, makeSlice},
      {"split", 4, Rounding::Moves, makeSplit},
      {"concat", 6, Rounding::Sums, makeConcat},
      {"pad", 4, Rounding::Moves, makePad},
      {"triangle", 3, Rounding::Moves, makeTriangle},
      {"stack", 3, Rounding::Sums, makeStack},
      {"unbind", 2, Rounding::Moves, makeUnbind},
      {"place_like", 3, Rounding::Moves, makePlaceLike},
      {"fill_like", 1, Rounding::Moves, makeFillLike},
  };
  return table;
}
