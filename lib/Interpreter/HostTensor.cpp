//===- HostTensor.cpp - A dense array on the host -------------------------===//
//
// Storage, conversions and cutting of host arrays.
//
// 1. Sizes are products that saturate: an array that cannot be addressed is
//    refused before memory is asked for.
// 2. Conversions between numbers and elements are total: floats outside an
//    integer type's range saturate, a NaN becomes 0, integers wrap.
// 3. A box is copied in runs: the trailing dimensions that it holds whole, and
//    the one before, are contiguous.
//
//===----------------------------------------------------------------------===//

#include "dtc/Interpreter/HostTensor.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

namespace {
struct DTypeRow {
  int64_t bytes;
  const char *name;
};
} // namespace

/// In the order of DType.
static constexpr DTypeRow kTypes[] = {
    {1, "bool"}, {1, "i8"},  {1, "u8"},  {2, "i16"}, {2, "u16"},
    {4, "i32"},  {4, "u32"}, {8, "i64"}, {8, "u64"}, {2, "f16"},
    {2, "bf16"}, {4, "f32"}, {8, "f64"}};

int64_t dtc::byteWidth(DType type) {
  return kTypes[static_cast<int>(type)].bytes;
}

bool dtc::isFloat(DType type) { return type >= DType::F16; }

llvm::StringRef dtc::stringify(DType type) {
  return kTypes[static_cast<int>(type)].name;
}

DType dtc::getDType(Type elementType) {
  if (elementType.isF32())
    return DType::F32;
  if (elementType.isF64())
    return DType::F64;
  if (elementType.isF16())
    return DType::F16;
  if (elementType.isBF16())
    return DType::BF16;
  if (elementType.isIndex())
    return DType::I64;
  if (auto integer = dyn_cast<IntegerType>(elementType)) {
    bool isUnsigned = integer.isUnsigned();
    switch (integer.getWidth()) {
    case 1:
      return DType::Bool;
    case 8:
      return isUnsigned ? DType::U8 : DType::I8;
    case 16:
      return isUnsigned ? DType::U16 : DType::I16;
    case 32:
      return isUnsigned ? DType::U32 : DType::I32;
    case 64:
      return isUnsigned ? DType::U64 : DType::I64;
    }
  }
  llvm::report_fatal_error("expected elements of type f16, bf16, f32, f64, i1 "
                           "or an integer of 8 to 64 bits",
                           /*gen_crash_diag=*/false);
}

Type dtc::getElementType(DType type, MLIRContext *context) {
  auto integer = [&](unsigned width,
                     IntegerType::SignednessSemantics sign) -> Type {
    return IntegerType::get(context, width, sign);
  };
  switch (type) {
  case DType::Bool:
    return integer(1, IntegerType::Signless);
  case DType::I8:
  case DType::I16:
  case DType::I32:
  case DType::I64:
    return integer(byteWidth(type) * 8, IntegerType::Signless);
  case DType::U8:
  case DType::U16:
  case DType::U32:
  case DType::U64:
    return integer(byteWidth(type) * 8, IntegerType::Unsigned);
  case DType::F16:
    return Float16Type::get(context);
  case DType::BF16:
    return BFloat16Type::get(context);
  case DType::F32:
    return Float32Type::get(context);
  case DType::F64:
    return Float64Type::get(context);
  }
  llvm_unreachable("all element types are listed");
}

//===----------------------------------------------------------------------===//
// 16-bit floats
//===----------------------------------------------------------------------===//

template <typename To, typename From> static To bitsAs(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(To));
  return to;
}

float dtc::halfToFloat(uint16_t bits) {
  uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  uint32_t exponent = (bits >> 10) & 0x1fu;
  uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0x1f)
    return bitsAs<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent != 0)
    return bitsAs<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
  float magnitude = std::ldexp(static_cast<float>(mantissa), -24);
  return sign ? -magnitude : magnitude;
}

uint16_t dtc::floatToHalf(float value) {
  uint32_t bits = bitsAs<uint32_t>(value);
  auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u)
    return sign | 0x7e00u;
  // 65520 and above round to infinity.
  if (magnitude >= 0x477ff000u)
    return sign | 0x7c00u;
  // Below the smallest normal number: round the value in units of 2^-24.
  if (magnitude < 0x38800000u) {
    float units = std::ldexp(bitsAs<float>(magnitude), 24);
    return sign | static_cast<uint16_t>(std::nearbyint(units));
  }
  uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
  return sign | static_cast<uint16_t>((rounded - 0x38000000u) >> 13);
}

float dtc::bfloatToFloat(uint16_t bits) {
  return bitsAs<float>(static_cast<uint32_t>(bits) << 16);
}

uint16_t dtc::floatToBfloat(float value) {
  uint32_t bits = bitsAs<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

int64_t dtc::numElements(llvm::ArrayRef<int64_t> shape) {
  // Zero wins over overflow: an empty array may have any other extents.
  int64_t product = 1;
  bool overflow = false;
  for (int64_t extent : shape) {
    if (extent <= 0)
      return 0;
    overflow |= llvm::MulOverflow(product, extent, product);
  }
  return overflow ? std::numeric_limits<int64_t>::max() : product;
}

llvm::SmallVector<int64_t, 6>
dtc::rowMajorStrides(llvm::ArrayRef<int64_t> shape) {
  llvm::SmallVector<int64_t, 6> strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;)
    if (llvm::MulOverflow(strides[d], shape[d], strides[d - 1]))
      strides[d - 1] = std::numeric_limits<int64_t>::max();
  return strides;
}

//===----------------------------------------------------------------------===//
// Construction
//===----------------------------------------------------------------------===//

HostTensor::HostTensor(DType type, llvm::ArrayRef<int64_t> shape)
    : dtype(type), dims(shape.begin(), shape.end()), count(numElements(shape)) {
  // A petabyte: beyond any memory, and safe to multiply.
  constexpr int64_t kMaxBytes = int64_t(1) << 50;
  if (count > kMaxBytes / byteWidth(type))
    llvm::report_fatal_error("expected an array of at most 2^50 bytes",
                             /*gen_crash_diag=*/false);
  // A byte where there are no elements: memcpy() takes no null pointers.
  storage = std::make_shared<std::vector<char>>(std::max<int64_t>(bytes(), 1));
}

HostTensor HostTensor::ofType(RankedTensorType type) {
  return HostTensor(getDType(type.getElementType()), type.getShape());
}

HostTensor HostTensor::ofIntegers(llvm::ArrayRef<int64_t> values) {
  HostTensor tensor(DType::I64, {static_cast<int64_t>(values.size())});
  llvm::copy(values, tensor.data<int64_t>());
  return tensor;
}

HostTensor HostTensor::fromAttribute(DenseElementsAttr attribute) {
  auto type = cast<ShapedType>(attribute.getType());
  HostTensor tensor(getDType(type.getElementType()), type.getShape());
  if (tensor.dtype == DType::Bool) {
    int64_t i = 0;
    for (bool value : attribute.getValues<bool>())
      tensor.raw()[i++] = value ? 1 : 0;
    return tensor;
  }
  llvm::ArrayRef<char> bytes = attribute.getRawData();
  int64_t width = byteWidth(tensor.dtype);
  if (attribute.isSplat()) {
    for (int64_t i = 0; i < tensor.count; ++i)
      std::memcpy(tensor.raw() + i * width, bytes.data(), width);
  } else if (tensor.count > 0) {
    std::memcpy(tensor.raw(), bytes.data(), tensor.bytes());
  }
  return tensor;
}

DenseElementsAttr HostTensor::toAttribute(MLIRContext *context) const {
  auto type = RankedTensorType::get(dims, getElementType(dtype, context));
  if (count == 0)
    return DenseElementsAttr::get(type, llvm::ArrayRef<Attribute>());
  int64_t width = byteWidth(dtype);
  // All equal: every byte equals the one an element before.
  bool splat = std::memcmp(raw(), raw() + width, bytes() - width) == 0;
  if (dtype == DType::Bool) {
    if (splat)
      return DenseElementsAttr::get(type, raw()[0] != 0);
    llvm::SmallVector<bool> values(raw(), raw() + count);
    return DenseElementsAttr::get(type, llvm::ArrayRef<bool>(values));
  }
  return DenseElementsAttr::getFromRawBuffer(
      type, llvm::ArrayRef<char>(raw(), splat ? width : bytes()));
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

/// Towards zero; saturates, a NaN becomes 0.
template <typename T> static T saturate(double value) {
  if (std::isnan(value))
    return 0;
  // The upper limit of 64-bit types is not a double: compare with 2^digits.
  double limit = std::ldexp(1.0, std::numeric_limits<T>::digits);
  if (value >= limit)
    return std::numeric_limits<T>::max();
  if (value <= static_cast<double>(std::numeric_limits<T>::min()))
    return std::numeric_limits<T>::min();
  return static_cast<T>(value);
}

double HostTensor::getDouble(int64_t i) const {
  if (dtype == DType::F16)
    return halfToFloat(data<uint16_t>()[i]);
  if (dtype == DType::BF16)
    return bfloatToFloat(data<uint16_t>()[i]);
  double value = 0;
  dispatchNative(dtype, [&](auto zero) {
    value = static_cast<double>(data<decltype(zero)>()[i]);
  });
  return value;
}

int64_t HostTensor::getInt(int64_t i) const {
  if (isFloat(dtype))
    return saturate<int64_t>(getDouble(i));
  int64_t value = 0;
  dispatchNative(dtype, [&](auto zero) {
    if constexpr (std::is_integral_v<decltype(zero)>)
      value = static_cast<int64_t>(data<decltype(zero)>()[i]);
  });
  return value;
}

void HostTensor::setDouble(int64_t i, double value) {
  if (dtype == DType::Bool) {
    raw()[i] = value != 0;
    return;
  }
  if (dtype == DType::F16) {
    data<uint16_t>()[i] = floatToHalf(static_cast<float>(value));
    return;
  }
  if (dtype == DType::BF16) {
    data<uint16_t>()[i] = floatToBfloat(static_cast<float>(value));
    return;
  }
  dispatchNative(dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T>)
      data<T>()[i] = saturate<T>(value);
    else
      data<T>()[i] = static_cast<T>(value);
  });
}

void HostTensor::setInt(int64_t i, int64_t value) {
  if (isFloat(dtype))
    return setDouble(i, static_cast<double>(value));
  if (dtype == DType::Bool) {
    raw()[i] = value != 0;
    return;
  }
  dispatchNative(dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T>)
      data<T>()[i] = static_cast<T>(value);
  });
}

llvm::SmallVector<int64_t> HostTensor::asIntegers() const {
  llvm::SmallVector<int64_t> values;
  values.reserve(count);
  for (int64_t i = 0; i < count; ++i)
    values.push_back(getInt(i));
  return values;
}

//===----------------------------------------------------------------------===//
// Views and cuts
//===----------------------------------------------------------------------===//

llvm::SmallVector<int64_t, 6> HostTensor::strides() const {
  return rowMajorStrides(dims);
}

HostTensor HostTensor::reshaped(llvm::ArrayRef<int64_t> shape) const {
  if (numElements(shape) != count)
    llvm::report_fatal_error("expected a shape of equally many elements",
                             /*gen_crash_diag=*/false);
  HostTensor view = *this;
  view.dims.assign(shape.begin(), shape.end());
  return view;
}

HostTensor HostTensor::cut(llvm::ArrayRef<Interval> box) const {
  if (static_cast<int64_t>(box.size()) != rank())
    llvm::report_fatal_error("expected one interval a dimension",
                             /*gen_crash_diag=*/false);
  llvm::SmallVector<int64_t, 6> shape, begins;
  for (auto [interval, extent] : llvm::zip(box, dims)) {
    int64_t begin = std::clamp<int64_t>(interval.begin, 0, extent);
    begins.push_back(begin);
    shape.push_back(std::clamp<int64_t>(interval.end, begin, extent) - begin);
  }
  HostTensor piece(dtype, shape);
  if (piece.count == 0)
    return piece;
  int64_t outer = rank(), run = byteWidth(dtype);
  while (outer > 0) {
    --outer;
    run *= shape[outer];
    if (shape[outer] != dims[outer])
      break;
  }
  llvm::SmallVector<int64_t, 6> step = strides();
  int64_t base = 0;
  for (int64_t d = 0; d < rank(); ++d)
    base += begins[d] * step[d];
  char *to = piece.raw();
  forEachIndex(llvm::ArrayRef<int64_t>(shape).take_front(outer),
               [&](llvm::ArrayRef<int64_t> index, int64_t n) {
                 int64_t from = base;
                 for (int64_t d = 0; d < outer; ++d)
                   from += index[d] * step[d];
                 std::memcpy(to + n * run, raw() + from * byteWidth(dtype),
                             run);
               });
  return piece;
}

bool HostTensor::operator==(const HostTensor &other) const {
  if (dtype != other.dtype || dims != other.dims)
    return false;
  return count == 0 || std::memcmp(raw(), other.raw(), bytes()) == 0;
}
