//===- OracleRules.cpp - Oracle expressions through the rules -------------===//
//
// What each function of the oracle's expressions is as a rule: the only place
// of the test that knows names of ops.
//
//===----------------------------------------------------------------------===//

#include "OracleRules.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace dtc;
using namespace dtc::oracle;

using Values = std::vector<TensorSpec>;
using Dims = llvm::SmallVector<int64_t, 6>;

static llvm::Error unknown(llvm::StringRef name) {
  return llvm::createStringError("no rule for '" + name.str() + "'");
}

static int64_t normalize(int64_t dim, size_t rank) {
  return dim < 0 ? dim + static_cast<int64_t>(rank) : dim;
}

static Dims integers(const Expression &e) {
  Dims result;
  for (const Expression &child : e.children)
    result.push_back(child.integer());
  return result;
}

static Dims broadcast(const Values &operands) {
  Dims shape;
  for (const TensorSpec &spec : operands) {
    if (spec.shape.size() > shape.size())
      shape.insert(shape.begin(), spec.shape.size() - shape.size(), 1);
    for (size_t i = 0; i < spec.shape.size(); ++i) {
      int64_t &extent = shape[shape.size() - spec.shape.size() + i];
      extent = extent == 1 ? spec.shape[i] : extent;
    }
  }
  return shape;
}

llvm::Expected<Placement> dtc::oracle::parsePlacement(llvm::StringRef word) {
  if (word == "replicate")
    return Placement::replicate();
  auto [name, argument] = word.split('(');
  argument.consume_back(")");
  int64_t dim = 0;
  if (name == "shard" && !argument.getAsInteger(10, dim))
    return Placement::shard(dim);
  if (auto kind = parseReduceKind(argument); kind && name == "partial")
    return Placement::partial(*kind);
  return llvm::createStringError("no placement: '" + word.str() + "'");
}

//===----------------------------------------------------------------------===//
// One op
//===----------------------------------------------------------------------===//

llvm::Error Evaluator::count(const TensorSpec &spec,
                             llvm::ArrayRef<Placement> to) {
  auto plan = planRedistribution(spec.shape, spec.placements, to, mesh);
  if (!plan)
    return plan.takeError();
  for (const RedistributionStep &step : *plan) {
    switch (step.kind) {
    case StepKind::AllReduce:
      ++collectives["all_reduce"];
      break;
    case StepKind::ReduceScatter:
      ++collectives["reduce_scatter"];
      break;
    case StepKind::AllGather:
    case StepKind::AllToAll:
      // The reference's backend has no all-to-all.
      ++collectives["all_gather"];
      break;
    case StepKind::LocalSlice:
    case StepKind::LocalPartial:
    case StepKind::Relabel:
      break;
    }
  }
  return llvm::Error::success();
}

llvm::Expected<Values> Evaluator::apply(const ShardingRule &rule,
                                        Values operands,
                                        std::vector<Shape> shapes) {
  Values results;
  for (const Shape &shape : shapes)
    results.push_back({shape, 4, mesh.allReplicate()});
  auto strategy = chooseEager(rule, operands, results, mesh, topology);
  if (!strategy)
    return strategy.takeError();
  for (auto [spec, target] : llvm::zip(operands, strategy->operands)) {
    if (llvm::Error error = count(spec, target))
      return std::move(error);
    spec.placements = target;
  }
  for (auto [spec, placements] : llvm::zip(results, strategy->results))
    spec.placements = placements;
  if (llvm::Error error = verifyStrategy(rule, operands, results, mesh))
    return std::move(error);
  lastOperands = strategy->operands;
  return results;
}

llvm::Expected<Values> Evaluator::pointwise(Values operands,
                                            Linearity linearity) {
  Dims shape = broadcast(operands);
  std::vector<llvm::ArrayRef<int64_t>> shapes;
  for (const TensorSpec &spec : operands)
    shapes.push_back(spec.shape);
  return apply(pointwiseRule(shapes, shape, linearity), operands, {shape});
}

llvm::Expected<Values> Evaluator::reshape(TensorSpec x, Shape to,
                                          ReshapeFlags flags) {
  return apply(reshapeRule(x.shape, to, flags), {x}, {to});
}

//===----------------------------------------------------------------------===//
// Families
//===----------------------------------------------------------------------===//

llvm::Expected<Values> Evaluator::callElementwise(const Expression &e,
                                                  Values &x) {
  llvm::StringRef name = e.text;
  if (auto out = e.keywords.find("out"); out != e.keywords.end()) {
    auto target = evaluate(out->second);
    if (!target)
      return target.takeError();
    x.push_back(target->front());
    ShardingRule rule = pointwiseRule({x[0].shape, x[1].shape, x[2].shape},
                                      broadcast(x), Linearity::None);
    rule.followedOperand = 2;
    rule.unreadOperands.push_back(2);
    return apply(rule, x, {broadcast(x)});
  }
  if (name == "cast")
    return apply(identityRule(x[0].shape), {x[0]}, {x[0].shape});
  if (name == "dropout")
    return apply(randomRule(x[0].shape), {x[0]}, {x[0].shape});
  if (name == "ones_like" || name == "zeros_like")
    return apply(likeRule(x[0].shape), {x[0]}, {x[0].shape});
  bool known = llvm::StringSwitch<bool>(name)
                   .Cases({"relu", "sigmoid", "gelu", "abs", "exp"}, true)
                   .Cases({"clamp", "masked_fill", "where", "maximum"}, true)
                   .Default(false);
  if (!known)
    return unknown(name);
  return pointwise(x, Linearity::None);
}

llvm::Expected<Values> Evaluator::callReduction(const Expression &e,
                                                TensorSpec x) {
  auto kind = llvm::StringSwitch<std::optional<ReduceKind>>(e.text)
                  .Case("sum", ReduceKind::Sum)
                  .Case("mean", ReduceKind::Avg)
                  .Case("max", ReduceKind::Max)
                  .Case("min", ReduceKind::Min)
                  .Case("prod", ReduceKind::Product)
                  .Default(std::nullopt);
  Dims dims, shape;
  for (size_t dim = 0; dim < x.shape.size(); ++dim) {
    bool reduced =
        e.children.size() < 2 ||
        normalize(e.children[1].integer(), x.shape.size()) == (int64_t)dim;
    if (reduced)
      dims.push_back(dim);
    else
      shape.push_back(x.shape[dim]);
  }
  return apply(reductionRule(x.shape, dims, {kind, false}), {x}, {shape});
}

llvm::Expected<Values> Evaluator::callShape(const Expression &e, TensorSpec x) {
  llvm::StringRef name = e.text;
  size_t rank = x.shape.size();
  if (name == "view" || name == "reshape")
    return reshape(x, integers(e.children[1]), {true});
  if (name == "unsqueeze") {
    Dims shape = x.shape;
    shape.insert(shape.begin() + e.children[1].integer(), 1);
    return reshape(x, shape, {true});
  }
  if (name == "expand") {
    Dims shape = integers(e.children[1]);
    return apply(broadcastRule(x.shape, shape), {x}, {shape});
  }
  if (name == "repeat") {
    Dims times = integers(e.children[1]), shape = times;
    for (size_t i = 0; i < rank; ++i)
      shape[shape.size() - rank + i] *= x.shape[i];
    return apply(repeatRule(x.shape, times), {x}, {shape});
  }
  if (name == "pad") {
    Dims shape = x.shape;
    shape.back() += 2;
    return apply(padRule(x.shape, shape, {}), {x}, {shape});
  }
  Dims permutation, shape;
  for (size_t i = 0; i < rank; ++i)
    permutation.push_back(i);
  if (name == "transpose")
    std::swap(permutation[e.children[1].integer()],
              permutation[e.children[2].integer()]);
  else
    permutation = integers(e.children[1]);
  for (int64_t dim : permutation)
    shape.push_back(x.shape[dim]);
  return apply(transposeRule(x.shape, permutation), {x}, {shape});
}

/// The shapes of the parts that split, chunk and unbind make.
static std::vector<Dims> partShapes(const Expression &e, Dims shape,
                                    int64_t axis) {
  std::vector<Dims> parts;
  int64_t extent = shape[axis], size = e.children[1].integer();
  if (e.text == "unbind") {
    shape.erase(shape.begin() + axis);
    return std::vector<Dims>(extent, shape);
  }
  if (e.text == "chunk")
    size = (extent + size - 1) / size;
  for (int64_t begin = 0; begin < extent; begin += size) {
    shape[axis] = std::min(size, extent - begin);
    parts.push_back(shape);
  }
  return parts;
}

llvm::Expected<Values> Evaluator::callWhole(const Expression &e, TensorSpec x) {
  llvm::StringRef name = e.text;
  if (name == "layer_norm")
    return apply(
        normalizationRule(x.shape,
                          x.shape.size() - e.children[1].children.size(), 0),
        {x}, {x.shape});
  if (name == "tril")
    return apply(replicatedRule({x.shape}, {x.shape}), {x}, {x.shape});
  int64_t axis = normalize(e.children.back().integer(), x.shape.size());
  if (name == "topk" || name == "sort") {
    Dims shape = x.shape;
    if (name == "topk")
      shape[axis] = e.children[1].integer();
    return apply(sortRule(x.shape, axis, 2), {x}, {shape, shape});
  }
  if (name == "split" || name == "chunk" || name == "unbind") {
    std::vector<Dims> parts = partShapes(e, x.shape, axis);
    std::vector<llvm::ArrayRef<int64_t>> shapes(parts.begin(), parts.end());
    return apply(name == "unbind" ? unbindRule(x.shape, axis)
                                  : splitRule(x.shape, shapes, axis),
                 {x}, parts);
  }
  return apply(wholeRule(x.shape, {axis}), {x}, {x.shape});
}

llvm::Expected<Values> Evaluator::callJoin(const Expression &e, Values x) {
  int64_t axis = e.children[1].integer();
  x.pop_back();
  Dims shape = x[0].shape;
  std::vector<llvm::ArrayRef<int64_t>> shapes;
  for (const TensorSpec &spec : x)
    shapes.push_back(spec.shape);
  if (e.text == "stack") {
    shape.insert(shape.begin() + axis, x.size());
    return apply(stackRule(shapes, shape, axis), x, {shape});
  }
  shape[axis] = 0;
  for (const TensorSpec &spec : x)
    shape[axis] += spec.shape[axis];
  return apply(concatRule(shapes, shape, axis), x, {shape});
}

llvm::Expected<Values> Evaluator::callProduct(const Expression &e, Values x) {
  if (e.text == "addmm") {
    Values operands{x[1], x[2], x[0]};
    Dims shape = x[1].shape;
    shape.back() = x[2].shape[1];
    return apply(linearRule(x[1].shape, x[2].shape, {true, true}), operands,
                 {shape});
  }
  Dims shape = x[0].shape;
  shape.back() = x[1].shape.back();
  return apply(matmulRule(x[0].shape, x[1].shape, shape, {}), x, {shape});
}

llvm::Expected<Values> Evaluator::redistribute(const Expression &e,
                                               TensorSpec x) {
  Placements to;
  for (const Expression &word : e.children[1].children) {
    std::string text = word.text;
    if (word.kind == Expression::Kind::Call) {
      const Expression &argument = word.children[0];
      text += "(" +
              (argument.kind == Expression::Kind::Number
                   ? std::to_string(argument.integer())
                   : argument.text) +
              ")";
    }
    auto placement = parsePlacement(text);
    if (!placement)
      return placement.takeError();
    to.push_back(*placement);
  }
  if (llvm::Error error = checkRequestedPlacements(x.placements, to))
    return std::move(error);
  if (llvm::Error error = count(x, to))
    return std::move(error);
  x.placements = to;
  return Values{x};
}

//===----------------------------------------------------------------------===//
// Forms
//===----------------------------------------------------------------------===//

llvm::Expected<Values> Evaluator::call(const Expression &e) {
  Values x;
  for (const Expression &child : e.children) {
    bool isTensorList = child.kind == Expression::Kind::List &&
                        llvm::all_of(child.children, [&](const Expression &c) {
                          return environment.count(c.text) != 0;
                        });
    bool isOperand = child.kind != Expression::Kind::List &&
                     !child.isName("bf16") && !child.isName("f64") &&
                     !child.isName("train");
    if (isTensorList)
      for (const Expression &element : child.children)
        x.push_back(environment[element.text]);
    if (!isOperand)
      continue;
    auto value = evaluate(child);
    if (!value)
      return value.takeError();
    x.push_back(value->front());
  }
  using Family =
      llvm::Expected<Values> (Evaluator::*)(const Expression &, TensorSpec);
  Family family = llvm::StringSwitch<Family>(e.text)
                      .Cases({"sum", "mean", "prod", "min", "max"},
                             &Evaluator::callReduction)
                      .Cases({"std", "logsumexp"}, &Evaluator::callReduction)
                      .Cases({"transpose", "permute", "view", "reshape"},
                             &Evaluator::callShape)
                      .Cases({"unsqueeze", "expand", "repeat", "pad"},
                             &Evaluator::callShape)
                      .Cases({"cumsum", "softmax", "log_softmax", "layer_norm"},
                             &Evaluator::callWhole)
                      .Cases({"tril", "topk", "sort", "split", "chunk"},
                             &Evaluator::callWhole)
                      .Case("unbind", &Evaluator::callWhole)
                      .Case("redistribute", &Evaluator::redistribute)
                      .Default(nullptr);
  if (family)
    return (this->*family)(e, x[0]);
  if (e.text == "matmul" || e.text == "addmm")
    return callProduct(e, x);
  if (e.text == "cat" || e.text == "stack")
    return callJoin(e, x);
  return callElementwise(e, x);
}

/// In-place methods: "add_", "mul_" and so on.
llvm::Expected<Values> Evaluator::method(const Expression &e) {
  Values x;
  for (const Expression &child : e.children) {
    auto value = evaluate(child);
    if (!value)
      return value.takeError();
    x.push_back(value->front());
  }
  std::vector<llvm::ArrayRef<int64_t>> shapes;
  for (const TensorSpec &spec : x)
    shapes.push_back(spec.shape);
  Linearity linearity = e.text == "add_"   ? Linearity::Joint
                        : e.text == "mul_" ? Linearity::Each
                                           : Linearity::None;
  ShardingRule rule = pointwiseRule(shapes, x[0].shape, linearity);
  rule.followedOperand = 0;
  rule.inPlace = true;
  return apply(rule, x, {x[0].shape});
}

/// Picks a result of an op with several, or slices a tensor.
llvm::Expected<Values> Evaluator::index(const Expression &e) {
  auto base = evaluate(e.children[0]);
  if (!base)
    return base.takeError();
  if (e.children[0].kind == Expression::Kind::Call)
    return Values{(*base)[e.children[1].integer()]};
  TensorSpec x = base->front();
  Dims sliced = x.shape, shape;
  for (size_t dim = 0; dim < x.shape.size(); ++dim) {
    const Expression *subscript =
        dim + 1 < e.children.size() ? &e.children[dim + 1] : nullptr;
    if (subscript && subscript->kind == Expression::Kind::Number) {
      sliced[dim] = 1;
      continue;
    }
    bool isPart = subscript &&
                  subscript->children[0].kind == Expression::Kind::Number &&
                  subscript->children[1].kind == Expression::Kind::Number;
    if (isPart)
      sliced[dim] =
          subscript->children[1].integer() - subscript->children[0].integer();
    shape.push_back(sliced[dim]);
  }
  auto part = apply(sliceRule(x.shape, sliced, {}), {x}, {sliced});
  if (!part || shape == sliced)
    return part;
  return reshape(part->front(), shape, {});
}

llvm::Expected<Values> Evaluator::evaluate(const Expression &e) {
  TensorSpec scalar;
  scalar.placements = mesh.allReplicate();
  switch (e.kind) {
  case Expression::Kind::Number:
    return Values{scalar};
  case Expression::Kind::Name: {
    auto found = environment.find(e.text);
    if (found == environment.end())
      return unknown(e.text);
    return Values{found->second};
  }
  case Expression::Kind::Call:
    return call(e);
  case Expression::Kind::Method:
    return method(e);
  case Expression::Kind::Index:
    return index(e);
  case Expression::Kind::Unary:
  case Expression::Kind::Binary: {
    if (e.kind == Expression::Kind::Unary &&
        e.children[0].kind == Expression::Kind::Number)
      return Values{scalar};
    Values x;
    for (const Expression &child : e.children) {
      auto value = evaluate(child);
      if (!value)
        return value.takeError();
      x.push_back(value->front());
    }
    Linearity linearity = e.text == "+"   ? Linearity::Joint
                          : e.text == "*" ? Linearity::Each
                                          : Linearity::None;
    return pointwise(x, linearity);
  }
  case Expression::Kind::List:
  case Expression::Kind::Slice:
    break;
  }
  return unknown("list");
}
