//===- DtcTypes.td - Types of the dtc dialect --------------*- tablegen -*-===//

#ifndef DTC_IR_TYPES_TD
#define DTC_IR_TYPES_TD

include "dtc/IR/DtcDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/CommonTypeConstraints.td"

def Dtc_AsyncType : TypeDef<Dtc_Dialect, "Async"> {
  let mnemonic = "async";
  let summary = "the result of a collective that was started and not waited for";
  let parameters = (ins "::mlir::RankedTensorType":$valueType);
  let assemblyFormat = "`<` $valueType `>`";
}

// The element types that evaluation, files and generated code know.
def Dtc_Float : AnyTypeOf<[F16, BF16, F32, F64],
                          "floating-point", "::mlir::FloatType">;
def Dtc_Integer : AnyTypeOf<[I1, I8, I16, I32, I64, UI8, UI16, UI32, UI64],
                            "integer", "::mlir::IntegerType">;
def Dtc_Tensor : StaticShapeTensorOf<[Dtc_Float, Dtc_Integer]>;
def Dtc_FloatTensor : StaticShapeTensorOf<[Dtc_Float]>;
def Dtc_IntTensor : StaticShapeTensorOf<[Dtc_Integer]>;
def Dtc_BoolTensor : StaticShapeTensorOf<[I1]>;

#endif // DTC_IR_TYPES_TD
