//===- Collective.td - Redistribution and collectives ------*- tablegen -*-===//

#ifndef DTC_OPS_COLLECTIVE_TD
#define DTC_OPS_COLLECTIVE_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_ConstrainOp : Dtc_Op<"constrain", [Pure, Dtc_Differentiable,
    AllTypesMatch<["input", "result"]>]> {
  let summary = "a plan's wish for the placements of a value";
  let description = [{
    Stands in plain programs between `planned` and `placed`; propagation turns
    it into a redistribution where the value is held otherwise. With `axes` the
    wish is about those mesh axes only (indices); on others the value stays as
    it is held.
  }];
  let arguments = (ins Dtc_Tensor:$input, Dtc_LayoutAttr:$layout, StrAttr:$cause,
                       OptionalAttr<DenseI64ArrayAttr>:$axes);
  let results = (outs Dtc_Tensor:$result);
  let assemblyFormat = "$input `to` $layout `cause` $cause attr-dict `:` type($result)";
}

def Dtc_RedistributeOp : Dtc_Op<"redistribute", [Pure]> {
  let summary = "the same value with other placements";
  let arguments = (ins Dtc_Tensor:$input, StrAttr:$cause);
  let results = (outs Dtc_Tensor:$result);
  let assemblyFormat = "$input `cause` $cause attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

class Dtc_CollectiveOp<string mnemonic, string what> : Dtc_Op<mnemonic> {
  let summary = what;
  let description = [{
    Runs along the mesh axis `axis` (its index) and is asynchronous: the value
    is there after the matching `dtc.wait`. Placed, the types say what happens;
    localised, `dim` (or `fromDim` and `toDim`) and `reduce` do. `cause` is why
    the collective stands here, `module` in which module of the model.
  }];
  let results = (outs Dtc_AsyncType:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Dtc_AllReduceOp : Dtc_CollectiveOp<"all_reduce", "partial to replicated along an axis"> {
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$axis, Dtc_ReduceKind:$reduce,
                       StrAttr:$cause, StrAttr:$module);
}
def Dtc_AllGatherOp : Dtc_CollectiveOp<"all_gather", "split to replicated along an axis"> {
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$axis, I64Attr:$dim,
                       StrAttr:$cause, StrAttr:$module);
}
def Dtc_ReduceScatterOp : Dtc_CollectiveOp<"reduce_scatter", "partial to split along an axis"> {
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$axis, I64Attr:$dim,
                       Dtc_ReduceKind:$reduce, StrAttr:$cause, StrAttr:$module);
}
def Dtc_AllToAllOp : Dtc_CollectiveOp<"all_to_all", "split of one dimension to split of another along an axis"> {
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$axis, I64Attr:$fromDim,
                       I64Attr:$toDim, StrAttr:$cause, StrAttr:$module);
}

def Dtc_HaloExchangeOp : Dtc_CollectiveOp<"halo_exchange", "split to windows of the same dimension along an axis"> {
  let description = [{
    Each rank gets what its windows read of the split dimension `dim`: member
    `i` of the group the positions from `rows[2 * i]` to `rows[2 * i + 1]` of
    the whole `extent`, from as many neighbours as have them.

    Runs along the mesh axis `axis` (its index) and is asynchronous, as the other
    collectives are.
  }];
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$axis, I64Attr:$dim,
                       I64Attr:$extent, DenseI64ArrayAttr:$rows, StrAttr:$cause, StrAttr:$module);
}

def Dtc_WaitOp : Dtc_Op<"wait"> {
  let summary = "the value of a started collective";
  let arguments = (ins Dtc_AsyncType:$input);
  let results = (outs Dtc_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Dtc_LocalSliceOp : Dtc_Op<"local_slice", [Pure,
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "replicated to split along an axis: keep the own chunk";
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$axis, I64Attr:$dim);
  let results = (outs Dtc_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}

def Dtc_LocalPartialOp : Dtc_Op<"local_partial", [Pure,
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "replicated to partial along an axis";
  let description = [{ A sum divides by the axis's size; avg, max and min keep the value. }];
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$axis, Dtc_ReduceKind:$reduce);
  let results = (outs Dtc_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}

#endif // DTC_OPS_COLLECTIVE_TD
