//===- HostEmitter.cpp - The processor's side of a GPU program ------------===//
//
// 1. Each kernel has a function of its name on the host that launches it, so
//    that `load` and `step` are emitted as for processors.
// 2. Constants lie in the host's object; the runtime copies them to the GPU.
// 3. The table `dtc_gpu_rank_program` has the kernels' code.
//
//===----------------------------------------------------------------------===//

#include "HostEmitter.h"
#include "StepEmitter.h"

#include "dtc/IR/Dtc.h"
#include "dtc/runtime/gpu.h"

#include "llvm/IR/IRBuilder.h"

using namespace llvm;
using namespace dtc;
using namespace dtc::cuda;
using cpu::Buffer;
using cpu::Step;

void dtc::cuda::packConstants(CudaProgram &cuda) {
  for (auto [number, buffer] : enumerate(cuda.program.buffers))
    if (buffer.kind == Buffer::Kind::Constant) {
      buffer.kind = Buffer::Kind::Packed;
      cuda.constants.push_back(static_cast<int>(number));
    }
}

/// What a step needs that is not there; empty when it has code.
static StringRef missingFor(const Step &step) {
  switch (step.kind) {
  case Step::Kind::Kernel:
  case Step::Kind::Start:
  case Step::Kind::Wait:
    return "";
  case Step::Kind::Matmul:
  case Step::Kind::Convolution:
  case Step::Kind::Attention:
    return "";
  case Step::Kind::Loop:
    return "steps in blocks";
  case Step::Kind::Routine:
    return "this routine";
  }
  return "this kind of step";
}

mlir::LogicalResult dtc::cuda::checkSteps(const CudaProgram &cuda) {
  for (const auto *steps : {&cuda.program.load, &cuda.program.step})
    for (const Step &step : *steps)
      if (StringRef missing = missingFor(step); !missing.empty())
        return mlir::emitError(step.location)
               << "has no code for GPUs yet: --target cuda lacks " << missing;
  return mlir::success();
}

/// Bits of dtc_gpu_library.
static uint64_t librariesOf(const cpu::Program &program) {
  uint64_t libraries = 0;
  for (const cpu::Primitive &primitive : program.primitives)
    libraries |= primitive.kind == cpu::Primitive::Kind::Matmul
                     ? DTC_GPU_CUBLASLT
                     : DTC_GPU_CUDNN;
  return libraries;
}

namespace {

class HostEmitter {
public:
  HostEmitter(Module &module, const CudaProgram &cuda, const DeviceCode &code)
      : module(module), cuda(cuda), code(code), context(module.getContext()),
        builder(context), pointerType(PointerType::getUnqual(context)) {}

  void emit() {
    for (auto [number, kernel] : enumerate(cuda.kernels))
      emitLaunch(number, kernel);
    cpu::emitProgram(module, cuda.program);
    emitTable();
  }

private:
  void emitLaunch(size_t number, const LaunchedKernel &kernel);
  Constant *global(Constant *value, StringRef name);
  Constant *bytes(StringRef data, StringRef name);
  Constant *constantTable();
  void emitTable();

  Module &module;
  const CudaProgram &cuda;
  const DeviceCode &code;
  LLVMContext &context;
  IRBuilder<> builder;
  PointerType *pointerType;
};

} // namespace

void HostEmitter::emitLaunch(size_t number, const LaunchedKernel &kernel) {
  SmallVector<Type *> types(kernel.arguments, pointerType);
  auto *function = Function::Create(
      FunctionType::get(builder.getVoidTy(), types, false),
      GlobalValue::InternalLinkage, "kernel" + Twine(number), module);
  builder.SetInsertPoint(BasicBlock::Create(context, "entry", function));
  auto *array = ArrayType::get(pointerType, kernel.arguments);
  Value *values = builder.CreateAlloca(array);
  Value *addresses = builder.CreateAlloca(array);
  for (auto [i, argument] : enumerate(function->args())) {
    Value *slot = builder.CreateConstGEP1_64(pointerType, values, i);
    builder.CreateStore(&argument, slot);
    builder.CreateStore(slot,
                        builder.CreateConstGEP1_64(pointerType, addresses, i));
  }
  Type *i32 = builder.getInt32Ty();
  FunctionCallee launch = module.getOrInsertFunction(
      "dtc_gpu_launch", FunctionType::get(builder.getVoidTy(),
                                          {i32, i32, i32, pointerType}, false));
  builder.CreateCall(launch,
                     {builder.getInt32(number), builder.getInt32(kernel.blocks),
                      builder.getInt32(kernel.threads), addresses});
  builder.CreateRetVoid();
}

Constant *HostEmitter::global(Constant *value, StringRef name) {
  auto *variable = new GlobalVariable(module, value->getType(), true,
                                      GlobalValue::PrivateLinkage, value, name);
  variable->setAlignment(Align(16));
  return variable;
}

Constant *HostEmitter::bytes(StringRef data, StringRef name) {
  if (data.empty())
    return ConstantPointerNull::get(pointerType);
  return global(
      ConstantDataArray::getRaw(data, data.size(), builder.getInt8Ty()), name);
}

Constant *HostEmitter::constantTable() {
  SmallVector<Constant *> rows;
  for (int number : cuda.constants) {
    const Buffer &buffer = cuda.program.buffers[number];
    HostTensor tensor = HostTensor::fromAttribute(buffer.constant);
    rows.push_back(ConstantStruct::getAnon(
        {builder.getInt64(buffer.offset), builder.getInt64(tensor.bytes()),
         bytes(StringRef(tensor.raw(), tensor.bytes()), "constant")}));
  }
  if (rows.empty())
    return ConstantPointerNull::get(pointerType);
  return global(
      ConstantArray::get(ArrayType::get(rows[0]->getType(), rows.size()), rows),
      "constants");
}

/// In the order of dtc_gpu_program.
void HostEmitter::emitTable() {
  auto text = [&](StringRef value, StringRef name) {
    return global(ConstantDataArray::getString(context, value), name);
  };
  Constant *table = ConstantStruct::getAnon(
      {builder.getInt32(DTC_GPU_ABI), builder.getInt32(cuda.kernels.size()),
       builder.getInt64(librariesOf(cuda.program)),
       builder.getInt64(cuda.constants.size()),
       builder.getInt64(code.cubin.size()),
       text(code.architecture, "architecture"), text(code.ptx, "ptx"),
       bytes(code.cubin, "cubin"), constantTable()});
  new GlobalVariable(module, table->getType(), true,
                     GlobalValue::ExternalLinkage, table,
                     "dtc_gpu_rank_program");
}

void dtc::cuda::emitHostProgram(Module &module, const CudaProgram &cuda,
                                const DeviceCode &code) {
  HostEmitter(module, cuda, code).emit();
}
