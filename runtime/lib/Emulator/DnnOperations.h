//===- DnnOperations.h - What a graph of cuDNN's computes -----------------===//
//
// Operations as their descriptors say, executed on the processor one after the
// other: sums in f64, each tensor's elements rounded to its type.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_EMULATOR_DNNOPERATIONS_H
#define DTC_RUNTIME_LIB_EMULATOR_DNNOPERATIONS_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dtc::emulated {

using Extents = std::vector<int64_t>;

struct DnnTensor {
  int64_t id = 0;
  int type = 0;
  Extents extents, strides;
  int64_t alignment = 1;
  bool isVirtual = false, isByValue = false;

  /// Bytes from the first element to behind the last.
  uint64_t reach() const;
};

struct DnnOperation {
  int kind = 0; ///< DnnDescriptorKind
  int mode = 0; ///< of pointwise operations and reductions
  int64_t axis = 0;
  bool keepsNan = false; ///< in a maximum with 0
  /// Operands, then the result. Of all convolutions: input, weight, result.
  std::vector<DnnTensor> tensors;
  /// What `tensors` has of it is written.
  size_t computed = 0;
  Extents strides, dilations, padsBegin, padsEnd; ///< of convolutions

  const DnnTensor &result() const { return tensors[computed]; }
};

/// Why the operation's tensors do not fit; empty when they do.
std::string checkShapes(const DnnOperation &operation);

/// Runs them; addresses are those of tensors that are not virtual.
void compute(const std::vector<DnnOperation> &operations,
             const std::map<int64_t, const void *> &addresses);

} // namespace dtc::emulated

#endif // DTC_RUNTIME_LIB_EMULATOR_DNNOPERATIONS_H
