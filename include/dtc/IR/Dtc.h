//===- Dtc.h - The dtc dialect: attributes, types and ops -------*- C++ -*-===//

#ifndef DTC_IR_DTC_H
#define DTC_IR_DTC_H

#include "dtc/Interpreter/HostTensor.h"
#include "dtc/Sharding/ShardingRule.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dtc/IR/DtcDialect.h.inc"
#include "dtc/IR/DtcEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dtc/IR/DtcAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dtc/IR/DtcTypes.h.inc"

namespace dtc {

/// The layout in a tensor type's encoding, or null.
LayoutAttr getLayout(mlir::Type type);
LayoutAttr getLayout(mlir::Value value);
/// `type` with another encoding; null removes it.
mlir::RankedTensorType withLayout(mlir::RankedTensorType type,
                                  LayoutAttr layout);
/// The type of one rank's piece: local shape, no encoding.
mlir::RankedTensorType getLocalType(mlir::RankedTensorType type, int64_t rank);
/// Shape, element size and placements of a placed (or plain: no placements)
/// tensor.
TensorSpec getSpec(mlir::Type type);
/// Bytes of one element as stored: i1 takes one.
int64_t getElementBytes(mlir::Type elementType);
/// The module's `dtc.mesh`, or null.
MeshAttr getMesh(mlir::Operation *op);

/// The part of a training step that an op belongs to, its `dtc.phase`:
/// "forward" (also where it says nothing), "backward" or "optimizer".
llvm::StringRef getPhase(mlir::Operation *op);
void setPhase(mlir::Operation *op, llvm::StringRef phase);
/// Gives `to`, made for or from `from`, the phase of that.
void copyPhase(mlir::Operation *from, mlir::Operation *to);

/// Where an op comes from, as importers record it in locations:
/// NameLoc(value name, NameLoc(module path, FileLineColLoc(file, node, 0))).
mlir::Location makeSourceLocation(mlir::MLIRContext *context,
                                  llvm::StringRef valueName,
                                  llvm::StringRef modulePath,
                                  llvm::StringRef file, unsigned node);
/// The value name, "" when the location has none.
llvm::StringRef getValueName(mlir::Location location);
/// The dotted module path, "" for the root or when unknown.
llvm::StringRef getModulePath(mlir::Location location);
/// The same place without a value name: that of an op made for another.
mlir::Location dropValueName(mlir::Location location);

namespace detail {
mlir::LogicalResult verifyPlacements(mlir::Operation *op);
bool sameShapesAndElementTypes(mlir::TypeRange a, mlir::TypeRange b);
} // namespace detail

class GradientBuilder;
} // namespace dtc

#include "dtc/IR/DtcInterfaces.h.inc"

namespace dtc {
/// The op's sharding rule with what its `dtc.in_place` adds.
ShardingRule getPlacementRule(ShardingRuleInterface op);
} // namespace dtc

#define GET_OP_CLASSES
#include "dtc/IR/DtcOps.h.inc"

namespace dtc {
/// What an update updates: the parameter or state of its name before it in its
/// block, or null.
mlir::Value findUpdated(UpdateOp update);
} // namespace dtc

#endif // DTC_IR_DTC_H
