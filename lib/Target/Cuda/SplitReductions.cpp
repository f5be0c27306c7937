//===- SplitReductions.cpp - Long reductions as two kernels ---------------===//
//
// One of the loops that are reduced is cut into parts of equal length, which
// become the first loop of the kernel of partial results. The other kernel is
// the original with a reduction of the parts in the reduction's place.
//
//===----------------------------------------------------------------------===//

#include "SplitReductions.h"

#include "Schedule.h"
#include "dtc/IR/Dtc.h"

#include <cmath>

using namespace mlir;
using namespace dtc;
using namespace dtc::cuda;
using cpu::Access;
using cpu::BufferPointer;
using cpu::Expression;
using cpu::KernelSpec;

/// Results that keep a GPU busy, where a thread, or a block, has each.
static constexpr int64_t kManyThreads = int64_t(1) << 17;
static constexpr int64_t kManyBlocks = 256;
/// Elements that are worth a part's result, of a thread and of a block.
static constexpr int64_t kThreadElements = 32;
static constexpr int64_t kBlockElements = 4096;

namespace {

/// What is cut: the reduction that nothing but the rest of the kernel sees, the
/// reduction inside it that joins the same, if there is one, and a loop of one
/// of them.
struct Cut {
  Expression *outer = nullptr, *inner = nullptr;
  int loop = -1;
  int64_t parts = 0;
};

bool isReduction(const Expression *e) {
  return e->kind == Expression::Kind::RowReduce ||
         e->kind == Expression::Kind::LoopReduce;
}

/// Copies what an expression needs from kernel to kernel.
class Copy {
public:
  Copy(KernelSpec &to, std::function<void(Access &)> adapt)
      : to(to), adapt(std::move(adapt)) {}

  Expression *operator()(const Expression *from) {
    if (Expression *copy = copies.lookup(from))
      return copy;
    SmallVector<Expression *, 3> operands;
    for (const Expression *operand : from->operands)
      operands.push_back((*this)(operand));
    Expression *copy = to.make(from->kind, from->element);
    *copy = *from;
    copy->operands = operands;
    if (copy->kind == Expression::Kind::Load ||
        copy->kind == Expression::Kind::Indexed ||
        copy->kind == Expression::Kind::Position)
      adapt(copy->access);
    return copies[from] = copy;
  }
  void replace(const Expression *from, Expression *by) { copies[from] = by; }

private:
  KernelSpec &to;
  std::function<void(Access &)> adapt;
  llvm::DenseMap<const Expression *, Expression *> copies;
};

class Splitter {
public:
  Splitter(cpu::Program &program, const KernelSpec &kernel,
           ArrayRef<BufferPointer> arguments)
      : program(program), kernel(kernel), arguments(arguments) {}

  std::optional<SplitReduction> run();

private:
  bool findCut();
  bool chooseParts();
  bool joinsRows() const {
    return cut.outer->kind == Expression::Kind::RowReduce;
  }
  int row() const { return kernel.parallelLoops - 1; }
  int64_t results() const;
  Access partialAccess(int argument) const;
  KernelStep makePartial();
  KernelStep makeRest();

  cpu::Program &program;
  const KernelSpec &kernel;
  ArrayRef<BufferPointer> arguments;
  Cut cut;
  BufferPointer parts;
};

} // namespace

//===----------------------------------------------------------------------===//
// What is cut
//===----------------------------------------------------------------------===//

/// The reductions that `e` sees first.
static void collectReductions(Expression *e,
                              SmallPtrSetImpl<Expression *> &seen,
                              SmallVectorImpl<Expression *> &reductions) {
  if (!seen.insert(e).second)
    return;
  if (isReduction(e)) {
    reductions.push_back(e);
    return;
  }
  for (Expression *operand : e->operands)
    collectReductions(operand, seen, reductions);
}

static SmallVector<Expression *> reductionsOf(Expression *e) {
  SmallPtrSet<Expression *, 8> seen;
  SmallVector<Expression *> reductions;
  collectReductions(e, seen, reductions);
  return reductions;
}

bool Splitter::findCut() {
  if (kernel.walk != cpu::RowWalk::Parallel)
    return false;
  SmallVector<Expression *> outer = reductionsOf(kernel.root);
  if (outer.size() != 1)
    return false;
  cut.outer = outer[0];
  Expression *joined = cut.outer->operands[0];
  if (joinsRows() && joined->kind == Expression::Kind::LoopReduce &&
      joined->combine == cut.outer->combine) {
    cut.inner = joined;
    joined = joined->operands[0];
  }
  return reductionsOf(joined).empty() && (!joinsRows() || storesOnce(kernel));
}

/// Loops of the kernel that are not reduced, as one number.
int64_t Splitter::results() const {
  int64_t count = 1;
  for (int loop = 0; loop <= row() - (joinsRows() ? 1 : 0); ++loop)
    count *= kernel.loops[loop];
  return count;
}

bool Splitter::chooseParts() {
  SmallVector<int> loops;
  if (joinsRows())
    loops.push_back(row());
  for (Expression *e : {cut.outer, cut.inner})
    if (e && e->kind == Expression::Kind::LoopReduce)
      llvm::append_range(loops, e->reduceLoops);
  int64_t joined = 1;
  for (int loop : loops) {
    joined *= kernel.loops[loop];
    if (cut.loop < 0 || kernel.loops[loop] > kernel.loops[cut.loop])
      cut.loop = loop;
  }
  if (results() == 0)
    return false;
  int64_t most =
      joinsRows()
          ? std::min(kManyBlocks / results(), joined / kBlockElements)
          : std::min(kManyThreads / results(), joined / kThreadElements);
  // A thread of the second kernel joins as many as one of the first.
  if (!joinsRows())
    most = std::min(most, int64_t(std::sqrt(double(joined))));
  // The largest divisor.
  for (cut.parts = std::min(most, kernel.loops[cut.loop]); cut.parts > 1;
       --cut.parts)
    if (kernel.loops[cut.loop] % cut.parts == 0)
      break;
  // What two kernels cost, fewer parts do not save.
  return cut.parts >= 4;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// Parts of threads' results lie apart, so that neighbours read neighbours;
/// those of a block's lie side by side. Strides are those of the kernel's
/// parallel loops; that of the parts is the first.
Access Splitter::partialAccess(int argument) const {
  Access access;
  access.argument = argument;
  int64_t stride = joinsRows() ? cut.parts : 1;
  SmallVector<int64_t, 6> strides(kernel.parallelLoops, 0);
  for (int loop = row() - (joinsRows() ? 1 : 0); loop >= 0; --loop) {
    strides[loop] = stride;
    stride *= kernel.loops[loop];
  }
  access.strides.push_back(joinsRows() ? 1 : stride);
  access.strides.append(strides);
  return access;
}

/// Leaves only arguments that the kernel uses, the one that is stored last.
static void dropUnused(KernelStep &step) {
  KernelSpec &kernel = step.kernel;
  SmallVector<int> kept;
  auto keep = [&](int argument) {
    if (argument != kernel.store.argument &&
        !llvm::is_contained(kept, argument))
      kept.push_back(argument);
  };
  SmallVector<Access *> accesses = cpu::accessesOf(kernel);
  for (Access *access : accesses)
    if (access->argument >= 0)
      keep(access->argument);
  llvm::sort(kept);
  kept.push_back(kernel.store.argument);
  SmallVector<Type> types;
  SmallVector<int64_t> sizes;
  SmallVector<BufferPointer, 4> pointers;
  llvm::DenseMap<int, int> numbers;
  for (int argument : kept) {
    numbers[argument] = static_cast<int>(types.size());
    types.push_back(kernel.argumentTypes[argument]);
    sizes.push_back(kernel.argumentSizes[argument]);
    pointers.push_back(step.arguments[argument]);
  }
  for (Access *access : accesses)
    if (access->argument >= 0)
      access->argument = numbers[access->argument];
  kernel.argumentTypes = types;
  kernel.argumentSizes = sizes;
  step.arguments = pointers;
}

KernelStep Splitter::makePartial() {
  KernelStep step;
  KernelSpec &to = step.kernel;
  to.loops = kernel.loops;
  int64_t length = kernel.loops[cut.loop] / cut.parts;
  to.loops[cut.loop] = length;
  to.loops.insert(to.loops.begin(), cut.parts);
  to.parallelLoops = kernel.parallelLoops + 1;
  to.hasRowReduction = joinsRows();
  Copy copy(to, [&](Access &access) {
    access.strides.insert(access.strides.begin(),
                          access.strides[cut.loop] * length);
  });
  to.root = copy(cut.outer);
  for (auto &expression : to.pool)
    for (int &loop : expression->reduceLoops)
      ++loop;
  to.argumentTypes = kernel.argumentTypes;
  to.argumentSizes = kernel.argumentSizes;
  to.argumentTypes.push_back(cut.outer->element);
  to.argumentSizes.push_back(cut.parts * results());
  to.storeElement = cut.outer->element;
  to.store = partialAccess(static_cast<int>(to.argumentTypes.size()) - 1);
  to.store.strides.resize(to.loops.size(), 0);
  step.arguments.assign(arguments.begin(), arguments.end());
  step.arguments.push_back(parts);
  dropUnused(step);
  return step;
}

KernelStep Splitter::makeRest() {
  KernelStep step;
  KernelSpec &to = step.kernel;
  to.loops.assign(kernel.loops.begin(),
                  kernel.loops.begin() + kernel.parallelLoops);
  to.parallelLoops = kernel.parallelLoops;
  to.hasRowReduction = joinsRows();
  if (joinsRows())
    to.loops[row()] = cut.parts;
  else
    to.loops.push_back(cut.parts);
  auto adapt = [&](Access &access) {
    access.strides.resize(kernel.parallelLoops);
    access.strides.resize(to.loops.size(), 0);
  };
  to.argumentTypes = kernel.argumentTypes;
  to.argumentSizes = kernel.argumentSizes;
  to.argumentTypes.push_back(cut.outer->element);
  to.argumentSizes.push_back(cut.parts * results());

  Expression *load = to.make(Expression::Kind::Load, cut.outer->element);
  load->memoryElement = cut.outer->element;
  load->access = partialAccess(static_cast<int>(to.argumentTypes.size()) - 1);
  // The loop of the parts is the row, or behind the kernel's own.
  int64_t stride = load->access.strides[0];
  load->access.strides.erase(load->access.strides.begin());
  load->access.strides.resize(to.loops.size(), 0);
  load->access.strides[joinsRows() ? row() : kernel.parallelLoops] = stride;
  Expression *joined = to.make(cut.outer->kind, cut.outer->element);
  joined->operands.push_back(load);
  joined->combine = cut.outer->combine;
  if (!joinsRows())
    joined->reduceLoops.push_back(kernel.parallelLoops);
  Copy copy(to, adapt);
  copy.replace(cut.outer, joined);
  to.root = copy(kernel.root);
  to.storeElement = kernel.storeElement;
  to.store = kernel.store;
  adapt(to.store);
  step.arguments.assign(arguments.begin(), arguments.end());
  step.arguments.push_back(parts);
  dropUnused(step);
  return step;
}

std::optional<SplitReduction> Splitter::run() {
  if (!findCut() || !chooseParts())
    return std::nullopt;
  cpu::Buffer buffer;
  buffer.bytes = cut.parts * results() * getElementBytes(cut.outer->element);
  parts = {static_cast<int>(program.buffers.size()), 0};
  program.buffers.push_back(buffer);
  KernelStep partial = makePartial();
  return SplitReduction{std::move(partial), makeRest()};
}

std::optional<SplitReduction>
dtc::cuda::splitReduction(cpu::Program &program, const KernelSpec &kernel,
                          ArrayRef<BufferPointer> arguments) {
  return Splitter(program, kernel, arguments).run();
}
