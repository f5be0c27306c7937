//===- ExpressionCode.cpp - What expressions mean in any kernel -----------===//

#include "ExpressionCode.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

Value dtc::cpu::splat(OpBuilder &builder, Location location, Value value,
                      int64_t lanes) {
  if (lanes == 1 || isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(
      builder, location, VectorType::get({lanes}, value.getType()), value);
}

Value dtc::cpu::emitConstant(OpBuilder &builder, Location location,
                             const Expression *e) {
  ElementBuilder element{builder, location, e->element};
  return isa<FloatType>(e->element) ? element.constant(e->value)
                                    : element.integer(e->integer);
}

Value dtc::cpu::emitComputation(OpBuilder &builder, Location location,
                                const Expression *e,
                                SmallVector<Value> operands, int64_t lanes) {
  Type type = e->element;
  if (llvm::any_of(operands, [](Value operand) {
        return isa<VectorType>(operand.getType());
      })) {
    type = VectorType::get({lanes}, e->element);
    for (Value &operand : operands)
      operand = splat(builder, location, operand, lanes);
  }
  return e->emit(ElementBuilder{builder, location, type}, operands);
}

Value dtc::cpu::alongLanes(OpBuilder &builder, Location location, Value first,
                           int64_t stride, int64_t lanes) {
  SmallVector<int64_t> steps;
  for (int64_t lane = 0; lane < lanes; ++lane)
    steps.push_back(lane * stride);
  auto type = VectorType::get({lanes}, first.getType());
  Value offsets = arith::ConstantOp::create(
      builder, location, DenseElementsAttr::get(type, ArrayRef(steps)));
  return arith::AddIOp::create(builder, location,
                               splat(builder, location, first, lanes), offsets);
}

//===----------------------------------------------------------------------===//
// Joining
//===----------------------------------------------------------------------===//

static Value combineFloats(OpBuilder &b, Location l, Combine combine, Value lhs,
                           Value rhs, EmitExtreme extreme) {
  switch (combine) {
  case Combine::Sum:
    if (auto product = rhs.getDefiningOp<arith::MulFOp>())
      return math::FmaOp::create(b, l, product.getLhs(), product.getRhs(), lhs);
    return arith::AddFOp::create(b, l, lhs, rhs);
  case Combine::Product:
    return arith::MulFOp::create(b, l, lhs, rhs);
  case Combine::Max:
  case Combine::MaxUnsigned:
    return extreme(Combine::Max, lhs, rhs);
  case Combine::Min:
  case Combine::MinUnsigned:
    return extreme(Combine::Min, lhs, rhs);
  }
  return {};
}

Value dtc::cpu::emitCombine(OpBuilder &b, Location l, Combine combine,
                            Value lhs, Value rhs, EmitExtreme extreme) {
  if (isa<FloatType>(getElementTypeOrSelf(lhs.getType())))
    return combineFloats(b, l, combine, lhs, rhs, extreme);
  switch (combine) {
  case Combine::Sum:
    return arith::AddIOp::create(b, l, lhs, rhs);
  case Combine::Product:
    return arith::MulIOp::create(b, l, lhs, rhs);
  case Combine::Max:
    return arith::MaxSIOp::create(b, l, lhs, rhs);
  case Combine::Min:
    return arith::MinSIOp::create(b, l, lhs, rhs);
  case Combine::MaxUnsigned:
    return arith::MaxUIOp::create(b, l, lhs, rhs);
  case Combine::MinUnsigned:
    return arith::MinUIOp::create(b, l, lhs, rhs);
  }
  return {};
}

Value dtc::cpu::emitNeutral(OpBuilder &b, Location l, Combine combine,
                            Type type) {
  ElementBuilder element{b, l, type};
  Type scalar = getElementTypeOrSelf(type);
  double infinity = std::numeric_limits<double>::infinity();
  if (isa<FloatType>(scalar))
    switch (combine) {
    case Combine::Sum:
      return element.constant(0);
    case Combine::Product:
      return element.constant(1);
    case Combine::Max:
    case Combine::MaxUnsigned:
      return element.constant(-infinity);
    case Combine::Min:
    case Combine::MinUnsigned:
      return element.constant(infinity);
    }
  int64_t least =
      APInt::getSignedMinValue(scalar.getIntOrFloatBitWidth()).getSExtValue();
  switch (combine) {
  case Combine::Sum:
  case Combine::MaxUnsigned:
    return element.integer(0);
  case Combine::Product:
    return element.integer(1);
  case Combine::Max:
    return element.integer(least);
  case Combine::Min:
    return element.integer(~least);
  case Combine::MinUnsigned:
    return element.integer(-1);
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Passes
//===----------------------------------------------------------------------===//

int PassNumbers::of(const Expression *e) {
  if (auto found = known.find(e); found != known.end())
    return found->second;
  int pass = 0;
  for (const Expression *operand : e->operands)
    pass = std::max(pass, of(operand));
  if (e->kind == Expression::Kind::RowReduce)
    ++pass;
  return known[e] = pass;
}
