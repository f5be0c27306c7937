//===- KernelFunctions.cpp - One GPU kernel for equal steps ---------------===//
//
// Layers of a model repeat the same kernels: what differs is only where their
// arguments lie. Each distinct kernel is emitted once.
//
//===----------------------------------------------------------------------===//

#include "CudaProgram.h"
#include "KernelEmitter.h"
#include "RoutineKernels.h"
#include "SplitReductions.h"

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

  /// What loading computes stays, and has no other memory.
  enum class Phase { Load, Step };
  void emit(std::vector<Step> &steps, Phase phase);

private:
  ArgumentFacts factsOf(const cpu::KernelSpec &kernel, const Step &step) const;
  int functionOf(cpu::KernelSpec &kernel, const Step &step);
  void emitKernelSteps(Step &step, Phase phase, std::vector<Step> &launched);
  void emitRoutineSteps(const Step &step, std::vector<Step> &launched);
  std::string newName() {
    return "kernel" + std::to_string(program.numKernels++);
  }

  CudaProgram &cuda;
  cpu::Program &program;
  OpBuilder builder;
  /// The number of a kernel, and the numbers of a routine's, by what they do.
  llvm::StringMap<int> numbers;
  struct Range {
    int first = 0, end = 0;
  };
  llvm::StringMap<Range> routines;
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
  emitKernel(builder, builder.getUnknownLoc(), newName(), kernel, facts,
             schedule);
  cuda.kernels.push_back({schedule.blocks, schedule.threads,
                          static_cast<int64_t>(step.arguments.size()),
                          schedule.describe(kernel)});
  return entry->second;
}

/// A kernel is itself, or two.
void KernelFunctions::emitKernelSteps(Step &step, Phase phase,
                                      std::vector<Step> &launched) {
  cpu::KernelSpec &kernel = program.specs[step.target];
  cpu::coalesceLoops(kernel);
  std::optional<SplitReduction> split;
  if (phase == Phase::Step)
    split = splitReduction(program, kernel, step.arguments);
  if (!split) {
    step.target = functionOf(kernel, step);
    launched.push_back(std::move(step));
    return;
  }
  for (KernelStep *part : {&split->partial, &split->rest}) {
    launched.push_back(step);
    launched.back().arguments = part->arguments;
    launched.back().target = functionOf(part->kernel, launched.back());
  }
}

/// A routine is a kernel, or some that follow each other.
void KernelFunctions::emitRoutineSteps(const Step &step,
                                       std::vector<Step> &launched) {
  const cpu::Routine &routine = program.routines[step.target];
  auto [entry, isNew] = routines.try_emplace(routineSignature(routine));
  if (isNew) {
    entry->second.first = program.numKernels;
    llvm::append_range(cuda.kernels, emitRoutine(
                                         builder, builder.getUnknownLoc(),
                                         [&] { return newName(); }, routine));
    entry->second.end = program.numKernels;
  }
  for (int kernel = entry->second.first; kernel < entry->second.end; ++kernel) {
    launched.push_back(step);
    launched.back().kind = Step::Kind::Kernel;
    launched.back().target = kernel;
  }
}

void KernelFunctions::emit(std::vector<Step> &steps, Phase phase) {
  std::vector<Step> launched;
  for (Step &step : steps) {
    if (step.kind == Step::Kind::Kernel)
      emitKernelSteps(step, phase, launched);
    else if (step.kind == Step::Kind::Routine)
      emitRoutineSteps(step, launched);
    else
      launched.push_back(std::move(step));
  }
  steps = std::move(launched);
}

void dtc::cuda::emitKernels(CudaProgram &cuda) {
  KernelFunctions functions(cuda);
  functions.emit(cuda.program.load, KernelFunctions::Phase::Load);
  functions.emit(cuda.program.step, KernelFunctions::Phase::Step);
  cuda.program.specs.clear();
  cuda.program.routines.clear();
}
