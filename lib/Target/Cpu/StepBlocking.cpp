//===- StepBlocking.cpp - Attention without its scores in memory ----------===//
//
// A product, a kernel and another product, where what the first two make is
// used only by the next, as in softmax(Q K^T) V:
//
// 1. Find such chains. The kernel must walk the product's result, and the
//    second product the kernel's, dimension by dimension; steps between them
//    must not write what moves past them.
// 2. Choose the block that stays in the cache: the inner dimensions, or fewer
//    rows of the innermost matrix. Whole tensors that are small stay as they
//    are.
// 3. The chain becomes a loop over blocks: the products and the kernel lose
//    their outer dimensions, and every pointer moves by what these dimensions'
//    strides were. The two intermediate buffers shrink to a block.
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "dtc/IR/Dtc.h"
#include "dtc/Interpreter/HostTensor.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

/// Bytes of an intermediate tensor that stay in a core's cache beside the
/// operands, and above which a chain is blocked.
static constexpr int64_t kBlockBytes = 1024 * 1024;

/// Blocks of fewer rows than this cost more in calls than the cache saves.
static constexpr int64_t kFewestRows = 16;

namespace {

/// Positions of the parts of a dtc_matmul step's arguments.
enum MatmulArgument { Lhs, Rhs, Bias, Residual, Result };

/// The steps of one chain and how it is cut.
struct Chain {
  int product = -1, kernel = -1, second = -1;
  /// Blocks have the dimensions from `inner` on, with `rows` rows.
  int inner = 0;
  int64_t rows = 0, rowBlocks = 1;
};

class StepBlocking {
public:
  explicit StepBlocking(Program &program) : program(program) {}
  void run();

private:
  void findTouches();
  /// The other of the two steps that touch arena buffer `buffer`, or -1.
  int otherToucher(int buffer, int step) const;
  dtc_matmul &desc(int step) {
    return program.primitives[program.step[step].target].matmul;
  }
  KernelSpec &spec(int step) {
    return program.specs[program.step[step].target];
  }
  std::optional<Chain> findChain(int kernel);
  bool isPlainProduct(int step);
  bool kernelFollows(const Chain &chain);
  bool movesPastOthers(const Chain &chain) const;
  bool chooseBlock(Chain &chain);
  bool accessesAgree(const Chain &chain, bool withRows);
  Step block(const Chain &chain);
  Step blockProduct(const Chain &chain, int step, BufferPointer lhs,
                    BufferPointer result);
  Step blockKernel(const Chain &chain, BufferPointer from, BufferPointer to);
  BufferPointer scratch(int64_t bytes);

  Program &program;
  std::vector<SmallVector<int, 2>> touches;
};

} // namespace

static int64_t bytesOf(const dtc_matmul &desc) {
  return byteWidth(static_cast<DType>(desc.dtype));
}

/// Extent of dimension `dim` of the product's result.
static int64_t extentOf(const dtc_matmul &desc, int dim) {
  if (dim == desc.ndim - 1)
    return desc.rhs_shape[dim];
  return dim == desc.ndim - 2
             ? desc.lhs_shape[dim]
             : std::max(desc.lhs_shape[dim], desc.rhs_shape[dim]);
}

//===----------------------------------------------------------------------===//
// Finding chains
//===----------------------------------------------------------------------===//

void StepBlocking::findTouches() {
  touches.assign(program.buffers.size(), {});
  for (auto [number, step] : llvm::enumerate(program.step))
    for (BufferPointer pointer : step.arguments)
      if (pointer.buffer >= 0 &&
          !llvm::is_contained(touches[pointer.buffer], int(number)))
        touches[pointer.buffer].push_back(number);
}

int StepBlocking::otherToucher(int buffer, int step) const {
  if (buffer < 0 || program.buffers[buffer].kind != Buffer::Kind::Arena ||
      touches[buffer].size() != 2)
    return -1;
  return touches[buffer][touches[buffer][0] == step ? 1 : 0];
}

/// A product of computed operands that nothing but an activation joined.
bool StepBlocking::isPlainProduct(int step) {
  const Step &product = program.step[step];
  return product.kind == Step::Kind::Matmul && !desc(step).rhs_packed &&
         product.arguments[Bias].buffer < 0 &&
         product.arguments[Residual].buffer < 0;
}

std::optional<Chain> StepBlocking::findChain(int kernel) {
  const Step &step = program.step[kernel];
  BufferPointer stored = step.arguments[spec(kernel).store.argument];
  Chain chain;
  chain.kernel = kernel;
  chain.second = stored.bytes == 0 ? otherToucher(stored.buffer, kernel) : -1;
  if (chain.second <= kernel || !isPlainProduct(chain.second) ||
      program.step[chain.second].arguments[Lhs].buffer != stored.buffer ||
      program.step[chain.second].arguments[Lhs].bytes != 0)
    return std::nullopt;
  for (BufferPointer loaded : step.arguments) {
    int maker = otherToucher(loaded.buffer, kernel);
    if (loaded.bytes != 0 || maker < 0 || maker >= kernel ||
        !isPlainProduct(maker) ||
        program.step[maker].arguments[Result].buffer != loaded.buffer)
      continue;
    chain.product = maker;
    if (kernelFollows(chain) && movesPastOthers(chain) && chooseBlock(chain))
      return chain;
  }
  return std::nullopt;
}

/// True when `access` walks a tensor that lies at `strides`.
static bool walks(const Access &access, const dtc_matmul &product,
                  const int64_t *strides) {
  if (access.offset != 0)
    return false;
  for (int dim = 0; dim < product.ndim; ++dim)
    if (extentOf(product, dim) != 1 && access.strides[dim] != strides[dim])
      return false;
  return true;
}

/// True when the kernel's loops are the dimensions of what the first product
/// makes and the second one takes.
bool StepBlocking::kernelFollows(const Chain &chain) {
  const dtc_matmul &first = desc(chain.product), &second = desc(chain.second);
  KernelSpec &kernel = spec(chain.kernel);
  if (kernel.parallelLoops != first.ndim || second.ndim != first.ndim ||
      static_cast<int>(kernel.loops.size()) != first.ndim ||
      kernel.walk != RowWalk::Parallel)
    return false;
  for (int dim = 0; dim < first.ndim; ++dim)
    if (kernel.loops[dim] != extentOf(first, dim) ||
        kernel.loops[dim] != second.lhs_shape[dim])
      return false;
  const Step &step = program.step[chain.kernel];
  int made = program.step[chain.product].arguments[Result].buffer;
  for (Access *access : accessesOf(kernel)) {
    if (access->argument < 0 || access == &kernel.store)
      continue;
    if (step.arguments[access->argument].buffer == made &&
        !walks(*access, first, first.result_strides))
      return false;
  }
  // Lookups address more than their access says.
  for (const auto &expression : kernel.pool)
    if (expression->kind == Expression::Kind::Indexed)
      return false;
  return walks(kernel.store, first, second.lhs_strides);
}

/// True when the product and the kernel may run as late as the second product.
bool StepBlocking::movesPastOthers(const Chain &chain) const {
  for (int other = chain.product + 1; other < chain.second; ++other) {
    if (other == chain.kernel)
      continue;
    const Step &step = program.step[other];
    BufferPointer written;
    if (step.kind == Step::Kind::Kernel)
      written = step.arguments[program.specs[step.target].store.argument];
    else if (step.kind == Step::Kind::Matmul)
      written = step.arguments[Result];
    else
      return false;
    for (int moved : {chain.product, chain.kernel})
      for (BufferPointer pointer : program.step[moved].arguments)
        if (pointer.buffer == written.buffer)
          return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Choosing blocks
//===----------------------------------------------------------------------===//

/// True when each argument of the kernel moves in one way with the loops that
/// blocks replace, and nothing is computed from those loops' indices.
bool StepBlocking::accessesAgree(const Chain &chain, bool withRows) {
  KernelSpec &kernel = spec(chain.kernel);
  SmallVector<int, 4> loops = llvm::to_vector<4>(llvm::seq(0, chain.inner));
  if (withRows)
    loops.push_back(kernel.parallelLoops - 2);
  SmallVector<Access *> first(kernel.argumentTypes.size());
  for (Access *access : accessesOf(kernel))
    for (int loop : loops) {
      int64_t stride = access->strides[loop];
      if (access->argument < 0 ? stride != 0 : stride < 0)
        return false;
      if (access->argument < 0)
        continue;
      Access *&known = first[access->argument];
      known = known ? known : access;
      if (known->strides[loop] != stride)
        return false;
    }
  return true;
}

bool StepBlocking::chooseBlock(Chain &chain) {
  const dtc_matmul &first = desc(chain.product);
  int row = first.ndim - 2;
  int64_t rowBytes = extentOf(first, row + 1) * bytesOf(first);
  chain.inner = row;
  chain.rows = extentOf(first, row);
  chain.rowBlocks = 1;
  int64_t bytes = chain.rows * rowBytes;
  while (chain.inner > 0 &&
         bytes * extentOf(first, chain.inner - 1) <= kBlockBytes)
    bytes *= extentOf(first, --chain.inner);
  if (!accessesAgree(chain, /*withRows=*/false))
    return false;
  if (bytes > kBlockBytes && accessesAgree(chain, /*withRows=*/true))
    for (int64_t rows = chain.rows, blocks = 2; blocks <= rows / kFewestRows;
         ++blocks)
      if (rows % blocks == 0) {
        chain.rows = rows / blocks;
        chain.rowBlocks = blocks;
        if (chain.rows * rowBytes <= kBlockBytes)
          break;
      }
  return chain.inner > 0 || chain.rowBlocks > 1;
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

BufferPointer StepBlocking::scratch(int64_t bytes) {
  Buffer buffer;
  buffer.bytes = bytes;
  program.buffers.push_back(buffer);
  return {static_cast<int>(program.buffers.size()) - 1, 0};
}

/// What a pointer moves by with each loop of the chain, in bytes: `strides` in
/// elements, 0 where `shape` is 1.
static SmallVector<int64_t, 3> movesOf(const Chain &chain,
                                       ArrayRef<int64_t> shape,
                                       ArrayRef<int64_t> strides,
                                       int64_t rowStride, int64_t bytes) {
  SmallVector<int64_t, 3> moves;
  for (int dim = 0; dim < chain.inner; ++dim)
    moves.push_back(shape[dim] == 1 ? 0 : strides[dim] * bytes);
  moves.push_back(rowStride * chain.rows * bytes);
  return moves;
}

/// Leaves out the first `count` dimensions.
static void dropDims(int64_t (&values)[6], int count) {
  std::copy(values + count, std::end(values), values);
  std::fill(std::end(values) - count, std::end(values), 0);
}

/// The product of one block. Where `lhs` or `result` is given, that is a block
/// in scratch memory instead.
Step StepBlocking::blockProduct(const Chain &chain, int number,
                                BufferPointer lhs, BufferPointer result) {
  Step step = program.step[number];
  dtc_matmul &product = desc(number);
  int row = product.ndim - 2;
  int64_t bytes = bytesOf(product);
  SmallVector<int64_t> shape;
  for (int dim = 0; dim < product.ndim; ++dim)
    shape.push_back(extentOf(product, dim));
  SmallVector<int64_t, 3> still(chain.inner + 1, 0);
  step.moves.assign(step.arguments.size(), still);
  step.moves[Lhs] = movesOf(chain, product.lhs_shape, product.lhs_strides,
                            product.lhs_strides[row], bytes);
  step.moves[Rhs] =
      movesOf(chain, product.rhs_shape, product.rhs_strides, 0, bytes);
  step.moves[Result] = movesOf(chain, shape, product.result_strides,
                               product.result_strides[row], bytes);
  product.lhs_shape[row] = chain.rows;
  product.ndim -= chain.inner;
  for (auto *values :
       {&product.lhs_shape, &product.rhs_shape, &product.lhs_strides,
        &product.rhs_strides, &product.result_strides})
    dropDims(*values, chain.inner);
  auto toScratch = [&](MatmulArgument argument, BufferPointer pointer,
                       int64_t (&strides)[6], ArrayRef<int64_t> extents) {
    if (pointer.buffer < 0)
      return;
    step.arguments[argument] = pointer;
    step.moves[argument] = still;
    int64_t stride = 1;
    for (int dim = product.ndim - 1; dim >= 0; --dim) {
      strides[dim] = stride;
      stride *= extents[dim];
    }
  };
  toScratch(Lhs, lhs, product.lhs_strides, product.lhs_shape);
  SmallVector<int64_t> block(ArrayRef<int64_t>(shape).drop_front(chain.inner));
  block[product.ndim - 2] = chain.rows;
  toScratch(Result, result, product.result_strides, block);
  return step;
}

Step StepBlocking::blockKernel(const Chain &chain, BufferPointer from,
                               BufferPointer to) {
  Step step = program.step[chain.kernel];
  KernelSpec &kernel = spec(chain.kernel);
  int row = kernel.parallelLoops - 2;
  int made = program.step[chain.product].arguments[Result].buffer;
  SmallVector<int64_t, 3> still(chain.inner + 1, 0);
  step.moves.assign(step.arguments.size(), still);
  // Where an argument is read twice, its row stride is the same, or blocks
  // have all rows.
  for (Access *access : accessesOf(kernel))
    if (int argument = access->argument; argument >= 0)
      step.moves[argument] =
          movesOf(chain, kernel.loops, access->strides,
                  chain.rowBlocks == 1 ? 0 : access->strides[row],
                  getElementBytes(kernel.argumentTypes[argument]));
  kernel.loops[row] = chain.rows;
  for (Access *access : accessesOf(kernel)) {
    int argument = access->argument;
    if (argument < 0 ||
        (access != &kernel.store && step.arguments[argument].buffer != made))
      continue;
    step.moves[argument] = still;
    int64_t stride = 1;
    for (int loop = row + 1; loop >= chain.inner; --loop) {
      access->strides[loop] = stride;
      stride *= kernel.loops[loop];
    }
  }
  for (BufferPointer &pointer : step.arguments)
    if (pointer.buffer == made)
      pointer = from;
  step.arguments[kernel.store.argument] = to;
  for (int loop = chain.inner - 1; loop >= 0; --loop)
    removeLoop(kernel, loop);
  return step;
}

Step StepBlocking::block(const Chain &chain) {
  const dtc_matmul &first = desc(chain.product);
  int64_t bytes = chain.rows * extentOf(first, first.ndim - 1) * bytesOf(first);
  for (int dim = chain.inner; dim < first.ndim - 2; ++dim)
    bytes *= extentOf(first, dim);
  Step loop{Step::Kind::Loop, 0, {}, program.step[chain.second].location};
  loop.phase = program.step[chain.second].phase;
  for (int dim = 0; dim < chain.inner; ++dim)
    loop.extents.push_back(extentOf(first, dim));
  loop.extents.push_back(chain.rowBlocks);
  BufferPointer scores = scratch(bytes), weights = scratch(bytes);
  // The kernel reads the products' descriptors as they were.
  Step kernel = blockKernel(chain, scores, weights);
  loop.body.push_back(blockProduct(chain, chain.product, {}, scores));
  loop.body.push_back(std::move(kernel));
  loop.body.push_back(blockProduct(chain, chain.second, weights, {}));
  for (const Step &step : loop.body)
    loop.arguments.append(step.arguments);
  return loop;
}

void StepBlocking::run() {
  findTouches();
  std::vector<bool> moved(program.step.size(), false);
  llvm::DenseMap<int, Step> loops;
  for (int number = 0, e = program.step.size(); number < e; ++number) {
    if (program.step[number].kind != Step::Kind::Kernel)
      continue;
    std::optional<Chain> chain = findChain(number);
    if (!chain || loops.contains(chain->product) ||
        loops.contains(chain->second))
      continue;
    moved[chain->product] = moved[chain->kernel] = true;
    loops.try_emplace(chain->second, block(*chain));
  }
  if (loops.empty())
    return;
  std::vector<Step> steps;
  for (int number = 0, e = program.step.size(); number < e; ++number) {
    if (auto loop = loops.find(number); loop != loops.end())
      steps.push_back(std::move(loop->second));
    else if (!moved[number])
      steps.push_back(std::move(program.step[number]));
  }
  program.step = std::move(steps);
}

void dtc::cpu::blockSteps(Program &program) { StepBlocking(program).run(); }
