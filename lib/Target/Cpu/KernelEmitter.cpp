//===- KernelEmitter.cpp - One loop nest for a fused expression -----------===//
//
// 1. Outer parallel loops become `scf.for`; the last one, the row, is walked in
//    vectors with a masked rest, or element by element where an access along it
//    is indexed by data or the store is not contiguous.
// 2. Row reductions split the row into passes: pass L accumulates the
//    reductions whose operand needs the results of passes before L; the last
//    pass stores. What a later pass needs again and is dear to compute is kept
//    in a scratch row on the stack.
// 3. Reductions over loops of their own run inside, on vectors along the row.
//
//===----------------------------------------------------------------------===//

#include "ExpressionCode.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

namespace {

/// Scratch rows beyond this many elements are recomputed instead.
constexpr int64_t kLargestScratchRow = 1 << 16;
/// Computations dearer than this are kept between passes.
constexpr int kDear = 3;

class KernelEmitter {
public:
  KernelEmitter(OpBuilder &builder, Location location, const KernelSpec &kernel,
                int64_t lanes)
      : builder(builder), location(location), kernel(kernel),
        lanes(canVectorize() ? lanes * jammedVectors(lanes) : 1) {}

  void emit(StringRef name);

private:
  using Kind = Expression::Kind;

  /// Where in the row code is being emitted: the first element and how many of
  /// the lanes count. `lanes` of 0 means between passes: scalars only.
  struct Position {
    Value row;
    int64_t active = 0;
  };

  bool canVectorize() const;
  int64_t jammedVectors(int64_t lanes) const;
  int rowLoop() const { return kernel.parallelLoops - 1; }
  bool variesOnRow(const Expression *e);
  /// True when a row gives one element.
  bool storesOnce() const {
    return kernel.hasRowReduction && kernel.store.strides[rowLoop()] == 0;
  }
  int costOf(const Expression *e);
  bool isKept(const Expression *e);
  void analyze();
  void emitOuterLoops(int loop);
  void emitRow();
  void emitPass(int pass);
  void emitRunning();
  SmallVector<Value> emitChunk(int pass, Position position,
                               ArrayRef<Expression *> reductions,
                               ValueRange accumulators);
  void finishReductions(ArrayRef<Expression *> reductions,
                        ValueRange accumulators);
  void emitStore(Position position, Value value);

  Value evaluate(Expression *e, Position position, int pass);
  Value evaluateUncached(Expression *e, Position position, int pass);
  Value loadEverySecond(Value base, Value at, VectorType type);
  Value emitLoad(const Expression *e, Position position, Value extra);
  Value emitIndexed(Expression *e, Position position, int pass);
  Value emitPosition(const Expression *e, Position position);
  Value emitLoopReduce(Expression *e, Position position, int pass);
  Value combine(Combine kind, Value lhs, Value rhs);
  Value address(const Access &access, Value row, Value extra);
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, location, value);
  }
  Value mask(int64_t active);
  Value fromMemory(Value value, Type memory, Type compute);
  Value toMemory(Value value, Type memory);
  Type vectorOf(Type element) const {
    return lanes == 1 ? element : Type(VectorType::get({lanes}, element));
  }
  Value splat(Value value) {
    return cpu::splat(builder, location, value, lanes);
  }

  OpBuilder &builder;
  Location location;
  const KernelSpec &kernel;
  int64_t lanes;
  func::FuncOp function;
  SmallVector<Value> loopIndices;
  /// Values of the current chunk.
  DenseMap<Expression *, Value> chunkValues;
  /// Row-invariant values: reductions and what follows from them.
  DenseMap<Expression *, Value> rowValues;
  PassNumbers passes;
  DenseMap<const Expression *, bool> varies;
  DenseMap<Expression *, Value> scratch;
  int lastPass = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// Analysis
//===----------------------------------------------------------------------===//

bool KernelEmitter::canVectorize() const {
  int row = kernel.parallelLoops - 1;
  if (row < 0)
    return false;
  if (!kernel.hasRowReduction || kernel.store.strides[row] != 0)
    if (kernel.store.strides[row] != 1 && kernel.loops[row] != 1)
      return false;
  if (kernel.loops[row] < 4 || kernel.walk != RowWalk::Parallel)
    return false;
  for (const auto &e : kernel.pool) {
    if (e->kind == Kind::Compute && e->lanes == Lanes::One)
      return false;
    if (e->kind != Kind::Indexed)
      continue;
    // The row number itself must not change along the row.
    SmallVector<const Expression *> work{e->operands[0]};
    while (!work.empty()) {
      const Expression *part = work.pop_back_val();
      if ((part->kind == Kind::Load || part->kind == Kind::Indexed) &&
          part->access.strides[row] != 0)
        return false;
      llvm::append_range(work, part->operands);
    }
  }
  return true;
}

/// How many vectors of a row go through inner loops together. A sum waits for
/// its last step; several hide that, and share what the loops compute.
int64_t KernelEmitter::jammedVectors(int64_t lanes) const {
  int row = kernel.parallelLoops - 1;
  bool reduces = false;
  for (const auto &e : kernel.pool) {
    reduces |= e->kind == Kind::LoopReduce;
    bool isLoad = e->kind == Kind::Load || e->kind == Kind::Indexed;
    if (isLoad && (e->access.strides[row] < 0 || e->access.strides[row] > 2))
      return 1;
  }
  if (!reduces || kernel.hasRowReduction)
    return 1;
  // Relative costs of a vector, alone, in pairs and in fours (measured).
  constexpr std::pair<int64_t, double> choices[] = {{1, 2.5}, {2, 1.4}, {4, 1}};
  int64_t best = 1;
  double least = std::numeric_limits<double>::infinity();
  for (auto [vectors, cost] : choices) {
    double all = cost * static_cast<double>(llvm::divideCeil(kernel.loops[row],
                                                             lanes * vectors) *
                                            vectors);
    if (all < least) {
      least = all;
      best = vectors;
    }
  }
  return best;
}

bool KernelEmitter::variesOnRow(const Expression *e) {
  auto known = varies.find(e);
  if (known != varies.end())
    return known->second;
  bool result = false;
  if (e->kind == Kind::Load || e->kind == Kind::Indexed ||
      e->kind == Kind::Position)
    result = rowLoop() >= 0 && e->access.strides[rowLoop()] != 0;
  if (e->kind != Kind::RowReduce)
    for (const Expression *operand : e->operands)
      result |= variesOnRow(operand);
  return varies[e] = result;
}

int KernelEmitter::costOf(const Expression *e) {
  if (e->kind == Kind::Constant || e->kind == Kind::RowReduce)
    return 0;
  if (e->kind == Kind::LoopReduce)
    return 1000;
  int cost = e->kind == Kind::Compute ? e->cost : 1;
  for (const Expression *operand : e->operands)
    cost += costOf(operand);
  return cost;
}

bool KernelEmitter::isKept(const Expression *e) {
  return (e->kind == Kind::Compute || e->kind == Kind::LoopReduce ||
          e->kind == Kind::Indexed) &&
         !e->element.isInteger(1) && variesOnRow(e) && costOf(e) >= kDear &&
         (kernel.loops[rowLoop()] <= kLargestScratchRow || costOf(e) >= 1000);
}

/// Finds what later passes need of earlier ones, and gives it a scratch row.
void KernelEmitter::analyze() {
  if (!kernel.hasRowReduction)
    return;
  lastPass = passes.of(kernel.root);
  SmallVector<std::pair<Expression *, int>> work{{kernel.root, lastPass}};
  for (const auto &e : kernel.pool)
    if (e->kind == Kind::RowReduce)
      work.push_back({e->operands[0], passes.of(e->operands[0])});
  DenseSet<std::pair<Expression *, int>> seen;
  while (!work.empty()) {
    auto [e, pass] = work.pop_back_val();
    if (!seen.insert({e, pass}).second || e->kind == Kind::RowReduce)
      continue;
    if (passes.of(e) < pass && isKept(e)) {
      if (!scratch.count(e)) {
        auto type = MemRefType::get({kernel.loops[rowLoop()]}, e->element);
        scratch[e] = memref::AllocaOp::create(builder, location, type,
                                              builder.getI64IntegerAttr(64));
      }
      work.push_back({e, passes.of(e)});
      continue;
    }
    for (Expression *operand : e->operands)
      work.push_back({operand, pass});
  }
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void KernelEmitter::emit(StringRef name) {
  SmallVector<Type> types;
  for (auto [type, size] :
       llvm::zip(kernel.argumentTypes, kernel.argumentSizes))
    types.push_back(MemRefType::get({size}, memoryType(type)));
  function = func::FuncOp::create(builder, location, name,
                                  builder.getFunctionType(types, {}));
  function.setPrivate();
  OpBuilder::InsertionGuard guard(builder);
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  analyze();
  loopIndices.assign(kernel.loops.size(), Value());
  emitOuterLoops(0);
  builder.setInsertionPointToEnd(body);
  func::ReturnOp::create(builder, location);
}

void KernelEmitter::emitOuterLoops(int loop) {
  if (loop >= rowLoop())
    return emitRow();
  auto nest = scf::ForOp::create(builder, location, index(0),
                                 index(kernel.loops[loop]), index(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(nest.getBody());
  loopIndices[loop] = nest.getInductionVar();
  emitOuterLoops(loop + 1);
}

void KernelEmitter::emitRow() {
  rowValues.clear();
  if (kernel.walk != RowWalk::Parallel)
    return emitRunning();
  for (int pass = 0; pass <= lastPass; ++pass)
    emitPass(pass);
}

/// Joins floats in double precision, as long as the row may be.
void KernelEmitter::emitRunning() {
  Type element = kernel.root->element;
  bool widens = isa<FloatType>(element) && !element.isF64();
  Type type = widens ? builder.getF64Type() : element;
  auto loop = scf::ForOp::create(
      builder, location, index(0), index(kernel.loops[rowLoop()]), index(1),
      emitNeutral(builder, location, kernel.running, type));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  chunkValues.clear();
  Position position{loop.getInductionVar(), 1};
  Value before = loop.getRegionIterArgs()[0];
  Value value = evaluate(kernel.root, position, 0);
  if (widens)
    value = arith::ExtFOp::create(builder, location, type, value);
  Value after = combine(kernel.running, before, value);
  Value stored = kernel.walk == RowWalk::Running ? after : before;
  if (widens)
    stored = arith::TruncFOp::create(builder, location, element, stored);
  emitStore(position, stored);
  scf::YieldOp::create(builder, location, after);
}

void KernelEmitter::emitPass(int pass) {
  SmallVector<Expression *> reductions;
  for (const auto &e : kernel.pool)
    if (e->kind == Kind::RowReduce && passes.of(e.get()) == pass + 1)
      reductions.push_back(e.get());
  bool stores = pass == lastPass;
  if (stores && storesOnce() && reductions.empty()) {
    chunkValues.clear();
    Value value = evaluate(kernel.root, {index(0), 0}, pass);
    emitStore({index(0), 0}, value);
    return;
  }
  int64_t extent = rowLoop() < 0 ? 1 : kernel.loops[rowLoop()];
  int64_t whole = extent / lanes * lanes;
  SmallVector<Value> accumulators;
  for (Expression *reduction : reductions)
    accumulators.push_back(emitNeutral(builder, location, reduction->combine,
                                       vectorOf(reduction->element)));
  if (whole == lanes) {
    accumulators = emitChunk(pass, {index(0), lanes}, reductions, accumulators);
  } else if (whole > 0) {
    auto loop = scf::ForOp::create(builder, location, index(0), index(whole),
                                   index(lanes), accumulators);
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(loop.getBody());
      SmallVector<Value> next = emitChunk(pass, {loop.getInductionVar(), lanes},
                                          reductions, loop.getRegionIterArgs());
      if (!reductions.empty())
        scf::YieldOp::create(builder, location, next);
    }
    accumulators.assign(loop.getResults().begin(), loop.getResults().end());
  }
  if (whole < extent)
    accumulators = emitChunk(pass, {index(whole), extent - whole}, reductions,
                             accumulators);
  finishReductions(reductions, accumulators);
}

SmallVector<Value> KernelEmitter::emitChunk(int pass, Position position,
                                            ArrayRef<Expression *> reductions,
                                            ValueRange accumulators) {
  chunkValues.clear();
  SmallVector<Value> next;
  for (auto [reduction, accumulator] : llvm::zip(reductions, accumulators)) {
    Value value = evaluate(reduction->operands[0], position, pass);
    value = splat(value);
    if (position.active < lanes) {
      Value none =
          emitNeutral(builder, location, reduction->combine, value.getType());
      value = arith::SelectOp::create(builder, location, mask(position.active),
                                      value, none);
    }
    next.push_back(combine(reduction->combine, accumulator, value));
  }
  for (auto &[e, row] : scratch) {
    if (passes.of(e) != pass)
      continue;
    Value value = splat(evaluate(e, position, pass));
    if (lanes == 1)
      memref::StoreOp::create(builder, location, value, row, position.row);
    else if (position.active == lanes)
      vector::StoreOp::create(builder, location, value, row, position.row);
    else
      vector::MaskedStoreOp::create(builder, location, row, position.row,
                                    mask(position.active), value);
  }
  if (pass == lastPass && !storesOnce())
    emitStore(position, evaluate(kernel.root, position, pass));
  return next;
}

static vector::CombiningKind acrossLanes(Combine combine, bool isFloat) {
  using Kind = vector::CombiningKind;
  switch (combine) {
  case Combine::Sum:
    return Kind::ADD;
  case Combine::Product:
    return Kind::MUL;
  case Combine::Max:
    return isFloat ? Kind::MAXIMUMF : Kind::MAXSI;
  case Combine::Min:
    return isFloat ? Kind::MINIMUMF : Kind::MINSI;
  case Combine::MaxUnsigned:
    return Kind::MAXUI;
  case Combine::MinUnsigned:
    return Kind::MINUI;
  }
  return Kind::ADD;
}

void KernelEmitter::finishReductions(ArrayRef<Expression *> reductions,
                                     ValueRange accumulators) {
  for (auto [reduction, accumulator] : llvm::zip(reductions, accumulators)) {
    Value value = accumulator;
    if (lanes != 1)
      value = vector::ReductionOp::create(
          builder, location,
          acrossLanes(reduction->combine, isa<FloatType>(reduction->element)),
          value, arith::FastMathFlags::reassoc);
    rowValues[reduction] = value;
  }
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value KernelEmitter::evaluate(Expression *e, Position position, int pass) {
  if (auto known = rowValues.find(e); known != rowValues.end())
    return known->second;
  if (auto known = chunkValues.find(e); known != chunkValues.end())
    return known->second;
  if (auto row = scratch.find(e); row != scratch.end() && passes.of(e) < pass) {
    Value value;
    if (lanes == 1) {
      value =
          memref::LoadOp::create(builder, location, row->second, position.row);
    } else {
      auto type = VectorType::get({lanes}, e->element);
      if (position.active == lanes) {
        value = vector::LoadOp::create(builder, location, type, row->second,
                                       position.row);
      } else {
        ElementBuilder element{builder, location, type};
        value = vector::MaskedLoadOp::create(
            builder, location, type, row->second, ValueRange{position.row},
            mask(position.active), element.constant(0));
      }
    }
    return chunkValues[e] = value;
  }
  Value value = evaluateUncached(e, position, pass);
  return chunkValues[e] = value;
}

Value KernelEmitter::evaluateUncached(Expression *e, Position position,
                                      int pass) {
  switch (e->kind) {
  case Kind::Constant:
    return emitConstant(builder, location, e);
  case Kind::Position:
    return emitPosition(e, position);
  case Kind::Load:
    return emitLoad(e, position, Value());
  case Kind::Indexed:
    return emitIndexed(e, position, pass);
  case Kind::LoopReduce:
    return emitLoopReduce(e, position, pass);
  case Kind::RowReduce:
    return rowValues.lookup(e);
  case Kind::Compute:
    break;
  }
  SmallVector<Value> operands;
  for (Expression *operand : e->operands)
    operands.push_back(evaluate(operand, position, pass));
  return emitComputation(builder, location, e, std::move(operands), lanes);
}

Value KernelEmitter::mask(int64_t active) {
  SmallVector<bool> bits(lanes, false);
  std::fill(bits.begin(), bits.begin() + active, true);
  auto type = VectorType::get({lanes}, builder.getI1Type());
  return arith::ConstantOp::create(builder, location,
                                   DenseElementsAttr::get(type, bits));
}

Value KernelEmitter::address(const Access &access, Value row, Value extra) {
  Value sum = index(access.offset);
  auto add = [&](Value loop, int64_t stride) {
    if (stride == 0 || !loop)
      return;
    Value step = stride == 1 ? loop
                             : arith::MulIOp::create(builder, location, loop,
                                                     index(stride))
                                   .getResult();
    sum = arith::AddIOp::create(builder, location, sum, step);
  };
  for (auto [loop, stride] : llvm::enumerate(access.strides))
    add(static_cast<int>(loop) == rowLoop() ? row : loopIndices[loop], stride);
  if (extra)
    sum = arith::AddIOp::create(builder, location, sum, extra);
  return sum;
}

Value KernelEmitter::fromMemory(Value value, Type memory, Type compute) {
  Type target = compute;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    target = VectorType::get(vector.getShape(), compute);
  if (memory.isInteger(1)) {
    ElementBuilder element{builder, location, value.getType()};
    return arith::CmpIOp::create(builder, location, arith::CmpIPredicate::ne,
                                 value, element.constant(0));
  }
  if (memory.isF16() || memory.isBF16())
    return arith::ExtFOp::create(builder, location, target, value);
  return value;
}

Value KernelEmitter::toMemory(Value value, Type memory) {
  Type target = memoryType(memory);
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    target = VectorType::get(vector.getShape(), target);
  if (memory.isInteger(1))
    return arith::ExtUIOp::create(builder, location, target, value);
  if (memory.isF16() || memory.isBF16())
    return roundTo(builder, location, value, target);
  return value;
}

/// Elements at, at + 2, ... of two vectors that touch nothing else than what
/// lies between the first and the last of them.
Value KernelEmitter::loadEverySecond(Value base, Value at, VectorType type) {
  Value later = arith::AddIOp::create(builder, location, at, index(lanes - 1));
  Value low = vector::LoadOp::create(builder, location, type, base, at);
  Value high = vector::LoadOp::create(builder, location, type, base, later);
  SmallVector<int64_t> places;
  for (int64_t lane = 0; lane < lanes; lane += 2)
    places.push_back(lane);
  for (int64_t lane = 1; lane < lanes; lane += 2)
    places.push_back(lanes + lane);
  return vector::ShuffleOp::create(builder, location, low, high, places);
}

Value KernelEmitter::emitLoad(const Expression *e, Position position,
                              Value extra) {
  Value base = function.getArgument(e->access.argument);
  int64_t stride = rowLoop() < 0 ? 0 : e->access.strides[rowLoop()];
  Type memory = memoryType(e->memoryElement);
  Value at = address(e->access, position.row, extra);
  if (lanes == 1 || stride == 0 || position.active == 0) {
    Value value = memref::LoadOp::create(builder, location, base, at);
    return fromMemory(value, e->memoryElement, e->element);
  }
  auto type = VectorType::get({lanes}, memory);
  Value value;
  if (stride == 1 && position.active == lanes) {
    value = vector::LoadOp::create(builder, location, type, base, at);
  } else if (stride == 1) {
    ElementBuilder element{builder, location, type};
    value = vector::MaskedLoadOp::create(builder, location, type, base,
                                         ValueRange{at}, mask(position.active),
                                         element.constant(0));
  } else if (stride == 2 && position.active == lanes && lanes % 2 == 0) {
    value = loadEverySecond(base, at, type);
  } else {
    SmallVector<Value> elements;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      int64_t step = lane < position.active ? lane * stride : 0;
      Value lanesAt =
          step == 0 ? at
                    : arith::AddIOp::create(builder, location, at, index(step))
                          .getResult();
      elements.push_back(
          memref::LoadOp::create(builder, location, base, lanesAt));
    }
    value = vector::FromElementsOp::create(builder, location, type, elements);
  }
  return fromMemory(value, e->memoryElement, e->element);
}

/// The number that the loops are at, as i64; one a lane where it changes along
/// the row.
Value KernelEmitter::emitPosition(const Expression *e, Position position) {
  Value first = arith::IndexCastOp::create(
      builder, location, e->element, address(e->access, position.row, Value()));
  int64_t stride = rowLoop() < 0 ? 0 : e->access.strides[rowLoop()];
  if (lanes == 1 || stride == 0 || position.active == 0)
    return first;
  return alongLanes(builder, location, first, stride, lanes);
}

/// A load whose row comes from data: checks the row, wraps negative ones, and
/// gives zero for rows of a split table that are elsewhere.
Value KernelEmitter::emitIndexed(Expression *e, Position position, int pass) {
  Value row = evaluate(e->operands[0], position, pass);
  Type i64 = builder.getI64Type();
  if (row.getType() != i64)
    row = arith::ExtSIOp::create(builder, location, i64, row);
  auto number = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(builder, location, i64, value);
  };
  using Predicate = arith::CmpIPredicate;
  auto compare = [&](Predicate predicate, Value a, Value b) -> Value {
    return arith::CmpIOp::create(builder, location, predicate, a, b);
  };
  int64_t total = e->totalRows ? e->totalRows : e->indexExtent;
  Value wrapped = arith::AddIOp::create(builder, location, row, number(total));
  row = arith::SelectOp::create(
      builder, location, compare(Predicate::slt, row, number(0)), wrapped, row);
  Value outside = compare(Predicate::uge, row, number(total));
  auto check = scf::IfOp::create(builder, location, outside, false);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(check.thenBlock());
    func::CallOp::create(builder, location, "dtc_index_out_of_range",
                         TypeRange{}, ValueRange{row, number(total)});
  }
  Value here;
  if (e->totalRows) {
    row = arith::SubIOp::create(builder, location, row, number(e->rowOffset));
    here = compare(Predicate::ult, row, number(e->indexExtent));
    row = arith::SelectOp::create(builder, location, here, row, number(0));
    if (e->indexExtent == 0) {
      ElementBuilder element{builder, location, e->element};
      return element.constant(0);
    }
  }
  Value extra = arith::IndexCastOp::create(builder, location,
                                           builder.getIndexType(), row);
  extra =
      arith::MulIOp::create(builder, location, extra, index(e->indexStride));
  Value value = emitLoad(e, position, extra);
  if (!here)
    return value;
  ElementBuilder element{builder, location, value.getType()};
  return arith::SelectOp::create(builder, location, here, value,
                                 element.constant(0));
}

Value KernelEmitter::emitLoopReduce(Expression *e, Position position,
                                    int pass) {
  Type type = position.active == 0 ? e->element : vectorOf(e->element);
  Value start = emitNeutral(builder, location, e->combine, type);
  SmallVector<scf::ForOp> nest;
  OpBuilder::InsertionGuard guard(builder);
  Value accumulator = start;
  // What the chunk knows outside stays valid inside, not the other way round.
  auto outside = chunkValues;
  for (int loop : e->reduceLoops) {
    auto current =
        scf::ForOp::create(builder, location, index(0),
                           index(kernel.loops[loop]), index(1), accumulator);
    loopIndices[loop] = current.getInductionVar();
    accumulator = current.getRegionIterArgs()[0];
    builder.setInsertionPointToStart(current.getBody());
    nest.push_back(current);
  }
  Value value = evaluate(e->operands[0], position, pass);
  if (position.active != 0)
    value = splat(value);
  Value result = combine(e->combine, accumulator, value);
  for (scf::ForOp loop : llvm::reverse(nest)) {
    builder.setInsertionPointToEnd(loop.getBody());
    scf::YieldOp::create(builder, location, result);
    result = loop.getResult(0);
  }
  chunkValues = std::move(outside);
  for (int loop : e->reduceLoops)
    loopIndices[loop] = Value();
  return result;
}

/// Extremes of floats: the better one, a NaN where one is. In this form it is
/// one instruction for numbers and a blend for NaNs: `lhs` stays where nothing
/// is better than it, so also where it is a NaN.
Value KernelEmitter::combine(Combine kind, Value lhs, Value rhs) {
  auto extreme = [&](Combine wanted, Value a, Value b) -> Value {
    auto isBetter = wanted == Combine::Max ? arith::CmpFPredicate::OGT
                                           : arith::CmpFPredicate::OLT;
    Value better = arith::CmpFOp::create(builder, location, isBetter, b, a);
    Value best = arith::SelectOp::create(builder, location, better, b, a);
    Value isNan = arith::CmpFOp::create(builder, location,
                                        arith::CmpFPredicate::UNO, b, b);
    return arith::SelectOp::create(builder, location, isNan, b, best);
  };
  return emitCombine(builder, location, kind, lhs, rhs, extreme);
}

void KernelEmitter::emitStore(Position position, Value value) {
  Value base = function.getArgument(kernel.store.argument);
  Value at = address(kernel.store, position.row, Value());
  bool oneElement = position.active == 0 || lanes == 1;
  if (!oneElement)
    value = splat(value);
  value = toMemory(value, kernel.storeElement);
  if (oneElement)
    memref::StoreOp::create(builder, location, value, base, at);
  else if (position.active == lanes)
    vector::StoreOp::create(builder, location, value, base, at);
  else
    vector::MaskedStoreOp::create(builder, location, base, at,
                                  mask(position.active), value);
}

void dtc::cpu::emitKernel(OpBuilder &builder, Location location, StringRef name,
                          const KernelSpec &kernel, int64_t vectorLanes) {
  KernelEmitter(builder, location, kernel, vectorLanes).emit(name);
}
