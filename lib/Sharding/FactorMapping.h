//===- FactorMapping.h - Between placements and factors ---------*- C++ -*-===//
//
// A tensor's placements say which dimension a mesh axis splits; a rule thinks
// in factors. Translation in both directions, for one tensor at a time:
// 1. walk the mesh axes in order, with a cursor in each dimension's factors;
// 2. a split falls on the cursor's factor, the major ones first;
// 3. with minor factors behind it the split must divide the factor evenly, or
//    the pieces would not be pieces of the factor;
// 4. a factor that is split up completely moves the cursor to the next.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_SHARDING_FACTORMAPPING_H
#define DTC_LIB_SHARDING_FACTORMAPPING_H

#include "dtc/Sharding/Strategy.h"

namespace dtc {

/// What one mesh axis does in an op.
struct AxisUse {
  enum class Kind {
    None,     ///< every rank does the same
    Split,    ///< `factor` is split
    Partial,  ///< `operand` is held as `partial`, and so is the result
    Unmapped, ///< a tensor's dimension is split in a way no factor explains
  };
  Kind kind = Kind::None;
  int factor = -1;
  int operand = -1;
  Placement partial;

  static AxisUse none() { return {}; }
  static AxisUse split(int factor) {
    AxisUse use;
    use.kind = Kind::Split;
    use.factor = factor;
    return use;
  }
  static AxisUse partialOf(int operand, Placement partial) {
    AxisUse use;
    use.kind = Kind::Partial;
    use.operand = operand;
    use.partial = partial;
    return use;
  }
  bool isNone() const { return kind == Kind::None; }
  bool isSplit() const { return kind == Kind::Split; }
  bool isPartial() const { return kind == Kind::Partial; }
  bool operator==(const AxisUse &o) const {
    return kind == o.kind && factor == o.factor && operand == o.operand &&
           partial == o.partial;
  }
  bool operator!=(const AxisUse &o) const { return !(*this == o); }
};

/// One use a mesh axis.
using AxisUses = llvm::SmallVector<AxisUse, 2>;

/// What the placements of one tensor mean in factors. `operand` is recorded in
/// partial uses.
AxisUses readPlacements(const ShardingRule &rule, const TensorMapping &tensor,
                        llvm::ArrayRef<Placement> placements, const Mesh &mesh,
                        int operand);

/// The placements that split uses give one tensor; partial uses and factors
/// that it lacks read as replicate. Returns the first axis that it cannot
/// express in `failedAxis`, which is -1 on success.
Placements writePlacements(const ShardingRule &rule,
                           const TensorMapping &tensor,
                           llvm::ArrayRef<AxisUse> uses, const Mesh &mesh,
                           int &failedAxis);

/// The dimension of the tensor that has the factor, or -1.
int findFactor(const TensorMapping &tensor, int factor);

/// True when pieces of the factor may live on different ranks: all but whole
/// ones.
bool isSplittable(const Factor &factor);

/// True when the op, as mathematics, passes `partial` on from an operand.
bool isLinearIn(const ShardingRule &rule, const Placement &partial);

/// The first axis that splits the contracted factor of a mean unevenly, or -1:
/// the average of unequal pieces is not the average.
int unevenAverage(const ShardingRule &rule, llvm::ArrayRef<AxisUse> uses,
                  const Mesh &mesh);

/// The placements of all operands and results under the uses. Fails (with the
/// axis that is to blame, else -1 on success) where some tensor cannot express
/// them or the op has no meaning for them. Operands that are not read keep the
/// placements in `operands`.
Strategy buildStrategy(const ShardingRule &rule, llvm::ArrayRef<AxisUse> uses,
                       llvm::ArrayRef<TensorSpec> operands, const Mesh &mesh,
                       int &failedAxis);

/// Placements of a spec, replicated when it has none.
Placements placementsOf(const TensorSpec &spec, const Mesh &mesh);

/// The name of a mesh axis in quotes.
std::string quotedAxis(const Mesh &mesh, int64_t axis);

} // namespace dtc

#endif // DTC_LIB_SHARDING_FACTORMAPPING_H
