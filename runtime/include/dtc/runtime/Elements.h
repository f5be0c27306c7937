//===- Elements.h - Element types as they are computed on -------*- C++ -*-===//
//
// One struct an element type: how it lies in memory and what it is computed
// in. 16-bit floats are computed in f32 and rounded when they are stored.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_ELEMENTS_H
#define DTC_RUNTIME_ELEMENTS_H

#include "dtc/runtime/ElementType.h"

namespace dtc::runtime {

template <typename T> struct NativeElement {
  using Stored = T;
  using Value = T;
  static Value load(Stored stored) { return stored; }
  static Stored store(Value value) { return value; }
};

/// Sums of booleans saturate: any.
struct BoolElement {
  using Stored = uint8_t;
  using Value = bool;
  static Value load(Stored stored) { return stored != 0; }
  static Stored store(Value value) { return value; }
};

struct F16Element {
  using Stored = uint16_t;
  using Value = float;
  static Value load(Stored stored) { return floatFromF16(stored); }
  static Stored store(Value value) { return f16FromFloat(value); }
};

struct Bf16Element {
  using Stored = uint16_t;
  using Value = float;
  static Value load(Stored stored) { return floatFromBf16(stored); }
  static Stored store(Value value) { return bf16FromFloat(value); }
};

/// Calls `body(E{})` with the struct of `dtype`; false for a code that is no
/// element type.
template <typename Body> bool dispatchElement(int32_t dtype, Body body) {
  switch (dtype) {
  case DTC_BOOL:
    return body(BoolElement{}), true;
  case DTC_I8:
    return body(NativeElement<int8_t>{}), true;
  case DTC_U8:
    return body(NativeElement<uint8_t>{}), true;
  case DTC_I16:
    return body(NativeElement<int16_t>{}), true;
  case DTC_U16:
    return body(NativeElement<uint16_t>{}), true;
  case DTC_I32:
    return body(NativeElement<int32_t>{}), true;
  case DTC_U32:
    return body(NativeElement<uint32_t>{}), true;
  case DTC_I64:
    return body(NativeElement<int64_t>{}), true;
  case DTC_U64:
    return body(NativeElement<uint64_t>{}), true;
  case DTC_F16:
    return body(F16Element{}), true;
  case DTC_BF16:
    return body(Bf16Element{}), true;
  case DTC_F32:
    return body(NativeElement<float>{}), true;
  case DTC_F64:
    return body(NativeElement<double>{}), true;
  }
  return false;
}

} // namespace dtc::runtime

#endif // DTC_RUNTIME_ELEMENTS_H
