//===- ControlFlowFromOnnx.cpp - Branches and loops of ONNX models --------===//
//
// Programs have no control flow:
//
// - Of a condition that the compiler knows only one branch is imported. Else
//   both run and each result is a choice, when the branches are small, have
//   results of equal types and nothing that stops on some operands.
// - A loop's body is imported once for each iteration, when their number is
//   known: from the count, from a condition that the compiler knows, or from
//   the size of what is scanned.
//
//===----------------------------------------------------------------------===//

#include "ControlFlowFromOnnx.h"

using namespace mlir;
using namespace dtc;

/// Branches with more ops are not worth running for nothing.
static constexpr size_t maxBranchOps = 64;
static constexpr int64_t maxIterations = 4096;

//===----------------------------------------------------------------------===//
// If
//===----------------------------------------------------------------------===//

/// True for ops that may end a program on some operands: integers can be
/// indices out of range or divisors of 0, unless the op only computes or moves
/// them.
static bool mayStop(Operation *op) {
  if (isa<AddOp, SubOp, MulOp, NegOp, AbsOp, MaximumOp, MinimumOp, CastOp,
          SelectOp, EqualOp, NotEqualOp, LessOp, LessEqualOp, GreaterOp,
          GreaterEqualOp, ConstantOp, ReshapeOp, TransposeOp, BroadcastOp,
          SliceOp, SplitOp, ConcatOp>(op))
    return false;
  return llvm::any_of(op->getOperands(), [](Value operand) {
    return isa<IntegerType>(elementOf(operand)) &&
           !elementOf(operand).isInteger(1);
  });
}

/// Both branches, and a choice for each result.
static OnnxResults chooseResults(OnnxNode &node,
                                 const onnx::GraphProto &thenBranch,
                                 const onnx::GraphProto &elseBranch) {
  Operation *before = node.lastOp();
  OnnxResults onTrue = node.importSubgraph(thenBranch);
  OnnxResults onFalse = node.importSubgraph(elseBranch);
  if (node.failed())
    return {};
  SmallVector<Operation *> ops = node.opsSince(before);
  if (ops.size() > maxBranchOps)
    return {node.error("expected branches of at most " + Twine(maxBranchOps) +
                       " ops, or a condition known at compile time, got " +
                       Twine(ops.size()))};
  for (Operation *op : ops)
    if (mayStop(op))
      return {node.error("expected a condition known at compile time, as '" +
                         op->getName().getStringRef() +
                         "' of a branch must not run when the other is "
                         "taken")};
  if (onTrue.size() != onFalse.size())
    return {node.error("expected branches with equally many results, got " +
                       Twine(onTrue.size()) + " and " + Twine(onFalse.size()))};
  OnnxResults results;
  Value condition = node.reshape(node.input(0), {});
  for (auto [x, y] : llvm::zip(onTrue, onFalse)) {
    if (x.getType() != y.getType())
      return {node.error("expected branches with results of one shape and "
                         "type, or a condition known at compile time")};
    results.push_back(node.create<SelectOp>(condition, x, y));
  }
  return results;
}

static OnnxResults importIf(OnnxNode &node) {
  const auto *thenBranch = node.subgraph("then_branch");
  const auto *elseBranch = node.subgraph("else_branch");
  if (!thenBranch || !elseBranch)
    return {node.error("expected attributes 'then_branch' and 'else_branch'")};
  if (!node.element(node.input(0)).isInteger(1) ||
      numElements(node.shape(node.input(0))) != 1)
    return {node.error("expected one bool as condition")};
  if (const HostTensor *condition = node.known(node.input(0)))
    return node.importSubgraph(condition->getInt(0) ? *thenBranch
                                                    : *elseBranch);
  return chooseResults(node, *thenBranch, *elseBranch);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

namespace {

/// Values that a loop collects, one an iteration.
struct Collected {
  SmallVector<Value> values;
  int64_t axis = 0;
  bool reversed = false;
};

} // namespace

/// One tensor of all iterations.
static Value stack(OnnxNode &node, Collected collected) {
  if (collected.values.empty())
    return node.error("expected one iteration or more: the shape of what "
                      "none collects is not known");
  if (collected.reversed)
    std::reverse(collected.values.begin(), collected.values.end());
  SmallVector<Value> parts;
  for (Value value : collected.values) {
    int64_t axis = node.dimension(collected.axis, node.rank(value) + 1);
    parts.push_back(node.unsqueeze(value, axis));
    if (!parts.back())
      return {};
  }
  if (parts.size() == 1)
    return parts.front();
  return node.create<ConcatOp>(
      ValueRange(parts),
      node.dimension(collected.axis, node.rank(parts.front())));
}

/// The condition after an iteration, or nothing after an error.
static std::optional<bool> readCondition(OnnxNode &node, Value condition) {
  const HostTensor *known = node.known(condition);
  if (known && known->size() == 1)
    return known->getInt(0) != 0;
  node.error("expected a number of iterations known at compile time, got a "
             "condition that depends on the model's inputs or weights");
  return std::nullopt;
}

namespace {

/// A Loop node: operands are the count, the condition, then what is carried
/// from one iteration to the next. The body has the number of the iteration
/// and the condition first, and what it collects last.
class Loop {
public:
  Loop(OnnxNode &node, const onnx::GraphProto &body)
      : node(node), body(body),
        carried(node.allInputs().drop_front(
            std::min<size_t>(2, node.allInputs().size()))) {}

  OnnxResults run();

private:
  bool start();
  bool iterate(int64_t i);

  OnnxNode &node;
  const onnx::GraphProto &body;
  SmallVector<Value> carried;
  SmallVector<Collected> collected;
  int64_t count = maxIterations + 1;
  bool goesOn = true;
};

} // namespace

bool Loop::start() {
  size_t results = OnnxNode::numOutputs(body);
  if (OnnxNode::numInputs(body) != carried.size() + 2 ||
      results < carried.size() + 1)
    return node.error("expected a body with " + Twine(carried.size() + 2) +
                      " inputs and " + Twine(carried.size() + 1) +
                      " outputs or more, got " +
                      Twine(OnnxNode::numInputs(body)) + " and " +
                      Twine(results)),
           false;
  if (llvm::is_contained(carried, Value()))
    return node.error("expected operands without gaps"), false;
  collected.resize(results - carried.size() - 1);
  if (node.has(0)) {
    auto given = node.knownReal(0);
    if (!given)
      return false;
    count = std::max<int64_t>(0, std::min(*given, maxIterations + 1.0));
  }
  if (node.has(1)) {
    auto condition = readCondition(node, node.input(1));
    goesOn = condition.value_or(false);
    return condition.has_value();
  }
  return true;
}

bool Loop::iterate(int64_t i) {
  SmallVector<Value> arguments{
      node.constant(HostTensor::ofIntegers({i}).reshaped({})),
      node.scalar(1, IntegerType::get(node.getContext(), 1))};
  llvm::append_range(arguments, carried);
  OnnxResults results = node.importSubgraph(body, arguments);
  if (node.failed())
    return false;
  auto condition = readCondition(node, results[0]);
  if (!condition)
    return false;
  goesOn = *condition;
  for (size_t n = 0; n < carried.size(); ++n)
    carried[n] = results[n + 1];
  for (size_t n = 0; n < collected.size(); ++n)
    collected[n].values.push_back(results[carried.size() + 1 + n]);
  return true;
}

OnnxResults Loop::run() {
  if (!start())
    return {};
  for (int64_t i = 0; i < count && goesOn; ++i)
    if (i == maxIterations)
      return {node.error("expected at most " + Twine(maxIterations) +
                         " iterations, got more")};
    else if (!iterate(i))
      return {};
  OnnxResults results(carried.begin(), carried.end());
  for (auto [n, values] : llvm::enumerate(collected))
    results.push_back(node.hasOutput(carried.size() + n) ? stack(node, values)
                                                         : Value());
  return results;
}

static OnnxResults importLoop(OnnxNode &node) {
  const auto *body = node.subgraph("body");
  if (!body)
    return {node.error("expected attribute 'body'")};
  return Loop(node, *body).run();
}

//===----------------------------------------------------------------------===//
// Scan
//===----------------------------------------------------------------------===//

namespace {

/// A Scan node: operands are the carried values, then what is scanned; results
/// are the carried values, then what is collected.
struct Scan {
  OnnxNode &node;
  SmallVector<Value> carried, scanned;
  SmallVector<int64_t> axes;
  SmallVector<bool> reversed;
  SmallVector<Collected> collected;
  int64_t count = 0;
};

} // namespace

/// An attribute with one number for each of `size`, 0 by default.
static SmallVector<int64_t> readList(OnnxNode &node, StringRef name,
                                     size_t size) {
  SmallVector<int64_t> values =
      node.integers(name).value_or(SmallVector<int64_t>(size, 0));
  if (values.size() == size)
    return values;
  node.error("attribute '" + name + "': expected " + Twine(size) +
             " numbers, got " + Twine(values.size()));
  return SmallVector<int64_t>(size, 0);
}

static void readScanned(Scan &scan, size_t numScanned) {
  OnnxNode &node = scan.node;
  ArrayRef<Value> inputs = node.allInputs();
  llvm::append_range(scan.carried, inputs.drop_back(numScanned));
  llvm::append_range(scan.scanned, inputs.take_back(numScanned));
  scan.axes = readList(node, "scan_input_axes", numScanned);
  for (int64_t direction : readList(node, "scan_input_directions", numScanned))
    scan.reversed.push_back(direction != 0);
  for (size_t i = 0; i < numScanned && !node.failed(); ++i) {
    Value value = scan.scanned[i];
    if (!value || node.rank(value) == 0) {
      node.error("expected scanned operands of rank 1 or more");
      return;
    }
    scan.axes[i] = node.dimension(scan.axes[i], node.rank(value));
    int64_t size = node.shape(value)[scan.axes[i]];
    if (i > 0 && size != scan.count)
      node.error("expected scanned operands of one length, got " +
                 Twine(scan.count) + " and " + Twine(size));
    scan.count = size;
  }
}

static bool iterateScan(Scan &scan, const onnx::GraphProto &body, int64_t i) {
  OnnxNode &node = scan.node;
  SmallVector<Value> arguments(scan.carried);
  for (auto [value, axis, reversed] :
       llvm::zip(scan.scanned, scan.axes, scan.reversed)) {
    int64_t at = reversed ? scan.count - 1 - i : i;
    SmallVector<int64_t> shape(node.shape(value));
    shape.erase(shape.begin() + axis);
    arguments.push_back(node.reshape(node.slice(value, axis, at, 1), shape));
  }
  if (node.failed())
    return false;
  OnnxResults results = node.importSubgraph(body, arguments);
  if (node.failed())
    return false;
  for (size_t n = 0; n < scan.carried.size(); ++n)
    scan.carried[n] = results[n];
  for (size_t n = 0; n < scan.collected.size(); ++n)
    scan.collected[n].values.push_back(results[scan.carried.size() + n]);
  return true;
}

static OnnxResults importScan(OnnxNode &node) {
  const auto *body = node.subgraph("body");
  int64_t numScanned = node.integer("num_scan_inputs", 0);
  if (node.opset() < 9)
    return {node.error("expected opset 9 or later: before, its operands had a "
                       "batch dimension")};
  if (!body || numScanned < 1 || numScanned > int64_t(node.numInputs()))
    return {node.error("expected attributes 'body' and 'num_scan_inputs'")};
  Scan scan{node, {}, {}, {}, {}, {}, 0};
  readScanned(scan, numScanned);
  if (OnnxNode::numOutputs(*body) < scan.carried.size())
    return {node.error("expected a body with " + Twine(scan.carried.size()) +
                       " outputs or more, got " +
                       Twine(OnnxNode::numOutputs(*body)))};
  scan.collected.resize(OnnxNode::numOutputs(*body) - scan.carried.size());
  auto axes = readList(node, "scan_output_axes", scan.collected.size());
  auto directions =
      readList(node, "scan_output_directions", scan.collected.size());
  for (size_t n = 0; n < scan.collected.size(); ++n) {
    scan.collected[n].axis = axes[n];
    scan.collected[n].reversed = directions[n] != 0;
  }
  if (scan.count > maxIterations)
    return {node.error("expected at most " + Twine(maxIterations) +
                       " iterations, got " + Twine(scan.count))};
  for (int64_t i = 0; i < scan.count && !node.failed(); ++i)
    if (!iterateScan(scan, *body, i))
      return {};
  if (node.failed())
    return {};
  OnnxResults results(scan.carried.begin(), scan.carried.end());
  for (Collected &values : scan.collected)
    results.push_back(stack(node, values));
  return results;
}

void dtc::registerControlFlowImporters(OnnxImporters &importers) {
  importers.add("If", {1}, importIf);
  importers.add("Loop", {0, unboundedArity}, importLoop);
  importers.add("Scan", {1, unboundedArity}, importScan);
}
