//===- ElementEmitter.cpp - Code of one thread's elements -----------------===//
//
// 1. An expression's operands are emitted before it, each once a place.
// 2. Addresses are sums of loop indices times constant strides, in 32 bits
//    where the kernel's memory is small enough.
// 3. Elements side by side at a multiple of their size are one load or store;
//    others are one each.
//
//===----------------------------------------------------------------------===//

#include "ElementEmitter.h"

#include "WarpOps.h"
#include "dtc/IR/Dtc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cuda;
using cpu::Access;
using cpu::ElementBuilder;
using cpu::Expression;

/// The same shape with other elements.
static Type withElement(Type like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like))
    return VectorType::get(vector.getShape(), element);
  return element;
}

Value ElementEmitter::index(int64_t value) const {
  return arith::ConstantIntOp::create(builder, location, indexType, value);
}

Value ElementEmitter::evaluateLanes(Expression *e, const Place &place) {
  return cpu::splat(builder, location, evaluate(e, place), place.lanes);
}

Value ElementEmitter::evaluate(Expression *e, const Place &place) {
  if (auto joined = rows.find(e); joined != rows.end())
    return joined->second;
  if (auto known = place.known->find(e); known != place.known->end())
    return known->second;
  Value value = evaluateNew(e, place);
  (*place.known)[e] = value;
  return value;
}

Value ElementEmitter::evaluateNew(Expression *e, const Place &place) {
  switch (e->kind) {
  case Kind::Constant:
    return cpu::emitConstant(builder, location, e);
  case Kind::Position:
    return position(e, place);
  case Kind::Load:
    return load(e, place, Value());
  case Kind::Indexed:
    return lookUp(e, place);
  case Kind::LoopReduce:
    return reduceLoops(e, place);
  case Kind::RowReduce:
    return rows.lookup(e);
  case Kind::Compute:
    return compute(e, place);
  }
  return {};
}

Value ElementEmitter::compute(Expression *e, const Place &place) {
  SmallVector<Value> operands;
  for (Expression *operand : e->operands)
    operands.push_back(evaluate(operand, place));
  return cpu::emitComputation(builder, location, e, std::move(operands),
                              place.lanes);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value ElementEmitter::offset(const Access &access, Type type, Value row,
                             Value extra) {
  constexpr auto noWrap = arith::IntegerOverflowFlags::nsw;
  auto number = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(builder, location, type, value);
  };
  Value sum = access.offset ? number(access.offset) : Value();
  auto add = [&](Value term) {
    sum = sum ? arith::AddIOp::create(builder, location, sum, term, noWrap)
                    .getResult()
              : term;
  };
  for (auto [loop, stride] : llvm::enumerate(access.strides)) {
    Value at = static_cast<int>(loop) == rowLoop() ? row : loops[loop];
    if (stride == 0 || !at)
      continue;
    if (at.getType() != type)
      at = arith::ExtSIOp::create(builder, location, type, at);
    add(stride == 1 ? at
                    : arith::MulIOp::create(builder, location, at,
                                            number(stride), noWrap)
                          .getResult());
  }
  if (extra)
    add(extra);
  return sum ? sum : number(0);
}

Value ElementEmitter::pointer(const Access &access, Type memory, Value offset) {
  Value base = arguments[access.argument];
  return LLVM::GEPOp::create(builder, location, base.getType(),
                             cpu::memoryType(memory), base, ValueRange{offset},
                             LLVM::GEPNoWrapFlags::inbounds);
}

Value dtc::cuda::fromMemory(OpBuilder &builder, Location location, Value value,
                            Type memory) {
  Type target = withElement(value.getType(), cpu::computeType(memory));
  if (memory.isInteger(1)) {
    ElementBuilder element{builder, location, value.getType()};
    return arith::CmpIOp::create(builder, location, arith::CmpIPredicate::ne,
                                 value, element.integer(0));
  }
  if (memory.isF16() || memory.isBF16())
    return arith::ExtFOp::create(builder, location, target, value);
  return value;
}

Value dtc::cuda::toMemory(OpBuilder &builder, Location location, Value value,
                          Type memory) {
  Type target = withElement(value.getType(), cpu::memoryType(memory));
  if (memory.isInteger(1))
    return arith::ExtUIOp::create(builder, location, target, value);
  if (memory.isF16() || memory.isBF16())
    return arith::TruncFOp::create(builder, location, target, value);
  return value;
}

Value ElementEmitter::load(const Expression *e, const Place &place,
                           Value extra) {
  Type memory = cpu::memoryType(e->memoryElement);
  unsigned bytes = getElementBytes(e->memoryElement);
  int64_t stride = e->access.strides[rowLoop()];
  Value at = offset(e->access, indexType, place.row, extra);
  Value first = pointer(e->access, e->memoryElement, at);
  Value value;
  if (place.lanes == 1 || stride == 0) {
    value = LLVM::LoadOp::create(builder, location, memory, first, bytes);
  } else if (isWide(kernel, e, facts, place.lanes)) {
    value = LLVM::LoadOp::create(builder, location,
                                 VectorType::get({place.lanes}, memory), first,
                                 bytes * place.lanes);
  } else {
    SmallVector<Value> elements;
    for (int64_t lane = 0; lane < place.lanes; ++lane) {
      Value next =
          arith::AddIOp::create(builder, location, at, index(lane * stride),
                                arith::IntegerOverflowFlags::nsw);
      elements.push_back(LLVM::LoadOp::create(
          builder, location, memory, pointer(e->access, e->memoryElement, next),
          bytes));
    }
    value = vector::FromElementsOp::create(
        builder, location, VectorType::get({place.lanes}, memory), elements);
  }
  return fromMemory(builder, location, value, e->memoryElement);
}

void ElementEmitter::store(const Place &place, Value value) {
  Type element = kernel.storeElement;
  unsigned bytes = getElementBytes(element);
  value = toMemory(builder, location,
                   cpu::splat(builder, location, value, place.lanes), element);
  Value at = offset(kernel.store, indexType, place.row, Value());
  Value to = pointer(kernel.store, element, at);
  if (place.lanes == 1)
    LLVM::StoreOp::create(builder, location, value, to, bytes);
  else
    LLVM::StoreOp::create(builder, location, value, to, bytes * place.lanes);
}

//===----------------------------------------------------------------------===//
// Positions, lookups, loops of their own
//===----------------------------------------------------------------------===//

/// The number that the loops are at, as i64; one a lane where it changes along
/// the row.
Value ElementEmitter::position(const Expression *e, const Place &place) {
  Value first = offset(e->access, e->element, place.row, Value());
  int64_t stride = e->access.strides[rowLoop()];
  if (place.lanes == 1 || stride == 0)
    return first;
  return cpu::alongLanes(builder, location, first, stride, place.lanes);
}

/// A load whose row comes from data: wraps negative rows, records one that is
/// outside and reads row 0 instead, and gives zero for rows of a split table
/// that are elsewhere.
Value ElementEmitter::lookUp(Expression *e, const Place &place) {
  using Predicate = arith::CmpIPredicate;
  Type i64 = builder.getI64Type();
  ElementBuilder number{builder, location, i64};
  auto compare = [&](Predicate predicate, Value a, int64_t b) -> Value {
    return arith::CmpIOp::create(builder, location, predicate, a,
                                 number.integer(b));
  };
  auto select = [&](Value condition, Value a, Value b) -> Value {
    return arith::SelectOp::create(builder, location, condition, a, b);
  };
  Value row = evaluate(e->operands[0], place);
  if (row.getType() != i64)
    row = arith::ExtSIOp::create(builder, location, i64, row);
  int64_t total = e->totalRows ? e->totalRows : e->indexExtent;
  Value wrapped =
      arith::AddIOp::create(builder, location, row, number.integer(total));
  row = select(compare(Predicate::slt, row, 0), wrapped, row);
  Value outside = compare(Predicate::uge, row, total);
  auto check = scf::IfOp::create(builder, location, outside, false);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(check.thenBlock());
    func::CallOp::create(builder, location, "dtc_index_out_of_range",
                         TypeRange{}, ValueRange{row, number.integer(total)});
  }
  ElementBuilder element{builder, location, e->element};
  if (e->indexExtent == 0)
    return element.constant(0);
  if (e->totalRows)
    row = arith::SubIOp::create(builder, location, row,
                                number.integer(e->rowOffset));
  Value here = compare(Predicate::ult, row, e->indexExtent);
  row = select(here, row, number.integer(0));
  if (indexType != i64)
    row = arith::TruncIOp::create(builder, location, indexType, row);
  Value extra =
      arith::MulIOp::create(builder, location, row, index(e->indexStride),
                            arith::IntegerOverflowFlags::nsw);
  Value value = load(e, place, extra);
  if (!e->totalRows)
    return value;
  ElementBuilder zero{builder, location, value.getType()};
  return select(here, value, zero.constant(0));
}

/// Elements of a reduction's inner loop that are computed side by side, so that
/// their loads do not wait for each other.
static int64_t chooseUnrolled(int64_t extent, int64_t lanes) {
  int64_t unrolled = std::max<int64_t>(16 / lanes, 1);
  unrolled = std::min<int64_t>(unrolled, 8);
  while (extent % unrolled != 0)
    unrolled /= 2;
  return unrolled;
}

Value ElementEmitter::reduceLoops(Expression *e, const Place &place) {
  Type type = place.lanes == 1
                  ? e->element
                  : Type(VectorType::get({place.lanes}, e->element));
  OpBuilder::InsertionGuard guard(builder);
  Value accumulator = cpu::emitNeutral(builder, location, e->combine, type);
  SmallVector<scf::ForOp> nest;
  int64_t unrolled =
      chooseUnrolled(kernel.loops[e->reduceLoops.back()], place.lanes);
  for (int loop : e->reduceLoops) {
    bool isInner = loop == e->reduceLoops.back();
    auto current = scf::ForOp::create(
        builder, location, index(0), index(kernel.loops[loop]),
        index(isInner ? unrolled : 1), accumulator);
    loops[loop] = current.getInductionVar();
    accumulator = current.getRegionIterArgs()[0];
    builder.setInsertionPointToStart(current.getBody());
    nest.push_back(current);
  }
  Value &inner = loops[e->reduceLoops.back()], first = inner;
  SmallVector<Value> values;
  for (int64_t i = 0; i < unrolled; ++i) {
    if (i > 0)
      inner = arith::AddIOp::create(builder, location, first, index(i),
                                    arith::IntegerOverflowFlags::nsw);
    // What is known outside stays valid inside, not the other way round.
    ValueCache inside = *place.known;
    Place within{place.row, place.lanes, &inside};
    values.push_back(evaluateLanes(e->operands[0], within));
  }
  Value result = accumulator;
  for (Value value : values)
    result = emitCombine(builder, location, e->combine, result, value);
  for (scf::ForOp loop : llvm::reverse(nest)) {
    builder.setInsertionPointToEnd(loop.getBody());
    scf::YieldOp::create(builder, location, result);
    result = loop.getResult(0);
  }
  for (int loop : e->reduceLoops)
    loops[loop] = Value();
  return result;
}
