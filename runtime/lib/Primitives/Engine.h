//===- Engine.h - The process's oneDNN engine, and handles ----------------===//
//
// One CPU engine, one stream and one scratchpad a process: a rank executes its
// primitives one after the other.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_PRIMITIVES_ENGINE_H
#define DTC_RUNTIME_LIB_PRIMITIVES_ENGINE_H

#include "dtc/runtime/AlignedBuffer.h"
#include "dtc/runtime/program.h"
#include <dnnl.h>
#include <memory>
#include <string>
#include <vector>

namespace dtc::runtime {

/// Owns one oneDNN object of type `T *`.
template <typename T, dnnl_status_t (*Destroy)(T *)> class DnnlHandle {
public:
  DnnlHandle() = default;
  explicit DnnlHandle(T *object) : object(object) {}
  DnnlHandle(DnnlHandle &&other) noexcept
      : object(std::exchange(other.object, nullptr)) {}
  DnnlHandle &operator=(DnnlHandle &&other) noexcept {
    std::swap(object, other.object);
    return *this;
  }
  ~DnnlHandle() {
    if (object)
      Destroy(object);
  }
  T *get() const { return object; }

private:
  T *object = nullptr;
};

using DnnlPrimitive = DnnlHandle<dnnl_primitive, dnnl_primitive_destroy>;
using DnnlPrimitiveDesc =
    DnnlHandle<dnnl_primitive_desc, dnnl_primitive_desc_destroy>;
using DnnlMemory = DnnlHandle<dnnl_memory, dnnl_memory_destroy>;
using DnnlAttributes =
    DnnlHandle<dnnl_primitive_attr, dnnl_primitive_attr_destroy>;
using DnnlPostOps = DnnlHandle<dnnl_post_ops, dnnl_post_ops_destroy>;

/// Thrown while a primitive is created and caught by its C entry point, which
/// ends the rank; never thrown by a step.
struct PrimitiveError {
  std::string message;
};

/// Throws when oneDNN refused `action`.
void checkDnnl(dnnl_status_t status, const char *action);

dnnl_engine_t cpuEngine();
dnnl_stream_t cpuStream();

/// Memory for `bytes` of scratch, shared by all primitives of the process when
/// it fits; `own` keeps it otherwise.
void *scratchpad(size_t bytes, AlignedBuffer &own);

/// `bytes` for copies of operands, from byte `begin` on of what all primitives
/// of the process share, as they run one after the other; `own` keeps them
/// where that is not large enough.
void *stagingMemory(size_t begin, size_t bytes, AlignedBuffer &own);

/// A memory object without data.
DnnlMemory makeMemory(const dnnl_memory_desc_t &desc, void *data);

dnnl_memory_desc_t stridedDesc(const std::vector<int64_t> &shape,
                               const std::vector<int64_t> &strides,
                               dnnl_data_type_t type);

/// The oneDNN type of `dtype`, or throws: contractions exist for f32 and bf16.
dnnl_data_type_t dnnlType(int32_t dtype, const char *what);

const dnnl_memory_desc_t &queryDesc(const_dnnl_primitive_desc_t desc,
                                    dnnl_query_t what, int index);

/// Its name inside oneDNN, `brg:avx512_core` or `ref:any`.
std::string implementationName(const_dnnl_primitive_desc_t desc);

/// Copies `from` to `to`, changing the layout.
void reorder(const dnnl_memory_desc_t &fromDesc, const void *from,
             const dnnl_memory_desc_t &toDesc, void *to);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_PRIMITIVES_ENGINE_H
