//===- ContractionOps.cpp - Random contractions and normalisations --------===//

#include "Generator.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static void makeMatMul(Generator &g, const OpEntry &entry) {
  Value x = g.numbers(2);
  ArrayRef<int64_t> shape = shapeOf(x);
  bool transposeLhs = g.random.chance(0.25),
       transposeRhs = g.random.chance(0.35);
  int64_t m = shape[shape.size() - 2], k = shape.back();
  if (transposeLhs)
    std::swap(m, k);
  int64_t n = g.size();
  Shape rhs = g.broadcastable(shape.drop_back(2));
  rhs.append({transposeRhs ? n : k, transposeRhs ? k : n});
  Value y = g.findOrMake(tensorOf(rhs, elementOf(x)));
  n = shapeOf(y)[rhs.size() - (transposeRhs ? 2 : 1)];
  Shape result(shape.drop_back(2));
  result.append({m, n});
  std::string flags = transposeLhs ? "transposeLhs" : "";
  if (transposeRhs)
    flags += flags.empty() ? "transposeRhs" : ", transposeRhs";
  g.add(entry, {x, y}, tensorOf(result, elementOf(x)), "{" + flags + "}");
}

static void makeLinear(Generator &g, const OpEntry &entry) {
  Value x = g.numbers(1);
  int64_t k = shapeOf(x).back(), n = g.size();
  bool inOut = g.random.chance(0.4);
  SmallVector<Value> operands{
      x, g.findOrMake(tensorOf({inOut ? k : n, inOut ? n : k}, elementOf(x)))};
  if (g.random.chance(0.6))
    operands.push_back(g.findOrMake(tensorOf({n}, elementOf(x))));
  Shape result(shapeOf(x));
  result.back() = n;
  g.add(entry, operands, tensorOf(result, elementOf(x)),
        inOut ? "{weightInOut}" : "{}");
}

static void makeConvolution(Generator &g, const OpEntry &entry) {
  int64_t spatial = g.random.between(1, 3);
  int64_t groups = g.random.chance(0.4) ? g.random.between(2, 4) : 1;
  int64_t perGroup = g.random.between(1, 3), outs = g.random.between(1, 3);
  Value x = g.find([&](Value v) {
    return isa<FloatType>(elementOf(v)) &&
           static_cast<int64_t>(shapeOf(v).size()) == spatial + 2;
  });
  if (x && shapeOf(x)[1] > 0) {
    groups = shapeOf(x)[1] % groups == 0 ? groups : 1;
    perGroup = shapeOf(x)[1] / groups;
  } else {
    Shape shape{g.random.between(1, 5), groups * perGroup};
    for (int64_t i = 0; i < spatial; ++i)
      shape.push_back(g.random.between(2, spatial == 1 ? 11 : 6));
    x = g.input(tensorOf(shape, g.floatType()));
  }
  Shape weight{groups * outs, perGroup}, result{shapeOf(x)[0], groups * outs},
      strides, dilations, begins, ends;
  for (int64_t i = 0; i < spatial; ++i) {
    weight.push_back(g.random.between(1, 3));
    strides.push_back(g.random.chance(0.6) ? 1 : g.random.between(2, 3));
    dilations.push_back(g.random.chance(0.7) ? 1 : 2);
    begins.push_back(g.random.between(0, 2));
    ends.push_back(g.random.between(0, 2));
    int64_t room = shapeOf(x)[i + 2] + begins[i] + ends[i] -
                   dilations[i] * (weight[i + 2] - 1) - 1;
    if (room < 0)
      return;
    result.push_back(room / strides[i] + 1);
  }
  SmallVector<Value> operands{x, g.findOrMake(tensorOf(weight, elementOf(x)))};
  if (g.random.chance(0.5))
    operands.push_back(g.findOrMake(tensorOf({weight[0]}, elementOf(x))));
  g.add(entry, operands, tensorOf(result, elementOf(x)),
        "{strides = " + arrayText(strides) + ", dilations = " +
            arrayText(dilations) + ", padsBegin = " + arrayText(begins) +
            ", padsEnd = " + arrayText(ends) +
            ", groups = " + std::to_string(groups) + " : i64}");
}

//===----------------------------------------------------------------------===//
// Normalisations
//===----------------------------------------------------------------------===//

static void addNorm(Generator &g, const OpEntry &entry, bool mayHaveBias) {
  Value x = g.floats(1);
  int64_t rank = shapeOf(x).size();
  int64_t axis = g.random.chance(0.6) ? rank - 1 : g.random.below(rank);
  auto type = tensorOf(shapeOf(x).drop_front(axis), elementOf(x));
  SmallVector<Value> operands{x, g.findOrMake(type)};
  if (mayHaveBias && g.random.chance(0.6))
    operands.push_back(g.findOrMake(type));
  g.add(entry, operands, typeOf(x),
        "{axis = " + std::to_string(axis) + " : i64, epsilon = " +
            (g.random.chance(0.5) ? "1.0e-2" : "1.0e-5") + " : f64}");
}

static void makeLayerNorm(Generator &g, const OpEntry &entry) {
  addNorm(g, entry, true);
}

static void makeRmsNorm(Generator &g, const OpEntry &entry) {
  addNorm(g, entry, false);
}

static void makeBatchNorm(Generator &g, const OpEntry &entry) {
  Value x = g.floats(2);
  auto type = tensorOf({shapeOf(x)[1]}, elementOf(x));
  Value variance = g.input(type, std::make_pair(1, 3));
  g.add(
      entry,
      {x, g.findOrMake(type), g.findOrMake(type), g.findOrMake(type), variance},
      typeOf(x), "{epsilon = 1.0e-3 : f64}");
}

static void makeSoftmax(Generator &g, const OpEntry &entry) {
  Value x = g.floats(1);
  int64_t rank = shapeOf(x).size();
  int64_t axis = g.random.chance(0.5) ? rank - 1 : g.random.below(rank);
  g.add(entry, x, typeOf(x), "{axis = " + std::to_string(axis) + " : i64}");
}

ArrayRef<OpEntry> fuzz::contractionOps() {
  static const OpEntry table[] = {
      {"matmul", 12, Rounding::Products, makeMatMul},
      {"linear", 10, Rounding::Products, makeLinear},
      {"convolution", 5, Rounding::Products, makeConvolution},
      {"layer_norm", 4, Rounding::Rounds, makeLayerNorm},
      {"rms_norm", 3, Rounding::Rounds, makeRmsNorm},
      {"batch_norm", 2, Rounding::Rounds, makeBatchNorm},
      {"softmax", 4, Rounding::Rounds, makeSoftmax},
      {"log_softmax", 2, Rounding::Rounds, makeSoftmax},
  };
  return table;
}
