//===- Arithmetic.cpp - What instructions compute -------------------------===//
//
// Floats of 32 bits and fewer are computed in double where one rounding of the
// result is then right, else with the machine's own instructions. What GPUs
// approximate is computed exactly and rounded.
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include <bit>
#include <cfenv>
#include <cmath>
#include <limits>

namespace dtc::ptx {
namespace {

/// Makes results round as an instruction says while it lives.
class RoundingScope {
public:
  explicit RoundingScope(Rounding rounding) : before(std::fegetround()) {
    constexpr int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD,
                             FE_UPWARD};
    if (modes[static_cast<int>(rounding)] != before)
      std::fesetround(modes[static_cast<int>(rounding)]);
  }
  ~RoundingScope() {
    if (std::fegetround() != before)
      std::fesetround(before);
  }

private:
  int before;
};

template <typename T> T smaller(const Instruction &i, T a, T b) {
  if (std::isnan(a) || std::isnan(b)) {
    if (i.keepsNan)
      return std::numeric_limits<T>::quiet_NaN();
    return std::isnan(a) ? b : a;
  }
  // -0 is less than 0.
  if (a == b)
    return std::signbit(a) ? a : b;
  return a < b ? a : b;
}

template <typename T> T larger(const Instruction &i, T a, T b) {
  return -smaller<T>(i, -a, -b);
}

template <typename T> T flushed(const Instruction &i, T value) {
  return i.flushes && std::abs(value) < std::numeric_limits<T>::min()
             ? std::copysign(T(0), value)
             : value;
}

template <typename T> bool computeFunction(Op op, T a, volatile T &result) {
  switch (op) {
  case Op::Sqrt:
    result = std::sqrt(a);
    return true;
  case Op::Rsqrt:
    result = T(1) / std::sqrt(double(a));
    return true;
  case Op::Exp2:
    result = std::exp2(a);
    return true;
  case Op::Log2:
    result = std::log2(a);
    return true;
  case Op::Sin:
    result = std::sin(a);
    return true;
  case Op::Cos:
    result = std::cos(a);
    return true;
  default:
    return false;
  }
}

/// Volatile, so that nothing is computed before its rounding is set.
template <typename T>
bool computeFloat(const Instruction &i, const T *values, T &result) {
  volatile T a = values[0], b = values[1], c = values[2];
  RoundingScope scope(i.rounding);
  volatile T r = 0;
  switch (i.op) {
  case Op::Add:
    r = a + b;
    break;
  case Op::Sub:
    r = a - b;
    break;
  case Op::Mul:
    r = a * b;
    break;
  case Op::Fma:
  case Op::Mad:
    r = std::fma(T(a), T(b), T(c));
    break;
  case Op::Div:
    r = a / b;
    break;
  case Op::Rcp:
    r = T(1) / a;
    break;
  case Op::Abs:
    r = std::abs(T(a));
    break;
  case Op::Neg:
    r = -a;
    break;
  case Op::CopySign:
    r = std::copysign(T(b), T(a));
    break;
  case Op::Min:
    r = smaller<T>(i, a, b);
    break;
  case Op::Max:
    r = larger<T>(i, a, b);
    break;
  default:
    if (!computeFunction<T>(i.op, a, r))
      return false;
  }
  result = r;
  if (i.saturates)
    result =
        std::isnan(result) ? T(0) : std::fmin(std::fmax(result, T(0)), T(1));
  return true;
}

template <typename T, typename Bits>
bool computeWide(const Instruction &i, const uint64_t *in, uint64_t &out) {
  T values[3];
  for (int n = 0; n < 3; ++n)
    values[n] = flushed(i, std::bit_cast<T>(static_cast<Bits>(in[n])));
  T result;
  if (!computeFloat(i, values, result))
    return false;
  out = std::bit_cast<Bits>(flushed(i, result));
  return true;
}

bool computeNarrow(const Instruction &i, const uint64_t *in, uint64_t &out) {
  if (i.rounding != Rounding::Nearest)
    return false;
  double values[3], result;
  for (int n = 0; n < 3; ++n)
    values[n] = floatValue(i.type, in[n]);
  if (!computeFloat(i, values, result))
    return false;
  out = floatBits(i.type, result);
  return true;
}

/// The upper half of a product of up to 64 bits.
uint64_t highProduct(Type type, uint64_t a, uint64_t b) {
  unsigned width = type.bytes * 8u;
  if (type.kind == Kind::Signed)
    return static_cast<uint64_t>(
        (static_cast<__int128>(signedValue(type, a)) * signedValue(type, b)) >>
        width);
  return static_cast<uint64_t>((static_cast<unsigned __int128>(a) * b) >>
                               width);
}

uint64_t wideProduct(Type type, uint64_t a, uint64_t b) {
  if (type.kind == Kind::Signed)
    return static_cast<uint64_t>(signedValue(type, a)) *
           static_cast<uint64_t>(signedValue(type, b));
  return a * b;
}

bool divideIntegers(const Instruction &i, uint64_t a, uint64_t b,
                    uint64_t &out) {
  bool isDiv = i.op == Op::Div;
  if (i.type.kind == Kind::Signed) {
    int64_t x = signedValue(i.type, a), y = signedValue(i.type, b);
    if (y == 0 || y == -1)
      out = y == 0 ? (isDiv ? ~uint64_t(0) : a) : (isDiv ? 0 - a : 0);
    else
      out = static_cast<uint64_t>(isDiv ? x / y : x % y);
    return true;
  }
  out = b == 0 ? (isDiv ? ~uint64_t(0) : a) : (isDiv ? a / b : a % b);
  return true;
}

bool computeInteger(const Instruction &i, const uint64_t *in, uint64_t &out) {
  uint64_t a = in[0], b = in[1], c = in[2];
  bool isSigned = i.type.kind == Kind::Signed;
  int64_t x = signedValue(i.type, a), y = signedValue(i.type, b);
  switch (i.op) {
  case Op::Add:
    out = a + b;
    return !i.saturates;
  case Op::Sub:
    out = a - b;
    return !i.saturates;
  case Op::Mul:
    out = a * b;
    return true;
  case Op::MulWide:
    out = wideProduct(i.type, a, b);
    return true;
  case Op::MulHigh:
    out = highProduct(i.type, a, b);
    return true;
  case Op::Mad:
    out = a * b + c;
    return true;
  case Op::MadWide:
    out = wideProduct(i.type, a, b) + c;
    return true;
  case Op::MadHigh:
    out = highProduct(i.type, a, b) + c;
    return true;
  case Op::Div:
  case Op::Rem:
    return divideIntegers(i, a, b, out);
  case Op::Min:
    out = isSigned ? (x < y ? a : b) : (a < b ? a : b);
    return true;
  case Op::Max:
    out = isSigned ? (x > y ? a : b) : (a > b ? a : b);
    return true;
  case Op::Abs:
    out = x < 0 ? 0 - a : a;
    return true;
  case Op::Neg:
    out = 0 - a;
    return true;
  default:
    return false;
  }
}

//===----------------------------------------------------------------------===//
// Bits
//===----------------------------------------------------------------------===//

uint64_t reverseBits(uint64_t value, unsigned width) {
  uint64_t result = 0;
  for (unsigned i = 0; i < width; ++i)
    result |= ((value >> i) & 1) << (width - 1 - i);
  return result;
}

uint64_t shiftRight(Type type, uint64_t value, uint64_t by) {
  unsigned width = type.bytes * 8u;
  if (type.kind == Kind::Signed)
    return static_cast<uint64_t>(signedValue(type, value) >>
                                 (by >= width ? width - 1 : by));
  return by >= width ? 0 : value >> by;
}

uint64_t funnel(const Instruction &i, uint64_t low, uint64_t high,
                uint64_t by) {
  by = i.clamps ? std::min<uint64_t>(by & 0xffffffff, 32) : by & 31;
  uint64_t both = low | high << 32;
  return i.op == Op::FunnelLeft ? (by == 32 ? low : both << by >> 32)
                                : both >> by;
}

/// `count` bits from bit `first` on.
uint64_t extractField(Type type, uint64_t value, uint64_t first,
                      uint64_t count) {
  unsigned width = type.bytes * 8u;
  first &= 255;
  count &= 255;
  uint64_t result = first >= width ? 0 : value >> first;
  if (count < 64)
    result &= (uint64_t(1) << count) - 1;
  if (type.kind != Kind::Signed || count == 0)
    return result;
  uint64_t last = std::min<uint64_t>(first + count - 1, width - 1);
  bool isNegative = (value >> last) & 1;
  uint64_t kept = first >= width ? 0 : std::min(count, width - first);
  return isNegative && kept < 64 ? result | ~uint64_t(0) << kept : result;
}

uint64_t insertField(Type type, uint64_t field, uint64_t into, uint64_t first,
                     uint64_t count) {
  unsigned width = type.bytes * 8u;
  first &= 255;
  count &= 255;
  if (first >= width || count == 0)
    return into;
  uint64_t mask = count >= 64 ? ~uint64_t(0) : (uint64_t(1) << count) - 1;
  mask <<= first;
  return (into & ~mask) | ((field << first) & mask);
}

/// Any four of eight bytes; a selector's top bit repeats the byte's sign.
uint64_t permuteBytes(uint64_t low, uint64_t high, uint64_t selectors) {
  uint64_t bytes = low | high << 32, result = 0;
  for (int i = 0; i < 4; ++i) {
    uint64_t selector = selectors >> (4 * i) & 15;
    uint64_t byte = bytes >> (8 * (selector & 7)) & 255;
    if (selector & 8)
      byte = byte & 128 ? 255 : 0;
    result |= byte << (8 * i);
  }
  return result;
}

bool computeBits(const Instruction &i, const uint64_t *in, uint64_t &out) {
  uint64_t a = in[0], b = in[1], c = in[2];
  unsigned width = i.type.bytes * 8u;
  switch (i.op) {
  case Op::Move:
    out = a;
    return true;
  case Op::And:
    out = a & b;
    return true;
  case Op::Or:
    out = a | b;
    return true;
  case Op::Xor:
    out = a ^ b;
    return true;
  case Op::Not:
    out = i.type.kind == Kind::Pred ? a ^ 1 : ~a;
    return true;
  case Op::ShiftLeft:
    out = b >= width ? 0 : a << b;
    return true;
  case Op::ShiftRight:
    out = shiftRight(i.type, a, b);
    return true;
  case Op::FunnelLeft:
  case Op::FunnelRight:
    out = funnel(i, a, b, c);
    return true;
  case Op::ReverseBits:
    out = reverseBits(a, width);
    return true;
  case Op::CountBits:
    out = std::popcount(a);
    return true;
  case Op::CountLeadingZeros:
    out = static_cast<uint64_t>(std::countl_zero(a)) - (64 - width);
    return true;
  case Op::ExtractField:
    out = extractField(i.type, a, b, c);
    return true;
  case Op::InsertField:
    out = insertField(i.type, a, b, c, in[3]);
    return true;
  case Op::PermuteBytes:
    out = permuteBytes(a, b, c);
    return true;
  case Op::Select:
    out = c ? a : b;
    return true;
  default:
    return false;
  }
}

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

template <typename T> bool holds(Compare compare, T a, T b) {
  switch (compare) {
  case Compare::Eq:
    return a == b;
  case Compare::Ne:
    return a != b;
  case Compare::Lt:
    return a < b;
  case Compare::Le:
    return a <= b;
  case Compare::Gt:
    return a > b;
  case Compare::Ge:
    return a >= b;
  default:
    return false;
  }
}

bool compareValues(const Instruction &i, const uint64_t *in) {
  if (i.type.kind == Kind::Float || i.type.kind == Kind::BFloat) {
    double a = floatValue(i.type, in[0]), b = floatValue(i.type, in[1]);
    bool isNan = std::isnan(a) || std::isnan(b);
    if (i.compare == Compare::Num || i.compare == Compare::Nan)
      return isNan == (i.compare == Compare::Nan);
    return isNan ? i.unordered : holds(i.compare, a, b);
  }
  if (i.type.kind == Kind::Signed)
    return holds(i.compare, signedValue(i.type, in[0]),
                 signedValue(i.type, in[1]));
  return holds(i.compare, in[0], in[1]);
}

bool computeCompare(const Instruction &i, const uint64_t *in, uint64_t &out) {
  bool result = compareValues(i, in);
  switch (i.logic) {
  case Logic::None:
    break;
  case Logic::And:
    result = result && in[2];
    break;
  case Logic::Or:
    result = result || in[2];
    break;
  case Logic::Xor:
    result = result != (in[2] != 0);
    break;
  }
  out = result;
  return true;
}

bool computeOne(const Instruction &i, const uint64_t *in, uint64_t &out) {
  if (i.op == Op::Compare)
    return computeCompare(i, in, out);
  if (i.op == Op::TestNan) {
    out = std::isnan(floatValue(i.type, in[0]));
    return true;
  }
  if (computeBits(i, in, out))
    return true;
  if (i.type.kind == Kind::Float && i.type.bytes == 4)
    return computeWide<float, uint32_t>(i, in, out);
  if (i.type.kind == Kind::Float && i.type.bytes == 8)
    return computeWide<double, uint64_t>(i, in, out);
  if (i.type.kind == Kind::Float || i.type.kind == Kind::BFloat)
    return computeNarrow(i, in, out);
  return computeInteger(i, in, out);
}

} // namespace

int64_t signedValue(Type type, uint64_t bits) {
  unsigned shift = 64 - type.bytes * 8u;
  return static_cast<int64_t>(bits << shift) >> shift;
}

uint64_t sumWithCarry(const Instruction &i, const uint64_t *in,
                      uint64_t carry) {
  uint64_t mask = maskOf(4), product = (in[0] & mask) * (in[1] & mask);
  switch (i.op) {
  case Op::Mad:
    return (product & mask) + (in[2] & mask) + carry;
  case Op::MadHigh:
    return (product >> 32) + (in[2] & mask) + carry;
  default:
    return (in[0] & mask) + (in[1] & mask) + carry;
  }
}

bool compute(const Instruction &i, const uint64_t *in, uint64_t &out) {
  if (i.type.packed == 1)
    return computeOne(i, in, out);
  // Two elements in one register, one after the other.
  Instruction half = i;
  half.type.packed = 1;
  unsigned width = i.type.bytes * 8u;
  uint64_t mask = maskOf(i.type.bytes), results[2];
  for (unsigned part = 0; part < 2; ++part) {
    uint64_t parts[4];
    for (int n = 0; n < 4; ++n)
      parts[n] = in[n] >> (part * width) & mask;
    if (!computeOne(half, parts, results[part]))
      return false;
  }
  out = (results[0] & mask) | (results[1] & mask) << width;
  return true;
}

} // namespace dtc::ptx
