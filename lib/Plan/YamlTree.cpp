//===- YamlTree.cpp - A small YAML document with locations ----------------===//
//
// 1. Refuse what no later step should see: too many bytes, NUL and other
//    control characters, bytes that are not UTF-8.
// 2. Walk LLVM's streaming YAML nodes once, copying them into a plain tree.
//    The walk stops for good at the first syntax error, at the depth limit and
//    at a key that is not text: LLVM would skip what is left by recursion.
// 3. Anchors, aliases and tags are reported by name and leave Invalid nodes.
//
//===----------------------------------------------------------------------===//

#include "dtc/Plan/YamlTree.h"

#include "dtc/Plan/Spelling.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Casting.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

#include <algorithm>

using namespace dtc::plan;
using llvm::StringRef;
namespace yaml = llvm::yaml;

namespace {

/// Lines and columns of pointers into one text.
class LineTable {
public:
  explicit LineTable(StringRef text) : text(text), starts{0} {
    for (size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n')
        starts.push_back(i + 1);
  }

  bool contains(const char *p) const {
    return p && p >= text.begin() && p <= text.end();
  }

  SourcePoint at(const char *p) const {
    size_t offset = p - text.begin();
    size_t line = llvm::upper_bound(starts, offset) - starts.begin();
    return {static_cast<unsigned>(line),
            static_cast<unsigned>(offset - starts[line - 1] + 1)};
  }

private:
  StringRef text;
  std::vector<size_t> starts;
};

/// Step 2 and 3.
class TreeBuilder {
public:
  TreeBuilder(StringRef text, const LineTable &lines,
              DiagnosticList &diagnostics, const YamlLimits &limits)
      : text(text), lines(lines), diagnostics(diagnostics), limits(limits) {}

  /// Copies `node`; `fallback` is the place of a node without its own. False
  /// when the walk must stop.
  bool build(yaml::Node *node, SourcePoint fallback, unsigned depth,
             YamlNode &out);

  /// Where a node begins.
  SourcePoint place(yaml::Node &node, SourcePoint fallback) const;

private:
  bool buildMapping(yaml::MappingNode &node, unsigned depth, YamlNode &out);
  bool buildSequence(yaml::SequenceNode &node, unsigned depth, YamlNode &out);
  bool buildEntry(yaml::KeyValueNode &pair, unsigned depth, YamlEntry &entry);
  bool buildScalar(yaml::ScalarNode &node, YamlNode &out);
  bool checkProperties(yaml::Node &node, YamlNode &out);
  bool stop(SourcePoint at, const llvm::Twine &message) {
    diagnostics.error(at, message);
    return false;
  }

  StringRef text;
  const LineTable &lines;
  DiagnosticList &diagnostics;
  const YamlLimits &limits;
  size_t count = 0;
};

} // namespace

SourcePoint TreeBuilder::place(yaml::Node &node, SourcePoint fallback) const {
  const char *p = node.getSourceRange().Start.getPointer();
  // An alias's range begins behind it, its name behind the '*'.
  if (auto *alias = llvm::dyn_cast<yaml::AliasNode>(&node))
    p = alias->getName().data() - 1;
  if (!lines.contains(p))
    return fallback;
  // A flow collection's range begins behind its bracket; step back to it.
  char opening = llvm::isa<yaml::MappingNode>(node)    ? '{'
                 : llvm::isa<yaml::SequenceNode>(node) ? '['
                                                       : 0;
  const char *q = p;
  while (q > text.begin() && StringRef(" \t\r\n").contains(q[-1]))
    --q;
  if (opening && q > text.begin() && q[-1] == opening)
    p = q - 1;
  return lines.at(p);
}

bool TreeBuilder::checkProperties(yaml::Node &node, YamlNode &out) {
  if (!node.getAnchor().empty()) {
    diagnostics.error(out.at, "anchors are not supported, got " +
                                  inQuotes(("&" + node.getAnchor()).str()) +
                                  "; write the value out where it is used");
    return false;
  }
  if (!node.getRawTag().empty()) {
    diagnostics.error(out.at, "tags are not supported, got " +
                                  inQuotes(node.getRawTag()) + "; remove it");
    return false;
  }
  return true;
}

/// Whether quoted text ends with its quote: LLVM's scanner takes the end of the
/// file for one.
static bool isClosed(StringRef raw) {
  char quote = raw.front();
  for (size_t i = 1; i < raw.size(); ++i) {
    if (quote == '"' && raw[i] == '\\')
      ++i;
    else if (raw[i] != quote)
      continue;
    else if (quote == '\'' && raw.substr(i + 1).starts_with("'"))
      ++i;
    else
      return i + 1 == raw.size();
  }
  return false;
}

bool TreeBuilder::buildScalar(yaml::ScalarNode &node, YamlNode &out) {
  StringRef raw = node.getRawValue();
  bool plain = !raw.starts_with("\"") && !raw.starts_with("'");
  if (!plain && !isClosed(raw))
    return stop(out.at, "not valid YAML: expected a quote at the end of " +
                            inQuotes(raw));
  llvm::SmallString<64> storage;
  out.text = node.getValue(storage).str();
  bool null = plain && (out.text == "null" || out.text == "Null" ||
                        out.text == "NULL" || out.text == "~");
  out.kind = null ? YamlNode::Kind::Null : YamlNode::Kind::Scalar;
  return true;
}

bool TreeBuilder::build(yaml::Node *node, SourcePoint fallback, unsigned depth,
                        YamlNode &out) {
  if (!node)
    return false;
  out.at = fallback;
  if (++count > limits.nodes)
    return stop(fallback, "expected at most " + llvm::Twine(limits.nodes) +
                              " values in a file, got more");
  if (depth > limits.depth)
    return stop(fallback, "expected at most " + llvm::Twine(limits.depth) +
                              " levels of nesting, got more");
  if (auto *alias = llvm::dyn_cast<yaml::AliasNode>(node)) {
    std::string name = ("*" + alias->getName()).str();
    out.kind = YamlNode::Kind::Invalid;
    out.at = place(*node, fallback);
    diagnostics.error(out.at, "aliases are not supported, got " +
                                  inQuotes(name) +
                                  "; put quotes around a name that begins "
                                  "with '*'");
    return true;
  }
  if (llvm::isa<yaml::NullNode>(node))
    return true;

  bool more = true;
  if (auto *scalar = llvm::dyn_cast<yaml::ScalarNode>(node)) {
    out.at = place(*node, fallback);
    more = buildScalar(*scalar, out);
  } else if (auto *block = llvm::dyn_cast<yaml::BlockScalarNode>(node)) {
    out.kind = YamlNode::Kind::Scalar;
    out.text = block->getValue().str();
  } else if (auto *mapping = llvm::dyn_cast<yaml::MappingNode>(node)) {
    out.at = place(*node, fallback);
    more = buildMapping(*mapping, depth, out);
  } else if (auto *sequence = llvm::dyn_cast<yaml::SequenceNode>(node)) {
    out.at = place(*node, fallback);
    more = buildSequence(*sequence, depth, out);
  }
  if (!checkProperties(*node, out)) {
    SourcePoint at = out.at;
    out = YamlNode();
    out.kind = YamlNode::Kind::Invalid;
    out.at = at;
  }
  return more;
}

bool TreeBuilder::buildSequence(yaml::SequenceNode &node, unsigned depth,
                                YamlNode &out) {
  out.kind = YamlNode::Kind::Sequence;
  for (yaml::Node &item : node) {
    out.items.emplace_back();
    if (!build(&item, place(item, out.at), depth + 1, out.items.back()))
      return false;
  }
  return true;
}

bool TreeBuilder::buildEntry(yaml::KeyValueNode &pair, unsigned depth,
                             YamlEntry &entry) {
  yaml::Node *keyNode = pair.getKey();
  if (!keyNode)
    return false;
  entry.keyAt = place(*keyNode, entry.keyAt);
  if (llvm::isa<yaml::MappingNode, yaml::SequenceNode, yaml::BlockScalarNode,
                yaml::NullNode>(keyNode))
    return stop(entry.keyAt, "expected text as a key, got a list, a mapping, "
                             "a block or nothing; put quotes around it");
  YamlNode key;
  if (!build(keyNode, entry.keyAt, depth + 1, key))
    return false;
  // `null`, `~` and the like are ordinary names where a key stands.
  entry.key = key.text;
  yaml::Node *valueNode = pair.getValue();
  if (!valueNode)
    return false;
  if (key.kind == YamlNode::Kind::Invalid) {
    entry.key.clear();
    if (!build(valueNode, entry.keyAt, depth + 1, entry.value))
      return false;
    entry.value = YamlNode();
    entry.value.kind = YamlNode::Kind::Invalid;
    return true;
  }
  return build(valueNode, entry.keyAt, depth + 1, entry.value);
}

bool TreeBuilder::buildMapping(yaml::MappingNode &node, unsigned depth,
                               YamlNode &out) {
  out.kind = YamlNode::Kind::Mapping;
  llvm::StringMap<SourcePoint> seen;
  for (yaml::KeyValueNode &pair : node) {
    YamlEntry entry;
    entry.keyAt = out.at;
    if (!buildEntry(pair, depth, entry))
      return false;
    if (entry.value.kind == YamlNode::Kind::Invalid && entry.key.empty())
      continue;
    auto [first, isNew] = seen.try_emplace(entry.key, entry.keyAt);
    if (isNew) {
      out.entries.push_back(std::move(entry));
      continue;
    }
    diagnostics.error(
        entry.keyAt,
        "key " + inQuotes(entry.key) + " is given twice, first at line " +
            llvm::Twine(first->second.line) + ", column " +
            llvm::Twine(first->second.column) + "; remove one of them");
  }
  return true;
}

/// Step 1. False when the text is refused.
static bool checkText(StringRef text, DiagnosticList &diagnostics,
                      const YamlLimits &limits) {
  if (text.size() > limits.bytes) {
    diagnostics.error({}, "expected at most " + llvm::Twine(limits.bytes) +
                              " bytes, got " + llvm::Twine(text.size()));
    return false;
  }
  LineTable lines(text);
  bool indents = true;
  for (const char &c : text) {
    unsigned char byte = c;
    if (indents && c == '\t') {
      diagnostics.error(lines.at(&c),
                        "expected spaces before an entry, got a tab");
      return false;
    }
    indents = c == '\n' || (indents && c == ' ');
    if ((byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F) {
      diagnostics.error(lines.at(&c), "expected text, got the control "
                                      "character " +
                                          inQuotes(StringRef(&c, 1)));
      return false;
    }
  }
  auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  auto *end = reinterpret_cast<const llvm::UTF8 *>(text.end());
  const llvm::UTF8 *p = begin;
  if (!llvm::isLegalUTF8String(&p, end)) {
    diagnostics.error(lines.at(text.begin() + (p - begin)),
                      "expected UTF-8 text, got other bytes");
    return false;
  }
  return true;
}

namespace {
/// Where LLVM's parser sends its messages.
struct SyntaxErrors {
  const LineTable &lines;
  DiagnosticList &diagnostics;
  bool any = false;

  static void report(const llvm::SMDiagnostic &from, void *context) {
    auto &self = *static_cast<SyntaxErrors *>(context);
    if (self.any)
      return;
    self.any = true;
    const char *p = from.getLoc().getPointer();
    std::string message = from.getMessage().rtrim(".!").str();
    if (!message.empty())
      message[0] = llvm::toLower(message[0]);
    self.diagnostics.error(self.lines.contains(p) ? self.lines.at(p)
                                                  : SourcePoint{1, 1},
                           "not valid YAML: " + message);
  }
};
} // namespace

std::optional<YamlNode> dtc::plan::parseYaml(StringRef input,
                                             DiagnosticList &diagnostics,
                                             const YamlLimits &limits) {
  if (!checkText(input, diagnostics, limits))
    return std::nullopt;
  // A copy of our own, with a NUL behind it for LLVM's scanner.
  std::string copy = input.str();
  StringRef text = copy;
  text.consume_front("\xEF\xBB\xBF");
  LineTable lines(text);
  llvm::SourceMgr sources;
  SyntaxErrors syntax{lines, diagnostics};
  sources.setDiagHandler(SyntaxErrors::report, &syntax);
  yaml::Stream stream(text, sources, /*ShowColors=*/false);

  YamlNode root;
  auto document = stream.begin();
  if (document != stream.end()) {
    TreeBuilder builder(text, lines, diagnostics, limits);
    yaml::Node *node = document->getRoot();
    if (!builder.build(node, {1, 1}, 1, root) || stream.failed()) {
      if (!diagnostics.hasErrors())
        diagnostics.error({1, 1}, "not valid YAML");
      return std::nullopt;
    }
    ++document;
    if (!stream.failed() && document != stream.end()) {
      yaml::Node *rest = document->getRoot();
      SourcePoint at = rest ? builder.place(*rest, {1, 1}) : SourcePoint{1, 1};
      bool marked = text.starts_with("---") || text.contains("\n---");
      if (!stream.failed())
        diagnostics.error(at, marked ? "expected one YAML document, got more "
                                       "than one ('---')"
                                     : "not valid YAML: unexpected text after "
                                       "the end of the document");
      return std::nullopt;
    }
  }
  if (stream.failed())
    return std::nullopt;
  return root;
}

std::optional<std::string> dtc::plan::readTextFile(StringRef path,
                                                   DiagnosticList &diagnostics,
                                                   const YamlLimits &limits) {
  auto fail = [&](llvm::Error error) {
    diagnostics.error({},
                      "cannot be read: " +
                          StringRef(llvm::toString(std::move(error))).lower());
    return std::nullopt;
  };
  llvm::Expected<llvm::sys::fs::file_t> file =
      llvm::sys::fs::openNativeFileForRead(path);
  if (!file)
    return fail(file.takeError());
  std::string text;
  std::optional<std::string> result;
  while (true) {
    size_t room = std::min<size_t>(limits.bytes + 1 - text.size(), 1 << 16);
    size_t old = text.size();
    text.resize(old + room);
    llvm::Expected<size_t> got = llvm::sys::fs::readNativeFile(
        *file, llvm::MutableArrayRef<char>(text.data() + old, room));
    if (!got) {
      fail(got.takeError());
      break;
    }
    text.resize(old + *got);
    if (text.size() > limits.bytes) {
      diagnostics.error({}, "expected at most " + llvm::Twine(limits.bytes) +
                                " bytes, got more");
      break;
    }
    if (*got == 0) {
      result = std::move(text);
      break;
    }
  }
  llvm::sys::fs::closeFile(*file);
  return result;
}
