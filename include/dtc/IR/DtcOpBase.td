//===- DtcOpBase.td - Base classes of the dtc ops ----------*- tablegen -*-===//
//
// An op family's .td file includes this and nothing else.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_IR_OPBASE_TD
#define DTC_IR_OPBASE_TD

include "dtc/IR/DtcAttributes.td"
include "dtc/IR/DtcInterfaces.td"
include "dtc/IR/DtcTypes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Dtc_Op<string mnemonic, list<Trait> traits = []>
    : Op<Dtc_Dialect, mnemonic, traits>;

/// The family writes the op's gradient in <Family>Gradient.cpp.
def Dtc_Differentiable : DeclareOpInterfaceMethods<Dtc_DifferentiableInterface>;

/// An op on values with everything generic code needs: it has no side effects,
/// a sharding rule and reference semantics.
class Dtc_TensorOp<string mnemonic, list<Trait> traits = []>
    : Dtc_Op<mnemonic, !listconcat([Pure,
        DeclareOpInterfaceMethods<Dtc_ShardingRuleInterface>,
        DeclareOpInterfaceMethods<Dtc_EvaluateInterface>], traits)> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

/// Result types follow from the operands: builders need none, the verifier
/// compares shapes and element types and leaves layouts to the sharding rule.
/// The family implements `LogicalResult NAME::inferTypes(Adaptor,
/// std::optional<Location>, SmallVectorImpl<Type> &)`.
class Dtc_InferredOp<string mnemonic, list<Trait> traits = []>
    : Dtc_TensorOp<mnemonic, !listconcat([
        DeclareOpInterfaceMethods<InferTypeOpInterface>], traits)> {
  code inferDeclaration = [{
    static ::llvm::LogicalResult inferTypes(
        Adaptor op, std::optional<::mlir::Location> location,
        ::llvm::SmallVectorImpl<::mlir::Type> &results);
    static bool isCompatibleReturnTypes(::mlir::TypeRange inferred,
                                        ::mlir::TypeRange actual);
  }];
  let extraClassDeclaration = inferDeclaration;
  code inferDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *context, std::optional<::mlir::Location> location,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,
        ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
        ::llvm::SmallVectorImpl<::mlir::Type> &results) {
      Adaptor adaptor(operands, attributes, properties, regions);
      return inferTypes(adaptor, location, results);
    }
    bool $cppClass::isCompatibleReturnTypes(::mlir::TypeRange inferred,
                                            ::mlir::TypeRange actual) {
      return ::dtc::detail::sameShapesAndElementTypes(inferred, actual);
    }
  }];
  let extraClassDefinition = inferDefinition;
}

#endif // DTC_IR_OPBASE_TD
