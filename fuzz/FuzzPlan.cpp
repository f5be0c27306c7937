//===- FuzzPlan.cpp - Fuzzing plans, specs, globs and option values -------===//
//
// The first byte chooses the parser, the rest is its text. What parses must
// also survive the steps behind the parser: meshes, module trees, messages.
// Build with -DDTC_FUZZ=ON -DDTC_SANITIZE=ON.
//
//===----------------------------------------------------------------------===//

#include "dtc/Plan/LayoutResolution.h"
#include "dtc/Plan/ModuleTree.h"
#include "dtc/Plan/OptionValues.h"
#include "dtc/Plan/TrainingSpec.h"

#include <cstdlib>

using namespace dtc;
using namespace dtc::plan;
using llvm::StringRef;

static Mesh twoAxes() {
  Mesh mesh;
  appendAxis(mesh, "dp", 2);
  appendAxis(mesh, "tp", 4);
  return mesh;
}

static void fuzzPlan(StringRef text) {
  ParsedPlan parsed = parsePlan(text, "plan.yaml");
  Mesh mesh = parsed.plan.mesh ? parsed.plan.mesh->mesh : twoAxes();
  checkPlanOnMesh(parsed.plan, mesh, parsed.diagnostics);
  ModuleTree tree;
  for (StringRef name : {"layers.0.wq.weight", "layers.1.wq.weight", "net1.w"})
    tree.addParameter(name);
  NameTable names({"layers.0.wq.weight", "net1.w", "x"});
  matchModules(parsed.plan, tree, parsed.diagnostics);
  matchNames(parsed.plan.placements, names, parsed.diagnostics);
  for (const PlacementEntry &entry : parsed.plan.inputs)
    if (auto words = resolveSpec(entry.placement, mesh, parsed.diagnostics))
      resolveDims(*words, 3, entry.name, parsed.diagnostics);
  parsed.diagnostics.str();
}

static void fuzzGlob(StringRef text) {
  auto [pattern, name] = text.split('\n');
  Glob glob(pattern);
  bool matched = glob.matches(name);
  if (glob.isLiteral() && matched != (pattern == name))
    abort();
  ModuleTree tree;
  tree.addScope(name);
  ModuleGlob path(pattern);
  if (tree.match(path).empty())
    tree.suggest(path);
}

static void fuzzOptions(StringRef text) {
  if (auto mesh = parseMeshOption(text); !mesh)
    llvm::consumeError(mesh.takeError());
  if (auto dim = parseDimOption(text); !dim)
    llvm::consumeError(dim.takeError());
  if (auto shape = parseInputShapeOption(text); !shape)
    llvm::consumeError(shape.takeError());
  PlacementWordOrError parsed = parsePlacementWord(text);
  // What prints must parse back to the same word.
  if (parsed.word && parsePlacementWord(parsed.word->str()).word != parsed.word)
    abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  StringRef text(reinterpret_cast<const char *>(data) + 1, size - 1);
  switch (data[0] % 4) {
  case 0:
    fuzzPlan(text);
    break;
  case 1:
    parseTrainingSpec(text, "train.yaml").diagnostics.str();
    break;
  case 2:
    fuzzGlob(text);
    break;
  case 3:
    fuzzOptions(text);
    break;
  }
  return 0;
}
