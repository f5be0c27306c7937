//===- PlacementWords.h - Short words for placements in tests ---*- C++ -*-===//

#ifndef DTC_UNITTESTS_SHARDING_PLACEMENTWORDS_H
#define DTC_UNITTESTS_SHARDING_PLACEMENTWORDS_H

#include "dtc/Sharding/RuleBuilders.h"
#include "dtc/Sharding/Strategy.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace dtc::words {

inline const Placement R = Placement::replicate();
inline const Placement P = Placement::partial();
inline const Placement Pavg = Placement::partial(ReduceKind::Avg);
inline const Placement Pmax = Placement::partial(ReduceKind::Max);
inline Placement S(int64_t dim) { return Placement::shard(dim); }
inline Placement MP(int64_t rows) { return Placement::maskPartial(rows); }

inline Mesh mesh(std::initializer_list<int64_t> sizes) {
  static const char *const names[] = {"tp", "dp", "pp"};
  Mesh result;
  for (int64_t size : sizes)
    result.axes.push_back({names[result.axes.size()], size});
  return result;
}

inline TensorSpec spec(std::initializer_list<int64_t> shape,
                       std::initializer_list<Placement> placements) {
  TensorSpec result;
  result.shape.assign(shape.begin(), shape.end());
  result.placements.assign(placements.begin(), placements.end());
  return result;
}

/// "[partial(sum)] [shard(0)] -> [partial(sum)]", or "error: ...".
inline std::string eager(const ShardingRule &rule,
                         std::vector<TensorSpec> operands, const Mesh &mesh) {
  std::vector<TensorSpec> results(rule.results.size());
  auto strategy = chooseEager(rule, operands, results, mesh,
                              Topology(mesh.axes.size(), Link::cpu()));
  if (!strategy)
    return "error: " + llvm::toString(strategy.takeError());
  std::string text;
  for (const Placements &placements : strategy->operands)
    text += stringify(placements) + " ";
  text += "->";
  for (const Placements &placements : strategy->results)
    text += " " + stringify(placements);
  return text;
}

/// "" where the placements are legal, else the error.
inline std::string verify(const ShardingRule &rule,
                          std::vector<TensorSpec> operands,
                          std::vector<TensorSpec> results, const Mesh &mesh) {
  return llvm::toString(verifyStrategy(rule, operands, results, mesh));
}

} // namespace dtc::words

#endif // DTC_UNITTESTS_SHARDING_PLACEMENTWORDS_H
