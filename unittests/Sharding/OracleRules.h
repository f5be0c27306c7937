//===- OracleRules.h - Oracle expressions through the rules -----*- C++ -*-===//

#ifndef DTC_UNITTESTS_SHARDING_ORACLERULES_H
#define DTC_UNITTESTS_SHARDING_ORACLERULES_H

#include "OracleExpression.h"
#include "dtc/Sharding/RuleBuilders.h"
#include "dtc/Sharding/Strategy.h"

#include <map>

namespace dtc::oracle {

/// Evaluates expressions on placed tensors: shapes and placements only. Counts
/// the collectives on the way.
class Evaluator {
public:
  Evaluator(Mesh mesh, Topology topology, std::map<std::string, TensorSpec> env)
      : mesh(std::move(mesh)), topology(std::move(topology)),
        environment(std::move(env)) {}

  /// The results of the expression; most have one.
  llvm::Expected<std::vector<TensorSpec>> evaluate(const Expression &e);

  /// Collectives so far, by their names in reports.
  const std::map<std::string, int64_t> &getCollectives() const {
    return collectives;
  }
  /// Where the last op wanted its operands.
  const std::vector<Placements> &getLastOperands() const {
    return lastOperands;
  }

private:
  using Values = std::vector<TensorSpec>;
  using Shape = llvm::SmallVector<int64_t, 6>;

  llvm::Expected<Values> call(const Expression &e);
  llvm::Expected<Values> callElementwise(const Expression &e, Values &x);
  llvm::Expected<Values> callReduction(const Expression &e, TensorSpec x);
  llvm::Expected<Values> callShape(const Expression &e, TensorSpec x);
  llvm::Expected<Values> callWhole(const Expression &e, TensorSpec x);
  llvm::Expected<Values> callJoin(const Expression &e, Values x);
  llvm::Expected<Values> callProduct(const Expression &e, Values x);
  llvm::Expected<Values> method(const Expression &e);
  llvm::Expected<Values> index(const Expression &e);
  llvm::Expected<Values> redistribute(const Expression &e, TensorSpec x);
  llvm::Expected<Values> pointwise(Values operands, Linearity linearity);
  llvm::Expected<Values> reshape(TensorSpec x, Shape to, ReshapeFlags flags);
  llvm::Expected<Values> apply(const ShardingRule &rule, Values operands,
                               std::vector<Shape> results);
  llvm::Error count(const TensorSpec &spec, llvm::ArrayRef<Placement> to);

  Mesh mesh;
  Topology topology;
  std::map<std::string, TensorSpec> environment;
  std::map<std::string, int64_t> collectives;
  std::vector<Placements> lastOperands;
};

/// "shard(0)" and so on as a placement.
llvm::Expected<Placement> parsePlacement(llvm::StringRef word);

} // namespace dtc::oracle

#endif // DTC_UNITTESTS_SHARDING_ORACLERULES_H
