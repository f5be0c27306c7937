//===- Opcodes.h - The name of an instruction, decoded --------------------===//

#ifndef DTC_RUNTIME_LIB_EMULATOR_OPCODES_H
#define DTC_RUNTIME_LIB_EMULATOR_OPCODES_H

#include "Ptx.h"

namespace dtc::ptx {

/// A type as "b32" or "f16x2"; false when it is none.
bool readType(std::string_view word, Type &type);

/// Fills everything but operands from a name as "ld.global.v4.b32". False when
/// the instruction, or a part of its name, is not known.
bool decodeName(std::string_view name, Instruction &instruction);

} // namespace dtc::ptx

#endif // DTC_RUNTIME_LIB_EMULATOR_OPCODES_H
