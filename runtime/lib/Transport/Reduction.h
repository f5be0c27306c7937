//===- Reduction.h - Combining the values of several ranks ----------------===//

#ifndef DTC_RUNTIME_LIB_TRANSPORT_REDUCTION_H
#define DTC_RUNTIME_LIB_TRANSPORT_REDUCTION_H

#include <cstdint>

namespace dtc::runtime {

/// out[i] = sources[0][i] op sources[1][i] op …, from left to right, of
/// `count` elements; divided by `numSources` for an average. `out` may be one
/// of the sources. 16-bit floats are combined in f32 and rounded once;
/// integers wrap around, and an average of them is cut off towards zero; a NaN
/// wins a maximum or minimum.
using Reduction = void (*)(void *out, const void *const *sources,
                           int64_t numSources, int64_t count);

/// The reduction for a `dtc_dtype` and a `dtc_reduce`, in the widest vectors
/// of this processor.
Reduction reductionFor(int32_t dtype, int32_t reduce);

/// Copies past the caches: for memory that another processor has in its own,
/// where an ordinary store would first have to fetch every line. `to` is
/// 64-byte aligned. Stores after it are seen after it.
using StreamingCopy = void (*)(void *to, const void *from, int64_t bytes);
StreamingCopy streamingCopy();

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_TRANSPORT_REDUCTION_H
