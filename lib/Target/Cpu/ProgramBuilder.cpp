//===- ProgramBuilder.cpp - From a local program to buffers and steps -----===//
//
// One walk over the ops in program order:
//
// 1. Views of memory (transposes, slices, reshapes) only define where a value
//    lies.
// 2. An element computation waits as an expression while its only user is one
//    that can compute it in place; otherwise it becomes a kernel.
// 3. Contractions are in ContractionSteps.cpp, activations that a library
//    computes beside them in ActivationSteps.cpp.
// 4. What depends on parameters alone is computed once, by `load`.
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

int ProgramBuilder::addBuffer(Buffer buffer) {
  program.buffers.push_back(std::move(buffer));
  return program.buffers.size() - 1;
}

BufferPointer ProgramBuilder::pointer(const StridedView &view) const {
  return {view.buffer, view.offset * getElementBytes(view.element)};
}

bool ProgramBuilder::isStatic(Value value) const {
  return statics.contains(value);
}

void ProgramBuilder::define(Value value, const StridedView &view) {
  views[value] = view;
  if (inLoad)
    statics.insert(value);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

StridedView ProgramBuilder::allocate(ArrayRef<int64_t> shape, Type element) {
  Buffer buffer;
  buffer.kind = inLoad ? Buffer::Kind::Packed : Buffer::Kind::Arena;
  buffer.bytes = numElements(shape) * getElementBytes(element);
  return denseView(addBuffer(buffer), shape, element);
}

StridedView ProgramBuilder::allocateDense(Value value) {
  auto type = tensorType(value);
  if (auto output = outputBuffers.find(value);
      output != outputBuffers.end() && !inLoad)
    return denseView(output->second, type.getShape(), type.getElementType());
  return allocate(type.getShape(), type.getElementType());
}

/// Where an operand goes in the memory of a concatenation.
static StridedView partOf(const StridedView &joined, ConcatOp op, Value part) {
  int64_t axis = op.getAxis(), start = 0;
  for (Value input : op.getInputs()) {
    if (input == part)
      break;
    start += shapeOf(input)[axis];
  }
  return joined.sliced(axis, start, shapeOf(part)[axis], 1);
}

StridedView ProgramBuilder::allocate(Value value) {
  auto type = tensorType(value);
  if (value.hasOneUse() && (inLoad || !outputBuffers.contains(value)))
    if (auto transpose = dyn_cast<TransposeOp>(*value.user_begin())) {
      // Dense after the transpose: element [i...] lies where the transposed
      // tensor has it.
      StridedView target =
          allocate(shapeOf(transpose.getResult()), type.getElementType());
      SmallVector<int64_t> inverse(transpose.getPermutation().size());
      for (auto [to, from] : llvm::enumerate(transpose.getPermutation()))
        inverse[from] = to;
      return target.transposed(inverse);
    }
  if (value.hasOneUse() && !inLoad && !outputBuffers.contains(value))
    if (auto concat = dyn_cast<ConcatOp>(*value.user_begin()))
      return partOf(allocateJoined(concat), concat, value);
  return allocateDense(value);
}

StridedView ProgramBuilder::allocateJoined(ConcatOp op) {
  auto found = joinedResults.find(op);
  if (found != joinedResults.end())
    return found->second;
  StridedView result = allocate(op.getResult());
  if (!inLoad)
    joinedResults[op] = result;
  return result;
}

StridedView ProgramBuilder::allocateResult(Operation *collective,
                                           ArrayRef<int64_t> shape,
                                           Type element) {
  Value started = collective->getResult(0);
  if (started.hasOneUse()) {
    Value value = (*started.user_begin())->getResult(0);
    if (auto output = outputBuffers.find(value); output != outputBuffers.end())
      return denseView(output->second, shape, element);
  }
  return allocate(shape, element);
}

StridedView ProgramBuilder::view(Value value) {
  if (auto found = views.find(value); found != views.end())
    return found->second;
  Operation *op = value.getDefiningOp();
  if (auto constant = dyn_cast<ConstantOp>(op)) {
    Buffer buffer;
    buffer.kind = Buffer::Kind::Constant;
    buffer.constant = cast<DenseElementsAttr>(constant.getValue());
    auto type = tensorType(value);
    buffer.bytes = type.getNumElements() * getElementBytes(elementOf(value));
    views[value] =
        denseView(addBuffer(buffer), type.getShape(), type.getElementType());
    return views[value];
  }
  materialize(op);
  return views.lookup(value);
}

StridedView ProgramBuilder::dense(Value value) {
  StridedView held = view(value);
  if (held.isDense())
    return held;
  // What does not change between steps is copied once, before primitives read
  // it.
  bool wasInLoad = inLoad;
  inLoad |= isStatic(value);
  StridedView target = allocate(held.shape, held.element);
  copy(held, target, value.getLoc());
  inLoad = wasInLoad;
  return target;
}

IndexMap dtc::cpu::identityMap(int64_t rank) {
  IndexMap map;
  for (int64_t i = 0; i < rank; ++i)
    map.push_back(DimIndex{static_cast<int>(i), 1, 0});
  return map;
}

void ProgramBuilder::copy(const StridedView &from, const StridedView &to,
                          Location location) {
  IndexMap map = identityMap(to.rank());
  addKernel(to.shape, to.rank(), to, map, location,
            [&](ExpressionBuilder &b) { return b.load(from, map); });
}

void ProgramBuilder::fill(const StridedView &to, double value,
                          Location location) {
  IndexMap map = identityMap(to.rank());
  addKernel(to.shape, to.rank(), to, map, location, [&](ExpressionBuilder &b) {
    return b.spec().constant(computeType(to.element), value);
  });
}

void ProgramBuilder::pad(const StridedView &from, ArrayRef<int64_t> low,
                         ArrayRef<int64_t> high, double value,
                         const StridedView &to, Location location) {
  fill(to, value, location);
  StridedView source = from, target = to;
  for (int64_t dim = 0; dim < from.rank(); ++dim) {
    int64_t cutLow = std::max<int64_t>(-low[dim], 0);
    int64_t cutHigh = std::max<int64_t>(-high[dim], 0);
    int64_t kept = std::max<int64_t>(from.shape[dim] - cutLow - cutHigh, 0);
    source = source.sliced(dim, kept ? cutLow : 0, kept, 1);
    target =
        target.sliced(dim, kept ? std::max<int64_t>(low[dim], 0) : 0, kept, 1);
  }
  copy(source, target, location);
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

void ProgramBuilder::addKernel(
    ArrayRef<int64_t> loops, int parallelLoops, const StridedView &store,
    const IndexMap &storeMap, Location location,
    llvm::function_ref<Expression *(ExpressionBuilder &)> makeRoot) {
  KernelSpec kernel;
  kernel.loops.assign(loops.begin(), loops.end());
  kernel.parallelLoops = parallelLoops;
  if (llvm::is_contained(loops.take_front(parallelLoops), 0))
    return;
  if (parallelLoops == 0) {
    kernel.loops.insert(kernel.loops.begin(), 1);
    kernel.parallelLoops = 1;
  }
  ExpressionBuilder expressions(*this, kernel);
  kernel.root = makeRoot(expressions);
  kernel.store = expressions.access(store, storeMap);
  kernel.storeElement = store.element;
  SmallVector<BufferPointer, 4> arguments(expressions.arguments());
  program.specs.push_back(std::move(kernel));
  steps().push_back({Step::Kind::Kernel,
                     static_cast<int>(program.specs.size()) - 1, arguments,
                     location});
}

bool ProgramBuilder::isWaiting(Value value) const {
  Operation *op = value.getDefiningOp();
  return op && !isMaterialized(value) && isExpression(op);
}

bool ProgramBuilder::isExpression(Operation *op) const {
  const CpuLowerings &lowerings = CpuLowerings::get();
  return op->getNumResults() == 1 &&
         (lowerings.findElement(op) || lowerings.findRows(op) ||
          lowerings.findExpression(op));
}

/// The dimensions that the fused ops below `op` make rows of, or none.
static SmallVector<int64_t> rowDimsOf(Operation *op,
                                      llvm::function_ref<bool(Value)> isFused) {
  if (const RowLowering *rows = CpuLowerings::get().findRows(op))
    return rows->dims(op);
  for (Value operand : op->getOperands())
    if (Operation *producer = operand.getDefiningOp();
        producer && isFused(operand))
      if (SmallVector<int64_t> dims = rowDimsOf(producer, isFused);
          !dims.empty())
        return dims;
  return {};
}

/// True when the op waits to be computed inside its only user.
bool ProgramBuilder::joinsItsUser(Operation *op) const {
  if (!isExpression(op) || !op->getResult(0).hasOneUse())
    return false;
  Operation *user = *op->getResult(0).user_begin();
  const CpuLowerings &lowerings = CpuLowerings::get();
  if (lowerings.doesReadElements(user) && lowerings.findElement(op))
    return !inLoad && !hasRows(op) &&
           isa<FloatType>(elementOf(op->getResult(0)));
  bool userIsElement = lowerings.findElement(user);
  bool userIsRows = lowerings.findRows(user);
  if (!userIsElement && !userIsRows)
    return false;
  if (shapeOf(op->getResult(0)) != shapeOf(user->getResult(0)))
    return false;
  // Values computed at load are not computed again each step.
  if (inLoad)
    return false;
  if (userIsRows && user->getOperand(0) != op->getResult(0))
    return false;
  // A row of several dimensions is one loop only over memory.
  for (Operation *one : {op, user})
    if (const RowLowering *rows = lowerings.findRows(one);
        rows && rows->dims(one).size() != 1)
      return false;
  if (!hasRows(op))
    return true;
  // Rows inside rows must be the same rows, and at most one operand has some.
  if (userIsRows)
    return rowDimsOf(op, [&](Value) { return true; }) ==
           lowerings.findRows(user)->dims(user);
  for (Value operand : user->getOperands()) {
    if (operand == op->getResult(0))
      return true;
    Operation *other = operand.getDefiningOp();
    if (other && isExpression(other) && !isMaterialized(operand) &&
        operand.hasOneUse() && hasRows(other))
      return false;
  }
  return true;
}

/// True when the op, or what is computed inside of it, works on rows.
bool ProgramBuilder::hasRows(Operation *op) const {
  return !rowDimsOf(op, [&](Value operand) {
            return !isMaterialized(operand) &&
                   isExpression(operand.getDefiningOp());
          }).empty();
}

void ProgramBuilder::materialize(Operation *op) {
  Value value = op->getResult(0);
  if (const RowLowering *rows = CpuLowerings::get().findRows(op);
      rows && rows->dims(op).size() != 1)
    return materializeFlatRows(op);
  StridedView target = allocate(value);
  SmallVector<int64_t> rowDims = rowDimsOf(op, [&](Value operand) {
    return !isMaterialized(operand) && isExpression(operand.getDefiningOp());
  });
  // Loops: the dimensions that are not the row's, then the row's as one loop
  // when they are one dimension.
  ArrayRef<int64_t> shape = shapeOf(value);
  SmallVector<int64_t> order, loops;
  for (int64_t i = 0, e = shape.size(); i < e; ++i)
    if (!llvm::is_contained(rowDims, i))
      order.push_back(i);
  llvm::append_range(order, rowDims);
  IndexMap map(shape.size());
  for (auto [loop, dim] : llvm::enumerate(order)) {
    loops.push_back(shape[dim]);
    map[dim] = DimIndex{static_cast<int>(loop), 1, 0};
  }
  bool wasInLoad = inLoad;
  addKernel(loops, loops.size(), target, map, op->getLoc(),
            [&](ExpressionBuilder &b) { return b.at(value, map); });
  inLoad = wasInLoad;
  define(value, target);
}

/// Rows of several trailing dimensions, merged into one: operands come from
/// dense memory.
void ProgramBuilder::materializeFlatRows(Operation *op) {
  Value value = op->getResult(0);
  const RowLowering *rows = CpuLowerings::get().findRows(op);
  SmallVector<int64_t> dims = rows->dims(op);
  ArrayRef<int64_t> shape = shapeOf(value);
  SmallVector<int64_t> flat(shape.drop_back(dims.size()));
  int64_t length = numElements(shape.take_back(dims.size()));
  flat.push_back(length);
  SmallVector<StridedView> operands;
  for (Value operand : op->getOperands()) {
    StridedView held = dense(operand);
    operands.push_back(held.shape == shape ? *held.reshaped(flat)
                                           : *held.reshaped({length}));
  }
  StridedView target = allocate(shape, elementOf(value));
  IndexMap map = identityMap(flat.size());
  addKernel(flat, flat.size(), *target.reshaped(flat), map, op->getLoc(),
            [&](ExpressionBuilder &b) {
              SmallVector<Expression *> loads;
              for (const StridedView &operand : operands)
                loads.push_back(
                    b.load(operand, operand.rank() == 1 && flat.size() != 1
                                        ? IndexMap{map.back()}
                                        : map));
              RowBuilder row{b.spec(), length};
              return rows->emit(row, op, loads);
            });
  define(value, target);
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

/// The largest power of two that all addresses are multiples of.
int64_t ProgramBuilder::alignmentOf(ArrayRef<StridedView> views) const {
  int64_t all = kBufferAlignment;
  for (const StridedView &view : views)
    all |= pointer(view).bytes;
  return all & -all;
}

void ProgramBuilder::addConvolution(const dtc_convolution &desc,
                                    const StridedView &input,
                                    const StridedView &weight,
                                    const StridedView *bias,
                                    const StridedView &result,
                                    Location location) {
  Primitive primitive;
  primitive.kind = Primitive::Kind::Convolution;
  primitive.convolution = desc;
  primitive.convolution.alignment =
      alignmentOf({input, weight, result, bias ? *bias : result});
  // A weight that does not change is laid out for the primitive once.
  Buffer::Kind kind = program.buffers[weight.buffer].kind;
  bool isUpdated =
      kind == Buffer::Kind::Parameter &&
      program.uses[program.buffers[weight.buffer].index].kind != DTC_CONSTANT;
  bool changes = isUpdated || !program.products.packsWeights ||
                 kind == Buffer::Kind::Arena || kind == Buffer::Kind::Input ||
                 kind == Buffer::Kind::Output;
  if (!changes)
    primitive.weight = pointer(weight);
  program.primitives.push_back(primitive);
  steps().push_back(
      {Step::Kind::Convolution,
       static_cast<int>(program.primitives.size()) - 1,
       {pointer(input), changes ? pointer(weight) : BufferPointer{},
        bias ? pointer(*bias) : BufferPointer{}, pointer(result)},
       location});
}

void ProgramBuilder::addWeightGradient(const dtc_convolution &desc,
                                       const StridedView &input,
                                       const StridedView &gradient,
                                       const StridedView &result,
                                       Location location) {
  Primitive primitive;
  primitive.kind = Primitive::Kind::WeightGradient;
  primitive.convolution = desc;
  primitive.convolution.alignment = alignmentOf({input, gradient, result});
  program.primitives.push_back(primitive);
  steps().push_back({Step::Kind::Convolution,
                     static_cast<int>(program.primitives.size()) - 1,
                     {pointer(input), pointer(gradient), pointer(result)},
                     location});
}

void ProgramBuilder::addAttention(const Primitive &primitive,
                                  ArrayRef<const StridedView *> tensors,
                                  Location location) {
  Step step{Step::Kind::Attention,
            static_cast<int>(program.primitives.size()),
            {},
            location};
  for (const StridedView *tensor : tensors)
    step.arguments.push_back(tensor ? pointer(*tensor) : BufferPointer{});
  program.primitives.push_back(primitive);
  steps().push_back(std::move(step));
}

int64_t ProgramBuilder::sortScratchBytes(int64_t elements,
                                         int64_t extent) const {
  if (!program.sortedWithoutScratch)
    return extent * DTC_SORT_SCRATCH;
  return extent > *program.sortedWithoutScratch ? elements * DTC_SORT_SCRATCH
                                                : 0;
}

void ProgramBuilder::addRoutine(Routine routine,
                                ArrayRef<StridedView> arguments,
                                Location location) {
  Step step{Step::Kind::Routine,
            static_cast<int>(program.routines.size()),
            {},
            location};
  for (const StridedView &argument : arguments)
    step.arguments.push_back(pointer(argument));
  program.routines.push_back(std::move(routine));
  steps().push_back(std::move(step));
}

//===----------------------------------------------------------------------===//
// Collectives
//===----------------------------------------------------------------------===//

void ProgramBuilder::startCollective(const Collective &collective,
                                     const StridedView &source,
                                     const StridedView &result, Operation *op) {
  program.collectives.push_back(collective);
  program.collectives.back().phase = phaseOf(op);
  int number = program.collectives.size() - 1;
  collectiveOf[op->getResult(0)] = number;
  collectiveResult[op->getResult(0)] = result;
  collectiveSource[op->getResult(0)] = pointer(source);
  steps().push_back({Step::Kind::Start,
                     number,
                     {pointer(source), pointer(result)},
                     op->getLoc()});
}

void ProgramBuilder::waitCollective(Value started, Value result) {
  StridedView view = collectiveResult.lookup(started);
  steps().push_back({Step::Kind::Wait,
                     collectiveOf.lookup(started),
                     {collectiveSource.lookup(started), pointer(view)},
                     result.getLoc()});
  define(result, view);
}

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

LogicalResult ProgramBuilder::visitInPhase(Operation *op) {
  size_t before = program.step.size();
  LogicalResult result = visit(op);
  for (Step &step : llvm::drop_begin(program.step, before))
    step.phase = phaseOf(op);
  return result;
}

LogicalResult ProgramBuilder::visit(Operation *op) {
  if (auto waiting = pending.find(op); waiting != pending.end()) {
    PendingContraction contraction = std::move(waiting->second);
    pending.erase(waiting);
    join(contraction, op);
    return addContraction(std::move(contraction));
  }
  if (joined.contains(op))
    return success();
  if (isa<ConstantOp>(op)) {
    statics.insert(op->getResult(0));
    return success();
  }
  // The values are brought to their places when all old ones have been read.
  if (isa<UpdateOp>(op))
    return success();
  // Collectives belong to the step, also those of parameters.
  bool isCollective =
      isa<WaitOp>(op) ||
      (op->getNumResults() == 1 && isa<AsyncType>(op->getResult(0).getType()));
  // Primitives are made after what loading computes.
  bool isStaticOp =
      op->getNumOperands() > 0 && !isCollective && !isa<func::ReturnOp>(op) &&
      !CpuLowerings::get().findLibrary(op) &&
      llvm::all_of(op->getOperands(),
                   [&](Value operand) { return isStatic(operand); });
  inLoad = isStaticOp;
  LogicalResult result = success();
  if (const BuildLowering *build = CpuLowerings::get().findBuild(op)) {
    result = (*build)(*this, op);
  } else if (isExpression(op)) {
    if (failed(verifyElements(op)))
      return failure();
    if (isStaticOp)
      statics.insert(op->getResult(0));
    if (!joinsItsUser(op) || isStaticOp)
      materialize(op);
  } else {
    result = op->emitOpError() << "has no code for processors yet";
  }
  inLoad = false;
  return result;
}

/// Values that are returned once and dense are computed right into the output.
void ProgramBuilder::bindOutputs(func::FuncOp function) {
  Operation *ret = function.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(ret->getOperands())) {
    if (program.isAlias(index))
      continue;
    Buffer buffer;
    buffer.kind = Buffer::Kind::Output;
    buffer.index = index;
    buffer.bytes =
        tensorType(value).getNumElements() * getElementBytes(elementOf(value));
    int number = addBuffer(buffer);
    outputBuffers.try_emplace(value, number);
  }
}

LogicalResult ProgramBuilder::visitReturn(func::ReturnOp op) {
  DenseSet<int> written;
  for (auto [index, value] : llvm::enumerate(op.getOperands())) {
    if (program.isAlias(index))
      continue;
    int buffer = -1;
    for (auto [number, candidate] : llvm::enumerate(program.buffers))
      if (candidate.kind == Buffer::Kind::Output &&
          candidate.index == static_cast<int>(index))
        buffer = number;
    StridedView held = view(value);
    if (held.buffer == buffer && written.insert(buffer).second)
      continue;
    copy(held, denseView(buffer, held.shape, held.element), op.getLoc());
  }
  return success();
}

void ProgramBuilder::bindInputs(func::FuncOp function) {
  for (BlockArgument argument : function.getArguments()) {
    Buffer buffer;
    buffer.kind = Buffer::Kind::Input;
    buffer.index = argument.getArgNumber();
    buffer.bytes = tensorType(argument).getNumElements() *
                   getElementBytes(elementOf(argument));
    views[argument] =
        denseView(addBuffer(buffer), shapeOf(argument), elementOf(argument));
  }
}

LogicalResult ProgramBuilder::run(func::FuncOp function) {
  findUpdates(function);
  bindInputs(function);
  // A contraction is joined by a bias that stands after it.
  if (failed(bindParameters(function)))
    return failure();
  aliasOutputs(function);
  bindOutputs(function);
  for (Operation &op : function.getBody().front()) {
    if (auto ret = dyn_cast<func::ReturnOp>(op)) {
      if (failed(visitReturn(ret)))
        return failure();
      finishUpdates();
      return success();
    }
    if (!isa<ParameterOp, StateOp>(op) && failed(visitInPhase(&op)))
      return failure();
  }
  return function.emitOpError() << "expected a return";
}
