//===- HostTensor.h - A dense array on the host -----------------*- C++ -*-===//
//
// The value that the interpreter, constant folding and importers work on: a
// shape, an element type and shared, immutable-by-convention bytes. Row-major;
// bool takes a byte an element.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_INTERPRETER_HOSTTENSOR_H
#define DTC_INTERPRETER_HOSTTENSOR_H

#include "dtc/Sharding/Placement.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace mlir {
class Type;
class MLIRContext;
class DenseElementsAttr;
class RankedTensorType;
} // namespace mlir

namespace dtc {

/// Element types, in the order of the runtime's codes.
enum class DType {
  Bool,
  I8,
  U8,
  I16,
  U16,
  I32,
  U32,
  I64,
  U64,
  F16,
  BF16,
  F32,
  F64
};

int64_t byteWidth(DType type);
bool isFloat(DType type);
/// "f32", "i64", "bool".
llvm::StringRef stringify(DType type);
/// Signless and signed integers are signed here; i1 is Bool.
DType getDType(mlir::Type elementType);
mlir::Type getElementType(DType type, mlir::MLIRContext *context);

float halfToFloat(uint16_t bits);
uint16_t floatToHalf(float value);
float bfloatToFloat(uint16_t bits);
uint16_t floatToBfloat(float value);

class HostTensor {
public:
  HostTensor() = default;
  /// Zero-filled.
  HostTensor(DType type, llvm::ArrayRef<int64_t> shape);
  static HostTensor ofType(mlir::RankedTensorType type);
  static HostTensor fromAttribute(mlir::DenseElementsAttr attribute);
  static HostTensor ofIntegers(llvm::ArrayRef<int64_t> values);
  mlir::DenseElementsAttr toAttribute(mlir::MLIRContext *context) const;

  DType type() const { return dtype; }
  llvm::ArrayRef<int64_t> shape() const { return dims; }
  int64_t rank() const { return dims.size(); }
  int64_t dim(int64_t i) const { return dims[i]; }
  int64_t size() const { return count; }
  int64_t bytes() const { return count * byteWidth(dtype); }
  /// Not null, also where there are no elements.
  char *raw() { return storage->data(); }
  const char *raw() const { return storage->data(); }
  template <typename T> T *data() { return reinterpret_cast<T *>(raw()); }
  template <typename T> const T *data() const {
    return reinterpret_cast<const T *>(raw());
  }
  /// Element `i` in row-major order, converted.
  double getDouble(int64_t i) const;
  int64_t getInt(int64_t i) const;
  void setDouble(int64_t i, double value);
  void setInt(int64_t i, int64_t value);
  /// All elements as integers.
  llvm::SmallVector<int64_t> asIntegers() const;
  /// The same bytes seen with another shape of equal size.
  HostTensor reshaped(llvm::ArrayRef<int64_t> shape) const;
  /// A copy of the half-open box.
  HostTensor cut(llvm::ArrayRef<Interval> box) const;
  /// Row-major strides in elements.
  llvm::SmallVector<int64_t, 6> strides() const;
  bool operator==(const HostTensor &other) const;

private:
  DType dtype = DType::F32;
  llvm::SmallVector<int64_t, 6> dims;
  int64_t count = 0;
  std::shared_ptr<std::vector<char>> storage;
};

/// Row-major strides of a shape, in elements.
llvm::SmallVector<int64_t, 6> rowMajorStrides(llvm::ArrayRef<int64_t> shape);
int64_t numElements(llvm::ArrayRef<int64_t> shape);

/// Calls `body(indices)` for every index of `shape` in row-major order.
template <typename Body>
void forEachIndex(llvm::ArrayRef<int64_t> shape, Body body) {
  llvm::SmallVector<int64_t, 6> index(shape.size(), 0);
  int64_t total = numElements(shape);
  for (int64_t n = 0; n < total; ++n) {
    body(llvm::ArrayRef<int64_t>(index), n);
    for (int64_t d = static_cast<int64_t>(shape.size()) - 1; d >= 0; --d) {
      if (++index[d] < shape[d])
        break;
      index[d] = 0;
    }
  }
}

/// Calls `body(T{})` with the C++ type of `type`'s elements; f16 and bf16 are
/// excluded: use getDouble/setDouble for them.
template <typename Body> void dispatchNative(DType type, Body body) {
  switch (type) {
  case DType::Bool:
  case DType::U8:
    return body(uint8_t{});
  case DType::I8:
    return body(int8_t{});
  case DType::I16:
    return body(int16_t{});
  case DType::U16:
  case DType::F16:
  case DType::BF16:
    return body(uint16_t{});
  case DType::I32:
    return body(int32_t{});
  case DType::U32:
    return body(uint32_t{});
  case DType::I64:
    return body(int64_t{});
  case DType::U64:
    return body(uint64_t{});
  case DType::F32:
    return body(float{});
  case DType::F64:
    return body(double{});
  }
}

} // namespace dtc

#endif // DTC_INTERPRETER_HOSTTENSOR_H
