//===- UpdateBlocking.cpp - One pass over memory for an optimizer ---------===//
//
// An optimizer's update is several kernels over arrays of one size: each
// average, then the weight. Kernels that follow each other and go through the
// same arrays element by element become a loop over blocks: what one has read
// or written is still in the cache for the next.
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "dtc/IR/Dtc.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

/// Elements of a block: the few arrays of an update stay in a core's cache.
static constexpr int64_t kBlockElements = 16384;

namespace {

/// Kernels that may run block by block.
struct Group {
  int64_t length = 0;
  llvm::SmallVector<int, 4> steps;
};

class UpdateBlocking {
public:
  explicit UpdateBlocking(Program &program) : program(program) {}
  void run();

private:
  KernelSpec &spec(const Step &step) { return program.specs[step.target]; }
  bool isElementwise(const Step &step);
  bool joins(const Group &group, const Step &step);
  bool agrees(const Step &one, const Step &other);
  Step block(const Group &group, int64_t blocks);

  Program &program;
};

} // namespace

/// The stride of each argument of an elementwise kernel: 1, or 0 for a scalar.
static llvm::SmallVector<int64_t> argumentStrides(KernelSpec &spec) {
  llvm::SmallVector<int64_t> strides(spec.argumentTypes.size(), 0);
  for (Access *access : accessesOf(spec))
    if (access->argument >= 0)
      strides[access->argument] = access->strides[0];
  return strides;
}

/// One loop over dense arrays and scalars, the store among the arrays.
bool UpdateBlocking::isElementwise(const Step &step) {
  if (step.kind != Step::Kind::Kernel || step.phase != DTC_OPTIMIZER)
    return false;
  KernelSpec &kernel = spec(step);
  coalesceLoops(kernel);
  if (kernel.loops.size() != 1 || kernel.parallelLoops != 1 ||
      kernel.keepsRow() || kernel.store.strides[0] != 1)
    return false;
  for (const auto &expression : kernel.pool)
    if (expression->kind != Expression::Kind::Load &&
        expression->kind != Expression::Kind::Constant &&
        expression->kind != Expression::Kind::Compute)
      return false;
  llvm::SmallVector<int64_t> strides = argumentStrides(kernel);
  return llvm::all_of(accessesOf(kernel), [&](Access *access) {
    int64_t stride = access->strides[0];
    return access->offset == 0 && (stride == 0 || stride == 1) &&
           strides[access->argument] == stride;
  });
}

/// True when what `one` writes is touched by `other` at the same elements only.
bool UpdateBlocking::agrees(const Step &one, const Step &other) {
  BufferPointer written = one.arguments[spec(one).store.argument];
  llvm::SmallVector<int64_t> strides = argumentStrides(spec(other));
  for (auto [pointer, stride] : llvm::zip(other.arguments, strides))
    if (pointer.buffer == written.buffer &&
        (pointer.bytes != written.bytes || stride != 1))
      return false;
  return true;
}

/// True when the kernel goes through arrays of the group and nothing stands in
/// the way of running blocks of all in turn.
bool UpdateBlocking::joins(const Group &group, const Step &step) {
  bool shares = false;
  for (int number : group.steps) {
    const Step &other = program.step[number];
    if (!agrees(other, step) || !agrees(step, other))
      return false;
    for (BufferPointer pointer : step.arguments)
      shares |= llvm::any_of(other.arguments, [&](BufferPointer known) {
        return known.buffer == pointer.buffer;
      });
  }
  return shares;
}

Step UpdateBlocking::block(const Group &group, int64_t blocks) {
  int64_t length = group.length / blocks;
  Step loop{Step::Kind::Loop, 0, {}, program.step[group.steps[0]].location};
  loop.extents.push_back(blocks);
  loop.phase = DTC_OPTIMIZER;
  for (int number : group.steps) {
    Step step = program.step[number];
    KernelSpec &kernel = spec(step);
    kernel.loops[0] = length;
    for (auto [argument, stride] : llvm::enumerate(argumentStrides(kernel))) {
      int64_t bytes = getElementBytes(kernel.argumentTypes[argument]);
      step.moves.push_back({stride * length * bytes});
      if (stride != 0)
        kernel.argumentSizes[argument] = length;
    }
    loop.arguments.append(step.arguments);
    loop.body.push_back(std::move(step));
  }
  return loop;
}

/// How many equal blocks of about the wanted size there are, or 1.
static int64_t blocksOf(int64_t length) {
  int64_t least = (length + kBlockElements - 1) / kBlockElements;
  for (int64_t blocks = least; blocks <= 4 * least; ++blocks)
    if (length % blocks == 0)
      return blocks;
  return 1;
}

void UpdateBlocking::run() {
  std::vector<Step> steps;
  Group group;
  auto close = [&] {
    int64_t blocks = group.steps.size() > 1 ? blocksOf(group.length) : 1;
    if (blocks > 1)
      steps.push_back(block(group, blocks));
    else
      for (int number : group.steps)
        steps.push_back(program.step[number]);
    group = {};
  };
  for (int number = 0, e = program.step.size(); number < e; ++number) {
    const Step &step = program.step[number];
    bool fits = isElementwise(step);
    if (!fits || (!group.steps.empty() &&
                  (spec(step).loops[0] != group.length || !joins(group, step))))
      close();
    if (!fits) {
      steps.push_back(step);
      continue;
    }
    group.length = spec(step).loops[0];
    group.steps.push_back(number);
  }
  close();
  program.step = std::move(steps);
}

void dtc::cpu::blockUpdates(Program &program) {
  if (program.isTraining)
    UpdateBlocking(program).run();
}
