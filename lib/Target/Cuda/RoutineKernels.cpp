//===- RoutineKernels.cpp - Updates and orders on a GPU -------------------===//
//
// 1. Updates by index: loops whose stride is not 0 write different places, and
//    so do a row's elements; those belong to threads. The other loops run one
//    after the other in each thread, so that updates of one place are applied
//    in their order.
// 2. Orders: a thread an element, which counts the elements before it. What is
//    equal keeps its order, as in a stable sort. The time grows with the square
//    of the extent.
//
//===----------------------------------------------------------------------===//

#include "RoutineKernels.h"

#include "ElementEmitter.h"
#include "KernelEmitter.h"
#include "WarpOps.h"
#include "dtc/IR/Dtc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cuda;
using cpu::Combine;
using cpu::ElementBuilder;

static constexpr int64_t kThreads = 256;

namespace {

/// An element type's properties. Integers are signless.
struct Element {
  Type type;
  DType dtype;

  Element(OpBuilder &builder, int32_t code) : dtype(static_cast<DType>(code)) {
    switch (dtype) {
    case DType::F16:
      type = builder.getF16Type();
      break;
    case DType::BF16:
      type = builder.getBF16Type();
      break;
    case DType::F32:
      type = builder.getF32Type();
      break;
    case DType::F64:
      type = builder.getF64Type();
      break;
    case DType::Bool:
      type = builder.getI1Type();
      break;
    default:
      type = builder.getIntegerType(static_cast<unsigned>(bits()));
    }
  }
  bool isUnsigned() const {
    return dtype == DType::U8 || dtype == DType::U16 || dtype == DType::U32 ||
           dtype == DType::U64 || dtype == DType::Bool;
  }

private:
  int64_t bits() const {
    switch (dtype) {
    case DType::I8:
    case DType::U8:
      return 8;
    case DType::I16:
    case DType::U16:
      return 16;
    case DType::I32:
    case DType::U32:
      return 32;
    default:
      return 64;
    }
  }
};

/// What both kinds of routines emit with. Numbers are i64.
class RoutineEmitter {
public:
  RoutineEmitter(OpBuilder &builder, Location location,
                 const cpu::Routine &routine)
      : builder(builder), location(location), routine(routine),
        warp(builder, location) {}

  LaunchedKernel emit(StringRef name);

private:
  Value number(int64_t value) const {
    return arith::ConstantIntOp::create(builder, location, value, 64);
  }
  Value add(Value a, Value b) const {
    return arith::AddIOp::create(builder, location, a, b);
  }
  Value mul(Value a, int64_t b) const {
    return arith::MulIOp::create(builder, location, a, number(b));
  }
  Value compare(arith::CmpIPredicate predicate, Value a, Value b) const {
    return arith::CmpIOp::create(builder, location, predicate, a, b);
  }
  Value both(Value a, Value b) const {
    return arith::AndIOp::create(builder, location, a, b);
  }
  Value either(Value a, Value b) const {
    return arith::OrIOp::create(builder, location, a, b);
  }
  Value splitOff(Value &rest, int64_t extent) const {
    Value digit =
        arith::RemUIOp::create(builder, location, rest, number(extent));
    rest = arith::DivUIOp::create(builder, location, rest, number(extent));
    return digit;
  }
  Value pointer(Value base, const Element &element, Value at) const;
  Value load(Value base, const Element &element, Value at) const;
  void store(Value base, const Element &element, Value at, Value value) const;
  void onlyIf(Value condition, llvm::function_ref<void()> body);
  Value loop(int64_t extent, Value start,
             llvm::function_ref<Value(Value, Value)> body);

  bool isParallel(size_t loop) const { return routine.strides[loop] != 0; }
  int64_t scatterItems() const;
  void emitScatter(ValueRange arguments, Value item);
  void emitUpdate(ValueRange arguments, Value column, Value tuple, Value place);
  Value tuplePlace(ValueRange arguments, Value tuple, Value &place);
  Combine combineOf(const Element &element) const;

  int64_t sortItems() const {
    return routine.sort.outer * routine.sort.extent * routine.sort.inner;
  }
  void emitSort(ValueRange arguments, Value item);
  Value isLess(const Element &element, Value a, Value b) const;

  OpBuilder &builder;
  Location location;
  const cpu::Routine &routine;
  WarpOps warp;
};

} // namespace

Value RoutineEmitter::pointer(Value base, const Element &element,
                              Value at) const {
  return LLVM::GEPOp::create(builder, location, base.getType(),
                             cpu::memoryType(element.type), base,
                             ValueRange{at}, LLVM::GEPNoWrapFlags::inbounds);
}

Value RoutineEmitter::load(Value base, const Element &element, Value at) const {
  Value value = LLVM::LoadOp::create(
      builder, location, cpu::memoryType(element.type),
      pointer(base, element, at), getElementBytes(element.type));
  return fromMemory(builder, location, value, element.type);
}

void RoutineEmitter::store(Value base, const Element &element, Value at,
                           Value value) const {
  LLVM::StoreOp::create(
      builder, location, toMemory(builder, location, value, element.type),
      pointer(base, element, at), getElementBytes(element.type));
}

void RoutineEmitter::onlyIf(Value condition, llvm::function_ref<void()> body) {
  auto branch = scf::IfOp::create(builder, location, condition, false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  body();
}

/// `body` of each number below `extent` and what the one before gave; without a
/// start it gives nothing.
Value RoutineEmitter::loop(int64_t extent, Value start,
                           llvm::function_ref<Value(Value, Value)> body) {
  SmallVector<Value> starts;
  if (start)
    starts.push_back(start);
  auto nest = scf::ForOp::create(builder, location, number(0), number(extent),
                                 number(1), starts);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(nest.getBody());
  if (!start) {
    body(nest.getInductionVar(), Value());
    return Value();
  }
  Value next = body(nest.getInductionVar(), nest.getRegionIterArgs()[0]);
  scf::YieldOp::create(builder, location, next);
  return nest.getResult(0);
}

//===----------------------------------------------------------------------===//
// Updates
//===----------------------------------------------------------------------===//

int64_t RoutineEmitter::scatterItems() const {
  int64_t items = routine.scatter.row;
  for (auto [loop, extent] : llvm::enumerate(routine.extents))
    if (isParallel(loop))
      items *= extent;
  return items;
}

Combine RoutineEmitter::combineOf(const Element &element) const {
  bool isBool = element.dtype == DType::Bool;
  switch (routine.scatter.combine) {
  case DTC_PRODUCT:
    return isBool ? Combine::MinUnsigned : Combine::Product;
  case DTC_MAX:
    return element.isUnsigned() ? Combine::MaxUnsigned : Combine::Max;
  case DTC_MIN:
    return element.isUnsigned() ? Combine::MinUnsigned : Combine::Min;
  default:
    return isBool ? Combine::MaxUnsigned : Combine::Sum;
  }
}

void RoutineEmitter::emitScatter(ValueRange arguments, Value item) {
  Value column = splitOff(item, routine.scatter.row);
  // Which tuple it is, in the order of all loops, and where it writes.
  Value tuple = number(0), place = column;
  int64_t perStep = 1, inOrder = 1;
  SmallVector<std::pair<int64_t, int64_t>> sequential;
  for (size_t loop = routine.extents.size(); loop-- > 0;) {
    int64_t extent = routine.extents[loop];
    if (isParallel(loop)) {
      Value at = splitOff(item, extent);
      tuple = add(tuple, mul(at, perStep));
      place = add(place, mul(at, routine.strides[loop]));
    } else {
      sequential.push_back({extent, perStep});
      inOrder *= extent;
    }
    perStep *= extent;
  }
  loop(inOrder, Value(), [&](Value step, Value) {
    Value current = tuple;
    for (auto [extent, tuples] : sequential)
      current = add(current, mul(splitOff(step, extent), tuples));
    emitUpdate(arguments, column, current, place);
    return Value();
  });
}

/// Adds the tuple's share to `place`; true when all its numbers are inside.
Value RoutineEmitter::tuplePlace(ValueRange arguments, Value tuple,
                                 Value &place) {
  Element index(builder, routine.scatter.index_dtype);
  Type i64 = builder.getI64Type();
  int64_t depth = routine.indexExtents.size();
  Value inside = arith::ConstantIntOp::create(builder, location, 1, 1);
  for (int64_t i = 0; i < depth; ++i) {
    Value row = load(arguments[0], index, add(mul(tuple, depth), number(i)));
    if (row.getType() != i64)
      row =
          index.isUnsigned()
              ? arith::ExtUIOp::create(builder, location, i64, row).getResult()
              : arith::ExtSIOp::create(builder, location, i64, row);
    Value extent = number(routine.indexExtents[i]);
    Value isNegative = compare(arith::CmpIPredicate::slt, row, number(0));
    Value wrapped = arith::SelectOp::create(builder, location, isNegative,
                                            add(row, extent), row);
    Value isInside = compare(arith::CmpIPredicate::ult, wrapped, extent);
    Value isOutside = compare(arith::CmpIPredicate::uge, wrapped, extent);
    onlyIf(isOutside, [&] {
      func::CallOp::create(builder, location, "dtc_index_out_of_range",
                           TypeRange{}, ValueRange{row, extent});
    });
    inside = both(inside, isInside);
    place = add(place, mul(wrapped, routine.indexStrides[i]));
  }
  return inside;
}

void RoutineEmitter::emitUpdate(ValueRange arguments, Value column, Value tuple,
                                Value place) {
  Element element(builder, routine.scatter.dtype);
  Value inside = tuplePlace(arguments, tuple, place);
  onlyIf(inside, [&] {
    Value from = add(mul(tuple, routine.scatter.row), column);
    Value update = load(arguments[1], element, from);
    if (routine.scatter.combine != DTC_OVERWRITE)
      update = emitCombine(builder, location, combineOf(element),
                           load(arguments[2], element, place), update);
    store(arguments[2], element, place, update);
  });
}

//===----------------------------------------------------------------------===//
// Orders
//===----------------------------------------------------------------------===//

/// A NaN is larger than every number.
Value RoutineEmitter::isLess(const Element &element, Value a, Value b) const {
  using Real = arith::CmpFPredicate;
  if (!isa<FloatType>(a.getType()))
    return compare(element.isUnsigned() ? arith::CmpIPredicate::ult
                                        : arith::CmpIPredicate::slt,
                   a, b);
  auto test = [&](Real predicate, Value x, Value y) -> Value {
    return arith::CmpFOp::create(builder, location, predicate, x, y);
  };
  Value onlyB = both(test(Real::ORD, a, a), test(Real::UNO, b, b));
  return either(test(Real::OLT, a, b), onlyB);
}

/// Arguments: input, scratch, values, indices.
void RoutineEmitter::emitSort(ValueRange arguments, Value item) {
  const dtc_sort &sort = routine.sort;
  Element element(builder, sort.dtype);
  Element index(builder, static_cast<int32_t>(DType::I64));
  Value inner = splitOff(item, sort.inner);
  Value own = splitOff(item, sort.extent);
  Value line = add(mul(item, sort.extent * sort.inner), inner);
  Value value = load(arguments[0], element, add(line, mul(own, sort.inner)));
  Value rank = loop(sort.extent, number(0), [&](Value other, Value before) {
    Value seen = load(arguments[0], element, add(line, mul(other, sort.inner)));
    Value seenLess = isLess(element, seen, value);
    Value ownLess = isLess(element, value, seen);
    Value comesFirst = sort.descending ? ownLess : seenLess;
    Value differs = either(seenLess, ownLess);
    Value isEarlier = compare(arith::CmpIPredicate::slt, other, own);
    Value counts = arith::SelectOp::create(builder, location, differs,
                                           comesFirst, isEarlier);
    return add(before, arith::ExtUIOp::create(builder, location,
                                              builder.getI64Type(), counts));
  });
  onlyIf(compare(arith::CmpIPredicate::slt, rank, number(sort.count)), [&] {
    Value to = add(mul(item, sort.count * sort.inner),
                   add(mul(rank, sort.inner), inner));
    store(arguments[2], element, to, value);
    store(arguments[3], index, to, own);
  });
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

LaunchedKernel RoutineEmitter::emit(StringRef name) {
  bool isSort = routine.kind == cpu::Routine::Kind::Sort;
  int64_t items = isSort ? sortItems() : scatterItems();
  LaunchedKernel kernel;
  kernel.arguments = isSort ? 4 : 3;
  kernel.threads = kThreads;
  kernel.blocks = std::max<int64_t>((items + kThreads - 1) / kThreads, 1);
  kernel.description =
      (Twine(isSort ? "order of " : "updates by ") + Twine(items) +
       (isSort ? " elements, each counts those before it"
               : " threads, each in order"))
          .str();
  func::FuncOp function =
      declareKernel(builder, location, name, kernel.arguments);
  OpBuilder::InsertionGuard guard(builder);
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  auto wide = [&](Value i32) -> Value {
    return arith::ExtUIOp::create(builder, location, builder.getI64Type(), i32);
  };
  Value item = add(mul(wide(warp.block()), kThreads), wide(warp.thread()));
  onlyIf(compare(arith::CmpIPredicate::slt, item, number(items)), [&] {
    if (isSort)
      emitSort(body->getArguments(), item);
    else
      emitScatter(body->getArguments(), item);
  });
  builder.setInsertionPointToEnd(body);
  func::ReturnOp::create(builder, location);
  return kernel;
}

LaunchedKernel dtc::cuda::emitRoutine(OpBuilder &builder, Location location,
                                      StringRef name,
                                      const cpu::Routine &routine) {
  return RoutineEmitter(builder, location, routine).emit(name);
}

std::string dtc::cuda::routineSignature(const cpu::Routine &routine) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "routine" << static_cast<int>(routine.kind);
  if (routine.kind == cpu::Routine::Kind::Sort) {
    const dtc_sort &sort = routine.sort;
    os << "," << sort.dtype << "," << sort.descending << "," << sort.outer
       << "," << sort.extent << "," << sort.inner << "," << sort.count;
    return text;
  }
  const dtc_scatter &scatter = routine.scatter;
  os << "," << scatter.dtype << "," << scatter.index_dtype << ","
     << scatter.combine << "," << scatter.row;
  for (const auto *list : {&routine.extents, &routine.strides,
                           &routine.indexExtents, &routine.indexStrides}) {
    os << "|";
    llvm::interleave(*list, os, ",");
  }
  return text;
}
