//===- Training.td - What lives across steps ---------------*- tablegen -*-===//

#ifndef DTC_OPS_TRAINING_TD
#define DTC_OPS_TRAINING_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_StateOp : Dtc_Op<"state", [Pure,
    DeclareOpInterfaceMethods<Dtc_ShardingRuleInterface>,
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "a named value that an optimizer keeps across steps";
  let description = [{
    The value at the start of the step: before the first one every element is
    `fill`, later what the `dtc.update` of that name left. Placed, localised and
    saved as a `dtc.parameter` is; models know nothing of it.

    ```mlir
    %m = dtc.state "optimizer.momentum_buffer.w" {fill = 0.0} : tensor<8x8xf32>
    ```
  }];
  let arguments = (ins StrAttr:$name, F64Attr:$fill,
                       OptionalAttr<Dtc_LayoutAttr>:$layout,
                       OptionalAttr<TypeAttr>:$global);
  let results = (outs Dtc_Tensor:$result);
  let assemblyFormat = "$name (`layout` $layout^)? (`global` $global^)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Dtc_UpdateOp : Dtc_Op<"update", [
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "a new value for a parameter or a state";
  let description = [{
    At the end of the step the parameter or state called `name` takes the value
    of the operand. Within the step that name keeps its old value. Propagation
    brings the operand to the placements of what it updates.

    When localised the op keeps the global shape and placements in `global`.

    ```mlir
    %w = dtc.parameter "w" : tensor<8x8xf32>
    %next = dtc.sub %w, %step : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    dtc.update "w", %next : tensor<8x8xf32>
    ```

    Constraints:
    - (update_c1) the function has one parameter or state of that name and of
      the operand's type before the op.
    - (update_c2) a name is updated once.
  }];
  let arguments = (ins StrAttr:$name, Dtc_Tensor:$value,
                       OptionalAttr<TypeAttr>:$global);
  let assemblyFormat = "$name `,` $value (`global` $global^)? attr-dict `:` type($value)";
  let hasVerifier = 1;
}

#endif // DTC_OPS_TRAINING_TD
