//===- Passes.td - Passes on dtc programs ------------------*- tablegen -*-===//

#ifndef DTC_TRANSFORMS_PASSES_TD
#define DTC_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def ApplyPlan : Pass<"dtc-apply-plan", "::mlir::ModuleOp"> {
  let summary = "annotate a plain program with the wishes of a plan file";
  let description = [{
    Parameters, inputs and outputs get `dtc.layout` attributes; values at the
    boundaries of planned modules get `dtc.constrain` ops. Entries that match
    nothing are warnings.
  }];
  let options = [
    Option<"planFile", "plan", "std::string", "\"\"", "the plan file; empty: everything replicated">,
    Option<"meshText", "mesh", "std::string", "\"\"", "the mesh, as 'dp=2,tp=2'; wins over the plan's">,
    Option<"trainFile", "train", "std::string", "\"\"", "the training spec that dtc-differentiate gets, whose further inputs the plan may place">,
  ];
  let dependentDialects = ["::dtc::DtcDialect"];
}

def Differentiate : Pass<"dtc-differentiate", "::mlir::ModuleOp"> {
  let summary = "make a training step of a plain program";
  let description = [{
    Adds the loss of a training spec, the gradients of the trained parameters
    and the optimizer's updates, and returns what the spec says. Stands between
    `dtc-apply-plan`, whose wishes for placements it differentiates, and
    `dtc-propagate-placements`, which places the whole step by the same rules.

    The module's `dtc.library_attention` lists the element types whose attention
    a library of the target computes with its gradient, which is then one op.
  }];
  let options = [
    Option<"specFile", "spec", "std::string", "\"\"", "the training spec">,
  ];
  let dependentDialects = ["::dtc::DtcDialect"];
}

def PropagatePlacements : Pass<"dtc-propagate-placements", "::mlir::ModuleOp"> {
  let summary = "give every value placements, op by op in program order";
  let description = [{
    The eager policy: each op takes the cheapest legal placements given how its
    operands are held (see Sharding/Strategy.h), and `dtc.redistribute` stands
    where an operand is held otherwise.
  }];
  let options = [
    ListOption<"links", "links", "std::string", "link of each mesh axis: cpu, ethernet, nvlink or LATENCY_US:GB_S">,
  ];
  let dependentDialects = ["::dtc::DtcDialect"];
}

def InsertCollectives : Pass<"dtc-insert-collectives", "::mlir::ModuleOp"> {
  let summary = "replace redistributions by collectives, waits and local steps";
  let dependentDialects = ["::dtc::DtcDialect"];
}

def OptimizeCollectives : Pass<"dtc-optimize-collectives", "::mlir::ModuleOp"> {
  let summary = "remove collectives that repeat or undo others";
  let description = [{
    1. The same value is brought to the same placement once.
    2. An all_reduce of which each rank uses only its own chunk becomes a
       reduce_scatter.
    3. An all_gather whose result is cut back along the same axis vanishes.
    4. Sums of what the backward half of a training step reduces are reduced
       once.
    5. What it computes whole and cuts to the own chunk is computed for the chunk
       only.
    6. With `combine`, neighbouring all_reduces of one kind become one.
  }];
  let options = [
    Option<"combine", "combine", "bool", "false", "merge neighbouring all_reduces of one kind and axis">,
  ];
  let dependentDialects = ["::dtc::DtcDialect"];
}

def Localize : Pass<"dtc-localize", "::mlir::ModuleOp"> {
  let summary = "the program of one rank: local shapes, no placements";
  let options = [
    Option<"rank", "rank", "int64_t", "0", "whose program">,
  ];
  let dependentDialects = ["::dtc::DtcDialect"];
}

def PrintShardingRules : Pass<"dtc-print-sharding-rules", "::mlir::ModuleOp"> {
  let summary = "print the sharding rule of every op to stderr as remarks";
}

#endif // DTC_TRANSFORMS_PASSES_TD
