//===- AnnotatedModel.cpp - A model with its placements written in --------===//
//
// From a placed program back to the tensors of its model:
//
// 1. Names of tensors become values: inputs, parameters, and ops whose location
//    names a tensor that their node makes. Identity nodes add names.
// 2. Every use of a value is followed through redistributions to the node that
//    consumes it: the placements on the way are the use's chain.
// 3. A node's operand is annotated as the node consumes it (the end of the
//    chain), a result as it is made; as it is after the first redistribution
//    where all uses share that and the annotation could not say it otherwise
//    (partial values, two redistributions in a row).
// 4. What nodes cannot say goes to the model's metadata: an input or weight
//    that is held otherwise than all its nodes consume it, an output that is
//    returned otherwise than it is made, the links of the mesh.
//
// Propagation is deterministic, so the same placements of operands lead to the
// same program; Compilation compares the reports all the same.
//
//===----------------------------------------------------------------------===//

#include "AnnotatedModel.h"

#include "dtc/IR/Dtc.h"
#include "dtc/Import/DeviceSharding.h"
#include "dtc/Import/ModelFiles.h"
#include "dtc/Import/OnnxAnnotate.h"
#include "dtc/Import/OnnxProto.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace dtc;

namespace {

/// One way from a value to a consumer.
struct Use {
  /// The nodes that the consumer stands for, its own first; none: the program
  /// returns it.
  SmallVector<uint64_t, 1> nodes;
  /// The placements after each redistribution.
  SmallVector<Placements> chain;
};

class AnnotationCollector {
public:
  AnnotationCollector(ModuleOp module, const onnx::ModelProto &model)
      : module(module), function(*module.getOps<func::FuncOp>().begin()),
        model(model) {
    set.mesh = getMesh(module).getMesh();
  }

  AnnotationSet run();

private:
  void nameRoots();
  void nameResults();
  void annotateInputs(const onnx::NodeProto &node, uint64_t index);
  void annotateOutputs(const onnx::NodeProto &node, uint64_t index);
  void addHeld();
  void addReturned();
  void addLinks();
  SmallVector<uint64_t, 1> nodesOf(Operation *op) const;
  void follow(Value value, Use &path, std::vector<Use> &uses) const;
  std::vector<Use> usesOf(Value value) const;
  std::optional<Placements> producedAs(Value value) const;
  Value find(StringRef tensor) const;
  bool canSay(ArrayRef<Placement> placements) const {
    return shardingOf(set.mesh, placements).has_value();
  }
  void add(uint64_t node, StringRef tensor, ArrayRef<Placement> placements) {
    set.nodes[node].push_back({tensor.str(), Placements(placements)});
  }

  ModuleOp module;
  func::FuncOp function;
  const onnx::ModelProto &model;
  AnnotationSet set;
  llvm::StringMap<Value> values;
  /// Inputs and parameters by their own names, and how nodes consume them.
  std::map<std::string, std::vector<Placements>> roots;
  /// What a result was annotated as.
  llvm::DenseMap<Value, Placements> produced;
};

} // namespace

static Placements placementsOf(Value value) {
  return Placements(getLayout(value).getPlacements());
}

//===----------------------------------------------------------------------===//
// Names and uses
//===----------------------------------------------------------------------===//

void AnnotationCollector::nameRoots() {
  llvm::StringSet<> weights;
  for (const auto &tensor : model.graph().initializer())
    weights.insert(tensor.name());
  unsigned next = 0;
  for (const auto &input : model.graph().input())
    if (!weights.contains(input.name()) && next < function.getNumArguments()) {
      values[input.name()] = function.getArgument(next++);
      roots[input.name()];
    }
  for (auto parameter : function.getOps<ParameterOp>())
    if (weights.contains(parameter.getName())) {
      values[parameter.getName()] = parameter.getResult();
      roots[parameter.getName().str()];
    }
}

SmallVector<uint64_t, 1> AnnotationCollector::nodesOf(Operation *op) const {
  auto file = module->getAttrOfType<StringAttr>("dtc.model");
  SmallVector<uint64_t, 1> nodes;
  op->getLoc()->walk([&](Location part) {
    auto position = dyn_cast<FileLineColLoc>(part);
    if (position && file && position.getFilename() == file &&
        position.getLine() < static_cast<uint64_t>(model.graph().node_size()) &&
        !llvm::is_contained(nodes, position.getLine()))
      nodes.push_back(position.getLine());
    return WalkResult::advance();
  });
  return nodes;
}

void AnnotationCollector::nameResults() {
  for (Operation &op : function.front()) {
    StringRef name = getValueName(op.getLoc());
    if (name.empty() || op.getNumResults() != 1 ||
        isa<RedistributeOp, ParameterOp>(op))
      continue;
    auto nodes = nodesOf(&op);
    if (!nodes.empty() &&
        llvm::is_contained(model.graph().node(nodes.front()).output(), name))
      values.try_emplace(name, op.getResult(0));
  }
  for (const auto &node : model.graph().node())
    if (node.op_type() == "Identity" && node.input_size() == 1 &&
        node.output_size() == 1)
      if (Value value = find(node.input(0)))
        values.try_emplace(node.output(0), value);
}

Value AnnotationCollector::find(StringRef tensor) const {
  return values.lookup(tensor);
}

void AnnotationCollector::follow(Value value, Use &path,
                                 std::vector<Use> &uses) const {
  for (Operation *user : value.getUsers()) {
    if (auto redistribute = dyn_cast<RedistributeOp>(user)) {
      path.chain.push_back(placementsOf(redistribute.getResult()));
      follow(redistribute.getResult(), path, uses);
      path.chain.pop_back();
      continue;
    }
    path.nodes = nodesOf(user);
    if (!path.nodes.empty() || isa<func::ReturnOp>(user))
      uses.push_back(path);
  }
}

std::vector<Use> AnnotationCollector::usesOf(Value value) const {
  std::vector<Use> uses;
  Use path;
  follow(value, path, uses);
  return uses;
}

//===----------------------------------------------------------------------===//
// Operands and results
//===----------------------------------------------------------------------===//

void AnnotationCollector::annotateInputs(const onnx::NodeProto &node,
                                         uint64_t index) {
  llvm::StringSet<> seen;
  for (const std::string &name : node.input()) {
    Value value = find(name);
    if (!value || !seen.insert(name).second)
      continue;
    auto root = roots.find(name);
    std::optional<Placements> consumed;
    bool agrees = true;
    for (const Use &use : usesOf(value)) {
      if (!llvm::is_contained(use.nodes, index))
        continue;
      Placements last =
          use.chain.empty() ? placementsOf(value) : use.chain.back();
      agrees &= !consumed || *consumed == last;
      consumed = last;
    }
    // A node that became part of another one reads weights and inputs as held.
    if (!consumed && root != roots.end())
      consumed = placementsOf(value);
    if (!consumed || !agrees || !canSay(*consumed))
      continue;
    add(index, name, *consumed);
    if (root != roots.end())
      root->second.push_back(*consumed);
  }
}

std::optional<Placements> AnnotationCollector::producedAs(Value value) const {
  Placements made = placementsOf(value);
  std::vector<Use> uses = usesOf(value);
  bool isDirect =
      llvm::all_of(uses, [](const Use &use) { return use.chain.size() <= 1; });
  if (canSay(made) && isDirect)
    return made;
  std::vector<Use> inner;
  llvm::copy_if(uses, std::back_inserter(inner),
                [](const Use &use) { return !use.nodes.empty(); });
  if (inner.empty())
    inner = uses;
  if (!inner.empty() && !inner.front().chain.empty()) {
    Placements first = inner.front().chain.front();
    bool isShared = llvm::all_of(inner, [&](const Use &use) {
      return !use.chain.empty() && use.chain.front() == first;
    });
    if (isShared && canSay(first))
      return first;
  }
  if (canSay(made))
    return made;
  return std::nullopt;
}

void AnnotationCollector::annotateOutputs(const onnx::NodeProto &node,
                                          uint64_t index) {
  for (const std::string &name : node.output()) {
    Value value = find(name);
    Operation *op = value ? value.getDefiningOp() : nullptr;
    // An Identity's output is another node's.
    if (!op || isa<ParameterOp>(op) || getValueName(op->getLoc()) != name)
      continue;
    auto nodes = nodesOf(op);
    if (nodes.empty() || nodes.front() != index)
      continue;
    if (auto placements = producedAs(value)) {
      add(index, name, *placements);
      produced[value] = *placements;
    }
  }
}

//===----------------------------------------------------------------------===//
// What nodes cannot say
//===----------------------------------------------------------------------===//

void AnnotationCollector::addHeld() {
  for (const auto &[name, consumed] : roots) {
    Placements held = placementsOf(find(name));
    bool isSaid =
        consumed.empty()
            ? held == set.mesh.allReplicate()
            : llvm::all_of(consumed, [&](const auto &c) { return c == held; });
    if (!isSaid)
      set.properties[(heldKey + name).str()] = stringify(held);
  }
}

void AnnotationCollector::addReturned() {
  Operation *ret = function.front().getTerminator();
  for (auto [output, value] :
       llvm::zip(model.graph().output(), ret->getOperands())) {
    Placements wanted = placementsOf(value), said = set.mesh.allReplicate();
    if (auto found = produced.find(find(output.name()));
        found != produced.end())
      said = found->second;
    if (wanted == said)
      continue;
    bool isMasked = llvm::any_of(
        wanted, [](const Placement &p) { return p.isMaskPartial(); });
    set.properties[(returnedKey + output.name()).str()] =
        isMasked ? "as_is" : stringify(wanted);
  }
}

void AnnotationCollector::addLinks() {
  auto links = module->getAttrOfType<ArrayAttr>("dtc.links");
  if (!links)
    return;
  SmallVector<StringRef> words;
  for (Attribute word : links)
    words.push_back(cast<StringAttr>(word).getValue());
  set.properties[linksKey.str()] = llvm::join(words, ",");
}

AnnotationSet AnnotationCollector::run() {
  nameRoots();
  nameResults();
  for (auto [index, node] : llvm::enumerate(model.graph().node())) {
    annotateInputs(node, index);
    annotateOutputs(node, index);
  }
  addHeld();
  addReturned();
  addLinks();
  return std::move(set);
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

/// The first file that the model's weights are in, or "".
static std::string externalFile(const onnx::ModelProto &model) {
  for (const auto &tensor : model.graph().initializer())
    for (const auto &entry : tensor.external_data())
      if (entry.key() == "location")
        return entry.value();
  return "";
}

static void warnOfMovedData(Location place, const onnx::ModelProto &model,
                            StringRef path, StringRef output) {
  std::string file = externalFile(model);
  if (file.empty())
    return;
  SmallString<128> from(path), to(output);
  llvm::sys::fs::make_absolute(from);
  llvm::sys::fs::make_absolute(to);
  bool isBeside =
      !output.empty() && output != "-" &&
      llvm::sys::path::parent_path(from) == llvm::sys::path::parent_path(to);
  if (!isBeside)
    emitWarning(place) << "the annotated model expects the external data '"
                       << file
                       << "' beside it: write it to the model's folder, or "
                          "move the data too";
}

FailureOr<std::string> dtc::annotateModel(ModuleOp placed, StringRef path,
                                          StringRef output) {
  Location place = FileLineColLoc::get(placed.getContext(), path, 0, 0);
  auto file = mapModelFile(path);
  if (!file)
    return emitError(place) << llvm::toString(file.takeError());
  std::string message;
  auto model = parseOnnxModel((*file)->data(), (*file)->size(), message);
  if (!model)
    return emitError(place) << message;
  warnOfMovedData(place, *model, path, output);
  auto annotated =
      annotateOnnx(ArrayRef<char>((*file)->data(), (*file)->size()),
                   AnnotationCollector(placed, *model).run());
  if (!annotated)
    return emitError(place) << llvm::toString(annotated.takeError());
  return std::move(*annotated);
}

//===----------------------------------------------------------------------===//
// Comparing reports
//===----------------------------------------------------------------------===//

/// An entry without the words that only explain it.
static llvm::json::Value withoutCause(llvm::json::Value value) {
  if (llvm::json::Object *object = value.getAsObject()) {
    object->erase("cause");
    object->erase("module");
  }
  return value;
}

static std::string printed(const llvm::json::Value &value) {
  std::string text;
  llvm::raw_string_ostream(text) << value;
  return text;
}

/// The first difference of two values of reports, or "".
static std::string firstDifference(StringRef key,
                                   const llvm::json::Value &wanted,
                                   const llvm::json::Value &got) {
  const llvm::json::Array *a = wanted.getAsArray(), *b = got.getAsArray();
  if (!a || !b || a->size() != b->size()) {
    if (wanted == got)
      return "";
    if (a && b)
      return (Twine(b->size()) + " instead of " + Twine(a->size()) + " " + key)
          .str();
    return printed(got) + " instead of " + printed(wanted);
  }
  for (auto [x, y] : llvm::zip(*a, *b)) {
    llvm::json::Value first = withoutCause(x), second = withoutCause(y);
    if (first != second)
      return printed(second) + " instead of " + printed(first);
  }
  return "";
}

void dtc::warnOfDifferences(Location place, const llvm::json::Object &wanted,
                            const llvm::json::Object &readBack) {
  for (StringRef key : {"mesh", "inputs", "outputs", "parameters", "values",
                        "collectives", "collective_ops"}) {
    std::string difference =
        firstDifference(key, *wanted.get(key), *readBack.get(key));
    if (difference.empty())
      continue;
    emitWarning(place) << "annotations cannot say all that was decided: read "
                          "back without a plan, the model has "
                       << difference;
    return;
  }
}
