//===- ShardingRule.cpp - Rules as values and as text ---------------------===//
//
// A rule prints as the mappings of operands and results, dimension by dimension
// with factors of one dimension joined by '*', then the factors of each role
// other than parallel.
//
//===----------------------------------------------------------------------===//

#include "dtc/Sharding/ShardingRule.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace dtc;

int ShardingRule::addFactor(std::string name, int64_t size, FactorRole role,
                            ReduceKind reduce) {
  factors.push_back({std::move(name), size, role, reduce});
  return static_cast<int>(factors.size()) - 1;
}

static std::string printTensors(const ShardingRule &rule,
                                llvm::ArrayRef<TensorMapping> tensors) {
  auto printDim = [&](const DimFactors &dim) -> std::string {
    if (dim.empty())
      return "1";
    return llvm::join(
        llvm::map_range(dim,
                        [&](int factor) { return rule.factors[factor].name; }),
        "*");
  };
  auto printTensor = [&](const TensorMapping &tensor) {
    return "[" + llvm::join(llvm::map_range(tensor.dims, printDim), ", ") + "]";
  };
  return "(" + llvm::join(llvm::map_range(tensors, printTensor), ", ") + ")";
}

static std::string printRole(const ShardingRule &rule, FactorRole role,
                             llvm::StringRef name) {
  std::vector<std::string> words;
  for (const Factor &factor : rule.factors) {
    if (factor.role != role)
      continue;
    std::string word = factor.name;
    if (role == FactorRole::Contract)
      word += (": " + stringify(factor.reduce)).str();
    words.push_back(word);
  }
  if (words.empty())
    return "";
  return (" " + name + " = {" + llvm::join(words, ", ") + "}").str();
}

std::string ShardingRule::str() const {
  return printTensors(*this, operands) + " -> " + printTensors(*this, results) +
         printRole(*this, FactorRole::Contract, "contract") +
         printRole(*this, FactorRole::Whole, "whole") +
         printRole(*this, FactorRole::Window, "window") +
         printRole(*this, FactorRole::Lookup, "lookup");
}
