//===- Constant.td - Constants and parameters --------------*- tablegen -*-===//

#ifndef DTC_OPS_CONSTANT_TD
#define DTC_OPS_CONSTANT_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_ConstantOp : Dtc_TensorOp<"constant", [ConstantLike,
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "a value known to the compiler";
  let description = [{ Any placement but partial is legal: a rank keeps its own piece. }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Dtc_Tensor:$result);
  let assemblyFormat = "$value attr-dict `:` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Dtc_ParameterOp : Dtc_Op<"parameter", [Pure,
    DeclareOpInterfaceMethods<Dtc_ShardingRuleInterface>,
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "a named weight of the model";
  let description = [{
    Its bytes stay outside of the IR: `external` names the file (relative to the
    model), the offset and the length; without it the importer holds them.
    `layout` is what the plan wants.

    When localised the op keeps the global shape and placements in `global`.
  }];
  let arguments = (ins StrAttr:$name, OptionalAttr<DictionaryAttr>:$external,
                       OptionalAttr<Dtc_LayoutAttr>:$layout,
                       OptionalAttr<TypeAttr>:$global);
  let results = (outs Dtc_Tensor:$result);
  let assemblyFormat = "$name (`layout` $layout^)? (`global` $global^)? attr-dict `:` type($result)";
}

#endif // DTC_OPS_CONSTANT_TD
