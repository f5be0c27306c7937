//===- DnnGraph.h - Operations that are described to cuDNN ----------------===//
//
// cuDNN is told what to compute by a graph of operations on tensors. Tensors
// in memory have numbers, by which a call brings their addresses; virtual ones
// lie between operations and nowhere in memory.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_DNNGRAPH_H
#define DTC_RUNTIME_LIB_CUDA_DNNGRAPH_H

#include "Dnn.h"
#include <memory>
#include <optional>
#include <vector>

namespace dtc::runtime::cuda {

using Extents = std::vector<int64_t>;

/// The strides of a tensor without gaps, the last dimension fastest.
Extents denseStrides(const Extents &extents);

/// Where tensors in a call's workspace begin.
constexpr int64_t kScratchAlignment = 256;

/// A descriptor of the library's. The first call that fails is what finalize()
/// says.
class DnnDescriptor {
public:
  DnnDescriptor(const Dnn &dnn, DnnDescriptorKind kind);
  DnnDescriptor(DnnDescriptor &&other) noexcept;
  DnnDescriptor &operator=(DnnDescriptor &&) = delete;
  ~DnnDescriptor();

  void set(DnnAttribute attribute, DnnElements elements, int64_t count,
           const void *values);
  void setNumber(DnnAttribute attribute, DnnElements elements, int value) {
    set(attribute, elements, 1, &value);
  }
  void setI64s(DnnAttribute attribute, const Extents &values) {
    set(attribute, kDnnI64s, static_cast<int64_t>(values.size()),
        values.data());
  }
  void setFloat(DnnAttribute attribute, float value) {
    set(attribute, kDnnFloats, 1, &value);
  }
  void setDescriptor(DnnAttribute attribute, Handle value) {
    set(attribute, kDnnDescriptors, 1, &value);
  }
  Status finalize();
  Handle handle() const { return descriptor; }

private:
  const Dnn &dnn;
  Handle descriptor = nullptr;
  std::optional<Error> problem;
};

/// A number that every call brings along, from the host.
struct DnnScalar {
  int64_t id;
  float value;
};

/// A tensor of a call that only the library reads and writes.
struct DnnScratch {
  int64_t id;
  size_t bytes;
};

/// What is joined to what on each side of a convolution.
struct DnnWindows {
  Extents strides, dilations, padsBegin, padsEnd;
};

class DnnGraph {
public:
  explicit DnnGraph(const Dnn &dnnOf) : dnn(dnnOf) {}

  /// Tensors; all handles are null after an error, which finish() reports.
  Handle tensor(int64_t id, DnnType type, const Extents &extents,
                const Extents &strides, int64_t alignment);
  Handle between(DnnType type, const Extents &extents);
  /// Between operations, f32, in memory without gaps: of each call's workspace.
  Handle scratch(const Extents &extents);
  Handle scalar(float value, size_t rank);

  /// `kind` says which of the three is computed from the other two; sums are in
  /// f32.
  void convolve(DnnDescriptorKind kind, const DnnWindows &windows, Handle input,
                Handle weight, Handle result);
  /// Of one or two operands, in f32; numbers of 32 bits for indices.
  void pointwise(DnnPointwiseMode mode, Handle result, Handle first,
                 Handle second = nullptr);
  /// The element's place along the dimension.
  void index(Handle result, Handle like, int64_t dimension);
  /// first >= second, of i32.
  void greaterEqual(Handle result, Handle first, Handle second);
  /// first where the condition holds, else second.
  void select(Handle result, Handle condition, Handle first, Handle second);
  void multiply(Handle result, Handle a, Handle b);
  void reduce(DnnReduction reduction, Handle result, Handle input);
  /// The same elements where they lie, by other extents and strides.
  Handle view(Handle input, DnnType type, const Extents &extents,
              const Extents &strides);

  /// The finalised operation graph, or the first error.
  Result<Handle> finish();
  const std::vector<DnnScalar> &scalars() const { return numbers; }
  const std::vector<DnnScratch> &scratches() const { return temporaries; }

private:
  friend class DnnPlan;

  DnnDescriptor &make(DnnDescriptorKind kind);
  Handle finished(DnnDescriptor &descriptor);
  void operation(DnnDescriptor &descriptor);
  Handle describeTensor(DnnDescriptor &descriptor, int64_t id, DnnType type,
                        const Extents &extents, const Extents &strides,
                        int64_t alignment);
  Handle describeVirtual(DnnType type, const Extents &extents,
                         const Extents &strides);
  Handle pointwiseDescriptor(DnnPointwiseMode mode, DnnType precision,
                             int64_t axis);
  void addPointwise(Handle descriptor, Handle result, Handle first,
                    Handle second, Handle condition);

  const Dnn &dnn;
  /// They live as long as the graph, which refers to them.
  std::vector<std::unique_ptr<DnnDescriptor>> descriptors;
  std::vector<Handle> operations;
  std::vector<DnnScalar> numbers;
  std::vector<DnnScratch> temporaries;
  int64_t numVirtual = 0;
  std::optional<Error> problem;
};

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_DNNGRAPH_H
