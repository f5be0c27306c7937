//===- ExpressionBuilder.cpp - Fusing producers into a kernel -------------===//
//
// From the stored element back to memory: an operand that lies in memory is
// loaded, one that is still an expression is computed in place.
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

int ExpressionBuilder::argument(BufferPointer pointer, Type element,
                                int64_t reach) {
  for (auto [index, known] : llvm::enumerate(pointers))
    if (known.buffer == pointer.buffer && known.bytes == pointer.bytes &&
        kernel.argumentTypes[index] == element) {
      kernel.argumentSizes[index] =
          std::max(kernel.argumentSizes[index], reach);
      return index;
    }
  pointers.push_back(pointer);
  kernel.argumentTypes.push_back(element);
  kernel.argumentSizes.push_back(reach);
  return pointers.size() - 1;
}

Access ExpressionBuilder::access(const StridedView &view, const IndexMap &map) {
  Access access;
  access.strides.assign(kernel.loops.size(), 0);
  int64_t offset = 0;
  for (auto [index, stride] : llvm::zip(map, view.strides)) {
    offset += index.offset * stride;
    if (index.loop >= 0)
      access.strides[index.loop] += index.step * stride;
  }
  // The base pointer is the lowest element that is touched.
  int64_t lowest = 0, highest = 0;
  for (auto [stride, extent] : llvm::zip(access.strides, kernel.loops))
    (stride < 0 ? lowest : highest) +=
        stride * std::max<int64_t>(extent - 1, 0);
  StridedView base = view;
  base.offset += offset + lowest;
  access.offset = -lowest;
  access.argument =
      argument(program.pointer(base), view.element, highest - lowest + 1);
  return access;
}

Expression *ExpressionBuilder::load(const StridedView &view,
                                    const IndexMap &map) {
  Expression *expression =
      kernel.make(Expression::Kind::Load, computeType(view.element));
  expression->memoryElement = view.element;
  expression->access = access(view, map);
  return expression;
}

Expression *ExpressionBuilder::indexed(const StridedView &view,
                                       const IndexMap &map, int64_t dim,
                                       Expression *row) {
  IndexMap rest = map;
  rest[dim] = DimIndex{-1, 1, 0};
  Expression *expression =
      kernel.make(Expression::Kind::Indexed, computeType(view.element));
  expression->memoryElement = view.element;
  expression->access = access(view, rest);
  expression->operands.push_back(row);
  expression->indexStride = view.strides[dim];
  expression->indexExtent = view.shape[dim];
  int64_t &reach = kernel.argumentSizes[expression->access.argument];
  reach +=
      std::max<int64_t>(view.shape[dim] - 1, 0) * std::abs(view.strides[dim]);
  return expression;
}

Expression *ExpressionBuilder::position(ArrayRef<DimIndex> terms) {
  auto i64 = IntegerType::get(program.program.kernels->getContext(), 64);
  Expression *expression = kernel.make(Expression::Kind::Position, i64);
  expression->access.strides.assign(kernel.loops.size(), 0);
  for (const DimIndex &term : terms) {
    expression->access.offset += term.offset;
    if (term.loop >= 0)
      expression->access.strides[term.loop] += term.step;
  }
  return expression;
}

/// The map of an operand that broadcasts to what `map` indexes.
static IndexMap broadcastMap(ArrayRef<int64_t> shape, const IndexMap &map) {
  IndexMap result;
  size_t lead = map.size() - shape.size();
  for (auto [i, extent] : llvm::enumerate(shape))
    result.push_back(extent == 1 ? DimIndex{-1, 1, 0} : map[lead + i]);
  return result;
}

static bool sameMap(const IndexMap &a, const IndexMap &b) {
  return a.size() == b.size() && llvm::all_of(llvm::zip(a, b), [](auto pair) {
           auto [x, y] = pair;
           return x.loop == y.loop && x.step == y.step && x.offset == y.offset;
         });
}

Expression *ExpressionBuilder::at(Value value, const IndexMap &map) {
  if (auto found = known.find(value);
      found != known.end() && sameMap(found->second.first, map))
    return found->second.second;
  Expression *expression = nullptr;
  Operation *op = value.getDefiningOp();
  auto constant = dyn_cast_or_null<ConstantOp>(op);
  auto dense = constant ? dyn_cast<DenseElementsAttr>(constant.getValue())
                        : DenseElementsAttr();
  if (dense && dense.isSplat() && dense.getNumElements() > 0) {
    HostTensor scalar(getDType(dense.getElementType()), {1});
    scalar = HostTensor::fromAttribute(
        dense.resizeSplat(RankedTensorType::get({1}, dense.getElementType())));
    Type element = computeType(dense.getElementType());
    expression = isa<FloatType>(element)
                     ? kernel.constant(element, scalar.getDouble(0))
                     : kernel.integer(element, scalar.getInt(0));
  } else if (program.isMaterialized(value) || !op ||
             !program.isExpression(op)) {
    expression = load(program.view(value), map);
  } else if (const auto *lowering = CpuLowerings::get().findExpression(op)) {
    expression = (*lowering)(*this, op, map);
  } else if (CpuLowerings::get().findRows(op)) {
    expression = rows(op, map);
  } else {
    expression = element(op, map);
  }
  known[value] = {map, expression};
  return expression;
}

/// Everything but the operands that decides what code an op becomes.
static std::string labelOf(Operation *op) {
  std::string label;
  llvm::raw_string_ostream os(label);
  os << op->getName() << op->getAttrDictionary();
  for (Type type : op->getOperandTypes())
    os << getElementTypeOrSelf(type);
  return label;
}

Expression *ExpressionBuilder::element(Operation *op, const IndexMap &map) {
  const ElementLowering *lowering = CpuLowerings::get().findElement(op);
  SmallVector<Expression *> operands;
  for (Value operand : op->getOperands())
    operands.push_back(at(operand, broadcastMap(shapeOf(operand), map)));
  Expression *result = kernel.compute(
      labelOf(op), computeType(elementOf(op->getResult(0))), operands,
      [lowering, op](const ElementBuilder &element, ValueRange values) {
        return lowering->emit(element, op, values);
      },
      lowering->cost);
  if (isa<IntegerType>(result->element))
    result->lanes = lowering->integerLanes;
  return result;
}

Expression *ExpressionBuilder::rows(Operation *op, const IndexMap &map) {
  const RowLowering *lowering = CpuLowerings::get().findRows(op);
  SmallVector<Expression *> operands;
  ArrayRef<int64_t> shape = shapeOf(op->getOperand(0));
  SmallVector<int64_t> dims = lowering->dims(op);
  int64_t length = 1;
  for (int64_t dim : dims)
    length *= shape[dim];
  for (Value operand : op->getOperands()) {
    IndexMap operandMap;
    if (shapeOf(operand).size() == shape.size()) {
      operandMap = map;
    } else {
      // A scale or bias: the row's dimensions.
      for (int64_t dim : dims)
        operandMap.push_back(map[dim]);
    }
    operands.push_back(at(operand, operandMap));
  }
  RowBuilder builder{kernel, length};
  return lowering->emit(builder, op, operands);
}
