//===- RecurrentFromOnnx.cpp - RNN, GRU and LSTM --------------------------===//
//
// 1. For each direction the inputs of all steps meet their weights in one
//    product [sequence, batch, gates * hidden]; only what depends on the state
//    is left to the steps, which are unrolled.
// 2. A step slices its gates out of both products. The gates are in ONNX's
//    order: LSTM input, output, forget, cell; GRU update, reset, hidden.
// 3. States of all steps are stacked; the backward direction in reverse.
//
// Sequences of unequal lengths and activations with parameters are refused.
//
//===----------------------------------------------------------------------===//

#include "RecurrentFromOnnx.h"

using namespace mlir;
using namespace dtc;

/// Longer sequences would make too many ops.
static constexpr int64_t maxSteps = 512;

namespace {

/// What the kinds differ in.
struct Kind {
  int64_t gates;
  SmallVector<StringRef, 3> activations;
  /// LSTM: a cell state next to the hidden one.
  bool hasCell;
};

struct State {
  Value hidden, cell;
};

/// One direction's weights: the input's product with its bias added, recurrent
/// weights [hidden, gates * hidden], their bias, peepholes.
struct Direction {
  Value inputs, weights, bias, peepholes;
  SmallVector<StringRef, 3> activations;
  State state;
  bool isReverse = false;
};

class Recurrent {
public:
  Recurrent(OnnxNode &node, Kind kind) : node(node), kind(std::move(kind)) {}
  OnnxResults run();

private:
  bool readShapes();
  bool readActivations();
  Value part(unsigned operand, int64_t direction, int64_t start, int64_t size);
  Value initialState(unsigned operand, int64_t direction);
  Direction makeDirection(int64_t index);
  Value gate(Value all, int64_t i) {
    return node.slice(all, node.rank(all) - 1, i * hidden, hidden);
  }
  Value activate(StringRef name, Value x);
  Value peep(const Direction &d, int64_t i, Value cell);
  State step(const Direction &d, Value inputs);
  State stepLstm(const Direction &d, Value inputs, Value recurrent);
  State stepGru(const Direction &d, Value inputs, Value recurrent);
  Value runDirection(Direction &d);
  Value stackDirections(ArrayRef<Value> values, int64_t axis);

  OnnxNode &node;
  Kind kind;
  Value input;
  bool isBatchFirst = false, coupled = false, resetsAfter = false;
  int64_t steps = 0, batch = 0, hidden = 0, directions = 1;
  bool startsReverse = false;
  double clip = 0;
  SmallVector<std::string> names;
};

} // namespace

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

bool Recurrent::readShapes() {
  StringRef direction = node.text("direction", "forward");
  directions = direction == "bidirectional" ? 2 : 1;
  startsReverse = direction == "reverse";
  if (directions == 1 && !startsReverse && direction != "forward")
    node.error("attribute 'direction': expected 'forward', 'reverse' or "
               "'bidirectional', got '" +
               direction + "'");
  isBatchFirst = node.integer("layout", 0) != 0;
  input = node.input(0);
  ArrayRef<int64_t> weights = node.shape(node.input(1));
  if (node.rank(input) != 3 || weights.size() != 3 ||
      weights[0] != directions || weights[1] % kind.gates != 0 ||
      !isa<FloatType>(node.element(input)))
    return node.error("expected an input of rank 3 and weights of shape "
                      "[directions, gates * hidden, size]"),
           false;
  if (isBatchFirst)
    input = node.transpose(input, {1, 0, 2});
  hidden = weights[1] / kind.gates;
  steps = node.shape(input)[0];
  batch = node.shape(input)[1];
  if (node.integer("hidden_size", hidden) != hidden)
    node.error("attribute 'hidden_size': expected " + Twine(hidden));
  if (steps < 1 || steps > maxSteps)
    node.error("expected sequences of 1 to " + Twine(maxSteps) +
               " steps, got " + Twine(steps));
  if (node.has(4)) {
    auto lengths = node.knownIntegers(4);
    if (lengths &&
        llvm::any_of(*lengths, [&](int64_t n) { return n != steps; }))
      node.error("expected sequences of one length, " + Twine(steps));
  }
  return !node.failed();
}

bool Recurrent::readActivations() {
  clip = node.real("clip", 0);
  if (node.reals("activation_alpha") || node.reals("activation_beta"))
    return node.error("activations with 'activation_alpha' or "
                      "'activation_beta' are not supported"),
           false;
  names = node.texts("activations").value_or(SmallVector<std::string>());
  size_t each = kind.activations.size();
  if (names.empty())
    for (int64_t d = 0; d < directions; ++d)
      for (StringRef name : kind.activations)
        names.push_back(name.str());
  if (names.size() != each * directions)
    return node.error("attribute 'activations': expected " +
                      Twine(each * directions) + " names, got " +
                      Twine(names.size())),
           false;
  return true;
}

/// Elements `start`... of the last dimension of a direction of an operand
/// [directions, elements], as [elements]; null when absent.
Value Recurrent::part(unsigned operand, int64_t direction, int64_t start,
                      int64_t size) {
  Value value = node.input(operand);
  if (!value)
    return {};
  if (node.rank(value) != 2 || node.shape(value)[0] != directions ||
      node.shape(value)[1] < start + size)
    return node.error("operand " + Twine(operand) +
                      ": expected the shape [directions, elements]");
  value = node.slice(node.slice(value, 0, direction, 1), 1, start, size);
  return node.reshape(value, {size});
}

Value Recurrent::initialState(unsigned operand, int64_t direction) {
  Value value = node.input(operand);
  SmallVector<int64_t> shape{batch, hidden};
  if (!value)
    return node.broadcast(node.scalar(0, node.element(input)), shape);
  SmallVector<int64_t> expected{directions, batch, hidden};
  if (isBatchFirst && node.rank(value) == 3)
    value = node.transpose(value, {1, 0, 2});
  if (node.shape(value) != ArrayRef<int64_t>(expected))
    return node.error("operand " + Twine(operand) +
                      ": expected a state of each direction and sample");
  return node.reshape(node.slice(value, 0, direction, 1), shape);
}

Direction Recurrent::makeDirection(int64_t index) {
  Direction d;
  d.isReverse = startsReverse || index == 1;
  int64_t width = kind.gates * hidden;
  SmallVector<int64_t> inputs{width, node.shape(node.input(1))[2]};
  SmallVector<int64_t> recurrent{directions, width, hidden};
  if (node.shape(node.input(2)) != ArrayRef<int64_t>(recurrent)) {
    node.error("expected recurrent weights of shape [directions, gates * "
               "hidden, hidden]");
    return d;
  }
  Value weights = node.reshape(node.slice(node.input(1), 0, index, 1), inputs);
  d.weights =
      node.reshape(node.slice(node.input(2), 0, index, 1), {width, hidden});
  d.inputs = node.create<LinearOp>(input, weights, part(3, index, 0, width));
  d.bias = part(3, index, width, width);
  d.state.hidden = initialState(5, index);
  if (kind.hasCell) {
    d.state.cell = initialState(6, index);
    d.peepholes = part(7, index, 0, 3 * hidden);
  }
  size_t each = kind.activations.size();
  for (size_t i = 0; i < each; ++i)
    d.activations.push_back(names[index * each + i]);
  return d;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

Value Recurrent::activate(StringRef name, Value x) {
  Type type = node.element(input);
  if (clip > 0)
    x = node.create<MinimumOp>(
        node.create<MaximumOp>(x, node.scalar(-clip, type)),
        node.scalar(clip, type));
  if (name == "Sigmoid")
    return node.create<SigmoidOp>(x);
  if (name == "Tanh")
    return node.create<TanhOp>(x);
  if (name == "Relu")
    return node.create<ReluOp>(x);
  return node.error("attribute 'activations': expected 'Sigmoid', 'Tanh' or "
                    "'Relu', got '" +
                    name + "'");
}

/// The cell state's share of gate `i`, or null.
Value Recurrent::peep(const Direction &d, int64_t i, Value cell) {
  return d.peepholes ? node.create<MulOp>(gate(d.peepholes, i), cell) : Value();
}

State Recurrent::stepLstm(const Direction &d, Value inputs, Value recurrent) {
  Value sum = node.create<AddOp>(inputs, recurrent);
  auto sigmoid = [&](int64_t i, int64_t peephole, Value cell) {
    Value x = gate(sum, i);
    if (Value share = peep(d, peephole, cell))
      x = node.create<AddOp>(x, share);
    return activate(d.activations[0], x);
  };
  Value in = sigmoid(0, 0, d.state.cell);
  Value forget =
      coupled ? node.create<SubOp>(node.scalar(1, node.element(input)), in)
              : sigmoid(2, 2, d.state.cell);
  Value fresh = activate(d.activations[1], gate(sum, 3));
  Value cell = node.create<AddOp>(node.create<MulOp>(forget, d.state.cell),
                                  node.create<MulOp>(in, fresh));
  Value out = sigmoid(1, 1, cell);
  return {node.create<MulOp>(out, activate(d.activations[2], cell)), cell};
}

State Recurrent::stepGru(const Direction &d, Value inputs, Value recurrent) {
  Value sum = node.create<AddOp>(inputs, recurrent);
  Value update = activate(d.activations[0], gate(sum, 0));
  Value reset = activate(d.activations[0], gate(sum, 1));
  Value own;
  if (resetsAfter) {
    own = node.create<MulOp>(reset, gate(recurrent, 2));
  } else {
    Value weights = node.slice(d.weights, 0, 2 * hidden, hidden);
    own = node.create<LinearOp>(node.create<MulOp>(reset, d.state.hidden),
                                weights, d.bias ? gate(d.bias, 2) : Value());
  }
  Value fresh =
      activate(d.activations[1], node.create<AddOp>(gate(inputs, 2), own));
  // (1 - z) fresh + z hidden.
  Value change =
      node.create<MulOp>(update, node.create<SubOp>(d.state.hidden, fresh));
  return {node.create<AddOp>(fresh, change), Value()};
}

State Recurrent::step(const Direction &d, Value inputs) {
  Value recurrent = node.create<LinearOp>(d.state.hidden, d.weights, d.bias);
  if (kind.gates == 4)
    return stepLstm(d, inputs, recurrent);
  if (kind.gates == 3)
    return stepGru(d, inputs, recurrent);
  return {activate(d.activations[0], node.create<AddOp>(inputs, recurrent)),
          Value()};
}

/// Hidden states of all steps, [sequence, 1, batch, hidden]; leaves the last.
Value Recurrent::runDirection(Direction &d) {
  SmallVector<Value> states(steps);
  int64_t width = kind.gates * hidden;
  for (int64_t i = 0; i < steps && !node.failed(); ++i) {
    int64_t at = d.isReverse ? steps - 1 - i : i;
    Value inputs = node.reshape(node.slice(d.inputs, 0, at, 1), {batch, width});
    d.state = step(d, inputs);
    states[at] = node.reshape(d.state.hidden, {1, 1, batch, hidden});
  }
  if (node.failed())
    return {};
  return steps == 1 ? states[0] : node.create<ConcatOp>(ValueRange(states), 0);
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

Value Recurrent::stackDirections(ArrayRef<Value> values, int64_t axis) {
  return values.size() == 1 ? values.front()
                            : node.create<ConcatOp>(ValueRange(values), axis);
}

OnnxResults Recurrent::run() {
  coupled = kind.hasCell && node.integer("input_forget", 0) != 0;
  resetsAfter = kind.gates == 3 && node.integer("linear_before_reset", 0) != 0;
  if (!readShapes() || !readActivations())
    return {};
  SmallVector<Value> all, hiddens, cells;
  for (int64_t i = 0; i < directions; ++i) {
    Direction d = makeDirection(i);
    if (node.failed())
      return {};
    all.push_back(runDirection(d));
    if (node.failed())
      return {};
    SmallVector<int64_t> shape{1, batch, hidden};
    hiddens.push_back(node.reshape(d.state.hidden, shape));
    if (kind.hasCell)
      cells.push_back(node.reshape(d.state.cell, shape));
  }
  OnnxResults results{stackDirections(all, 1), stackDirections(hiddens, 0)};
  if (kind.hasCell)
    results.push_back(stackDirections(cells, 0));
  if (!isBatchFirst)
    return results;
  results[0] = node.transpose(results[0], {2, 0, 1, 3});
  for (size_t i = 1; i < results.size(); ++i)
    results[i] = node.transpose(results[i], {1, 0, 2});
  return results;
}

void dtc::registerRecurrentImporters(OnnxImporters &importers) {
  importers.add("RNN", {3, 6}, [](OnnxNode &node) {
    return Recurrent(node, {1, {"Tanh"}, false}).run();
  });
  importers.add("GRU", {3, 6}, [](OnnxNode &node) {
    return Recurrent(node, {3, {"Sigmoid", "Tanh"}, false}).run();
  });
  importers.add("LSTM", {3, 8}, [](OnnxNode &node) {
    return Recurrent(node, {4, {"Sigmoid", "Tanh", "Tanh"}, true}).run();
  });
}
