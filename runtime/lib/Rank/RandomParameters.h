//===- RandomParameters.h - Parameters without weights --------------------===//
//
// A counter-based generator: the value of an element is a function of the seed,
// the parameter's name and the element's index in the full parameter, so that
// every mesh gets the same parameters.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_RANDOMPARAMETERS_H
#define DTC_RUNTIME_LIB_RANK_RANDOMPARAMETERS_H

#include "Program.h"

namespace dtc::runtime {

/// Fills the dense piece `region` of `tensor`. Floating-point values are
/// uniform in [-0.05, 0.05]; those of a parameter whose last name part contains
/// `var` in [0.5, 1.5], as a variance is divided by. Integers and booleans are
/// 0: they are indices or masks as a rule.
void fillRandom(const BoundaryTensor &tensor, const Region &region,
                uint64_t seed, void *piece);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_RANDOMPARAMETERS_H
