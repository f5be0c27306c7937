//===- Ptx.h - PTX text as a program to execute ---------------------------===//
//
// What the parser makes of a module: kernels of decoded instructions, and
// variables. Only what dtc's kernels use is known; all else is an error that
// shows the line.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_EMULATOR_PTX_H
#define DTC_RUNTIME_LIB_EMULATOR_PTX_H

#include "dtc/runtime/Result.h"
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dtc::ptx {

using runtime::Error;
using runtime::Result;

enum class Space : uint8_t { Generic, Param, Global, Shared, Const, Local };

/// What an operand's bits mean. Bits: no more than their width.
enum class Kind : uint8_t { Bits, Unsigned, Signed, Float, BFloat, Pred };

struct Type {
  Kind kind = Kind::Bits;
  uint8_t bytes = 4;
  /// 2: two elements of `bytes` in one register.
  uint8_t packed = 1;
};

enum class Op : uint8_t {
  // Data
  Load,
  Store,
  Move,
  Convert,
  AddressOf,
  CompareExchange,
  Shuffle,
  Ballot,
  // Arithmetic
  Add,
  Sub,
  Mul,
  MulWide,
  MulHigh,
  Mad,
  MadWide,
  MadHigh,
  Fma,
  Div,
  Rem,
  Min,
  Max,
  Abs,
  Neg,
  Sqrt,
  Rsqrt,
  Rcp,
  Exp2,
  Log2,
  Sin,
  Cos,
  CopySign,
  TestNan,
  // Bits
  And,
  Or,
  Xor,
  Not,
  ShiftLeft,
  ShiftRight,
  FunnelLeft,
  FunnelRight,
  ReverseBits,
  CountBits,
  CountLeadingZeros,
  ExtractField,
  InsertField,
  PermuteBytes,
  // Choice and control
  Compare,
  Select,
  Branch,
  Barrier,
  WarpBarrier,
  Return
};

enum class Compare : uint8_t { Eq, Ne, Lt, Le, Gt, Ge, Num, Nan };
enum class Logic : uint8_t { None, And, Or, Xor };
enum class Rounding : uint8_t { Nearest, Zero, Down, Up };
enum class ShuffleMode : uint8_t { Up, Down, Butterfly, Index };

struct Operand {
  enum class Form : uint8_t { Register, Immediate, Address, Vector, Special };
  Form form = Form::Register;
  /// Register: its number; -1 for the sink `_`. Address: the base register, or
  /// -1. Special: a SpecialRegister.
  int32_t reg = -1;
  /// Immediate: the bits. Address: the offset.
  uint64_t bits = 0;
  /// A predicate that is read negated.
  bool negated = false;
  /// Address, Immediate: the variable whose address is added.
  int32_t symbol = -1;
  std::vector<Operand> parts; ///< Vector
};

enum class SpecialRegister : uint8_t { Tid, Ntid, Ctaid, Nctaid, Lane };

struct Instruction {
  Op op = Op::Return;
  Type type;
  /// Convert: of the source.
  Type source;
  Space space = Space::Generic;
  Compare compare = Compare::Eq;
  Logic logic = Logic::None;
  Rounding rounding = Rounding::Nearest;
  ShuffleMode shuffle = ShuffleMode::Index;
  /// Comparisons of floats that hold for not-a-number; of integers, unsigned
  /// ones.
  bool unordered = false;
  bool saturates = false, toInteger = false, flushes = false, keepsNan = false;
  bool clamps = false;
  /// Sums of 32 bits that leave a carry, or add the one before.
  bool setsCarry = false, takesCarry = false;
  /// A predicate register that must hold, or must not; -1: none.
  int32_t guard = -1;
  bool guardNegated = false;
  std::vector<Operand> operands;
  uint32_t target = 0; ///< Branch
  int32_t line = 0;
};

struct Variable {
  std::string name;
  Space space = Space::Global;
  uint64_t bytes = 0, align = 1;
  std::vector<uint8_t> initial;
  /// Shared: the offset in the block's memory. Local: in the thread's.
  uint64_t offset = 0;
  /// Global, Const: where it lies while the module is loaded.
  uint8_t *data = nullptr;
};

struct Parameter {
  std::string name;
  uint64_t bytes = 0, offset = 0;
};

struct Kernel {
  std::string name;
  std::vector<Parameter> parameters;
  uint64_t parameterBytes = 0;
  /// Threads that a block must have; 0: any number.
  uint32_t requiredThreads = 0;
  uint32_t registers = 0;
  uint64_t localBytes = 0;
  std::vector<Instruction> code;
};

struct Module {
  std::string target;
  std::vector<Kernel> kernels;
  std::vector<Variable> variables;
  uint64_t sharedBytes = 0;
  std::vector<std::unique_ptr<uint8_t[]>> memory;
  /// The text, line by line, for messages.
  std::vector<std::string> lines;

  const Kernel *find(std::string_view name) const;
  Variable *findVariable(std::string_view name);
};

/// Parses and lays out a module. Errors say the line.
Result<std::unique_ptr<Module>> parseModule(std::string_view text);

} // namespace dtc::ptx

#endif // DTC_RUNTIME_LIB_EMULATOR_PTX_H
