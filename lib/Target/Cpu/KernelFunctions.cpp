//===- KernelFunctions.cpp - One function for equal kernels ---------------===//
//
// Layers of a model repeat the same kernels: what differs is only where their
// arguments lie. Each distinct kernel is emitted once.
//
//===----------------------------------------------------------------------===//

#include "Program.h"

using namespace mlir;
using namespace dtc::cpu;

namespace {

class KernelFunctions {
public:
  KernelFunctions(Program &program, int64_t vectorLanes)
      : program(program), vectorLanes(vectorLanes),
        builder(OpBuilder::atBlockEnd(program.kernels->getBody())) {}

  void emit(std::vector<Step> &steps) {
    for (Step &step : steps) {
      emit(step.body);
      if (step.kind == Step::Kind::Kernel)
        step.target = functionOf(program.specs[step.target]);
    }
  }

private:
  int functionOf(KernelSpec &kernel) {
    coalesceLoops(kernel);
    auto [entry, isNew] =
        numbers.try_emplace(kernel.signature(), program.numKernels);
    if (isNew)
      emitKernel(builder, builder.getUnknownLoc(),
                 "kernel" + std::to_string(program.numKernels++), kernel,
                 vectorLanes);
    return entry->second;
  }

  Program &program;
  int64_t vectorLanes;
  OpBuilder builder;
  llvm::StringMap<int> numbers;
};

} // namespace

void dtc::cpu::emitKernels(Program &program, int64_t vectorLanes) {
  KernelFunctions functions(program, vectorLanes);
  functions.emit(program.load);
  functions.emit(program.step);
  program.specs.clear();
}
