//===- ParallelStyles.cpp - What a plan's styles ask of a module ----------===//
//
// The styles of torch's parallelize_module on a graph:
//
//   style     linear weight     bias        embedding   input      output
//   colwise   out features      split       columns     replicate  shard(-1)
//   rowwise   in features       replicated  rows        shard(-1)  replicate
//   sequence  replicated        replicated              shard(dim) unchanged
//
// 1. Find what role each of the module's own parameters plays, through
//    transposes: weight of a linear map, table of a lookup, or another.
// 2. Give it the style's placement.
// 3. Constrain the module's input to `input_layouts`, then to what the style
//    computes on; its output to `output_layouts`.
//
//===----------------------------------------------------------------------===//

#include "ParallelStyles.h"

using namespace mlir;
using namespace dtc;
using plan::PlacementSpec;
using plan::PlacementWord;

//===----------------------------------------------------------------------===//
// Roles of parameters
//===----------------------------------------------------------------------===//

namespace {

/// The dimensions of a parameter that a linear map or lookup gives a meaning.
struct WeightRole {
  enum class Kind { Other, Linear, Embedding } kind = Kind::Other;
  int64_t out = 0; ///< output features, or columns of the table
  int64_t in = 0;  ///< input features, or rows of the table
  /// The contraction or lookup.
  Operation *op = nullptr;
};

} // namespace

/// What `op` does with its operand `index`, if it is a contraction or lookup.
static WeightRole roleAt(OpOperand &use) {
  using Kind = WeightRole::Kind;
  Operation *op = use.getOwner();
  unsigned index = use.getOperandNumber();
  if (auto linear = dyn_cast<LinearOp>(op))
    if (index == 1)
      return linear.getWeightInOut() ? WeightRole{Kind::Linear, 1, 0, op}
                                     : WeightRole{Kind::Linear, 0, 1, op};
  if (auto matmul = dyn_cast<MatMulOp>(op)) {
    int64_t rank = cast<RankedTensorType>(use.get().getType()).getRank();
    bool isRhs = index == 1;
    bool swapped = isRhs ? matmul.getTransposeRhs() : matmul.getTransposeLhs();
    // rhs is [k, n], lhs [m, k]; the flag swaps.
    return isRhs != swapped ? WeightRole{Kind::Linear, rank - 1, rank - 2, op}
                            : WeightRole{Kind::Linear, rank - 2, rank - 1, op};
  }
  if (isa<EmbeddingOp>(op) && index == 0)
    return {Kind::Embedding, 1, 0, op};
  if (auto gather = dyn_cast<GatherOp>(op))
    if (index == 0 && gather.getAxis() == 0 &&
        cast<RankedTensorType>(use.get().getType()).getRank() == 2)
      return {Kind::Embedding, 1, 0, op};
  return {};
}

static WeightRole findRole(Value value) {
  for (OpOperand &use : value.getUses()) {
    WeightRole role = roleAt(use);
    if (role.kind != WeightRole::Kind::Other)
      return role;
    if (auto transpose = dyn_cast<TransposeOp>(use.getOwner())) {
      role = findRole(transpose.getResult());
      if (role.kind == WeightRole::Kind::Other)
        continue;
      role.out = transpose.getPermutation()[role.out];
      role.in = transpose.getPermutation()[role.in];
      return role;
    }
    if (auto constrain = dyn_cast<ConstrainOp>(use.getOwner())) {
      role = findRole(constrain.getResult());
      if (role.kind != WeightRole::Kind::Other)
        return role;
    }
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Application
//===----------------------------------------------------------------------===//

void StyleApplication::shardParameter(const plan::ParallelizeEntry &entry,
                                      ParameterOp parameter,
                                      std::optional<int64_t> dim) {
  PlacementWord word =
      dim ? PlacementWord::shard(*dim) : PlacementWord::replicate();
  PlacementSpec spec;
  spec.words.push_back(word);
  spec.at = entry.style.at;
  auto words = plan::resolveSpec(spec, mesh, entry.style, diagnostics);
  if (!words)
    return;
  int64_t rank = cast<RankedTensorType>(parameter.getType()).getRank();
  auto placements =
      plan::resolveDims(*words, rank, parameter.getName(), diagnostics);
  if (placements)
    parameter.setLayoutAttr(
        LayoutAttr::get(parameter.getContext(), meshAttr, *placements));
}

Value StyleApplication::constrain(const plan::ParallelizeEntry &entry,
                                  Id module, Boundary side, Value value,
                                  const PlacementSpec &spec) {
  auto words = plan::resolveSpec(spec, mesh, entry.style, diagnostics);
  if (!words)
    return value;
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  auto placements = plan::resolveDims(
      *words, rank, getValueName(value.getLoc()), diagnostics);
  if (!placements)
    return value;
  auto layout = LayoutAttr::get(value.getContext(), meshAttr, *placements);
  std::string cause = boundaries.tree().path(module);
  if (cause.empty())
    cause = "model";
  if (side == Boundary::Input)
    cause += " input";
  BoundaryWish wish{layout, cause, {}};
  // A single word is about the style's own axis; a list is about all.
  if (spec.form == PlacementSpec::Form::Word)
    if (auto axis = plan::wordAxis(entry.style.axis, mesh, entry.style.axisAt,
                                   diagnostics))
      wish.axes = DenseI64ArrayAttr::get(value.getContext(),
                                         {static_cast<int64_t>(*axis)});
  return side == Boundary::Input
             ? boundaries.constrainInput(module, value, wish)
             : boundaries.constrainOutput(module, value, wish);
}

/// The result of a linear map after its bias.
static Value withBias(Operation *linear) {
  Value result = linear->getResult(0);
  if (!result.hasOneUse())
    return result;
  auto add = dyn_cast<AddOp>(*result.user_begin());
  if (!add)
    return result;
  Value other = add.getLhs() == result ? add.getRhs() : add.getLhs();
  return isa_and_nonnull<ParameterOp>(other.getDefiningOp()) ? add.getResult()
                                                             : result;
}

void StyleApplication::constrainFeatures(const plan::ParallelizeEntry &entry,
                                         Id module, Boundary side,
                                         Operation *linear) {
  PlacementSpec spec;
  spec.words.push_back(PlacementWord::shard(-1));
  spec.at = entry.style.at;
  Value value =
      side == Boundary::Input ? linear->getOperand(0) : withBias(linear);
  constrain(entry, module, side, value, spec);
}

void StyleApplication::constrainFirst(
    const plan::ParallelizeEntry &entry, Id module, Boundary side,
    const std::optional<plan::LayoutList> &given, PlacementWord word) {
  SmallVector<Value> values = side == Boundary::Input
                                  ? boundaries.inputs(module)
                                  : boundaries.outputs(module);
  if (values.empty())
    return;
  PlacementSpec spec;
  spec.words.push_back(word);
  spec.at = entry.style.at;
  if (given && !given->layouts.empty()) {
    if (!given->layouts.front().spec)
      return;
    spec = *given->layouts.front().spec;
  }
  constrain(entry, module, side, values.front(), spec);
}

void StyleApplication::refuseModule(const plan::ParallelizeEntry &entry,
                                    Id module) {
  diagnostics.error(entry.style.at,
                    plan::stringify(entry.style.kind) +
                        " supports linear layers and embeddings only, got "
                        "module '" +
                        boundaries.tree().path(module) +
                        "', which owns the weight of neither");
}

void StyleApplication::applyColwise(const plan::ParallelizeEntry &entry,
                                    Id module) {
  WeightRole known;
  for (ParameterOp parameter : boundaries.parameters(module)) {
    WeightRole role = findRole(parameter.getResult());
    int64_t rank = cast<RankedTensorType>(parameter.getType()).getRank();
    if (role.kind != WeightRole::Kind::Other)
      known = role;
    if (role.kind != WeightRole::Kind::Other)
      shardParameter(entry, parameter, role.out);
    else if (rank == 1)
      shardParameter(entry, parameter, 0);
  }
  if (known.kind == WeightRole::Kind::Other) {
    return refuseModule(entry, module);
  }
  if (entry.style.inputLayouts)
    constrainFirst(entry, module, Boundary::Input, entry.style.inputLayouts,
                   PlacementWord::replicate());
  constrainFirst(entry, module, Boundary::Input, std::nullopt,
                 PlacementWord::replicate());
  if (entry.style.outputLayouts || known.kind != WeightRole::Kind::Linear)
    constrainFirst(entry, module, Boundary::Output, entry.style.outputLayouts,
                   PlacementWord::shard(-1));
  else
    constrainFeatures(entry, module, Boundary::Output, known.op);
}

void StyleApplication::applyRowwise(const plan::ParallelizeEntry &entry,
                                    Id module) {
  using Kind = WeightRole::Kind;
  WeightRole known;
  for (ParameterOp parameter : boundaries.parameters(module)) {
    WeightRole role = findRole(parameter.getResult());
    if (role.kind == Kind::Other) {
      shardParameter(entry, parameter, std::nullopt);
      continue;
    }
    known = role;
    shardParameter(entry, parameter, role.in);
  }
  if (known.kind == Kind::Other) {
    return refuseModule(entry, module);
  }
  if (entry.style.inputLayouts)
    constrainFirst(entry, module, Boundary::Input, entry.style.inputLayouts,
                   PlacementWord::replicate());
  // Exporters merge reshapes across modules: the features are the last
  // dimension where the product sees them, not always at the boundary.
  if (known.kind == Kind::Linear)
    constrainFeatures(entry, module, Boundary::Input, known.op);
  else
    constrainFirst(entry, module, Boundary::Input, std::nullopt,
                   PlacementWord::replicate());
  constrainFirst(entry, module, Boundary::Output, entry.style.outputLayouts,
                 PlacementWord::replicate());
}

void StyleApplication::applySequence(const plan::ParallelizeEntry &entry,
                                     Id module) {
  for (ParameterOp parameter : boundaries.parameters(module))
    shardParameter(entry, parameter, std::nullopt);
  constrainFirst(entry, module, Boundary::Input, std::nullopt,
                 PlacementWord::shard(entry.style.sequenceDimension()));
}

void StyleApplication::prepare(const plan::ParallelizeEntry &entry, Id module,
                               Boundary side) {
  bool isInput = side == Boundary::Input;
  const plan::Style &style = entry.style;
  const auto &held = isInput ? style.inputLayouts : style.outputLayouts;
  const auto &desired =
      isInput ? style.desiredInputLayouts : style.desiredOutputLayouts;
  SmallVector<Value> values =
      isInput ? boundaries.inputs(module) : boundaries.outputs(module);
  for (const auto &list : {held, desired}) {
    if (!list)
      continue;
    if (list->layouts.size() != values.size()) {
      diagnostics.error(list->at, Twine("expected a layout for each of the ") +
                                      Twine(values.size()) +
                                      (isInput ? " inputs" : " outputs") +
                                      " of module '" +
                                      boundaries.tree().path(module) +
                                      "', got " + Twine(list->layouts.size()));
      return;
    }
    for (auto [value, layout] : llvm::zip(values, list->layouts))
      if (layout.spec)
        value = constrain(entry, module, side, value, *layout.spec);
  }
  if (!isInput)
    return;
  for (const auto &list :
       {style.inputKwargLayouts, style.desiredInputKwargLayouts}) {
    if (!list)
      continue;
    for (Value &value : values)
      if (const plan::Layout *layout = list->find(getValueName(value.getLoc()));
          layout && layout->spec)
        value = constrain(entry, module, side, value, *layout->spec);
  }
}

void StyleApplication::apply(const plan::ParallelizeEntry &entry, Id module) {
  switch (entry.style.kind) {
  case plan::StyleKind::Colwise:
    return applyColwise(entry, module);
  case plan::StyleKind::Rowwise:
    return applyRowwise(entry, module);
  case plan::StyleKind::Sequence:
    return applySequence(entry, module);
  case plan::StyleKind::PrepareModuleInput:
    return prepare(entry, module, Boundary::Input);
  case plan::StyleKind::PrepareModuleOutput:
    return prepare(entry, module, Boundary::Output);
  case plan::StyleKind::PrepareModuleInputOutput:
    prepare(entry, module, Boundary::Input);
    return prepare(entry, module, Boundary::Output);
  }
}
