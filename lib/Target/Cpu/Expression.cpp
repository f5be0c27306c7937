//===- Expression.cpp - Building and simplifying kernels ------------------===//

#include "Expression.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

Type dtc::cpu::computeType(Type element) {
  if (element.isF16() || element.isBF16())
    return Float32Type::get(element.getContext());
  if (auto integer = dyn_cast<IntegerType>(element))
    return IntegerType::get(element.getContext(), integer.getWidth());
  return element;
}

Type dtc::cpu::memoryType(Type element) {
  if (element.isInteger(1))
    return IntegerType::get(element.getContext(), 8);
  if (auto integer = dyn_cast<IntegerType>(element))
    return IntegerType::get(element.getContext(), integer.getWidth());
  return element;
}

static int64_t wholeOf(double value) {
  return value >= 0x1p63 ? INT64_MAX : static_cast<int64_t>(value);
}

static Value constantOf(const ElementBuilder &e, Type like, TypedAttr scalar) {
  if (auto vector = dyn_cast<VectorType>(like))
    return arith::ConstantOp::create(
        e.builder, e.location,
        DenseElementsAttr::get(vector, Attribute(scalar)));
  return arith::ConstantOp::create(e.builder, e.location, scalar);
}

Value dtc::cpu::roundTo(OpBuilder &builder, Location location, Value x,
                        Type narrow) {
  if (!getElementTypeOrSelf(narrow).isBF16())
    return arith::TruncFOp::create(builder, location, narrow, x);
  auto like = [&](Type element) -> Type {
    auto vector = dyn_cast<VectorType>(narrow);
    return vector ? VectorType::get(vector.getShape(), element) : element;
  };
  Type f32 = like(builder.getF32Type()), i32 = like(builder.getI32Type());
  if (x.getType() != f32)
    x = arith::TruncFOp::create(builder, location, f32, x);
  ElementBuilder e{builder, location, i32};
  auto combine = [&](auto op, Value a, Value b) -> Value {
    return decltype(op)::create(builder, location, a, b);
  };
  Value bits = arith::BitcastOp::create(builder, location, i32, x);
  Value high = combine(arith::ShRUIOp(), bits, e.integer(16));
  // Ties go to even: one more where the last bit that stays is odd.
  Value odd = combine(arith::AndIOp(), high, e.integer(1));
  Value up = combine(arith::AddIOp(), odd, e.integer(0x7fff));
  Value rounded = combine(arith::ShRUIOp(), combine(arith::AddIOp(), bits, up),
                          e.integer(16));
  Value quiet = combine(arith::OrIOp(), high, e.integer(0x40));
  Value isNan =
      arith::CmpFOp::create(builder, location, arith::CmpFPredicate::UNO, x, x);
  rounded = arith::SelectOp::create(builder, location, isNan, quiet, rounded);
  rounded = arith::TruncIOp::create(builder, location,
                                    like(builder.getI16Type()), rounded);
  return arith::BitcastOp::create(builder, location, narrow, rounded);
}

Value ElementBuilder::constant(Type like, double value) const {
  Type element = getElementTypeOrSelf(like);
  auto real = dyn_cast<FloatType>(element);
  if (!real)
    return integer(like, wholeOf(value));
  return constantOf(*this, like, FloatAttr::get(real, value));
}

Value ElementBuilder::integer(Type like, int64_t value) const {
  Type element = getElementTypeOrSelf(like);
  APInt bits(cast<IntegerType>(element).getWidth(),
             static_cast<uint64_t>(value), /*isSigned=*/true,
             /*implicitTrunc=*/true);
  return constantOf(*this, like, IntegerAttr::get(element, bits));
}

Expression *KernelSpec::make(Expression::Kind kind, Type element) {
  auto &expression = pool.emplace_back(std::make_unique<Expression>());
  expression->kind = kind;
  expression->element = element;
  return expression.get();
}

Expression *KernelSpec::integer(Type element, int64_t value) {
  Expression *expression = make(Expression::Kind::Constant, element);
  expression->integer = value;
  return expression;
}

Expression *KernelSpec::constant(Type element, double value) {
  if (!isa<FloatType>(element))
    return integer(element, wholeOf(value));
  Expression *expression = make(Expression::Kind::Constant, element);
  expression->value = value;
  return expression;
}

Expression *KernelSpec::compute(StringRef label, Type element,
                                ArrayRef<Expression *> operands,
                                EmitElement emit, int cost) {
  Expression *expression = make(Expression::Kind::Compute, element);
  expression->operands.assign(operands.begin(), operands.end());
  expression->label = label.str();
  expression->emit = std::move(emit);
  expression->cost = cost;
  return expression;
}

Expression *KernelSpec::rowReduce(Combine combine, Expression *operand) {
  Expression *expression = make(Expression::Kind::RowReduce, operand->element);
  expression->operands.push_back(operand);
  expression->combine = combine;
  hasRowReduction = true;
  return expression;
}

//===----------------------------------------------------------------------===//
// Coalescing
//===----------------------------------------------------------------------===//

SmallVector<Access *> dtc::cpu::accessesOf(KernelSpec &kernel) {
  SmallVector<Access *> accesses{&kernel.store};
  for (auto &expression : kernel.pool)
    if (expression->kind == Expression::Kind::Load ||
        expression->kind == Expression::Kind::Indexed ||
        expression->kind == Expression::Kind::Position)
      accesses.push_back(&expression->access);
  return accesses;
}

void dtc::cpu::removeLoop(KernelSpec &kernel, int loop) {
  kernel.loops.erase(kernel.loops.begin() + loop);
  --kernel.parallelLoops;
  for (Access *access : accessesOf(kernel))
    access->strides.erase(access->strides.begin() + loop);
  for (auto &expression : kernel.pool)
    for (int &reduceLoop : expression->reduceLoops)
      reduceLoop -= 1;
}

void dtc::cpu::coalesceLoops(KernelSpec &kernel) {
  // The row of a kernel with row reductions stays what it is.
  int last = kernel.parallelLoops - (kernel.keepsRow() ? 2 : 1);
  for (int loop = last; loop >= 0; --loop) {
    bool isRow = loop == kernel.parallelLoops - 1;
    if (kernel.loops[loop] == 1 && (!isRow || loop > 0) &&
        !(isRow && kernel.keepsRow())) {
      removeLoop(kernel, loop);
      continue;
    }
    int next = loop + 1;
    int limit = kernel.parallelLoops - (kernel.keepsRow() ? 1 : 0);
    if (next >= limit)
      continue;
    bool merges = llvm::all_of(accessesOf(kernel), [&](Access *access) {
      return access->strides[loop] ==
             access->strides[next] * kernel.loops[next];
    });
    if (!merges)
      continue;
    for (Access *access : accessesOf(kernel))
      access->strides[loop] = access->strides[next];
    kernel.loops[loop] *= kernel.loops[next];
    removeLoop(kernel, next);
  }
}

//===----------------------------------------------------------------------===//
// Identity
//===----------------------------------------------------------------------===//

std::string KernelSpec::signature() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::DenseMap<const Expression *, size_t> numbers;
  auto list = [&](auto range) {
    os << "[";
    for (auto value : range)
      os << value << ",";
    os << "]";
  };
  list(loops);
  os << parallelLoops << "w" << static_cast<int>(walk) << "j"
     << static_cast<int>(running);
  for (auto [type, size] : llvm::zip(argumentTypes, argumentSizes))
    os << type << "*" << size << ",";
  for (const auto &e : pool) {
    numbers[e.get()] = numbers.size();
    os << "\n" << static_cast<int>(e->kind) << e->element << e->label;
    for (const Expression *operand : e->operands)
      os << " %" << numbers.lookup(operand);
    os << " " << e->access.argument << "+" << e->access.offset;
    list(e->access.strides);
    os << e->indexStride << "," << e->indexExtent << "," << e->rowOffset << ","
       << e->totalRows << "," << static_cast<int>(e->combine) << ","
       << llvm::format_hex(llvm::bit_cast<uint64_t>(e->value), 18) << ","
       << e->integer;
    list(e->reduceLoops);
  }
  os << "\nstore %" << numbers.lookup(root) << " " << store.argument << "+"
     << store.offset << storeElement;
  list(store.strides);
  return text;
}
