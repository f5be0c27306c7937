//===- Schedule.cpp - How a kernel's loops lie on threads -----------------===//
//
// 1. Lanes: as many elements as 16 bytes hold, halved until the row divides
//    into them and the store is one access. No thread then has a rest.
// 2. Elements: items in order, one a thread; a grid of limited size strides
//    over them.
// 3. Rows: the fewest threads that hold the row in registers, from one warp to
//    a block of 1024; longer rows are walked again in each pass.
//
//===----------------------------------------------------------------------===//

#include "Schedule.h"

#include "dtc/IR/Dtc.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cuda;
using cpu::Access;
using cpu::Expression;
using cpu::KernelSpec;

/// What one instruction moves at most.
static constexpr int64_t kWidestAccess = 16;
static constexpr int64_t kMostLanes = 8;
/// Elements of a row that a thread holds between passes.
static constexpr int64_t kMostHeld = 16;
static constexpr int64_t kMostThreads = 1024;
/// Enough blocks to fill every GPU several times over.
static constexpr int64_t kMostBlocks = 1 << 14;

static int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

static int64_t bytesOf(Type memoryElement) {
  return getElementBytes(memoryElement);
}

static int rowLoop(const KernelSpec &kernel) {
  return kernel.parallelLoops - 1;
}

bool dtc::cuda::storesOnce(const KernelSpec &kernel) {
  return kernel.hasRowReduction && kernel.store.strides[rowLoop(kernel)] == 0;
}

static bool isWideAccess(const KernelSpec &kernel, const Access &access,
                         Type memoryElement, const ArgumentFacts &facts,
                         int64_t lanes) {
  int row = rowLoop(kernel);
  if (access.strides[row] != 1 || access.offset % lanes != 0 ||
      facts.alignments[access.argument] % (lanes * bytesOf(memoryElement)) != 0)
    return false;
  for (auto [loop, stride] : llvm::enumerate(access.strides))
    if (static_cast<int>(loop) != row && kernel.loops[loop] > 1 &&
        stride % lanes != 0)
      return false;
  return true;
}

bool dtc::cuda::isWide(const KernelSpec &kernel, const Expression *load,
                       const ArgumentFacts &facts, int64_t lanes) {
  if (load->kind == Expression::Kind::Indexed && load->indexStride % lanes != 0)
    return false;
  return isWideAccess(kernel, load->access, load->memoryElement, facts, lanes);
}

bool dtc::cuda::isWideStore(const KernelSpec &kernel,
                            const ArgumentFacts &facts, int64_t lanes) {
  return isWideAccess(kernel, kernel.store, kernel.storeElement, facts, lanes);
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

/// True when the row number of a lookup is the same along the row.
static bool looksUpOneRow(const Expression *lookup, int row) {
  SmallVector<const Expression *> work{lookup->operands[0]};
  while (!work.empty()) {
    const Expression *part = work.pop_back_val();
    if ((part->kind == Expression::Kind::Load ||
         part->kind == Expression::Kind::Indexed ||
         part->kind == Expression::Kind::Position) &&
        part->access.strides[row] != 0)
      return false;
    llvm::append_range(work, part->operands);
  }
  return true;
}

/// True when several elements of the row may be computed side by side.
static bool canWiden(const KernelSpec &kernel) {
  if (kernel.walk != cpu::RowWalk::Parallel)
    return false;
  for (const auto &e : kernel.pool) {
    if (e->kind == Expression::Kind::Compute && e->lanes == cpu::Lanes::One)
      return false;
    if (e->kind == Expression::Kind::Indexed &&
        !looksUpOneRow(e.get(), rowLoop(kernel)))
      return false;
  }
  return true;
}

/// Bytes of the largest element that lies side by side along the row; 0 when
/// there is none.
static int64_t widestElement(const KernelSpec &kernel) {
  int row = rowLoop(kernel);
  int64_t widest = 0;
  for (const auto &e : kernel.pool)
    if ((e->kind == Expression::Kind::Load ||
         e->kind == Expression::Kind::Indexed) &&
        e->access.strides[row] == 1)
      widest = std::max(widest, bytesOf(e->memoryElement));
  if (kernel.store.strides[row] == 1)
    widest = std::max(widest, bytesOf(kernel.storeElement));
  return widest;
}

static int64_t chooseLanes(const KernelSpec &kernel,
                           const ArgumentFacts &facts) {
  int64_t widest = widestElement(kernel);
  if (widest == 0 || !canWiden(kernel))
    return 1;
  int64_t lanes = std::min(kMostLanes, kWidestAccess / widest);
  auto fits = [&](int64_t lanes) {
    if (kernel.loops[rowLoop(kernel)] % lanes != 0)
      return false;
    if (!storesOnce(kernel))
      return isWideStore(kernel, facts, lanes);
    return llvm::any_of(kernel.pool, [&](const auto &e) {
      return (e->kind == Expression::Kind::Load ||
              e->kind == Expression::Kind::Indexed) &&
             isWide(kernel, e.get(), facts, lanes);
    });
  };
  while (lanes > 1 && !fits(lanes))
    lanes /= 2;
  return lanes;
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

static void scheduleRows(Schedule &schedule, int64_t row) {
  int64_t steps = divideUp(std::max<int64_t>(row, 1), schedule.lanes);
  int64_t held = std::max<int64_t>(kMostHeld / schedule.lanes, 1);
  schedule.groupThreads = 32;
  while (schedule.groupThreads < kMostThreads &&
         divideUp(steps, schedule.groupThreads) > held)
    schedule.groupThreads *= schedule.groupThreads == 32 ? 4 : 2;
  schedule.threads = std::max<int64_t>(schedule.groupThreads, 128);
  schedule.chunks = divideUp(steps, schedule.groupThreads);
  schedule.keep = schedule.chunks <= held ? Schedule::Keep::Registers
                                          : Schedule::Keep::Nothing;
}

Schedule dtc::cuda::scheduleKernel(const KernelSpec &kernel,
                                   const ArgumentFacts &facts) {
  Schedule schedule;
  int row = rowLoop(kernel);
  int64_t outer = 1;
  for (int loop = 0; loop < row; ++loop)
    outer *= kernel.loops[loop];
  schedule.lanes = chooseLanes(kernel, facts);
  if (kernel.walk != cpu::RowWalk::Parallel) {
    schedule.form = Schedule::Form::Scans;
    schedule.threads = 128;
    schedule.groupThreads = 32;
    schedule.items = outer;
    schedule.chunks = divideUp(kernel.loops[row], 32);
  } else if (kernel.hasRowReduction) {
    schedule.form = Schedule::Form::Rows;
    schedule.items = outer;
    scheduleRows(schedule, kernel.loops[row]);
  } else {
    schedule.items = outer * (kernel.loops[row] / schedule.lanes);
    schedule.threads = schedule.items <= 128 ? 128 : 256;
  }
  schedule.blocks = std::clamp<int64_t>(
      divideUp(schedule.items, schedule.groups()), 1, kMostBlocks);
  return schedule;
}

std::string Schedule::describe(const KernelSpec &kernel) const {
  std::string text;
  llvm::raw_string_ostream os(text);
  int64_t row = kernel.loops[rowLoop(kernel)];
  if (form == Form::Elements)
    os << items * lanes << (items * lanes == 1 ? " element" : " elements");
  else
    os << items << (items == 1 ? " row of " : " rows of ") << row
       << (groupThreads == 32 ? ", a warp each" : ", a block each");
  os << ", " << lanes << (lanes == 1 ? " lane" : " lanes") << ", " << blocks
     << " x " << threads << " threads";
  if (form == Form::Rows && keep == Keep::Nothing)
    os << ", each pass reads the row again";
  return text;
}
