//===- Styles.cpp - Parsing placements and styles of a plan ---------------===//
//
// 1. A style is a word or a mapping whose `style` key holds the word.
// 2. One table says which keys each torch class has; a key of another class is
//    an error that names the right ones.
// 3. Layouts: `colwise` and `rowwise` take one placement; the prepare styles
//    take one per module input or output, `null` leaving it alone.
// 4. Layouts and desired layouts must come together and be equally many.
//
//===----------------------------------------------------------------------===//

#include "Styles.h"

#include "dtc/Plan/Spelling.h"

#include "llvm/ADT/STLExtras.h"

using namespace dtc::plan;
using llvm::StringRef;

static constexpr StringRef kStyleWords[] = {"colwise",
                                            "rowwise",
                                            "sequence",
                                            "prepare_module_input",
                                            "prepare_module_output",
                                            "prepare_module_input_output"};
static constexpr StyleKind kStyleKinds[] = {
    StyleKind::Colwise,
    StyleKind::Rowwise,
    StyleKind::Sequence,
    StyleKind::PrepareModuleInput,
    StyleKind::PrepareModuleOutput,
    StyleKind::PrepareModuleInputOutput};

StringRef dtc::plan::stringify(StyleKind kind) {
  return kStyleWords[static_cast<size_t>(kind)];
}

bool Style::localOutput() const {
  return useLocalOutput.value_or(kind != StyleKind::Sequence &&
                                 kind != StyleKind::PrepareModuleInput);
}

const Layout *NamedLayoutList::find(StringRef name) const {
  for (const NamedLayout &named : layouts)
    if (named.name == name)
      return &named.layout;
  return nullptr;
}

static std::optional<PlacementWord> readWord(const YamlNode &node,
                                             YamlReader &reader) {
  std::optional<StringRef> text = reader.scalar(node, "a placement");
  if (!text)
    return std::nullopt;
  PlacementWordOrError parsed = parsePlacementWord(*text);
  if (!parsed.word) {
    std::string error = parsed.error;
    if (*text == "as_is")
      error = "'as_is' may stand only in 'outputs', for the whole output";
    reader.diagnostics().error(node.at, error);
    return std::nullopt;
  }
  parsed.word->at = node.at;
  return parsed.word;
}

std::optional<PlacementSpec> dtc::plan::readPlacement(const YamlNode &node,
                                                      YamlReader &reader) {
  PlacementSpec spec;
  spec.at = node.at;
  if (node.kind != YamlNode::Kind::Sequence) {
    std::optional<PlacementWord> word = readWord(node, reader);
    if (!word)
      return std::nullopt;
    spec.words.push_back(*word);
    return spec;
  }
  spec.form = PlacementSpec::Form::List;
  bool complete = true;
  for (const YamlNode &item : node.items) {
    std::optional<PlacementWord> word = readWord(item, reader);
    complete &= word.has_value();
    if (word)
      spec.words.push_back(*word);
  }
  if (node.items.empty()) {
    reader.diagnostics().error(
        node.at, "expected one placement per mesh axis, got an empty list");
    return std::nullopt;
  }
  if (!complete)
    return std::nullopt;
  return spec;
}

/// `null`, and Python's `None`.
static bool isNone(const YamlNode &node) {
  return node.kind == YamlNode::Kind::Null ||
         (node.kind == YamlNode::Kind::Scalar && node.text == "None");
}

static std::optional<Layout> readLayout(const YamlNode &node,
                                        YamlReader &reader) {
  Layout layout;
  layout.at = node.at;
  if (isNone(node))
    return layout;
  layout.spec = readPlacement(node, reader);
  if (!layout.spec)
    return std::nullopt;
  return layout;
}

/// Layouts of `colwise` and `rowwise`: one placement; `null` is the default.
static void readSingleLayout(const YamlNode &node, YamlReader &reader,
                             std::optional<LayoutList> &out) {
  if (isNone(node))
    return;
  if (std::optional<Layout> layout = readLayout(node, reader))
    out = LayoutList{{*layout}, node.at};
}

/// Layouts of the prepare styles: one, or a list with one per value.
static void readLayoutList(const YamlNode &node, YamlReader &reader,
                           std::optional<LayoutList> &out) {
  if (isNone(node))
    return;
  LayoutList list;
  list.at = node.at;
  bool complete = true;
  auto add = [&](const YamlNode &item) {
    std::optional<Layout> layout = readLayout(item, reader);
    complete &= layout.has_value();
    if (layout)
      list.layouts.push_back(*layout);
  };
  if (node.kind == YamlNode::Kind::Sequence)
    llvm::for_each(node.items, add);
  else
    add(node);
  if (complete)
    out = std::move(list);
}

static void readNamedLayouts(const YamlEntry &entry, YamlReader &reader,
                             std::optional<NamedLayoutList> &out) {
  if (isNone(entry.value))
    return;
  if (entry.value.kind != YamlNode::Kind::Mapping)
    return reader.mismatch(entry.value, "a mapping from input names to "
                                        "placements for '" +
                                            entry.key + "'");
  NamedLayoutList list;
  list.at = entry.value.at;
  bool complete = true;
  for (const YamlEntry &named : entry.value.entries) {
    std::optional<Layout> layout = readLayout(named.value, reader);
    complete &= layout.has_value();
    if (layout)
      list.layouts.push_back({named.key, named.keyAt, *layout});
  }
  if (complete)
    out = std::move(list);
}

namespace {
/// A key of a style and the styles whose torch class has it.
struct StyleKey {
  StringRef key;
  unsigned styles;
};

constexpr unsigned bit(StyleKind kind) { return 1u << unsigned(kind); }
constexpr unsigned kLinear = bit(StyleKind::Colwise) | bit(StyleKind::Rowwise);
constexpr unsigned kInput = bit(StyleKind::PrepareModuleInput) |
                            bit(StyleKind::PrepareModuleInputOutput);
constexpr unsigned kOutput = bit(StyleKind::PrepareModuleOutput) |
                             bit(StyleKind::PrepareModuleInputOutput);
constexpr unsigned kAll = ~0u;

constexpr StyleKey kStyleKeys[] = {
    {"style", kAll},
    {"axis", kAll},
    {"input_layouts", kLinear | kInput},
    {"desired_input_layouts", kInput},
    {"input_kwarg_layouts", kInput},
    {"desired_input_kwarg_layouts", kInput},
    {"output_layouts", kLinear | kOutput},
    {"desired_output_layouts", kOutput},
    {"use_local_input", bit(StyleKind::PrepareModuleInputOutput)},
    {"use_local_output", kAll},
    {"sequence_dim", bit(StyleKind::Sequence)},
};

/// Reads the mapping form of one style.
class StyleParser {
public:
  StyleParser(YamlReader &reader, Style &style)
      : reader(reader), style(style) {}

  void read(const YamlNode &node);

private:
  void readKey(const YamlEntry &entry);
  void unknownKey(const YamlEntry &entry);
  void readAxis(const YamlEntry &entry);
  std::optional<LayoutList> *layoutsOf(StringRef key);
  void checkPairs(const YamlNode &node);
  void requireOutputs(const YamlNode &node);
  void checkLengths(SourcePoint at, StringRef name, size_t given,
                    size_t desired);

  unsigned own() const { return bit(style.kind); }

  YamlReader &reader;
  Style &style;
};
} // namespace

std::optional<LayoutList> *StyleParser::layoutsOf(StringRef key) {
  if (key == "input_layouts")
    return &style.inputLayouts;
  if (key == "desired_input_layouts")
    return &style.desiredInputLayouts;
  if (key == "output_layouts")
    return &style.outputLayouts;
  if (key == "desired_output_layouts")
    return &style.desiredOutputLayouts;
  return nullptr;
}

void StyleParser::unknownKey(const YamlEntry &entry) {
  llvm::SmallVector<StringRef> keys;
  for (const StyleKey &known : kStyleKeys)
    if (known.styles & own())
      keys.push_back(known.key);
  reader.diagnostics().error(
      entry.keyAt, "unknown key " + inQuotes(entry.key) + " in style '" +
                       stringify(style.kind) + "', expected one of " +
                       joined(keys) + didYouMean(entry.key, keys));
}

void StyleParser::readAxis(const YamlEntry &entry) {
  if (std::optional<StringRef> axis =
          reader.scalar(entry.value, "the name of a mesh axis")) {
    style.axis = axis->str();
    style.axisAt = entry.value.at;
  }
}

void StyleParser::readKey(const YamlEntry &entry) {
  StringRef key = entry.key;
  auto *known = llvm::find_if(kStyleKeys,
                              [&](const StyleKey &k) { return k.key == key; });
  if (known == std::end(kStyleKeys) || !(known->styles & own()))
    return unknownKey(entry);
  if (std::optional<LayoutList> *layouts = layoutsOf(key)) {
    if (own() & kLinear)
      return readSingleLayout(entry.value, reader, *layouts);
    return readLayoutList(entry.value, reader, *layouts);
  }
  if (key == "axis")
    return readAxis(entry);
  if (key == "input_kwarg_layouts")
    return readNamedLayouts(entry, reader, style.inputKwargLayouts);
  if (key == "desired_input_kwarg_layouts")
    return readNamedLayouts(entry, reader, style.desiredInputKwargLayouts);
  if (key == "use_local_input")
    style.useLocalInput = reader.boolean(entry.value, "'use_local_input'");
  else if (key == "use_local_output")
    style.useLocalOutput = reader.boolean(entry.value, "'use_local_output'");
  else if (key == "sequence_dim")
    style.sequenceDim =
        reader.integer(entry.value, "an integer dimension for 'sequence_dim'");
}

void StyleParser::checkLengths(SourcePoint at, StringRef name, size_t given,
                               size_t desired) {
  if (given != desired)
    reader.diagnostics().error(at, "expected " + name + " and desired_" + name +
                                       " of the same length, got " +
                                       llvm::Twine(given) + " and " +
                                       llvm::Twine(desired));
}

/// Values of a torch class that has no default for its output layouts.
void StyleParser::requireOutputs(const YamlNode &node) {
  for (StringRef key : {"output_layouts", "desired_output_layouts"})
    if (llvm::none_of(node.entries,
                      [&](const YamlEntry &e) { return e.key == key; }))
      reader.diagnostics().error(style.at, "style '" + stringify(style.kind) +
                                               "' needs the key '" + key + "'");
}

void StyleParser::checkPairs(const YamlNode &node) {
  auto check = [&](StringRef name, const auto &given, const auto &desired) {
    auto has = [&](const std::string &key) {
      return llvm::any_of(node.entries, [&](const YamlEntry &e) {
        return e.key == key && !isNone(e.value);
      });
    };
    if (given && desired)
      return checkLengths(given->at, name, given->layouts.size(),
                          desired->layouts.size());
    if (given && !has("desired_" + name.str()))
      reader.diagnostics().error(given->at, "expected 'desired_" + name +
                                                "' beside '" + name +
                                                "', got nothing");
    if (desired && !has(name.str()))
      reader.diagnostics().warning(
          desired->at,
          "'desired_" + name + "' has no effect without '" + name + "'");
  };
  check("input_layouts", style.inputLayouts, style.desiredInputLayouts);
  check("input_kwarg_layouts", style.inputKwargLayouts,
        style.desiredInputKwargLayouts);
  check("output_layouts", style.outputLayouts, style.desiredOutputLayouts);
  if (!style.inputKwargLayouts || !style.desiredInputKwargLayouts)
    return;
  for (const NamedLayout &named : style.inputKwargLayouts->layouts)
    if (!style.desiredInputKwargLayouts->find(named.name))
      reader.diagnostics().error(named.nameAt,
                                 "input " + inQuotes(named.name) +
                                     " is in input_kwarg_layouts but not in "
                                     "desired_input_kwarg_layouts");
}

void StyleParser::read(const YamlNode &node) {
  for (const YamlEntry &entry : node.entries)
    readKey(entry);
  if (own() & (kInput | kOutput))
    checkPairs(node);
  if (own() & kOutput)
    requireOutputs(node);
}

static std::optional<StyleKind> readKind(const YamlNode &node,
                                         YamlReader &reader) {
  std::optional<size_t> index = reader.choice(node, "style", kStyleWords);
  if (!index)
    return std::nullopt;
  return kStyleKinds[*index];
}

/// Without a style the other keys can still be checked for spelling.
static void checkOrphanKeys(const YamlNode &node, YamlReader &reader) {
  llvm::SmallVector<StringRef> keys;
  for (const StyleKey &known : kStyleKeys)
    keys.push_back(known.key);
  for (const YamlEntry &entry : node.entries)
    if (!llvm::is_contained(keys, StringRef(entry.key)))
      reader.diagnostics().error(
          entry.keyAt, "unknown key " + inQuotes(entry.key) +
                           " in a parallelize entry, expected one of " +
                           joined(keys) + didYouMean(entry.key, keys));
}

std::optional<Style> dtc::plan::readStyle(const YamlNode &node,
                                          YamlReader &reader) {
  Style style;
  style.at = node.at;
  if (node.kind == YamlNode::Kind::Scalar) {
    std::optional<StyleKind> kind = readKind(node, reader);
    if (!kind)
      return std::nullopt;
    style.kind = *kind;
    StyleParser(reader, style).read(node);
    return style;
  }
  if (node.kind != YamlNode::Kind::Mapping) {
    reader.mismatch(node, "a style or a mapping with the key 'style'");
    return std::nullopt;
  }
  auto entry = llvm::find_if(
      node.entries, [](const YamlEntry &e) { return e.key == "style"; });
  if (entry == node.entries.end()) {
    checkOrphanKeys(node, reader);
    reader.diagnostics().error(node.at, "expected the key 'style', one of " +
                                            joined(kStyleWords) + ", got none");
    return std::nullopt;
  }
  std::optional<StyleKind> kind = readKind(entry->value, reader);
  if (!kind) {
    checkOrphanKeys(node, reader);
    return std::nullopt;
  }
  style.kind = *kind;
  style.at = entry->value.at;
  StyleParser(reader, style).read(node);
  return style;
}
