//===- ApplyPlan.cpp - From a plan file to annotations --------------------===//
//
// 1. Read the plan; the mesh comes from the option, the plan, or is `tp=1`.
// 2. `parallelize`: match module paths, apply each style in file order.
// 3. `placements`: layouts on parameters and inputs, constraints on other
//    values, by name.
// 4. `inputs` and `outputs`: layouts on the function's arguments and results;
//    those of gradients and parameters that a training step will return wait
//    in an attribute.
//
// All that is wrong is reported at its place in the plan file; entries that
// match nothing are warnings with suggestions.
//
//===----------------------------------------------------------------------===//

#include "ModuleBoundaries.h"
#include "ParallelStyles.h"
#include "ReportDiagnostics.h"
#include "TrainingLoss.h"
#include "dtc/IR/Dtc.h"
#include "dtc/Plan/LayoutResolution.h"
#include "dtc/Plan/OptionValues.h"
#include "dtc/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"

namespace dtc {
#define GEN_PASS_DEF_APPLYPLAN
#include "dtc/Transforms/Passes.h.inc"
} // namespace dtc

using namespace mlir;
using namespace dtc;

namespace {

class PlanApplication {
public:
  PlanApplication(func::FuncOp function, const plan::Plan &plan, MeshAttr mesh,
                  const plan::TrainingSpec *training,
                  plan::DiagnosticList &diagnostics)
      : function(function), plan(plan), meshAttr(mesh), mesh(mesh.getMesh()),
        training(training), diagnostics(diagnostics) {}

  void run() {
    applyStyles();
    // After the styles: the model has no such input.
    if (training)
      declareTrainingInput();
    applyPlacements();
    applyInputs();
    applyOutputs();
  }

private:
  void applyStyles();
  void applyPlacements();
  void placeValue(Value value, StringRef name,
                  const plan::PlacementSpec &placement);
  void applyInputs();
  void applyOutputs();
  void applyOutput(const plan::OutputEntry &entry, unsigned index,
                   StringRef name);
  bool applyStepOutput(const plan::OutputEntry &entry);
  std::vector<std::pair<std::string, Type>> stepOutputs();
  void declareTrainingInput();
  std::optional<LayoutAttr> layoutFor(const plan::PlacementSpec &spec,
                                      Type type, StringRef name);
  std::vector<std::string> argumentNames();
  std::vector<std::string> resultNames();

  func::FuncOp function;
  const plan::Plan &plan;
  MeshAttr meshAttr;
  ::dtc::Mesh mesh;
  const plan::TrainingSpec *training;
  plan::DiagnosticList &diagnostics;
};

} // namespace

std::optional<LayoutAttr>
PlanApplication::layoutFor(const plan::PlacementSpec &spec, Type type,
                           StringRef name) {
  auto words = plan::resolveSpec(spec, mesh, diagnostics);
  if (!words)
    return std::nullopt;
  auto placements = plan::resolveDims(
      *words, cast<RankedTensorType>(type).getRank(), name, diagnostics);
  if (!placements)
    return std::nullopt;
  return LayoutAttr::get(function.getContext(), meshAttr, *placements);
}

void PlanApplication::applyStyles() {
  ModuleBoundaries boundaries(function);
  StyleApplication styles(boundaries, meshAttr, diagnostics);
  for (const plan::MatchedEntry &matched :
       plan::matchModules(plan, boundaries.tree(), diagnostics))
    for (plan::ModuleTree::Id module : matched.modules)
      styles.apply(*matched.entry, module);
}

/// Messages about the spec are dtc-differentiate's.
void PlanApplication::declareTrainingInput() {
  plan::DiagnosticList unused("");
  if (auto output = findLossOutput(function, training->loss, unused))
    declareLossInput(function, training->loss, *output);
}

static std::string nameOf(DictionaryAttr attributes, StringRef fallback) {
  auto name =
      attributes ? attributes.getAs<StringAttr>("dtc.name") : StringAttr();
  return name ? name.str() : fallback.str();
}

std::vector<std::string> PlanApplication::argumentNames() {
  std::vector<std::string> names;
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i)
    names.push_back(
        nameOf(function.getArgAttrDict(i), "arg" + std::to_string(i)));
  return names;
}

std::vector<std::string> PlanApplication::resultNames() {
  std::vector<std::string> names;
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i)
    names.push_back(
        nameOf(function.getResultAttrDict(i), "result" + std::to_string(i)));
  return names;
}

void PlanApplication::applyPlacements() {
  std::vector<std::string> names = argumentNames();
  SmallVector<Value> values(function.getArguments());
  for (Operation &op : function.getBody().front()) {
    if (op.getNumResults() == 0 || isa<ConstrainOp>(op))
      continue;
    auto parameter = dyn_cast<ParameterOp>(op);
    StringRef name =
        parameter ? parameter.getName() : getValueName(op.getLoc());
    if (name.empty())
      continue;
    values.push_back(op.getResult(0));
    names.push_back(name.str());
  }
  // Where several entries name a tensor, the last one wins.
  plan::NameTable table(names);
  std::map<unsigned, const plan::PlacementEntry *> chosen;
  for (const plan::MatchedPlacement &matched :
       plan::matchNames(plan.placements, table, diagnostics))
    for (unsigned index : matched.names)
      chosen[index] = matched.entry;
  for (auto [index, entry] : chosen)
    placeValue(values[index], names[index], entry->placement);
}

void PlanApplication::placeValue(Value value, StringRef name,
                                 const plan::PlacementSpec &placement) {
  auto layout = layoutFor(placement, value.getType(), name);
  if (!layout)
    return;
  if (auto parameter = value.getDefiningOp<ParameterOp>()) {
    parameter.setLayoutAttr(*layout);
    return;
  }
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    function.setArgAttr(argument.getArgNumber(), "dtc.layout", *layout);
    return;
  }
  OpBuilder builder(function.getContext());
  builder.setInsertionPointAfterValue(value);
  auto constrain = ConstrainOp::create(
      builder, value.getLoc(), value.getType(), value, *layout,
      builder.getStringAttr(name + " placement"), DenseI64ArrayAttr());
  value.replaceAllUsesExcept(constrain, constrain);
}

void PlanApplication::applyInputs() {
  std::vector<std::string> names = argumentNames();
  plan::NameTable table(names);
  for (const plan::MatchedPlacement &matched :
       plan::matchNames(plan.inputs, table, diagnostics))
    for (unsigned index : matched.names)
      if (auto layout =
              layoutFor(matched.entry->placement,
                        function.getArgument(index).getType(), names[index]))
        function.setArgAttr(index, "dtc.layout", *layout);
}

/// "'a', 'b' and 3 others".
static std::string listNames(ArrayRef<std::string> names) {
  constexpr size_t most = 8;
  size_t shown = names.size() > most + 1 ? most : names.size();
  std::string text = "'" + llvm::join(names.take_front(shown), "', '") + "'";
  if (shown < names.size())
    text += " and " + std::to_string(names.size() - shown) + " others";
  return text;
}

void PlanApplication::applyOutputs() {
  std::vector<std::string> names = resultNames();
  plan::NameTable table(names);
  for (const plan::OutputEntry &entry : plan.outputs) {
    std::vector<unsigned> matched = table.match(plan::NameGlob(entry.name));
    for (unsigned index : matched)
      applyOutput(entry, index, names[index]);
    bool isStepOutput = applyStepOutput(entry);
    if (!matched.empty() || isStepOutput)
      continue;
    std::vector<std::string> known = names;
    for (const auto &output : stepOutputs())
      known.push_back(output.first);
    diagnostics.warning(entry.at, "output '" + entry.name +
                                      "' matches nothing, the outputs are " +
                                      listNames(known));
  }
}

void PlanApplication::applyOutput(const plan::OutputEntry &entry,
                                  unsigned index, StringRef name) {
  function.removeResultAttr(
      index, StringAttr::get(function.getContext(), "dtc.layout"));
  if (!entry.placement) {
    function.setResultAttr(index, "dtc.as_is",
                           UnitAttr::get(function.getContext()));
  } else if (auto layout = layoutFor(*entry.placement,
                                     function.getResultTypes()[index], name)) {
    function.setResultAttr(index, "dtc.layout", *layout);
  }
}

/// What a training step may return, by name: its loss is one number.
std::vector<std::pair<std::string, Type>> PlanApplication::stepOutputs() {
  std::vector<std::pair<std::string, Type>> outputs;
  if (!training)
    return outputs;
  auto isTrained = [&](StringRef name) {
    if (!training->trainable)
      return true;
    return llvm::any_of(*training->trainable, [&](const auto &glob) {
      return plan::NameGlob(glob.pattern).matches(name.str());
    });
  };
  for (auto parameter : function.getBody().front().getOps<ParameterOp>()) {
    if (!isa<FloatType>(elementOf(parameter)) ||
        !isTrained(parameter.getName()))
      continue;
    if (training->returns.grads)
      outputs.emplace_back(("grad." + parameter.getName()).str(),
                           parameter.getType());
    if (training->returns.params)
      outputs.emplace_back(("param." + parameter.getName()).str(),
                           parameter.getType());
  }
  std::vector<std::string> names = argumentNames();
  if (training->returns.inputGrads)
    for (auto [name, type] : llvm::zip(names, function.getArgumentTypes()))
      if (isa<FloatType>(cast<RankedTensorType>(type).getElementType()))
        outputs.emplace_back("grad." + name, type);
  return outputs;
}

/// An entry that names gradients or parameters, `grad.` or `param.` first:
/// leaves `dtc.step_outputs` for dtc-differentiate, which makes those results:
/// a layout by name, a unit where the value is returned as it is. False when
/// nothing has the entry's name.
bool PlanApplication::applyStepOutput(const plan::OutputEntry &entry) {
  StringRef pattern = entry.name;
  if (!pattern.starts_with("grad.") && !pattern.starts_with("param."))
    return false;
  plan::NameGlob glob(entry.name);
  NamedAttrList chosen;
  if (auto earlier =
          function->getAttrOfType<DictionaryAttr>("dtc.step_outputs"))
    chosen = earlier;
  bool isMatched = false;
  for (const auto &[name, type] : stepOutputs()) {
    if (!glob.matches(name))
      continue;
    isMatched = true;
    if (!entry.placement)
      chosen.set(name, UnitAttr::get(function.getContext()));
    else if (auto layout = layoutFor(*entry.placement, type, name))
      chosen.set(name, *layout);
  }
  if (isMatched)
    function->setAttr("dtc.step_outputs",
                      chosen.getDictionary(function.getContext()));
  return isMatched;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

static std::string linkText(const plan::AxisLink &link) {
  switch (link.kind) {
  case plan::LinkKind::Cpu:
    return "cpu";
  case plan::LinkKind::Ethernet:
    return "ethernet";
  case plan::LinkKind::Nvlink:
    return "nvlink";
  case plan::LinkKind::Custom:
    return std::to_string(link.latencyUs) + ":" +
           std::to_string(link.bandwidthGbS);
  }
  return "cpu";
}

namespace {

struct ApplyPlanPass : public dtc::impl::ApplyPlanBase<ApplyPlanPass> {
  using Base::Base;

  void runOnOperation() override {
    plan::ParsedPlan parsed{{}, plan::DiagnosticList(planFile)};
    if (!planFile.empty())
      parsed = plan::parsePlanFile(planFile);
    if (parsed.diagnostics.hasErrors())
      return reportDiagnostics(&getContext(), parsed.diagnostics),
             signalPassFailure();
    FailureOr<MeshAttr> mesh = chooseMesh(parsed.plan);
    if (failed(mesh))
      return reportDiagnostics(&getContext(), parsed.diagnostics),
             signalPassFailure();
    if (parsed.plan.policy == plan::Policy::Optimal)
      parsed.diagnostics.error(parsed.plan.policyAt,
                               "policy 'optimal' is not available yet, "
                               "expected 'eager'");
    std::optional<plan::TrainingSpec> training;
    if (!trainFile.empty())
      training = plan::parseTrainingSpecFile(trainFile).spec;
    plan::checkPlanOnMesh(parsed.plan, mesh->getMesh(), parsed.diagnostics);
    getOperation()->setAttr("dtc.mesh", *mesh);
    setLinks(parsed.plan, mesh->getMesh());
    if (!parsed.diagnostics.hasErrors())
      for (auto function : getOperation().getOps<func::FuncOp>())
        PlanApplication(function, parsed.plan, *mesh,
                        training ? &*training : nullptr, parsed.diagnostics)
            .run();
    reportDiagnostics(&getContext(), parsed.diagnostics);
    if (parsed.diagnostics.hasErrors())
      signalPassFailure();
  }

private:
  FailureOr<MeshAttr> chooseMesh(const plan::Plan &plan) {
    if (!meshText.empty()) {
      auto mesh = plan::parseMeshOption(meshText);
      if (!mesh)
        return getOperation().emitError()
               << "mesh '" << meshText
               << "': " << llvm::toString(mesh.takeError());
      return MeshAttr::get(&getContext(), *mesh);
    }
    if (plan.mesh)
      return MeshAttr::get(&getContext(), plan.mesh->mesh);
    if (MeshAttr mesh = getMesh(getOperation()))
      return mesh;
    ::dtc::Mesh single;
    single.axes.push_back({"tp", 1});
    return MeshAttr::get(&getContext(), single);
  }

  /// `dtc.links`: the plan's topology, one word an axis; what it leaves open
  /// keeps what the module says, else the processors' default.
  void setLinks(const plan::Plan &plan, const ::dtc::Mesh &mesh) {
    if (plan.topology.empty())
      return;
    SmallVector<Attribute> words;
    for (const MeshAxis &axis : mesh.axes) {
      std::string word = "cpu";
      if (auto chosen =
              getOperation()->getAttrOfType<StringAttr>("dtc.default_link"))
        word = chosen.str();
      for (const plan::AxisLink &link : plan.topology)
        if (link.axis == axis.name)
          word = linkText(link);
      words.push_back(StringAttr::get(&getContext(), word));
    }
    getOperation()->setAttr("dtc.links", ArrayAttr::get(&getContext(), words));
  }
};

} // namespace
