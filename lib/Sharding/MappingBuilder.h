//===- MappingBuilder.h - Mappings that builders share ----------*- C++ -*-===//

#ifndef DTC_LIB_SHARDING_MAPPINGBUILDER_H
#define DTC_LIB_SHARDING_MAPPINGBUILDER_H

#include "dtc/Sharding/RuleBuilders.h"

#include "llvm/ADT/STLExtras.h"

namespace dtc {

/// One new factor of `role` for each dimension, named `prefix` and its number.
inline TensorMapping addDimensions(ShardingRule &rule, Shape shape,
                                   const std::string &prefix,
                                   FactorRole role = FactorRole::Parallel) {
  TensorMapping tensor;
  for (auto [dim, extent] : llvm::enumerate(shape))
    tensor.dims.push_back(
        {rule.addFactor(prefix + std::to_string(dim), extent, role)});
  return tensor;
}

/// The mapping of an operand of shape `operand` that broadcasts, as in NumPy,
/// to a tensor of shape `result` mapped as `mapping`: equal dimensions share
/// factors, repeated ones have none.
inline TensorMapping broadcastMapping(const TensorMapping &mapping,
                                      Shape result, Shape operand) {
  TensorMapping tensor;
  size_t missing = result.size() - operand.size();
  for (auto [dim, extent] : llvm::enumerate(operand)) {
    if (extent == result[missing + dim])
      tensor.dims.push_back(mapping.dims[missing + dim]);
    else
      tensor.dims.emplace_back();
  }
  return tensor;
}

/// `list[index]`, or `fallback` where the list is too short.
inline int64_t elementOr(llvm::ArrayRef<int64_t> list, size_t index,
                         int64_t fallback) {
  return index < list.size() ? list[index] : fallback;
}

} // namespace dtc

#endif // DTC_LIB_SHARDING_MAPPINGBUILDER_H
