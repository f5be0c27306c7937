//===- PerceptronProgram.cpp - A hand-written compiled program ------------===//
//
// Tables, a `load` that creates two matrix products, and a `step` that runs
// them and one all-reduce.
//===----------------------------------------------------------------------===//

#include "PerceptronProgram.h"
#include "dtc/runtime/Chunk.h"

namespace dtc::runtime::test {

const char *const kPerceptronCause = "net: partial(sum) -> replicate";

namespace {

const int64_t kShapeX[] = {kBatch, kIn}, kShapeC[] = {kBatch, kOut};
const int64_t kShapeW1[] = {kIn, kHidden}, kShapeW2[] = {kHidden, kOut};
const int64_t kShapeH[] = {kBatch, kHidden};

const dtc_placement kR{DTC_REPLICATE, 0, 0};
const dtc_placement kS0{DTC_SHARD, 0, 0}, kS1{DTC_SHARD, 1, 0};
const dtc_placement kP{DTC_PARTIAL, 0, DTC_SUM};
const dtc_placement kBatchOnly[] = {kS0, kR}, kBatchPartial[] = {kS0, kP};
const dtc_placement kColumns[] = {kR, kS1}, kRows[] = {kR, kS0};
const dtc_placement kHiddenPlace[] = {kS0, kS1};

const dtc_tensor kInputs[] = {{"x", DTC_F32, 2, kShapeX, kBatchOnly},
                              {"c", DTC_F32, 2, kShapeC, kBatchPartial}};
const dtc_tensor kOutputs[] = {{"y", DTC_F32, 2, kShapeC, kBatchOnly},
                               {"p", DTC_F32, 2, kShapeC, kBatchPartial},
                               {"h", DTC_F32, 2, kShapeH, kHiddenPlace}};
const dtc_tensor kParameters[] = {{"net.w1", DTC_F32, 2, kShapeW1, kColumns},
                                  {"net.w2", DTC_F32, 2, kShapeW2, kRows}};

dtc_mesh_axis theMesh[] = {{"dp", 1}, {"tp", 1}};
dtc_collective theCollective;
dtc_program theProgram;
int64_t theRows, theColumns; ///< of this rank, once selected

void load(dtc_frame *frame) {
  dtc_matmul first = {};
  first.dtype = DTC_F32;
  first.ndim = 2;
  first.rhs_packed = 1;
  first.epilogue = DTC_EPILOGUE_RELU;
  first.scale = 1.0f;
  auto set = [](int64_t *to, int64_t a, int64_t b) { to[0] = a, to[1] = b; };
  set(first.lhs_shape, theRows, kIn);
  set(first.rhs_shape, kIn, theColumns);
  set(first.lhs_strides, kIn, 1);
  set(first.rhs_strides, theColumns, 1);
  set(first.result_strides, theColumns, 1);
  dtc_matmul second = first;
  second.epilogue = DTC_EPILOGUE_NONE;
  second.residual = 1;
  set(second.lhs_shape, theRows, theColumns);
  set(second.rhs_shape, theColumns, kOut);
  set(second.lhs_strides, theColumns, 1);
  set(second.rhs_strides, kOut, 1);
  set(second.result_strides, kOut, 1);
  frame->primitives[0] = dtc_matmul_create(frame, &first, frame->parameters[0]);
  frame->primitives[1] =
      dtc_matmul_create(frame, &second, frame->parameters[1]);
}

void step(dtc_frame *frame) {
  dtc_matmul_run(frame->primitives[0], frame->inputs[0], nullptr, nullptr,
                 nullptr, frame->outputs[2]);
  dtc_matmul_run(frame->primitives[1], frame->outputs[2], nullptr, nullptr,
                 frame->inputs[1], frame->outputs[1]);
  dtc_collective_start(frame->collectives[0], frame->outputs[1],
                       frame->outputs[0]);
  dtc_collective_wait(frame->collectives[0]);
}

} // namespace

const dtc_program &perceptronProgram(int64_t dp, int64_t tp) {
  theMesh[0].size = dp;
  theMesh[1].size = tp;
  theCollective = {};
  theCollective.kind = DTC_ALL_REDUCE;
  theCollective.dtype = DTC_F32;
  theCollective.axis = 1;
  theCollective.outer = theCollective.inner = 1;
  theCollective.extent = kBatch * kOut;
  theCollective.module = "net";
  theCollective.cause = kPerceptronCause;
  theProgram = {};
  theProgram.abi = DTC_PROGRAM_ABI;
  theProgram.world_size = int32_t(dp * tp);
  theProgram.mesh_rank = 2;
  theProgram.num_inputs = 2;
  theProgram.num_outputs = 3;
  theProgram.num_parameters = 2;
  theProgram.num_collectives = 1;
  theProgram.num_primitives = 2;
  theProgram.mesh = theMesh;
  theProgram.inputs = kInputs;
  theProgram.outputs = kOutputs;
  theProgram.parameters = kParameters;
  theProgram.collectives = &theCollective;
  theProgram.arena_bytes = 4096;
  theProgram.collective_hash = 0x5eed;
  theProgram.model = "perceptron";
  theProgram.load = load;
  theProgram.step = step;
  return theProgram;
}

void selectPerceptronRank(int64_t rank) {
  int64_t tp = theMesh[1].size;
  theRows = chunk(kBatch, theMesh[0].size, rank / tp).size;
  theColumns = chunk(kHidden, tp, rank % tp).size;
  theCollective.extent = theRows * kOut;
}

} // namespace dtc::runtime::test
