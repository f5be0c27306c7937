//===- TrainingSpec.cpp - Reading training spec files ---------------------===//
//
// 1. Text to tree (YamlTree).
// 2. Each top-level key has a reader; keys that belong to another loss or
//    optimizer are errors that say whose they are.
// 3. Ranges are those of the torch class of the same name.
//
//===----------------------------------------------------------------------===//

#include "dtc/Plan/TrainingSpec.h"

#include "YamlReader.h"

#include "dtc/Plan/Spelling.h"

#include "llvm/ADT/STLExtras.h"

using namespace dtc::plan;
using llvm::StringRef;

static constexpr StringRef kLossWords[] = {"sum", "mean", "mse",
                                           "cross_entropy", "cotangent"};
static constexpr StringRef kTargetWords[] = {"indices", "probabilities"};
static constexpr StringRef kOptimizerWords[] = {"sgd", "adamw"};

StringRef dtc::plan::stringify(LossKind kind) {
  return kLossWords[static_cast<size_t>(kind)];
}

namespace {
class SpecParser {
public:
  SpecParser(YamlReader &reader, TrainingSpec &spec)
      : reader(reader), spec(spec) {}

  void read(const YamlNode &root);

private:
  void readLoss(const YamlNode &node);
  void readLossFields(const YamlNode &node, Loss &loss);
  void readOptimizer(const YamlNode &node);
  void readSgdFields(const YamlNode &node, Optimizer &optimizer);
  void readAdamwFields(const YamlNode &node, Optimizer &optimizer);
  void readPaddingIdx(const YamlNode &node);
  void readReturns(const YamlNode &node);
  void readBetas(const YamlNode &node, Optimizer &optimizer);
  std::vector<LocatedGlob> readGlobs(const YamlEntry &entry);
  void nonNegative(const YamlEntry &entry, double &out);
  const YamlNode *kindNode(const YamlNode &node, StringRef what);
  DiagnosticList &diags() { return reader.diagnostics(); }

  YamlReader &reader;
  TrainingSpec &spec;
};
} // namespace

/// The node of `kind`: the value itself in the short form `loss: sum`.
const YamlNode *SpecParser::kindNode(const YamlNode &node, StringRef what) {
  if (node.kind == YamlNode::Kind::Scalar)
    return &node;
  if (node.kind != YamlNode::Kind::Mapping) {
    reader.mismatch(node, "a mapping for '" + what + "'");
    return nullptr;
  }
  for (const YamlEntry &entry : node.entries)
    if (entry.key == "kind")
      return &entry.value;
  diags().error(node.at, "'" + what + "' needs the key 'kind'");
  return nullptr;
}

void SpecParser::nonNegative(const YamlEntry &entry, double &out) {
  std::optional<double> value =
      reader.number(entry.value, "a number for '" + entry.key + "'");
  if (!value)
    return;
  if (*value < 0)
    diags().error(entry.value.at, "expected '" + entry.key +
                                      "' of at least 0, got " +
                                      inQuotes(entry.value.text));
  else
    out = *value;
}

void SpecParser::readLossFields(const YamlNode &node, Loss &loss) {
  auto kind = [](const YamlEntry &) {};
  auto output = [&](const YamlEntry &e) {
    if (std::optional<StringRef> name =
            reader.scalar(e.value, "the name of an output")) {
      loss.output = name->str();
      loss.outputAt = e.value.at;
    }
  };
  auto ignoreIndex = [&](const YamlEntry &e) {
    if (auto value = reader.integer(e.value, "an integer for 'ignore_index'"))
      loss.ignoreIndex = *value;
  };
  auto classDim = [&](const YamlEntry &e) {
    loss.classDimAt = e.value.at;
    if (auto value = reader.integer(e.value, "an integer for 'class_dim'"))
      loss.classDim = *value;
  };
  auto target = [&](const YamlEntry &e) {
    if (auto index = reader.choice(e.value, "target", kTargetWords))
      loss.target = static_cast<TargetKind>(*index);
  };
  std::string what = ("loss '" + stringify(loss.kind) + "'").str();
  if (loss.kind == LossKind::CrossEntropy)
    reader.fields(node, what,
                  {{"kind", kind},
                   {"output", output},
                   {"ignore_index", ignoreIndex},
                   {"class_dim", classDim},
                   {"target", target}});
  else
    reader.fields(node, what, {{"kind", kind}, {"output", output}});
}

void SpecParser::readLoss(const YamlNode &node) {
  const YamlNode *kind = kindNode(node, "loss");
  if (!kind)
    return;
  spec.loss.at = kind->at;
  std::optional<size_t> index = reader.choice(*kind, "loss", kLossWords);
  if (!index)
    return;
  spec.loss.kind = static_cast<LossKind>(*index);
  if (node.kind == YamlNode::Kind::Mapping)
    readLossFields(node, spec.loss);
}

void SpecParser::readSgdFields(const YamlNode &node, Optimizer &optimizer) {
  SourcePoint nesterovAt;
  auto real = [&](double &out) {
    return [this, &out](const YamlEntry &e) { nonNegative(e, out); };
  };
  auto lr = real(optimizer.lr);
  auto momentum = real(optimizer.momentum);
  auto decay = real(optimizer.weightDecay);
  reader.fields(node, "optimizer 'sgd'",
                {{"kind", [](const YamlEntry &) {}},
                 {"lr", lr},
                 {"momentum", momentum},
                 {"nesterov",
                  [&](const YamlEntry &e) {
                    nesterovAt = e.value.at;
                    if (auto value = reader.boolean(e.value, "'nesterov'"))
                      optimizer.nesterov = *value;
                  }},
                 {"weight_decay", decay}});
  if (optimizer.nesterov && optimizer.momentum == 0)
    diags().error(nesterovAt, "'nesterov' needs a 'momentum' above 0, got 0");
}

/// `[beta1, beta2]`, each from 0 to below 1.
void SpecParser::readBetas(const YamlNode &node, Optimizer &optimizer) {
  if (node.kind != YamlNode::Kind::Sequence)
    return reader.mismatch(node, "a list of two numbers for 'betas'");
  if (node.items.size() != 2)
    return diags().error(node.at, "expected two numbers for 'betas', got " +
                                      llvm::Twine(node.items.size()));
  double *targets[] = {&optimizer.beta1, &optimizer.beta2};
  for (auto [item, target] : llvm::zip_equal(node.items, targets)) {
    std::optional<double> value = reader.number(item, "a number for 'betas'");
    if (!value)
      continue;
    if (*value < 0 || *value >= 1)
      diags().error(item.at, "expected 'betas' from 0 to below 1, got " +
                                 inQuotes(item.text));
    else
      *target = *value;
  }
}

void SpecParser::readAdamwFields(const YamlNode &node, Optimizer &optimizer) {
  auto real = [&](double &out) {
    return [this, &out](const YamlEntry &e) { nonNegative(e, out); };
  };
  auto lr = real(optimizer.lr);
  auto eps = real(optimizer.eps);
  auto decay = real(optimizer.weightDecay);
  reader.fields(
      node, "optimizer 'adamw'",
      {{"kind", [](const YamlEntry &) {}},
       {"lr", lr},
       {"betas", [&](const YamlEntry &e) { readBetas(e.value, optimizer); }},
       {"eps", eps},
       {"weight_decay", decay}});
}

void SpecParser::readOptimizer(const YamlNode &node) {
  if (node.kind == YamlNode::Kind::Null)
    return;
  const YamlNode *kind = kindNode(node, "optimizer");
  if (!kind)
    return;
  std::optional<size_t> index =
      reader.choice(*kind, "optimizer", kOptimizerWords);
  if (!index)
    return;
  Optimizer optimizer;
  optimizer.kind = static_cast<OptimizerKind>(*index);
  optimizer.at = kind->at;
  if (optimizer.kind == OptimizerKind::AdamW)
    optimizer.weightDecay = 1e-2;
  if (node.kind == YamlNode::Kind::Mapping) {
    if (optimizer.kind == OptimizerKind::Sgd)
      readSgdFields(node, optimizer);
    else
      readAdamwFields(node, optimizer);
  }
  spec.optimizer = optimizer;
}

std::vector<LocatedGlob> SpecParser::readGlobs(const YamlEntry &entry) {
  std::vector<LocatedGlob> globs;
  for (const YamlNode &item : reader.items(entry.value, "'" + entry.key + "'"))
    if (std::optional<StringRef> text =
            reader.scalar(item, "a pattern in '" + entry.key + "'"))
      globs.push_back({text->str(), item.at});
  return globs;
}

void SpecParser::readPaddingIdx(const YamlNode &node) {
  for (const YamlEntry &entry : reader.entries(node, "'padding_idx'"))
    if (std::optional<int64_t> row = reader.integer(
            entry.value, "an integer row for " + inQuotes(entry.key)))
      spec.paddingIdx.push_back({entry.key, entry.keyAt, *row});
}

void SpecParser::readReturns(const YamlNode &node) {
  if (node.kind == YamlNode::Kind::Null)
    return;
  if (node.kind != YamlNode::Kind::Sequence)
    return reader.mismatch(node, "a list for 'return'");
  spec.returns = {false, false, false, false};
  constexpr StringRef words[] = {"loss", "grads", "params", "input_grads"};
  bool *targets[] = {&spec.returns.loss, &spec.returns.grads,
                     &spec.returns.params, &spec.returns.inputGrads};
  for (const YamlNode &item : node.items) {
    std::optional<size_t> index = reader.choice(item, "returned value", words);
    if (!index)
      continue;
    if (*targets[*index])
      diags().error(item.at, inQuotes(item.text) + " is returned twice; remove "
                                                   "one of them");
    *targets[*index] = true;
  }
}

void SpecParser::read(const YamlNode &root) {
  bool hasLoss = false;
  auto loss = [&](const YamlEntry &e) {
    hasLoss = true;
    readLoss(e.value);
  };
  auto trainable = [&](const YamlEntry &e) {
    if (e.value.kind != YamlNode::Kind::Null)
      spec.trainable = readGlobs(e);
  };
  auto zero = [&](const YamlEntry &e) {
    spec.zeroAt = e.value.at;
    spec.zero = reader.boolean(e.value, "'zero'").value_or(false);
  };
  bool mapping = reader.fields(
      root, "a training spec",
      {{"loss", loss},
       {"optimizer", [&](const YamlEntry &e) { readOptimizer(e.value); }},
       {"trainable", trainable},
       {"padding_idx", [&](const YamlEntry &e) { readPaddingIdx(e.value); }},
       {"remat", [&](const YamlEntry &e) { spec.remat = readGlobs(e); }},
       {"zero", zero},
       {"return", [&](const YamlEntry &e) { readReturns(e.value); }}});
  if (mapping && !hasLoss)
    diags().error(root.at, "a training spec needs the key 'loss', one of " +
                               joined(kLossWords));
}

ParsedTrainingSpec dtc::plan::parseTrainingSpec(StringRef text,
                                                StringRef fileName) {
  ParsedTrainingSpec result{{}, DiagnosticList(fileName)};
  if (std::optional<YamlNode> root = parseYaml(text, result.diagnostics)) {
    YamlReader reader(result.diagnostics);
    SpecParser(reader, result.spec).read(*root);
  }
  result.diagnostics.sort();
  return result;
}

ParsedTrainingSpec dtc::plan::parseTrainingSpecFile(StringRef path) {
  DiagnosticList diagnostics(path);
  std::optional<std::string> text = readTextFile(path, diagnostics);
  if (!text)
    return {{}, std::move(diagnostics)};
  return parseTrainingSpec(*text, path);
}
