//===- Opcodes.cpp - The name of an instruction, decoded ------------------===//
//
// The first word is the operation, then modifiers in any order, then types. A
// modifier that changes what is computed must be known; those that only say how
// fast or to whom it is visible are listed and passed over.
//===----------------------------------------------------------------------===//

#include "Opcodes.h"
#include "Tokens.h"
#include <algorithm>

namespace dtc::ptx {
namespace {

struct Named {
  std::string_view name;
  Op op;
};

constexpr Named operations[] = {{"ld", Op::Load},
                                {"st", Op::Store},
                                {"mov", Op::Move},
                                {"cvt", Op::Convert},
                                {"cvta", Op::AddressOf},
                                {"shfl", Op::Shuffle},
                                {"add", Op::Add},
                                {"sub", Op::Sub},
                                {"mul", Op::Mul},
                                {"mad", Op::Mad},
                                {"fma", Op::Fma},
                                {"div", Op::Div},
                                {"rem", Op::Rem},
                                {"min", Op::Min},
                                {"max", Op::Max},
                                {"abs", Op::Abs},
                                {"neg", Op::Neg},
                                {"sqrt", Op::Sqrt},
                                {"rsqrt", Op::Rsqrt},
                                {"rcp", Op::Rcp},
                                {"ex2", Op::Exp2},
                                {"lg2", Op::Log2},
                                {"sin", Op::Sin},
                                {"cos", Op::Cos},
                                {"copysign", Op::CopySign},
                                {"testp", Op::TestNan},
                                {"and", Op::And},
                                {"or", Op::Or},
                                {"xor", Op::Xor},
                                {"not", Op::Not},
                                {"shl", Op::ShiftLeft},
                                {"shr", Op::ShiftRight},
                                {"brev", Op::ReverseBits},
                                {"popc", Op::CountBits},
                                {"clz", Op::CountLeadingZeros},
                                {"bfe", Op::ExtractField},
                                {"bfi", Op::InsertField},
                                {"prmt", Op::PermuteBytes},
                                {"setp", Op::Compare},
                                {"selp", Op::Select},
                                {"bra", Op::Branch},
                                {"ret", Op::Return},
                                {"exit", Op::Return},
                                {"atom", Op::CompareExchange}};

/// What changes nothing that is computed here. Approximations are computed
/// exactly, and rounded.
constexpr std::string_view passedOver[] = {
    "nc",   "to",  "uni", "sync", "approx",   "full",    "relaxed",
    "weak", "sys", "gpu", "cta",  "volatile", "aligned", "v2",
    "v4",   "v8",  "rn",  "lo",   "cas"};

struct Comparison {
  std::string_view name;
  Compare compare;
  bool unordered;
};

constexpr Comparison comparisons[] = {
    {"eq", Compare::Eq, false},   {"ne", Compare::Ne, false},
    {"lt", Compare::Lt, false},   {"le", Compare::Le, false},
    {"gt", Compare::Gt, false},   {"ge", Compare::Ge, false},
    {"lo", Compare::Lt, true},    {"ls", Compare::Le, true},
    {"hi", Compare::Gt, true},    {"hs", Compare::Ge, true},
    {"equ", Compare::Eq, true},   {"neu", Compare::Ne, true},
    {"ltu", Compare::Lt, true},   {"leu", Compare::Le, true},
    {"gtu", Compare::Gt, true},   {"geu", Compare::Ge, true},
    {"num", Compare::Num, false}, {"nan", Compare::Nan, false}};

bool readSpace(std::string_view word, Space &space) {
  constexpr std::pair<std::string_view, Space> spaces[] = {
      {"param", Space::Param},
      {"global", Space::Global},
      {"shared", Space::Shared},
      {"const", Space::Const},
      {"local", Space::Local}};
  for (auto [name, value] : spaces)
    if (word == name) {
      space = value;
      return true;
    }
  return false;
}

/// Variants that are operations of their own.
bool readVariant(std::string_view word, Instruction &i) {
  if (word == "wide" || word == "hi") {
    bool wide = word == "wide";
    if (i.op == Op::Mul)
      i.op = wide ? Op::MulWide : Op::MulHigh;
    else if (i.op == Op::Mad)
      i.op = wide ? Op::MadWide : Op::MadHigh;
    else
      return false;
    return true;
  }
  return false;
}

bool readRounding(std::string_view word, Instruction &i) {
  constexpr std::string_view plain[] = {"rn", "rz", "rm", "rp"};
  constexpr std::string_view whole[] = {"rni", "rzi", "rmi", "rpi"};
  for (int n = 0; n < 4; ++n)
    if (word == plain[n] || word == whole[n]) {
      i.rounding = static_cast<Rounding>(n);
      i.toInteger = word == whole[n];
      return true;
    }
  return false;
}

bool readShuffleMode(std::string_view word, Instruction &i) {
  constexpr std::string_view modes[] = {"up", "down", "bfly", "idx"};
  for (int n = 0; n < 4; ++n)
    if (word == modes[n]) {
      i.shuffle = static_cast<ShuffleMode>(n);
      return true;
    }
  return false;
}

/// Modifiers of comparisons: the relation, and what joins another predicate.
bool readComparison(std::string_view word, Instruction &i) {
  if (word == "and" || word == "or" || word == "xor") {
    i.logic = word == "and"  ? Logic::And
              : word == "or" ? Logic::Or
                             : Logic::Xor;
    return true;
  }
  for (const Comparison &c : comparisons)
    if (word == c.name) {
      i.compare = c.compare;
      i.unordered = c.unordered;
      return true;
    }
  return false;
}

bool readModifier(std::string_view word, Instruction &i) {
  if (i.op == Op::Compare && readComparison(word, i))
    return true;
  if (i.op == Op::Shuffle && readShuffleMode(word, i))
    return true;
  if ((i.op == Op::FunnelLeft || i.op == Op::FunnelRight) &&
      (word == "wrap" || word == "clamp")) {
    i.clamps = word == "clamp";
    return true;
  }
  if (i.op == Op::TestNan && word == "notanumber")
    return true;
  if (word == "cc") {
    i.setsCarry = true;
    return true;
  }
  if (readVariant(word, i) || readSpace(word, i.space) || readRounding(word, i))
    return true;
  if (word == "sat" || word == "ftz" || word == "NaN") {
    i.saturates |= word == "sat";
    i.flushes |= word == "ftz";
    i.keepsNan |= word == "NaN";
    return true;
  }
  return std::find(std::begin(passedOver), std::end(passedOver), word) !=
         std::end(passedOver);
}

/// Operations whose next words decide.
size_t readOperation(const std::vector<std::string_view> &words,
                     Instruction &i) {
  std::string_view first = words[0];
  std::string_view second = words.size() > 1 ? words[1] : std::string_view();
  if (first == "shf" && (second == "l" || second == "r")) {
    i.op = second == "l" ? Op::FunnelLeft : Op::FunnelRight;
    return 2;
  }
  if (first == "bar" || first == "barrier") {
    i.op = second == "warp" ? Op::WarpBarrier : Op::Barrier;
    return second == "warp" || second == "cta" ? 2 : 1;
  }
  if (first == "vote" && words.size() > 2 && second == "sync" &&
      words[2] == "ballot") {
    i.op = Op::Ballot;
    return 3;
  }
  if (first == "addc" || first == "madc") {
    i.takesCarry = true;
    first.remove_suffix(1);
  }
  for (const Named &named : operations)
    if (first == named.name) {
      i.op = named.op;
      return 1;
    }
  return 0;
}

} // namespace

bool readType(std::string_view word, Type &type) {
  if (word == "pred") {
    type = {Kind::Pred, 1, 1};
    return true;
  }
  if (word == "bf16" || word == "bf16x2") {
    type = {Kind::BFloat, 2, uint8_t(word == "bf16" ? 1 : 2)};
    return true;
  }
  Type result;
  if (word.size() > 2 && word.substr(word.size() - 2) == "x2") {
    result.packed = 2;
    word.remove_suffix(2);
  }
  if (word.size() < 2)
    return false;
  constexpr std::pair<char, Kind> kinds[] = {{'b', Kind::Bits},
                                             {'u', Kind::Unsigned},
                                             {'s', Kind::Signed},
                                             {'f', Kind::Float}};
  std::string_view bits = word.substr(1);
  for (auto [letter, kind] : kinds)
    if (word[0] == letter)
      for (uint8_t bytes : {1, 2, 4, 8})
        if (bits == std::to_string(bytes * 8)) {
          result.kind = kind;
          result.bytes = bytes;
          type = result;
          return true;
        }
  return false;
}

bool decodeName(std::string_view name, Instruction &i) {
  std::vector<std::string_view> words = splitDots(name);
  size_t at = readOperation(words, i);
  if (at == 0)
    return false;
  bool hasType = false;
  for (; at < words.size(); ++at) {
    Type type;
    if (readType(words[at], type)) {
      // Of a conversion the result's type stands first.
      (hasType ? i.source : i.type) = type;
      if (!hasType)
        i.source = type;
      hasType = true;
    } else if (!readModifier(words[at], i)) {
      return false;
    }
  }
  bool isSum = i.op == Op::Add || i.op == Op::Mad || i.op == Op::MadHigh;
  bool isWord = i.type.bytes == 4 && i.type.packed == 1 &&
                (i.type.kind == Kind::Unsigned || i.type.kind == Kind::Bits);
  if ((i.setsCarry || i.takesCarry) && !(isSum && isWord))
    return false;
  return i.op != Op::CompareExchange || name.find(".cas.") != name.npos;
}

} // namespace dtc::ptx
