//===- OnnxAnnotations.cpp - Placements that a model carries --------------===//
//
// 1. Of the configurations that nodes use one is chosen: the only one, or the
//    only one with as many devices as --mesh has ranks.
// 2. What every node says of its tensors is read (OnnxShardingSpecs) and
//    checked by itself. The mesh is --mesh, or what the configuration's name
//    says, or the smallest one on which all annotations are placements.
// 3. While nodes are imported, an annotation of an operand becomes a constraint
//    for that node, one of a result a constraint for everybody. Inputs and
//    weights are held as the nodes that read them say, which must agree.
// 4. A result with an annotation is returned as it is annotated.
//
// What the standard has no words for stands in the model's metadata.
//
//===----------------------------------------------------------------------===//

#include "OnnxAnnotations.h"

#include "dtc/Import/OnnxNode.h"
#include "dtc/Import/OnnxProto.h"
#include "dtc/Plan/LayoutResolution.h"
#include "dtc/Plan/OptionValues.h"

#include "llvm/ADT/StringExtras.h"

#include <set>

using namespace mlir;
using namespace dtc;

OnnxAnnotations::OnnxAnnotations(const onnx::ModelProto &model,
                                 ImportedProgram &program)
    : model(model), program(program) {}

InFlightDiagnostic OnnxAnnotations::error() const {
  return emitError(
      FileLineColLoc::get(program.getContext(), program.getFile(), 0, 0));
}

InFlightDiagnostic OnnxAnnotations::error(const onnx::NodeProto &node) const {
  return error() << describeNode(node) << ": ";
}

//===----------------------------------------------------------------------===//
// Walking all nodes: of the graph, of branches, of functions
//===----------------------------------------------------------------------===//

using NodeVisitor = llvm::function_ref<LogicalResult(const onnx::NodeProto &)>;

template <typename Nodes>
static LogicalResult visitNodes(const Nodes &nodes, NodeVisitor visit) {
  for (const onnx::NodeProto &node : nodes) {
    if (failed(visit(node)))
      return failure();
    for (const onnx::AttributeProto &attribute : node.attribute()) {
      if (attribute.has_g() && failed(visitNodes(attribute.g().node(), visit)))
        return failure();
      for (const onnx::GraphProto &graph : attribute.graphs())
        if (failed(visitNodes(graph.node(), visit)))
          return failure();
    }
  }
  return success();
}

static LogicalResult visitModel(const onnx::ModelProto &model,
                                NodeVisitor visit) {
  if (failed(visitNodes(model.graph().node(), visit)))
    return failure();
  for (const onnx::FunctionProto &function : model.functions())
    if (failed(visitNodes(function.node(), visit)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Configurations and the mesh
//===----------------------------------------------------------------------===//

FailureOr<OnnxAnnotations::Configurations>
OnnxAnnotations::readConfigurations() const {
  Configurations all;
  for (const onnx::DeviceConfigurationProto &configuration :
       model.configuration()) {
    StringRef name = configuration.name();
    auto fail = [&] {
      return error() << "device configuration '" << name << "': ";
    };
    if (!all.try_emplace(name, &configuration).second)
      return fail() << "expected one of this name, got several";
    if (configuration.num_devices() < 1 ||
        configuration.num_devices() > plan::kMaxRanks)
      return fail() << "expected 1 to " << plan::kMaxRanks << " devices, got "
                    << configuration.num_devices();
    if (configuration.device_size() > 0 &&
        configuration.device_size() != configuration.num_devices())
      return fail() << "expected a name for each of its "
                    << configuration.num_devices() << " devices, got "
                    << configuration.device_size();
  }
  return all;
}

/// What choosing needs to know about the option's mesh.
static std::optional<int64_t> ranksOf(StringRef meshText) {
  if (meshText.empty())
    return std::nullopt;
  auto parsed = plan::parseMeshOption(meshText);
  if (parsed)
    return parsed->numRanks();
  llvm::consumeError(parsed.takeError());
  return std::nullopt;
}

LogicalResult OnnxAnnotations::choose(const Configurations &all,
                                      StringRef meshText) {
  std::set<std::string> used;
  auto visit = [&](const onnx::NodeProto &node) -> LogicalResult {
    std::set<std::string> own;
    for (const auto &entry : node.device_configurations()) {
      if (!all.contains(entry.configuration_id()))
        return error(node) << "expected a device configuration of the model, "
                              "got '"
                           << entry.configuration_id() << "'";
      if (!own.insert(entry.configuration_id()).second)
        return error(node) << "expected one annotation for the device "
                              "configuration '"
                           << entry.configuration_id() << "', got several";
      used.insert(entry.configuration_id());
    }
    return success();
  };
  if (failed(visitModel(model, visit)))
    return failure();
  std::optional<int64_t> ranks = ranksOf(meshText);
  SmallVector<std::string> fitting, names;
  for (const std::string &name : used) {
    int64_t devices = all.lookup(name)->num_devices();
    names.push_back("'" + name + "' (" + std::to_string(devices) + " devices)");
    if (!ranks || devices == *ranks)
      fitting.push_back(name);
  }
  if (fitting.size() == 1) {
    chosen = all.lookup(fitting.front());
    return success();
  }
  if (used.empty())
    return success();
  if (fitting.empty())
    return error() << "expected annotations for the " << *ranks
                   << " ranks of --mesh " << meshText
                   << ", got the device configurations "
                   << llvm::join(names, ", ")
                   << ": pass another --mesh, or a --plan, which overrides the "
                      "annotations";
  return error() << "expected one device configuration to choose, got "
                 << llvm::join(names, ", ")
                 << ": pass a --mesh that only one has the devices for, or a "
                    "--plan, which overrides the annotations";
}

LogicalResult OnnxAnnotations::chooseMesh(StringRef meshText) {
  StringRef source = meshText.empty() ? StringRef(chosen->name()) : meshText;
  if (auto named = plan::parseMeshOption(source);
      named && named->numRanks() == chosen->num_devices()) {
    mesh = *named;
    return success();
  } else if (!named) {
    llvm::consumeError(named.takeError());
  }
  std::set<DeviceSharding> distinct;
  for (const auto &[node, tensors] : specs)
    for (const TensorSpec &tensor : tensors)
      distinct.insert(tensor.sharding);
  std::vector<DeviceSharding> shardings(distinct.begin(), distinct.end());
  auto inferred = inferMesh(chosen->num_devices(), shardings);
  if (!inferred)
    return error() << "device configuration '" << chosen->name()
                   << "': " << llvm::toString(inferred.takeError());
  mesh = *inferred;
  return success();
}

LogicalResult OnnxAnnotations::read(StringRef meshText,
                                    const llvm::StringMap<int64_t> &dims) {
  auto configurations = readConfigurations();
  if (failed(configurations) || failed(choose(*configurations, meshText)))
    return failure();
  if (!chosen)
    return success();
  for (const auto &property : model.metadata_props())
    properties[property.key()] = property.value();
  auto visit = [&](const onnx::NodeProto &node) {
    return readNode(node, dims);
  };
  if (failed(visitModel(model, visit)))
    return failure();
  return chooseMesh(meshText);
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

LogicalResult OnnxAnnotations::readNode(const onnx::NodeProto &node,
                                        const llvm::StringMap<int64_t> &dims) {
  for (const auto &entry : node.device_configurations()) {
    if (entry.configuration_id() != chosen->name())
      continue;
    if (entry.has_pipeline_stage())
      return error(node) << "pipeline stage " << entry.pipeline_stage()
                         << " is not supported: remove the stages, or pass a "
                            "--plan, which overrides the annotations";
    for (const auto &spec : entry.sharding_spec()) {
      StringRef tensor = spec.tensor_name();
      auto fail = [&] {
        return error(node) << "annotation of '" << tensor << "': ";
      };
      if (tensor.empty() || (!llvm::is_contained(node.input(), tensor) &&
                             !llvm::is_contained(node.output(), tensor)))
        return fail() << "expected an input or output of the node, got another "
                         "tensor";
      if (find(node, tensor))
        return fail() << "expected one for each tensor, got several";
      auto read = readSpec(spec, dims);
      if (!read)
        return fail() << llvm::toString(read.takeError());
      specs[&node].push_back(std::move(*read));
    }
  }
  return success();
}

const OnnxAnnotations::TensorSpec *
OnnxAnnotations::find(const onnx::NodeProto &node, StringRef tensor) const {
  auto found = specs.find(&node);
  if (found == specs.end())
    return nullptr;
  auto spec = llvm::find_if(found->second, [&](const TensorSpec &spec) {
    return spec.tensor == tensor;
  });
  return spec == found->second.end() ? nullptr : &*spec;
}

llvm::Expected<Placements> OnnxAnnotations::placementsOf(const TensorSpec &spec,
                                                         Type type) const {
  auto fail = [](const Twine &message) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
  };
  auto tensor = cast<RankedTensorType>(type);
  int64_t rank = tensor.getRank();
  std::set<int64_t> seen;
  for (auto [written, extent] : spec.extents) {
    if (written < -rank || written >= rank)
      return fail("expected an axis of a tensor of rank " + Twine(rank) +
                  ", got " + Twine(written));
    int64_t dim = written < 0 ? written + rank : written;
    if (!seen.insert(dim).second)
      return fail("expected axis " + Twine(dim) + " once, got it twice");
    if (extent && *extent != tensor.getDimSize(dim))
      return fail("expected " + Twine(tensor.getDimSize(dim)) +
                  " positions on axis " + Twine(dim) + ", got " +
                  Twine(*extent));
  }
  auto placements = dtc::placementsOn(mesh, spec.sharding);
  if (placements)
    for (Placement &placement : *placements)
      if (placement.isShard() && placement.dim < 0)
        placement.dim += rank;
  return placements;
}

Value OnnxAnnotations::constrain(Value value, ArrayRef<Placement> placements,
                                 StringRef tensor, const Place &place) {
  Location location =
      makeSourceLocation(program.getContext(), tensor, place.modulePath,
                         program.getFile(), place.index);
  return ConstrainOp::create(
      program.getBuilder(), location, value.getType(), value,
      layout(placements), place.modulePath.empty() ? tensor : place.modulePath,
      DenseI64ArrayAttr());
}

void OnnxAnnotations::addInput(StringRef name, Value value) {
  inputs[name] = value;
}

LogicalResult OnnxAnnotations::noteHeld(const onnx::NodeProto &node,
                                        StringRef tensor, Value value,
                                        ArrayRef<Placement> placements) {
  auto [entry, isNew] =
      held.try_emplace(value, Held{Placements(placements), describeNode(node)});
  if (isNew || ArrayRef<Placement>(entry->second.placements) == placements)
    return success();
  auto diagnostic = error(node) << "annotation of '" << tensor
                                << "': expected the placements "
                                << stringify(entry->second.placements)
                                << " that " << entry->second.by
                                << " gives it, got " << stringify(placements);
  diagnostic.attachNote() << "an input or a weight is held in one way; put an "
                             "Identity before the node that wants it otherwise";
  return diagnostic;
}

LogicalResult OnnxAnnotations::placeInputs(const onnx::NodeProto &node,
                                           const Place &place,
                                           MutableArrayRef<Value> values) {
  if (!specs.contains(&node))
    return success();
  std::map<std::string, Value> constrained;
  for (auto [i, value] : llvm::enumerate(values)) {
    const std::string &name = node.input(i);
    const TensorSpec *spec = value ? find(node, name) : nullptr;
    if (!spec)
      continue;
    auto placements = placementsOf(*spec, value.getType());
    if (!placements)
      return error(node) << "annotation of '" << name
                         << "': " << llvm::toString(placements.takeError());
    if (program.known(value))
      continue;
    auto parameter = value.getDefiningOp<ParameterOp>();
    bool isRoot = inputs.lookup(name) == value ||
                  (parameter && parameter.getName() == name);
    if (isRoot && property(heldKey + name).empty()) {
      if (failed(noteHeld(node, name, value, *placements)))
        return failure();
      continue;
    }
    Value &known = constrained[name];
    if (!known)
      known = constrain(value, *placements, name, place);
    values[i] = known;
  }
  return success();
}

Value OnnxAnnotations::placeOutput(const onnx::NodeProto &node,
                                   const Place &place, StringRef name,
                                   Value value) {
  const TensorSpec *spec = find(node, name);
  if (!spec)
    return value;
  auto placements = placementsOf(*spec, value.getType());
  if (!placements) {
    error(node) << "annotation of '" << name
                << "': " << llvm::toString(placements.takeError());
    return {};
  }
  if (program.known(value))
    return value;
  Value constrained = constrain(value, *placements, name, place);
  produced[constrained] = *placements;
  return constrained;
}

//===----------------------------------------------------------------------===//
// The finished program
//===----------------------------------------------------------------------===//

LayoutAttr OnnxAnnotations::layout(ArrayRef<Placement> placements) const {
  MLIRContext *context = program.getContext();
  return LayoutAttr::get(context, MeshAttr::get(context, mesh), placements);
}

StringRef OnnxAnnotations::property(const Twine &key) const {
  auto found = properties.find(key.str());
  return found == properties.end() ? StringRef() : StringRef(found->second);
}

/// "shard(0)" on a mesh of one axis, else "[shard(0), replicate]".
FailureOr<LayoutAttr> OnnxAnnotations::parseLayout(StringRef text, Type type,
                                                   StringRef tensor) const {
  auto fail = [&] {
    return error() << "placement of '" << tensor << "' in the model's "
                   << "metadata: ";
  };
  StringRef list = text.trim();
  if (list.consume_front("["))
    list.consume_back("]");
  SmallVector<StringRef> texts;
  list.split(texts, ',');
  plan::PlacementWords words;
  for (StringRef word : texts) {
    plan::PlacementWordOrError parsed = plan::parsePlacementWord(word);
    if (!parsed.word)
      return fail() << parsed.error;
    words.push_back(*parsed.word);
  }
  if (static_cast<int64_t>(words.size()) != mesh.rank())
    return fail() << "expected a word for each of the mesh's " << mesh.rank()
                  << " axes, got " << words.size();
  plan::DiagnosticList diagnostics("");
  auto placements = plan::resolveDims(
      words, cast<RankedTensorType>(type).getRank(), tensor, diagnostics);
  if (!placements)
    return fail() << diagnostics.all().front().message;
  return layout(*placements);
}

/// How the caller holds an input or a weight; null when nothing says it.
FailureOr<LayoutAttr> OnnxAnnotations::heldLayout(StringRef tensor,
                                                  Value value) const {
  if (StringRef text = property(heldKey + tensor); !text.empty())
    return parseLayout(text, value.getType(), tensor);
  auto found = held.find(value);
  return found == held.end() ? LayoutAttr() : layout(found->second.placements);
}

LogicalResult OnnxAnnotations::finish(ModuleOp module,
                                      ArrayRef<std::string> outputs) {
  if (!chosen)
    return success();
  Builder builder(program.getContext());
  module->setAttr("dtc.mesh", MeshAttr::get(program.getContext(), mesh));
  if (StringRef links = property(linksKey); !links.empty()) {
    SmallVector<StringRef> words;
    links.split(words, ',');
    module->setAttr("dtc.links", builder.getStrArrayAttr(words));
  }
  auto function = *module.getOps<func::FuncOp>().begin();
  for (const auto &input : inputs) {
    auto layout = heldLayout(input.getKey(), input.getValue());
    if (failed(layout))
      return failure();
    if (*layout)
      function.setArgAttr(cast<BlockArgument>(input.getValue()).getArgNumber(),
                          "dtc.layout", *layout);
  }
  for (auto parameter : function.getOps<ParameterOp>()) {
    auto layout = heldLayout(parameter.getName(), parameter.getResult());
    if (failed(layout))
      return failure();
    if (*layout)
      parameter.setLayoutAttr(*layout);
  }
  return finishOutputs(function, outputs);
}

LogicalResult OnnxAnnotations::finishOutputs(func::FuncOp function,
                                             ArrayRef<std::string> outputs) {
  Builder builder(program.getContext());
  ValueRange returned = function.front().getTerminator()->getOperands();
  for (auto [i, name] : llvm::enumerate(outputs)) {
    StringRef text = property(returnedKey + name);
    if (text == "as_is") {
      function.setResultAttr(i, "dtc.as_is", builder.getUnitAttr());
    } else if (!text.empty()) {
      auto layout = parseLayout(text, function.getResultTypes()[i], name);
      if (failed(layout))
        return failure();
      function.setResultAttr(i, "dtc.layout", *layout);
    } else if (auto found = produced.find(returned[i]);
               found != produced.end()) {
      function.setResultAttr(i, "dtc.layout", layout(found->second));
    }
  }
  return success();
}
