//===- DtcAttributes.td - Mesh, layout and enum attributes -*- tablegen -*-===//

#ifndef DTC_IR_ATTRIBUTES_TD
#define DTC_IR_ATTRIBUTES_TD

include "dtc/IR/DtcDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/TensorEncoding.td"
include "mlir/IR/EnumAttr.td"

class Dtc_Attr<string cppName, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Dtc_Dialect, cppName, traits> {
  let mnemonic = attrMnemonic;
}

def Dtc_MeshAttr : Dtc_Attr<"Mesh", "mesh"> {
  let summary = "named axes of a grid of ranks";
  let description = [{
    Ranks are row-major, the last axis fastest.

    Example:
    ```mlir
    #mesh = #dtc.mesh<"dp" = 2, "tp" = 4>
    ```
  }];
  let parameters = (ins
    ArrayRefParameter<"::mlir::StringAttr">:$names,
    ArrayRefParameter<"int64_t">:$sizes
  );
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The same as a plain value.
    ::dtc::Mesh getMesh() const;
    static MeshAttr get(::mlir::MLIRContext *context, const ::dtc::Mesh &mesh);
    int64_t getRank() const { return getSizes().size(); }
  }];
  let builders = [];
}

def Dtc_LayoutAttr : Dtc_Attr<"Layout", "layout", [
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "how a mesh holds a tensor: one placement per mesh axis";
  let description = [{
    Placements are `replicate`, `shard(D)`, `partial(sum|avg|max|min|product)`
    and `mask_partial(ROWS)` (the partial result of looking up rows of a table
    of ROWS rows that is split over this axis). Shards follow `torch.chunk`.

    Between redistributions and ops with sliding windows there is
    `window(D, EXTENT, STEP, DIVISOR, LOW, HIGH)`: of dimension D a rank holds
    what its chunk of a result dimension of EXTENT is computed from, position
    `p` of it from `ceil((p * STEP + LOW) / DIVISOR)` to
    `floor((p * STEP + HIGH) / DIVISOR)`, as far as D goes.

    Example:
    ```mlir
    tensor<8x16xf32, #dtc.layout<#mesh, [shard(0), replicate]>>
    ```
  }];
  let parameters = (ins
    "::dtc::MeshAttr":$mesh,
    ArrayRefParameter<"::dtc::Placement">:$placements
  );
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Dtc_ReduceKind : I64EnumAttr<"ReduceKindEnum", "the operator of a reduction across ranks", [
    I64EnumAttrCase<"sum", 0>, I64EnumAttrCase<"avg", 1>,
    I64EnumAttrCase<"max", 2>, I64EnumAttrCase<"min", 3>,
    I64EnumAttrCase<"product", 4>]> {
  let cppNamespace = "::dtc";
}

#endif // DTC_IR_ATTRIBUTES_TD
