//===- GpuFrame.cpp - A frame whose memory is a GPU's ---------------------===//

#include "GpuFrame.h"

namespace dtc::runtime {
namespace {

/// A process runs one program on one GPU.
GpuFrame *currentFrame = nullptr;

} // namespace

Result<std::unique_ptr<GpuFrame>> GpuFrame::open(int64_t localRank,
                                                 const std::string &folder) {
  if (!&dtc_gpu_rank_program)
    return std::unique_ptr<GpuFrame>();
  auto device = cuda::Device::open(dtc_gpu_rank_program, localRank);
  if (!device)
    return device.error();
  auto frame = std::make_unique<GpuFrame>();
  frame->device = std::move(*device);
  auto libraries = GpuLibraries::open(dtc_gpu_rank_program, *frame->device,
                                      folder, localRank);
  if (!libraries)
    return libraries.error();
  frame->libraries = std::move(*libraries);
  frame->steps = std::make_unique<GpuStep>(*frame->device);
  currentFrame = frame.get();
  return frame;
}

/// Memory for those whose pointers are null already or missing.
Status GpuFrame::allocateAll(const std::vector<BoundaryTensor> &tensors,
                             std::vector<void *> &pointers) {
  pointers.resize(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (pointers[i])
      continue;
    auto memory =
        device->allocate(static_cast<size_t>(tensors[i].localBytes()));
    if (!memory)
      return Error{"'" + tensors[i].name + "': " + memory.error().message};
    pointers[i] = *memory;
  }
  return Done{};
}

Status GpuFrame::allocate(const RankProgram &program, RankServices &servicesOf,
                          const DeviceMemory &forArena, dtc_frame &frame) {
  services = &servicesOf;
  const dtc_program &table = *program.table;
  auto arena = forArena(table.arena_bytes);
  if (!arena)
    return Error{"activations: " + arena.error().message};
  auto forPacked = device->allocate(table.packed_bytes);
  if (!forPacked)
    return Error{"packed weights: " + forPacked.error().message};
  if (auto status = allocateAll(program.parameters, parameters); !status)
    return status.error();
  outputs.resize(program.outputs.size());
  for (size_t i = 0; i < program.uses.size(); ++i)
    if (int32_t output = program.uses[i].output; output >= 0)
      outputs[size_t(output)] = parameters[i];
  if (auto status = allocateAll(program.outputs, outputs); !status)
    return status.error();
  if (auto status = allocateAll(program.inputs, inputs); !status)
    return status.error();
  if (auto status = steps->prepare(size_t(table.num_collectives)); !status)
    return status.error();
  packed = static_cast<char *>(*forPacked);
  primitives.assign(static_cast<size_t>(table.num_primitives), nullptr);
  frame.arena = static_cast<char *>(*arena);
  frame.packed = packed;
  frame.inputs = inputs.data();
  frame.outputs = outputs.data();
  frame.parameters = parameters.data();
  frame.primitives = primitives.data();
  return Done{};
}

Status GpuFrame::upload(const RankProgram &program,
                        const std::vector<void *> &hostParameters) {
  const dtc_gpu_program &gpu = dtc_gpu_rank_program;
  for (uint64_t i = 0; i < gpu.num_constants; ++i) {
    const dtc_gpu_constant &constant = gpu.constants[i];
    if (auto status = device->upload(packed + constant.offset, constant.data,
                                     constant.bytes);
        !status)
      return status.error();
  }
  for (size_t i = 0; i < parameters.size(); ++i)
    if (auto status =
            uploadOne(program.parameters[i], parameters[i], hostParameters[i]);
        !status)
      return status.error();
  return Done{};
}

Status GpuFrame::uploadInputs(const RankProgram &program,
                              const std::vector<void *> &hostInputs) {
  for (size_t i = 0; i < inputs.size(); ++i)
    if (auto status = uploadOne(program.inputs[i], inputs[i], hostInputs[i]);
        !status)
      return status.error();
  return Done{};
}

Status GpuFrame::uploadOne(const BoundaryTensor &tensor, void *to,
                           const void *from) {
  auto status =
      device->upload(to, from, static_cast<size_t>(tensor.localBytes()));
  if (!status)
    return Error{"'" + tensor.name + "': " + status.error().message};
  return Done{};
}

Status GpuFrame::downloadOne(const BoundaryTensor &tensor, void *to,
                             const void *from) {
  auto status =
      device->download(to, from, static_cast<size_t>(tensor.localBytes()));
  if (!status)
    return Error{"'" + tensor.name + "': " + status.error().message};
  return Done{};
}

Status GpuFrame::downloadOutput(const RankProgram &program, size_t index,
                                void *output) {
  return downloadOne(program.outputs[index], output, outputs[index]);
}

Status GpuFrame::download(const RankProgram &program,
                          const std::vector<void *> &hostOutputs) {
  for (size_t i = 0; i < outputs.size(); ++i)
    if (auto status = downloadOutput(program, i, hostOutputs[i]); !status)
      return status.error();
  return Done{};
}

Status GpuFrame::downloadUpdated(const RankProgram &program,
                                 const std::vector<void *> &hostParameters) {
  for (size_t i = 0; i < parameters.size(); ++i)
    if (program.uses[i].kind != DTC_CONSTANT)
      if (auto status = downloadOne(program.parameters[i], hostParameters[i],
                                    parameters[i]);
          !status)
        return status.error();
  return Done{};
}

Status GpuFrame::finishLoading() {
  if (auto status = libraries->finishLoading(); !status)
    return status.error();
  return device->synchronize();
}

void GpuFrame::endUnless(const Status &status) {
  if (!status && !steps->keepProblem(status.error()))
    services->fail(status.error().message.c_str());
}

void GpuFrame::launch(uint32_t kernel, uint32_t blocks, uint32_t threads,
                      void **arguments) {
  currentFrame->endUnless(
      currentFrame->device->launch(kernel, blocks, threads, arguments));
}

void *GpuFrame::createProduct(const dtc_matmul &desc) {
  std::string problem;
  void *product = currentFrame->libraries->createProduct(desc, problem);
  if (!product)
    currentFrame->services->fail(problem.c_str());
  return product;
}

void GpuFrame::runProduct(const void *product,
                          const cuda::ProductArguments &arguments) {
  currentFrame->endUnless(
      currentFrame->libraries->runProduct(product, arguments));
}

void *GpuFrame::createConvolution(const dtc_convolution &desc,
                                  cuda::ConvolutionKind kind) {
  std::string problem;
  void *plan = currentFrame->libraries->createConvolution(desc, kind, problem);
  if (!plan)
    currentFrame->services->fail(problem.c_str());
  return plan;
}

void *GpuFrame::createAttention(const dtc_attention &desc) {
  std::string problem;
  void *plan = currentFrame->libraries->createAttention(desc, problem);
  if (!plan)
    currentFrame->services->fail(problem.c_str());
  return plan;
}

void *GpuFrame::createAttentionGradient(const dtc_attention_gradient &desc) {
  std::string problem;
  void *plan = currentFrame->libraries->createAttentionGradient(desc, problem);
  if (!plan)
    currentFrame->services->fail(problem.c_str());
  return plan;
}

void GpuFrame::runPlan(const void *plan,
                       const std::vector<const void *> &pointers) {
  currentFrame->endUnless(currentFrame->libraries->runPlan(plan, pointers));
}

} // namespace dtc::runtime

void *dtc_gpu_matmul_create(dtc_frame *, const dtc_matmul *desc, const void *) {
  return dtc::runtime::GpuFrame::createProduct(*desc);
}

void dtc_gpu_matmul_run(void *primitive, const void *lhs, const void *rhs,
                        const void *bias, const void *residual, void *result,
                        void *aux) {
  dtc::runtime::GpuFrame::runProduct(primitive,
                                     {lhs, rhs, bias, residual, result, aux});
}

int32_t dtc_gpu_matmul_left(const void *primitive) {
  return static_cast<const dtc::runtime::cuda::Product *>(primitive)->left();
}

void *dtc_gpu_convolution_create(dtc_frame *, const dtc_convolution *desc,
                                 const void *) {
  return dtc::runtime::GpuFrame::createConvolution(
      *desc, dtc::runtime::cuda::ConvolutionKind::Forward);
}

void dtc_gpu_convolution_run(void *primitive, const void *input,
                             const void *weight, const void *bias,
                             void *result) {
  std::vector<const void *> pointers{input, weight, result};
  if (bias)
    pointers.push_back(bias);
  dtc::runtime::GpuFrame::runPlan(primitive, pointers);
}

void *dtc_gpu_convolution_weight_gradient_create(dtc_frame *,
                                                 const dtc_convolution *desc) {
  return dtc::runtime::GpuFrame::createConvolution(
      *desc, dtc::runtime::cuda::ConvolutionKind::WeightGradient);
}

void dtc_gpu_convolution_weight_gradient_run(void *primitive, const void *input,
                                             const void *gradient,
                                             void *result) {
  dtc::runtime::GpuFrame::runPlan(primitive, {input, gradient, result});
}

void *dtc_gpu_attention_create(dtc_frame *, const dtc_attention *desc) {
  return dtc::runtime::GpuFrame::createAttention(*desc);
}

void dtc_gpu_attention_run(void *primitive, const void *query, const void *key,
                           const void *value, const void *mask, void *result,
                           void *sums) {
  dtc::runtime::GpuFrame::runPlan(primitive,
                                  {query, key, value, result, mask, sums});
}

void *dtc_gpu_attention_gradient_create(dtc_frame *,
                                        const dtc_attention_gradient *desc) {
  return dtc::runtime::GpuFrame::createAttentionGradient(*desc);
}

void dtc_gpu_attention_gradient_run(void *primitive, const void *query,
                                    const void *key, const void *value,
                                    const void *mask, const void *result,
                                    const void *sums, const void *gradient,
                                    void *query_gradient, void *key_gradient,
                                    void *value_gradient) {
  dtc::runtime::GpuFrame::runPlan(primitive, {query, key, value, result, mask,
                                              sums, gradient, query_gradient,
                                              key_gradient, value_gradient});
}

void dtc_gpu_launch(uint32_t kernel, uint32_t blocks, uint32_t threads,
                    void **arguments) {
  dtc::runtime::GpuFrame::launch(kernel, blocks, threads, arguments);
}
