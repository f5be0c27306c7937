//===- KernelFunctions.cpp - One GPU kernel for equal steps ---------------===//
//
// Layers of a model repeat the same kernels: what differs is only where their
// arguments lie. Each distinct kernel is emitted once.
//
//===----------------------------------------------------------------------===//

#include "CudaProgram.h"
#include "KernelEmitter.h"
#include "RoutineKernels.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cuda;
using cpu::Step;

/// Arrays of the program begin at multiples of this, in bytes.
static constexpr int64_t kBufferAlignment = 64;

namespace {

class KernelFunctions {
public:
  explicit KernelFunctions(CudaProgram &cuda)
      : cuda(cuda), program(cuda.program),
        builder(OpBuilder::atBlockEnd(program.kernels->getBody())) {}

  void emit(std::vector<Step> &steps) {
    for (Step &step : steps) {
      if (step.kind == Step::Kind::Kernel)
        step.target = functionOf(program.specs[step.target], step);
      if (step.kind == Step::Kind::Routine) {
        step.target = functionOf(program.routines[step.target]);
        step.kind = Step::Kind::Kernel;
      }
    }
  }

private:
  ArgumentFacts factsOf(const cpu::KernelSpec &kernel, const Step &step) const;
  int functionOf(cpu::KernelSpec &kernel, const Step &step);
  int functionOf(const cpu::Routine &routine);

  CudaProgram &cuda;
  cpu::Program &program;
  OpBuilder builder;
  llvm::StringMap<int> numbers;
};

} // namespace

ArgumentFacts KernelFunctions::factsOf(const cpu::KernelSpec &kernel,
                                       const Step &step) const {
  ArgumentFacts facts;
  int stored = step.arguments[kernel.store.argument].buffer;
  facts.storesApart = true;
  for (auto [number, pointer] : llvm::enumerate(step.arguments)) {
    int64_t bytes = pointer.bytes;
    // The lowest bit that is set.
    facts.alignments.push_back(
        bytes == 0 ? kBufferAlignment
                   : std::min(kBufferAlignment, bytes & -bytes));
    if (static_cast<int>(number) != kernel.store.argument)
      facts.storesApart &= pointer.buffer != stored;
  }
  // The stored array may be read through its own argument, too.
  for (const auto &e : kernel.pool)
    if ((e->kind == cpu::Expression::Kind::Load ||
         e->kind == cpu::Expression::Kind::Indexed) &&
        e->access.argument == kernel.store.argument)
      facts.storesApart = false;
  return facts;
}

int KernelFunctions::functionOf(cpu::KernelSpec &kernel, const Step &step) {
  cpu::coalesceLoops(kernel);
  ArgumentFacts facts = factsOf(kernel, step);
  std::string key = kernel.signature();
  llvm::raw_string_ostream os(key);
  os << "\n" << facts.storesApart;
  for (int64_t alignment : facts.alignments)
    os << "," << alignment;
  auto [entry, isNew] = numbers.try_emplace(key, program.numKernels);
  if (!isNew)
    return entry->second;
  Schedule schedule = scheduleKernel(kernel, facts);
  emitKernel(builder, builder.getUnknownLoc(),
             "kernel" + std::to_string(program.numKernels++), kernel, facts,
             schedule);
  cuda.kernels.push_back({schedule.blocks, schedule.threads,
                          static_cast<int64_t>(step.arguments.size()),
                          schedule.describe(kernel)});
  return entry->second;
}

int KernelFunctions::functionOf(const cpu::Routine &routine) {
  auto [entry, isNew] =
      numbers.try_emplace(routineSignature(routine), program.numKernels);
  if (isNew)
    cuda.kernels.push_back(
        emitRoutine(builder, builder.getUnknownLoc(),
                    "kernel" + std::to_string(program.numKernels++), routine));
  return entry->second;
}

void dtc::cuda::emitKernels(CudaProgram &cuda) {
  KernelFunctions functions(cuda);
  functions.emit(cuda.program.load);
  functions.emit(cuda.program.step);
  cuda.program.specs.clear();
  cuda.program.routines.clear();
}
