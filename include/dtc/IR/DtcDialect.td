//===- DtcDialect.td - The dtc dialect ---------------------*- tablegen -*-===//

#ifndef DTC_IR_DIALECT_TD
#define DTC_IR_DIALECT_TD

include "mlir/IR/OpBase.td"

def Dtc_Dialect : Dialect {
  let name = "dtc";
  let cppNamespace = "::dtc";
  let summary = "distributed tensor programs with placements in their types";
  let description = [{
    A program is one function on tensors. Before propagation the tensors are
    plain; after it every tensor type carries a `#dtc.layout`: the mesh and one
    placement per mesh axis. Shapes in types are global until localisation.

    Module attributes: `dtc.mesh` (`#dtc.mesh`), the device mesh.
    Argument and result attributes: `dtc.name`, the name of a graph input or
    output; `dtc.layout`, how the caller holds or wants it.
    Op attributes: `dtc.phase`, the part of a training step that an op belongs
    to: "forward", which is meant where nothing is said, "backward" or
    "optimizer"; redistributions and collectives take it from whom they serve.
    `dtc.in_place`, on an op with one result of operand 0's type:
    the result is stored over operand 0, so propagation follows its placements
    and refuses the op where the result would have others. Nothing else depends
    on it: values stay values.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let hasOperationAttrVerify = 1;
  let extraClassDeclaration = [{
  private:
    void registerAttributes();
    void registerOperations();
  }];
}

#endif // DTC_IR_DIALECT_TD
