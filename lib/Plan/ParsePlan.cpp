//===- ParsePlan.cpp - Reading parallel plan files ------------------------===//
//
// 1. Text to tree (YamlTree), with its own limits and messages.
// 2. Each top-level key has a reader; a reader reports everything wrong in its
//    part and goes on, so one run shows all errors of a file.
// 3. What needs the mesh or the model is checked later (LayoutResolution,
//    ModuleTree): both may come from the command line.
//
//===----------------------------------------------------------------------===//

#include "Styles.h"

#include "dtc/Plan/OptionValues.h"
#include "dtc/Plan/Spelling.h"

using namespace dtc;
using namespace dtc::plan;
using llvm::StringRef;

static void readMesh(const YamlNode &node, YamlReader &reader, Plan &plan) {
  if (node.kind != YamlNode::Kind::Mapping)
    return reader.mismatch(
        node, "a mapping from axis names to sizes, as in '{tp: 4}'");
  MeshEntry mesh;
  mesh.at = node.at;
  for (const YamlEntry &axis : node.entries) {
    std::optional<int64_t> size = reader.integer(
        axis.value, "an integer size for mesh axis " + inQuotes(axis.key));
    if (!size)
      continue;
    std::string error = appendAxis(mesh.mesh, axis.key, *size);
    if (!error.empty())
      reader.diagnostics().error(axis.keyAt, error);
  }
  if (node.entries.empty())
    reader.diagnostics().error(node.at,
                               "expected at least one mesh axis, got none");
  plan.mesh = std::move(mesh);
}

static void readParallelize(const YamlNode &node, YamlReader &reader,
                            Plan &plan) {
  for (const YamlEntry &entry : reader.entries(node, "'parallelize'"))
    if (std::optional<Style> style = readStyle(entry.value, reader))
      plan.parallelize.push_back({entry.key, entry.keyAt, std::move(*style)});
}

static void readPlacements(const YamlEntry &from, YamlReader &reader,
                           std::vector<PlacementEntry> &out) {
  for (const YamlEntry &entry :
       reader.entries(from.value, "'" + from.key + "'"))
    if (std::optional<PlacementSpec> spec = readPlacement(entry.value, reader))
      out.push_back({entry.key, entry.keyAt, std::move(*spec)});
}

static void readOutputs(const YamlNode &node, YamlReader &reader, Plan &plan) {
  for (const YamlEntry &entry : reader.entries(node, "'outputs'")) {
    if (entry.value.kind == YamlNode::Kind::Scalar &&
        entry.value.text == "as_is") {
      plan.outputs.push_back({entry.key, entry.keyAt, std::nullopt});
      continue;
    }
    if (std::optional<PlacementSpec> spec = readPlacement(entry.value, reader))
      plan.outputs.push_back({entry.key, entry.keyAt, std::move(*spec)});
  }
}

/// `{latency_us: …, bandwidth_gb_s: …}`; both are needed.
static std::optional<AxisLink> readCustomLink(const YamlNode &node,
                                              YamlReader &reader) {
  AxisLink link;
  link.kind = LinkKind::Custom;
  std::optional<double> latency, bandwidth;
  reader.fields(node, "a link",
                {{"latency_us",
                  [&](const YamlEntry &e) {
                    latency =
                        reader.number(e.value, "a number of microseconds");
                    if (latency && *latency < 0)
                      reader.diagnostics().error(
                          e.value.at, "expected 'latency_us' of at least 0, "
                                      "got " +
                                          inQuotes(e.value.text));
                  }},
                 {"bandwidth_gb_s", [&](const YamlEntry &e) {
                    bandwidth = reader.number(e.value, "a number of GB/s");
                    if (bandwidth && *bandwidth <= 0)
                      reader.diagnostics().error(
                          e.value.at, "expected 'bandwidth_gb_s' above 0, "
                                      "got " +
                                          inQuotes(e.value.text));
                  }}});
  for (StringRef key : {"latency_us", "bandwidth_gb_s"})
    if (llvm::none_of(node.entries,
                      [&](const YamlEntry &e) { return e.key == key; }))
      reader.diagnostics().error(node.at, "a link needs the key '" + key + "'");
  if (!latency || !bandwidth)
    return std::nullopt;
  link.latencyUs = *latency;
  link.bandwidthGbS = *bandwidth;
  return link;
}

static std::optional<AxisLink> readLink(const YamlNode &node,
                                        YamlReader &reader) {
  if (node.kind == YamlNode::Kind::Mapping)
    return readCustomLink(node, reader);
  if (node.kind != YamlNode::Kind::Scalar) {
    reader.mismatch(node, "a link: cpu, ethernet, nvlink or {latency_us: …, "
                          "bandwidth_gb_s: …}");
    return std::nullopt;
  }
  std::optional<size_t> index =
      reader.choice(node, "link", {"cpu", "ethernet", "nvlink"});
  if (!index)
    return std::nullopt;
  AxisLink link;
  link.kind = static_cast<LinkKind>(*index);
  return link;
}

static void readTopology(const YamlNode &node, YamlReader &reader, Plan &plan) {
  for (const YamlEntry &entry : reader.entries(node, "'topology'"))
    if (std::optional<AxisLink> link = readLink(entry.value, reader)) {
      link->axis = entry.key;
      link->at = entry.keyAt;
      plan.topology.push_back(std::move(*link));
    }
}

static void readPolicy(const YamlNode &node, YamlReader &reader, Plan &plan) {
  plan.policyAt = node.at;
  if (std::optional<size_t> index =
          reader.choice(node, "policy", {"eager", "optimal"}))
    plan.policy = *index == 0 ? Policy::Eager : Policy::Optimal;
}

static void readPlan(const YamlNode &root, YamlReader &reader, Plan &plan) {
  reader.fields(
      root, "a plan",
      {{"mesh", [&](const YamlEntry &e) { readMesh(e.value, reader, plan); }},
       {"parallelize",
        [&](const YamlEntry &e) { readParallelize(e.value, reader, plan); }},
       {"placements",
        [&](const YamlEntry &e) {
          readPlacements(e, reader, plan.placements);
        }},
       {"inputs",
        [&](const YamlEntry &e) { readPlacements(e, reader, plan.inputs); }},
       {"outputs",
        [&](const YamlEntry &e) { readOutputs(e.value, reader, plan); }},
       {"topology",
        [&](const YamlEntry &e) { readTopology(e.value, reader, plan); }},
       {"policy",
        [&](const YamlEntry &e) { readPolicy(e.value, reader, plan); }}});
}

ParsedPlan dtc::plan::parsePlan(StringRef text, StringRef fileName) {
  ParsedPlan result{{}, DiagnosticList(fileName)};
  std::optional<YamlNode> root = parseYaml(text, result.diagnostics);
  if (root) {
    YamlReader reader(result.diagnostics);
    if (root->kind != YamlNode::Kind::Null)
      readPlan(*root, reader, result.plan);
    if (!result.diagnostics.hasErrors() && result.plan.asksForNothing())
      result.diagnostics.warning(
          root->at, "the plan is empty: everything will be replicated");
  }
  result.diagnostics.sort();
  return result;
}

ParsedPlan dtc::plan::parsePlanFile(StringRef path) {
  DiagnosticList diagnostics(path);
  std::optional<std::string> text = readTextFile(path, diagnostics);
  if (!text)
    return {{}, std::move(diagnostics)};
  return parsePlan(*text, path);
}
