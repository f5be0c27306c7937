//===- DtcInterfaces.td - What generic code asks of an op --*- tablegen -*-===//

#ifndef DTC_IR_INTERFACES_TD
#define DTC_IR_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Dtc_ShardingRuleInterface : OpInterface<"ShardingRuleInterface"> {
  let cppNamespace = "::dtc";
  let description = [{
    The op's sharding rule, built for its operand and result shapes. Everything
    about placements derives from it; the verifier of this interface checks
    placed operands and results against it.
  }];
  let methods = [
    InterfaceMethod<"The rule for this op's (global) shapes and attributes.",
      "::dtc::ShardingRule", "getShardingRule">,
  ];
  let verify = [{ return ::dtc::detail::verifyPlacements($_op); }];
}

def Dtc_EvaluateInterface : OpInterface<"EvaluateInterface"> {
  let cppNamespace = "::dtc";
  let description = [{
    Reference semantics: computes results from operand values. The shapes of
    the values are those of the op's types, global or local.
  }];
  let methods = [
    InterfaceMethod<"Appends one value per result; emits an error and fails on "
      "operands outside the op's domain (an index out of range).",
      "::mlir::LogicalResult", "evaluate",
      (ins "::llvm::ArrayRef<::dtc::HostTensor>":$operands,
           "::llvm::SmallVectorImpl<::dtc::HostTensor> &":$results)>,
  ];
}

def Dtc_LocalizeInterface : OpInterface<"LocalizeInterface"> {
  let cppNamespace = "::dtc";
  let description = [{
    For ops whose attributes, or whose local computation, depend on the rank.
    All others are localised by rebuilding them on local types.
  }];
  let methods = [
    InterfaceMethod<"Builds the op's local form for `rank` on `operands` (local "
      "values) and returns its results; fails with an error.",
      "::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>>", "localize",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$operands,
           "::mlir::TypeRange":$localResultTypes, "int64_t":$rank)>,
  ];
}

def Dtc_DifferentiableInterface : OpInterface<"DifferentiableInterface"> {
  let cppNamespace = "::dtc";
  let description = [{
    Reverse-mode differentiation: the gradients of the operands, made of those
    of the results by ops of this dialect. An op without this interface has no
    derivative, or none that is known: no gradient flows through it.
  }];
  let methods = [
    InterfaceMethod<"Sets the gradients that are wanted; emits an error and "
      "fails where the op's attributes leave it without one.",
      "::mlir::LogicalResult", "differentiate",
      (ins "::dtc::GradientBuilder &":$gradient)>,
  ];
}

def Dtc_RandomInterface : OpInterface<"RandomInterface"> {
  let cppNamespace = "::dtc";
  let description = [{
    For ops that draw numbers. The number of the training step, where they are
    given it, is one i64; without it they draw the same numbers each time.
  }];
  let methods = [
    InterfaceMethod<"The operand that is the number of the step, or none.",
      "::mlir::MutableOperandRange", "getStepMutable">,
  ];
}

def Dtc_UnplacedInterface : OpInterface<"UnplacedInterface"> {
  let cppNamespace = "::dtc";
  let description = [{
    For ops that programs on one rank may hold and placed ones may not.
  }];
  let methods = [
    InterfaceMethod<"Why propagation refuses the op, without a full stop.",
      "::std::string", "getRefusal">,
  ];
}

def Dtc_SplitFormInterface : OpInterface<"SplitFormInterface"> {
  let cppNamespace = "::dtc";
  let description = [{
    For ops that need all of a dimension of operand 0, but that other ops can
    compute from pieces of it that combine, so that nothing is gathered.
    Propagation asks where operand 0 is held split.
  }];
  let methods = [
    InterfaceMethod<"Builds the results from ops whose pieces combine over "
      "`splitDims`, the dimensions of operand 0 that are split; none, and "
      "nothing built, where this op itself is as good.",
      "::llvm::SmallVector<::mlir::Value>", "buildSplitForm",
      (ins "::mlir::OpBuilder &":$builder,
           "::llvm::ArrayRef<int64_t>":$splitDims)>,
  ];
}

def Dtc_ExpandInterface : OpInterface<"ExpandInterface"> {
  let cppNamespace = "::dtc";
  let description = [{
    For ops that are one to placements and that a target computes as others.
    Targets ask once the program is one rank's.
  }];
  let methods = [
    InterfaceMethod<"Builds the op's results from other ops.",
      "::llvm::SmallVector<::mlir::Value>", "expand", (ins "::mlir::OpBuilder &":$builder)>,
  ];
}

#endif // DTC_IR_INTERFACES_TD
