//===- KernelEmitter.cpp - One GPU kernel for a fused expression ----------===//
//
// 1. Elements: threads stride over items; an item's number gives the loops'
//    indices by divisions by constants.
// 2. Rows: pass L joins the reductions whose operand needs the results of
//    passes before L, in each thread, across the warp by shuffles, and across
//    the block through shared memory; the last pass stores. Threads beyond the
//    row's end compute its first element again and do not count.
// 3. Scans: a warp joins 32 elements by shuffles, then carries on.
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "BlockJoin.h"
#include "ElementEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

using namespace mlir;
using namespace dtc;
using namespace dtc::cuda;
using cpu::Combine;
using cpu::Expression;
using cpu::KernelSpec;
using cpu::RowWalk;

namespace {

class KernelEmitter {
public:
  KernelEmitter(OpBuilder &builder, Location location, const KernelSpec &kernel,
                const ArgumentFacts &facts, const Schedule &schedule)
      : builder(builder), location(location), kernel(kernel), facts(facts),
        schedule(schedule), warp(builder, location) {}

  void emit(StringRef kernelName);

private:
  /// A step of a thread along the row; `isThere` is null when it always is.
  struct Chunk {
    Value first, isThere;
  };

  int64_t rowExtent() const { return kernel.loops[kernel.parallelLoops - 1]; }
  func::FuncOp makeFunction();
  Type chooseIndexType() const;
  Value number(int64_t value) { return elements->index(value); }
  Value widen(Value i32);
  Value add(Value a, Value b);
  Value mul(Value a, int64_t b);
  Value isBelow(Value a, int64_t b);
  void forItems(Value first, int64_t perBlock,
                llvm::function_ref<void(Value)> body);
  Value splitOff(Value &item, int64_t extent);
  void setOuterLoops(Value item);
  void emitElements();
  void emitRows();
  void emitRow();
  void emitPass(int pass);
  Chunk chunkAt(Value number);
  SmallVector<Value> walkChunk(int pass, const Chunk &chunk, ValueCache &known,
                               ArrayRef<Expression *> reductions,
                               ValueRange accumulators);
  Value joinLanes(Combine combine, Value value);
  void joinThreads(ArrayRef<Expression *> reductions, ValueRange values);
  void emitStoreOnce();
  void onlyIf(Value condition, llvm::function_ref<void()> body);
  void emitScans();
  void emitScan(Value lane);

  OpBuilder &builder;
  Location location;
  const KernelSpec &kernel;
  const ArgumentFacts &facts;
  const Schedule &schedule;
  WarpOps warp;
  std::string name;
  std::optional<ElementEmitter> elements;
  std::optional<BlockJoin> block;
  /// This thread among those that share a row.
  Value groupThread;
  cpu::PassNumbers passes;
  /// What the thread's chunks know, from pass to pass.
  std::vector<ValueCache> held;
  int lastPass = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

/// 32 bits where every index and every offset fits.
Type KernelEmitter::chooseIndexType() const {
  constexpr int64_t most = std::numeric_limits<int32_t>::max();
  int64_t threads = schedule.blocks * schedule.threads;
  bool fits =
      schedule.items * schedule.lanes + threads * schedule.lanes < most &&
      rowExtent() + threads * schedule.lanes < most;
  for (int64_t size : kernel.argumentSizes)
    fits &= size < most;
  return builder.getIntegerType(fits ? 32 : 64);
}

func::FuncOp dtc::cuda::declareKernel(OpBuilder &builder, Location location,
                                      StringRef name, int64_t arguments) {
  auto global = LLVM::LLVMPointerType::get(
      builder.getContext(),
      static_cast<unsigned>(NVVM::NVVMMemorySpace::Global));
  SmallVector<Type> types(arguments, global);
  return func::FuncOp::create(builder, location, name,
                              builder.getFunctionType(types, {}));
}

func::FuncOp KernelEmitter::makeFunction() {
  unsigned count = kernel.argumentTypes.size();
  func::FuncOp function = declareKernel(builder, location, name, count);
  for (unsigned i = 0; i < count; ++i) {
    function.setArgAttr(i, LLVM::LLVMDialect::getAlignAttrName(),
                        builder.getI64IntegerAttr(facts.alignments[i]));
    if (!facts.storesApart)
      continue;
    function.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                        builder.getUnitAttr());
    if (static_cast<int>(i) != kernel.store.argument)
      function.setArgAttr(i, LLVM::LLVMDialect::getReadonlyAttrName(),
                          builder.getUnitAttr());
  }
  return function;
}

void KernelEmitter::emit(StringRef kernelName) {
  name = kernelName.str();
  func::FuncOp function = makeFunction();
  OpBuilder::InsertionGuard guard(builder);
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  elements.emplace(builder, location, kernel, facts, chooseIndexType(),
                   body->getArguments());
  switch (schedule.form) {
  case Schedule::Form::Elements:
    emitElements();
    break;
  case Schedule::Form::Rows:
    emitRows();
    break;
  case Schedule::Form::Scans:
    emitScans();
    break;
  }
  builder.setInsertionPointToEnd(body);
  func::ReturnOp::create(builder, location);
}

//===----------------------------------------------------------------------===//
// Items
//===----------------------------------------------------------------------===//

Value KernelEmitter::widen(Value i32) {
  Type type = number(0).getType();
  return i32.getType() == type
             ? i32
             : arith::ExtUIOp::create(builder, location, type, i32).getResult();
}

Value KernelEmitter::add(Value a, Value b) {
  return arith::AddIOp::create(builder, location, a, b,
                               arith::IntegerOverflowFlags::nsw);
}

Value KernelEmitter::mul(Value a, int64_t b) {
  return b == 1 ? a
                : arith::MulIOp::create(builder, location, a, number(b),
                                        arith::IntegerOverflowFlags::nsw)
                      .getResult();
}

Value KernelEmitter::isBelow(Value a, int64_t b) {
  return arith::CmpIOp::create(builder, location, arith::CmpIPredicate::slt, a,
                               number(b));
}

void KernelEmitter::onlyIf(Value condition, llvm::function_ref<void()> body) {
  if (!condition)
    return body();
  auto branch = scf::IfOp::create(builder, location, condition, false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  body();
}

/// Runs `body` for the items that start at `first` of this block's `perBlock`;
/// one each while the grid covers all of them.
void KernelEmitter::forItems(Value first, int64_t perBlock,
                             llvm::function_ref<void(Value)> body) {
  Value item = add(mul(widen(warp.block()), perBlock), first);
  int64_t covered = schedule.blocks * perBlock;
  if (covered == schedule.items)
    return body(item);
  if (covered > schedule.items)
    return onlyIf(isBelow(item, schedule.items), [&] { body(item); });
  auto loop =
      scf::ForOp::create(builder, location, item, number(schedule.items),
                         mul(widen(warp.gridBlocks()), perBlock));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

/// The last digit of the item's number to the base `extent`.
Value KernelEmitter::splitOff(Value &item, int64_t extent) {
  Value digit = arith::RemUIOp::create(builder, location, item, number(extent));
  item = arith::DivUIOp::create(builder, location, item, number(extent));
  return digit;
}

void KernelEmitter::setOuterLoops(Value item) {
  for (int loop = kernel.parallelLoops - 2; loop > 0; --loop)
    elements->loops[loop] = splitOff(item, kernel.loops[loop]);
  if (kernel.parallelLoops > 1)
    elements->loops[0] = item;
}

void KernelEmitter::emitElements() {
  forItems(widen(warp.thread()), schedule.threads, [&](Value item) {
    Value step = kernel.parallelLoops == 1
                     ? item
                     : splitOff(item, rowExtent() / schedule.lanes);
    setOuterLoops(item);
    ValueCache known;
    Place place{mul(step, schedule.lanes), schedule.lanes, &known};
    elements->store(place, elements->evaluate(kernel.root, place));
  });
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

void KernelEmitter::emitRows() {
  lastPass = passes.of(kernel.root);
  Value thread = warp.thread();
  auto bits = [&](int64_t mask) -> Value {
    return arith::AndIOp::create(
        builder, location, thread,
        arith::ConstantIntOp::create(builder, location, mask, 32));
  };
  auto quotient = [&](int64_t by) -> Value {
    return arith::DivUIOp::create(
        builder, location, thread,
        arith::ConstantIntOp::create(builder, location, by, 32));
  };
  block.emplace(builder, location, name, bits(31), quotient(32),
                schedule.warps());
  groupThread = widen(bits(schedule.groupThreads - 1));
  Value group = widen(quotient(schedule.groupThreads));
  forItems(group, schedule.groups(), [&](Value item) {
    setOuterLoops(item);
    emitRow();
  });
}

void KernelEmitter::emitRow() {
  elements->rows.clear();
  held.assign(schedule.keep == Schedule::Keep::Registers ? schedule.chunks : 0,
              ValueCache());
  for (int pass = 0; pass <= lastPass; ++pass)
    emitPass(pass);
}

/// The chunk with this number among the thread's.
KernelEmitter::Chunk KernelEmitter::chunkAt(Value number) {
  Value step = add(mul(number, schedule.groupThreads), groupThread);
  Chunk chunk{mul(step, schedule.lanes), Value()};
  int64_t covered = schedule.chunks * schedule.groupThreads * schedule.lanes;
  if (covered == rowExtent())
    return chunk;
  chunk.isThere = isBelow(chunk.first, rowExtent());
  chunk.first = arith::SelectOp::create(builder, location, chunk.isThere,
                                        chunk.first, elements->index(0));
  return chunk;
}

SmallVector<Value> KernelEmitter::walkChunk(int pass, const Chunk &chunk,
                                            ValueCache &known,
                                            ArrayRef<Expression *> reductions,
                                            ValueRange accumulators) {
  Place place{chunk.first, schedule.lanes, &known};
  SmallVector<Value> next;
  for (auto [reduction, accumulator] : llvm::zip(reductions, accumulators)) {
    Value value = elements->evaluateLanes(reduction->operands[0], place);
    if (chunk.isThere) {
      Value none = cpu::emitNeutral(builder, location, reduction->combine,
                                    value.getType());
      value = arith::SelectOp::create(builder, location, chunk.isThere, value,
                                      none);
    }
    next.push_back(
        emitCombine(builder, location, reduction->combine, accumulator, value));
  }
  if (pass == lastPass && !storesOnce(kernel)) {
    Value value = elements->evaluate(kernel.root, place);
    onlyIf(chunk.isThere, [&] { elements->store(place, value); });
  }
  return next;
}

void KernelEmitter::emitPass(int pass) {
  SmallVector<Expression *> reductions;
  for (const auto &e : kernel.pool)
    if (e->kind == Expression::Kind::RowReduce &&
        passes.of(e.get()) == pass + 1)
      reductions.push_back(e.get());
  if (reductions.empty() && storesOnce(kernel))
    return emitStoreOnce();
  SmallVector<Value> accumulators;
  for (Expression *reduction : reductions) {
    Type type = reduction->element;
    if (schedule.lanes != 1)
      type = VectorType::get({schedule.lanes}, type);
    accumulators.push_back(
        cpu::emitNeutral(builder, location, reduction->combine, type));
  }
  if (schedule.keep == Schedule::Keep::Registers) {
    for (auto [step, known] : llvm::enumerate(held))
      accumulators = walkChunk(pass, chunkAt(number(step)), known, reductions,
                               accumulators);
  } else {
    auto loop =
        scf::ForOp::create(builder, location, number(0),
                           number(schedule.chunks), number(1), accumulators);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    ValueCache known;
    SmallVector<Value> next =
        walkChunk(pass, chunkAt(loop.getInductionVar()), known, reductions,
                  loop.getRegionIterArgs());
    if (!reductions.empty())
      scf::YieldOp::create(builder, location, next);
    accumulators.assign(loop.getResults().begin(), loop.getResults().end());
  }
  joinThreads(reductions, accumulators);
}

void KernelEmitter::emitStoreOnce() {
  ValueCache known;
  Place place{number(0), 1, &known};
  Value isFirst = arith::CmpIOp::create(
      builder, location, arith::CmpIPredicate::eq, groupThread, number(0));
  onlyIf(isFirst, [&] {
    elements->store(place, elements->evaluate(kernel.root, place));
  });
}

Value KernelEmitter::joinLanes(Combine combine, Value value) {
  auto type = dyn_cast<VectorType>(value.getType());
  if (!type)
    return value;
  SmallVector<Value> parts;
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    parts.push_back(vector::ExtractOp::create(builder, location, value, i));
  // Pairs first: shorter chains, and smaller errors.
  for (; parts.size() > 1; parts.resize(parts.size() / 2))
    for (size_t i = 0, half = parts.size() / 2; i < half; ++i)
      parts[i] =
          emitCombine(builder, location, combine, parts[i], parts[i + half]);
  return parts.front();
}

/// Joins what the threads of a row have; every thread gets the results.
void KernelEmitter::joinThreads(ArrayRef<Expression *> reductions,
                                ValueRange values) {
  if (reductions.empty())
    return;
  SmallVector<Combine> combines;
  SmallVector<Value> joined;
  for (auto [reduction, value] : llvm::zip(reductions, values)) {
    combines.push_back(reduction->combine);
    joined.push_back(warp.joinWarp(reduction->combine,
                                   joinLanes(reduction->combine, value)));
  }
  if (schedule.groupThreads != 32)
    joined = block->join(combines, joined);
  for (auto [reduction, value] : llvm::zip(reductions, joined))
    elements->rows[reduction] = value;
}

//===----------------------------------------------------------------------===//
// Scans
//===----------------------------------------------------------------------===//

void KernelEmitter::emitScans() {
  Value thread = warp.thread();
  Value lane = arith::AndIOp::create(
      builder, location, thread,
      arith::ConstantIntOp::create(builder, location, 31, 32));
  groupThread = widen(lane);
  Value group = widen(arith::DivUIOp::create(
      builder, location, thread,
      arith::ConstantIntOp::create(builder, location, 32, 32)));
  forItems(group, schedule.groups(), [&](Value item) {
    setOuterLoops(item);
    emitScan(lane);
  });
}

/// Joins floats in double precision, as long as the row may be.
void KernelEmitter::emitScan(Value lane) {
  Type element = kernel.root->element;
  bool widens = isa<FloatType>(element) && !element.isF64();
  Type type = widens ? builder.getF64Type() : element;
  Value none = cpu::emitNeutral(builder, location, kernel.running, type);
  auto loop = scf::ForOp::create(builder, location, number(0),
                                 number(schedule.chunks), number(1), none);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value carried = loop.getRegionIterArgs()[0];
  ValueCache known;
  Chunk chunk = chunkAt(loop.getInductionVar());
  Place place{chunk.first, 1, &known};
  Value value = elements->evaluate(kernel.root, place);
  if (widens)
    value = arith::ExtFOp::create(builder, location, type, value);
  if (chunk.isThere)
    value =
        arith::SelectOp::create(builder, location, chunk.isThere, value, none);
  auto isFrom = [&](int64_t first) -> Value {
    return arith::CmpIOp::create(
        builder, location, arith::CmpIPredicate::sge, lane,
        arith::ConstantIntOp::create(builder, location, first, 32));
  };
  for (int32_t distance = 1; distance < 32; distance *= 2) {
    Value sum = emitCombine(builder, location, kernel.running,
                            warp.fromBefore(value, distance), value);
    value = arith::SelectOp::create(builder, location, isFrom(distance), sum,
                                    value);
  }
  Value after = emitCombine(builder, location, kernel.running, carried, value);
  Value stored = after;
  if (kernel.walk == RowWalk::RunningBefore)
    stored = arith::SelectOp::create(builder, location, isFrom(1),
                                     warp.fromBefore(after, 1), carried);
  if (widens)
    stored = arith::TruncFOp::create(builder, location, element, stored);
  onlyIf(chunk.isThere, [&] { elements->store(place, stored); });
  scf::YieldOp::create(builder, location, warp.fromLane(after, 31));
}

void dtc::cuda::emitKernel(OpBuilder &builder, Location location,
                           StringRef name, const KernelSpec &kernel,
                           const ArgumentFacts &facts,
                           const Schedule &schedule) {
  KernelEmitter(builder, location, kernel, facts, schedule).emit(name);
}
