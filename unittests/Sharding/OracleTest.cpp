//===- OracleTest.cpp - The rules against measured placements -------------===//
//
// Runs every case of test/Fixtures/oracle/dtensor.json: an expression over
// placed operands through the rule builders and the eager policy. Placements,
// shapes and collectives must be as measured; where the reference refuses, so
// must the rules.
//
//===----------------------------------------------------------------------===//

#include "OracleRules.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>

using namespace dtc;
using namespace dtc::oracle;

namespace json = llvm::json;

/// Placement words as a value; replicated where a word is none.
static Placements placementsFrom(const json::Array &words) {
  Placements placements;
  for (const json::Value &word : words)
    placements.push_back(llvm::cantFail(
        parsePlacement(word.getAsString().value_or("replicate"))));
  return placements;
}

static Mesh meshFrom(const json::Array &sizes) {
  Mesh mesh;
  for (const json::Value &size : sizes)
    mesh.axes.push_back(
        {"a" + std::to_string(mesh.axes.size()), *size.getAsInteger()});
  return mesh;
}

static std::map<std::string, TensorSpec>
operandsFrom(const json::Object &operands) {
  std::map<std::string, TensorSpec> result;
  for (const auto &[name, value] : operands) {
    TensorSpec spec;
    for (const json::Value &extent : *value.getAsObject()->getArray("shape"))
      spec.shape.push_back(*extent.getAsInteger());
    spec.placements =
        placementsFrom(*value.getAsObject()->getArray("placements"));
    result[name.str()] = spec;
  }
  return result;
}

static std::string describe(const std::map<std::string, int64_t> &counts) {
  std::string text;
  for (const auto &[kind, count] : counts)
    text += " " + kind + ":" + std::to_string(count);
  return text;
}

/// Compares what came out with what was measured; "" when they agree.
static std::string compare(const json::Object &expected,
                           const TensorSpec &result, const Evaluator &evaluator,
                           const std::vector<std::string> &names) {
  if (expected.get("error"))
    return "expected an error, got " + stringify(result.placements);
  Placements placements = placementsFrom(*expected.getArray("placements"));
  if (placements != result.placements)
    return "expected " + stringify(placements) + ", got " +
           stringify(result.placements);
  llvm::SmallVector<int64_t, 6> shape;
  for (const json::Value &extent : *expected.getArray("shape"))
    shape.push_back(*extent.getAsInteger());
  if (shape != result.shape)
    return "another shape than expected";
  if (const json::Object *counts = expected.getObject("collectives")) {
    std::map<std::string, int64_t> wanted;
    for (const auto &[kind, count] : *counts)
      wanted[kind.str()] = *count.getAsInteger();
    if (wanted != evaluator.getCollectives())
      return "expected" + describe(wanted) + ", got" +
             describe(evaluator.getCollectives());
  }
  if (const json::Object *operands = expected.getObject("operand_placements"))
    for (auto [index, name] : llvm::enumerate(names)) {
      Placements wanted = placementsFrom(*operands->getArray(name));
      Placements got = evaluator.getLastOperands()[index];
      if (wanted != got)
        return "expected '" + name + "' as " + stringify(wanted) + ", got " +
               stringify(got);
    }
  return "";
}

/// "" when the case agrees, else how it does not.
static std::string runCase(const json::Object &object) {
  auto expression = parseExpression(*object.getString("expr"));
  if (!expression)
    return llvm::toString(expression.takeError());
  Mesh mesh = meshFrom(*object.getArray("mesh"));
  Topology topology(mesh.axes.size(), *object.getString("topology") == "nvlink"
                                          ? Link::nvlink()
                                          : Link::cpu());
  Evaluator evaluator(mesh, topology,
                      operandsFrom(*object.getObject("operands")));
  auto results = evaluator.evaluate(*expression);
  const json::Object &expected = *object.getObject("expect");
  if (!results) {
    std::string error = llvm::toString(results.takeError());
    bool refused = expected.get("error") &&
                   !llvm::StringRef(error).starts_with("no rule for");
    return refused ? "" : "refused: " + error;
  }
  return compare(expected, results->front(), evaluator, {"x", "y"});
}

TEST(OracleTest, EveryMeasuredCaseAgrees) {
  auto buffer = llvm::MemoryBuffer::getFile(DTC_ORACLE);
  ASSERT_TRUE(buffer) << DTC_ORACLE;
  auto cases = json::parse((*buffer)->getBuffer());
  ASSERT_TRUE(static_cast<bool>(cases));
  const json::Array &list = *cases->getAsArray();
  ASSERT_GE(list.size(), 600u);
  size_t agreeing = 0;
  for (const json::Value &value : list) {
    std::string deviation = runCase(*value.getAsObject());
    agreeing += deviation.empty();
    EXPECT_EQ(deviation, "") << value.getAsObject()->getString("id")->str();
  }
  RecordProperty("agreeing", static_cast<int>(agreeing));
}
