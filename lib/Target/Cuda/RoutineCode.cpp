//===- RoutineCode.cpp - What kernels of routines are written with --------===//

#include "RoutineCode.h"

#include "ElementEmitter.h"
#include "KernelEmitter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cuda;

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

RoutineElement::RoutineElement(OpBuilder &builder, int32_t code)
    : dtype(static_cast<DType>(code)) {
  type = getElementType(dtype, builder.getContext());
  if (isa<IntegerType>(type))
    type = builder.getIntegerType(type.getIntOrFloatBitWidth());
}

bool RoutineElement::isUnsigned() const {
  return dtype == DType::U8 || dtype == DType::U16 || dtype == DType::U32 ||
         dtype == DType::U64 || dtype == DType::Bool;
}

//===----------------------------------------------------------------------===//
// Arithmetic and memory
//===----------------------------------------------------------------------===//

Value RoutineCode::number(int64_t value) const {
  return arith::ConstantIntOp::create(builder, location, value, 64);
}

Value RoutineCode::add(Value a, Value b) const {
  return arith::AddIOp::create(builder, location, a, b);
}

Value RoutineCode::mul(Value a, int64_t b) const {
  return arith::MulIOp::create(builder, location, a, number(b));
}

Value RoutineCode::compare(arith::CmpIPredicate predicate, Value a,
                           Value b) const {
  return arith::CmpIOp::create(builder, location, predicate, a, b);
}

Value RoutineCode::isBelow(Value a, Value b) const {
  return compare(arith::CmpIPredicate::ult, a, b);
}

Value RoutineCode::both(Value a, Value b) const {
  return arith::AndIOp::create(builder, location, a, b);
}

Value RoutineCode::either(Value a, Value b) const {
  return arith::OrIOp::create(builder, location, a, b);
}

Value RoutineCode::select(Value condition, Value a, Value b) const {
  return arith::SelectOp::create(builder, location, condition, a, b);
}

Value RoutineCode::wide(Value i32) const {
  return arith::ExtUIOp::create(builder, location, builder.getI64Type(), i32);
}

Value RoutineCode::splitOff(Value &rest, int64_t extent) const {
  Value digit = arith::RemUIOp::create(builder, location, rest, number(extent));
  rest = arith::DivUIOp::create(builder, location, rest, number(extent));
  return digit;
}

static Value pointer(OpBuilder &builder, Location location, Value base,
                     const RoutineElement &element, Value at) {
  return LLVM::GEPOp::create(builder, location, base.getType(),
                             cpu::memoryType(element.type), base,
                             ValueRange{at}, LLVM::GEPNoWrapFlags::inbounds);
}

Value RoutineCode::load(Value base, const RoutineElement &element,
                        Value at) const {
  Value value =
      LLVM::LoadOp::create(builder, location, cpu::memoryType(element.type),
                           pointer(builder, location, base, element, at),
                           getElementBytes(element.type));
  return fromMemory(builder, location, value, element.type);
}

void RoutineCode::store(Value base, const RoutineElement &element, Value at,
                        Value value) const {
  LLVM::StoreOp::create(builder, location,
                        toMemory(builder, location, value, element.type),
                        pointer(builder, location, base, element, at),
                        getElementBytes(element.type));
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

void RoutineCode::onlyIf(Value condition, llvm::function_ref<void()> body) {
  auto branch = scf::IfOp::create(builder, location, condition, false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  body();
}

SmallVector<Value>
RoutineCode::ifElse(Value condition, ValueRange otherwise,
                    llvm::function_ref<SmallVector<Value>()> body) {
  auto branch = scf::IfOp::create(builder, location, otherwise.getTypes(),
                                  condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  SmallVector<Value> values = body();
  scf::YieldOp::create(builder, location, values);
  builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(builder, location, otherwise);
  return SmallVector<Value>(branch.getResults());
}

SmallVector<Value> RoutineCode::loop(
    int64_t extent, ValueRange start,
    llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto nest = scf::ForOp::create(builder, location, number(0), number(extent),
                                 number(1), start);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(nest.getBody());
  SmallVector<Value> next =
      body(nest.getInductionVar(), nest.getRegionIterArgs());
  // A loop without values ends by itself.
  if (!start.empty())
    scf::YieldOp::create(builder, location, next);
  return SmallVector<Value>(nest.getResults());
}

SmallVector<Value> RoutineCode::loopWhile(
    ValueRange start, llvm::function_ref<Value(ValueRange)> condition,
    llvm::function_ref<SmallVector<Value>(ValueRange)> body) {
  auto nest = scf::WhileOp::create(builder, location, start.getTypes(), start);
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Location> locations(start.size(), location);
  Block *before =
      builder.createBlock(&nest.getBefore(), {}, start.getTypes(), locations);
  scf::ConditionOp::create(builder, location, condition(before->getArguments()),
                           before->getArguments());
  Block *after =
      builder.createBlock(&nest.getAfter(), {}, start.getTypes(), locations);
  SmallVector<Value> next = body(after->getArguments());
  scf::YieldOp::create(builder, location, next);
  return SmallVector<Value>(nest.getResults());
}

void RoutineCode::emitFunction(StringRef name, int64_t count,
                               llvm::function_ref<void(Value, Value)> body) {
  func::FuncOp function = declareKernel(builder, location, name, count);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToStart(block);
  arguments.assign(block->args_begin(), block->args_end());
  body(wide(warp.block()), wide(warp.thread()));
  builder.setInsertionPointToEnd(block);
  func::ReturnOp::create(builder, location);
}

LaunchedKernel RoutineCode::emitForItems(StringRef name, int64_t count,
                                         int64_t items,
                                         const Twine &description,
                                         llvm::function_ref<void(Value)> body) {
  constexpr int64_t threads = 256;
  emitFunction(name, count, [&](Value block, Value thread) {
    Value item = add(mul(block, threads), thread);
    onlyIf(isBelow(item, number(items)), [&] { body(item); });
  });
  return {std::max<int64_t>(llvm::divideCeil(items, threads), 1), threads,
          count, description.str()};
}
