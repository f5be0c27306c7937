//===- Staging.h - Operands in a layout that a kernel can read ------------===//
//
// An operand that the kernel wants in another layout is copied to (or from) a
// dense buffer around each execution, in memory that all primitives share.
// Without staging the caller's pointer goes to the kernel as it is.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_PRIMITIVES_STAGING_H
#define DTC_RUNTIME_LIB_PRIMITIVES_STAGING_H

#include "Engine.h"

namespace dtc::runtime {

/// How much of the shared memory the operands of one primitive have taken.
struct StagingSpace {
  size_t used = 0;
};

/// One operand of a primitive: the memory object that the kernel was given,
/// and the copy in front of or behind it if there is one.
class Operand {
public:
  enum Direction { Read, Written };

  Operand() = default;
  /// `outside` is the caller's layout, `inside` the kernel's.
  Operand(const dnnl_memory_desc_t &outside, const dnnl_memory_desc_t &inside,
          Direction direction, StagingSpace &space);

  dnnl_memory_t memory() const { return kernelMemory.get(); }
  bool isStaged() const { return copy.get() != nullptr; }

  /// Before execution: takes the caller's buffer, and copies it in if staged.
  dnnl_status_t bind(void *data) const;
  /// After execution: copies out a staged result.
  dnnl_status_t finish() const;

private:
  dnnl_status_t runCopy() const;

  DnnlMemory kernelMemory;
  DnnlMemory callerMemory;
  DnnlPrimitive copy;
  AlignedBuffer buffer;
  Direction direction = Read;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_PRIMITIVES_STAGING_H
