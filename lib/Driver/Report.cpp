//===- Report.cpp - What the compiler decided -----------------------------===//
//
// Reads a module whose collectives are inserted: types carry placements, ops
// carry names and causes. Nothing is decided here.
//
//===----------------------------------------------------------------------===//

#include "dtc/Driver/Report.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace dtc;
using llvm::json::Array;
using llvm::json::Object;

std::string dtc::typeName(Type elementType) {
  return stringify(getDType(elementType)).str();
}

Array dtc::placementWords(LayoutAttr layout) {
  Array words;
  for (const Placement &placement : layout.getPlacements())
    words.push_back(placement.str());
  return words;
}

static Array shapeArray(RankedTensorType type) {
  Array shape;
  for (int64_t extent : type.getShape())
    shape.push_back(extent);
  return shape;
}

static Object describeBoundary(StringRef name, Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return Object{{"name", name.str()},
                {"type", typeName(tensor.getElementType())},
                {"shape", shapeArray(tensor)},
                {"placements", placementWords(getLayout(type))}};
}

static std::string nameOf(DictionaryAttr attributes, const Twine &fallback) {
  auto name =
      attributes ? attributes.getAs<StringAttr>("dtc.name") : StringAttr();
  return name ? name.str() : fallback.str();
}

static void addBoundaries(Object &report, func::FuncOp function) {
  Array inputs, outputs;
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i)
    inputs.push_back(
        describeBoundary(nameOf(function.getArgAttrDict(i), "arg" + Twine(i)),
                         function.getArgument(i).getType()));
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i)
    outputs.push_back(describeBoundary(
        nameOf(function.getResultAttrDict(i), "result" + Twine(i)),
        function.getResultTypes()[i]));
  report["inputs"] = std::move(inputs);
  report["outputs"] = std::move(outputs);
}

static void addValues(Object &report, func::FuncOp function,
                      const ::dtc::Mesh &mesh) {
  Array parameters, values;
  for (Operation &op : function.getBody().front()) {
    if (op.getNumResults() != 1 || !getLayout(op.getResult(0)))
      continue;
    auto type = cast<RankedTensorType>(op.getResult(0).getType());
    if (auto parameter = dyn_cast<ParameterOp>(op)) {
      Array bytes;
      for (int64_t rank = 0; rank < mesh.numRanks(); ++rank)
        bytes.push_back(getLocalType(type, rank).getNumElements() *
                        getElementBytes(type.getElementType()));
      parameters.push_back(
          Object{{"name", parameter.getName()},
                 {"shape", shapeArray(type)},
                 {"placements", placementWords(getLayout(type))},
                 {"bytes_per_rank", std::move(bytes)}});
    } else if (StringRef name = getValueName(op.getLoc());
               !name.empty() && isa<ShardingRuleInterface>(op)) {
      values.push_back(Object{{"name", name},
                              {"shape", shapeArray(type)},
                              {"placements", placementWords(getLayout(type))}});
    }
  }
  report["parameters"] = std::move(parameters);
  report["values"] = std::move(values);
}

//===----------------------------------------------------------------------===//
// Collectives
//===----------------------------------------------------------------------===//

static Object describeCollective(Operation *op, const ::dtc::Mesh &mesh) {
  auto axis = op->getAttrOfType<IntegerAttr>("axis").getInt();
  auto result = cast<AsyncType>(op->getResult(0).getType()).getValueType();
  Object object{{"kind", op->getName().stripDialect()},
                {"axes", Array{mesh.axes[axis].name}},
                {"bytes", getLocalType(result, 0).getNumElements() *
                              getElementBytes(result.getElementType())},
                {"phase", getPhase(op)},
                {"module", op->getAttrOfType<StringAttr>("module").str()},
                {"cause", op->getAttrOfType<StringAttr>("cause").str()}};
  if (auto reduce = op->getAttrOfType<ReduceKindEnumAttr>("reduce"))
    object["reduce"] = stringifyReduceKindEnum(reduce.getValue());
  return object;
}

static void addCollectives(Object &report, func::FuncOp function,
                           const ::dtc::Mesh &mesh) {
  std::map<std::string, std::map<std::string, int64_t>> phases{
      {"forward", {}}, {"backward", {}}, {"optimizer", {}}};
  std::map<std::string, int64_t> total;
  Array ops;
  for (Operation &op : function.getBody().front()) {
    bool isStart =
        op.getNumResults() == 1 && isa<AsyncType>(op.getResult(0).getType());
    if (!isStart && !isa<WaitOp>(op))
      continue;
    std::string kind = op.getName().stripDialect().str();
    Operation *start = isStart ? &op : op.getOperand(0).getDefiningOp();
    ++total[kind];
    ++phases[getPhase(start).str()][kind];
    if (isStart)
      ops.push_back(describeCollective(&op, mesh));
  }
  auto toObject = [](const std::map<std::string, int64_t> &counts) {
    Object object;
    for (const auto &[kind, count] : counts)
      object[kind] = count;
    return object;
  };
  Object byPhase;
  for (const auto &[phase, counts] : phases)
    byPhase[phase] = toObject(counts);
  report["collectives"] = toObject(total);
  report["collectives_by_phase"] = std::move(byPhase);
  report["collective_ops"] = std::move(ops);
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

/// A training step says what its process takes, with the runtime's own where
/// that is known.
static Object describeMemory(const RankMemory &rank) {
  Object object{{"weights", rank.weights},
                {"activations", rank.activations},
                {"total", rank.total()}};
  if (rank.state >= 0) {
    object["state"] = rank.state;
    if (rank.runtime >= 0)
      object["peak"] = rank.total() + rank.runtime;
  }
  return object;
}

Object dtc::makeReport(ModuleOp module, const ReportInputs &inputs) {
  ::dtc::Mesh mesh = getMesh(module).getMesh();
  auto function = *module.getOps<func::FuncOp>().begin();
  Array axes, memory, flops, warnings;
  for (const MeshAxis &axis : mesh.axes)
    axes.push_back(Object{{"name", axis.name}, {"size", axis.size}});
  for (const RankMemory &rank : inputs.memory)
    memory.push_back(describeMemory(rank));
  for (int64_t count : inputs.flops)
    flops.push_back(count);
  for (const std::string &warning : inputs.warnings)
    warnings.push_back(warning);
  Object report{{"dtc_version", DTC_VERSION},
                {"model", inputs.model},
                {"target", inputs.target},
                {"mesh", std::move(axes)}};
  addBoundaries(report, function);
  addValues(report, function, mesh);
  addCollectives(report, function, mesh);
  report["memory_per_rank"] = std::move(memory);
  report["flops_per_rank"] = std::move(flops);
  report["warnings"] = std::move(warnings);
  return report;
}

/// Two operations for each step of a contraction: the product of all loops of
/// an op that is linear in each operand and reduces one, the kernel of a
/// convolution among them.
static int64_t flopsOf(ShardingRuleInterface op) {
  ShardingRule rule = op.getShardingRule();
  bool contracts = llvm::any_of(rule.factors, [](const Factor &factor) {
    return factor.role == FactorRole::Contract;
  });
  if (rule.linearity != Linearity::Each || !contracts ||
      rule.operands.size() < 2)
    return 0;
  int64_t count = 2;
  for (const Factor &factor : rule.factors)
    count *= factor.size;
  auto weight = cast<RankedTensorType>(op->getOperand(1).getType());
  for (auto [extent, factors] :
       llvm::zip(weight.getShape(), rule.operands[1].dims))
    if (factors.empty())
      count *= extent;
  return count;
}

int64_t dtc::countFlops(ModuleOp local) {
  int64_t total = 0;
  local.walk([&](ShardingRuleInterface op) { total += flopsOf(op); });
  return total;
}

int64_t dtc::countWeightBytes(ModuleOp local) {
  int64_t total = 0;
  llvm::StringSet<> counted;
  local.walk([&](ParameterOp op) {
    // Tied weights stand in the program several times.
    if (!counted.insert(op.getName()).second)
      return;
    auto type = cast<RankedTensorType>(op.getType());
    total += type.getNumElements() * getElementBytes(type.getElementType());
  });
  return total;
}
