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

def Dtc_Tensor : StaticShapeTensorOf<[AnyFloat, AnyInteger]>;
def Dtc_FloatTensor : StaticShapeTensorOf<[AnyFloat]>;
def Dtc_IntTensor : StaticShapeTensorOf<[AnyInteger]>;
def Dtc_BoolTensor : StaticShapeTensorOf<[I1]>;

#endif // DTC_IR_TYPES_TD
