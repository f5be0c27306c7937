//===- ReluMasks.h - Masks that products with a relu write ----------------===//
//
// Of a relu, a product in the forward pass writes a mask, which a product in
// the backward pass reads. Only the library knows what is in it, so that the
// latter may read it only where the former wrote it, as the same matrices.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_RELUMASKS_H
#define DTC_RUNTIME_LIB_CUDA_RELUMASKS_H

#include <cstdint>
#include <functional>
#include <map>
#include <tuple>

namespace dtc::runtime::cuda {

class ReluMasks {
public:
  /// Rows, columns and number of the matrices.
  using Shape = std::tuple<int64_t, int64_t, int64_t>;
  /// Whether the library's gradient of relu, by a mask, is that of programs.
  using Agrees = std::function<bool(int32_t dtype)>;

  explicit ReluMasks(Agrees agreesOf) : agrees(std::move(agreesOf)) {}

  /// Whether masks may be used for elements of the type; asked once.
  bool isUsed(int32_t dtype) {
    auto [found, isNew] = used.try_emplace(dtype, false);
    if (isNew)
      found->second = agrees(dtype);
    return found->second;
  }
  /// A product writes mask `number`.
  void add(int32_t number, const Shape &shape) { written[number] = shape; }
  /// True when a product that was made before writes it.
  bool isWritten(int32_t number, const Shape &shape) const {
    auto found = written.find(number);
    return found != written.end() && found->second == shape;
  }

private:
  Agrees agrees;
  std::map<int32_t, bool> used;
  std::map<int32_t, Shape> written;
};

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_RELUMASKS_H
