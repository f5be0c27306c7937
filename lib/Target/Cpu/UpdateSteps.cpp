//===- UpdateSteps.cpp - Parameters and states that a step changes --------===//
//
// 1. A parameter with a `dtc.update`, and every state, is memory that lives
//    across steps and is written by the step.
// 2. An output that is the updated value itself is that memory.
// 3. When everything has been computed, each new value goes to its place. Where
//    the step that computes it is the last to read the old value, and reads
//    each element before it writes it, the new value is computed in place;
//    otherwise it is copied at the end.
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

dtc_phase dtc::cpu::phaseOf(Operation *op) {
  StringRef phase = getPhase(op);
  return phase == "forward"    ? DTC_FORWARD
         : phase == "backward" ? DTC_BACKWARD
                               : DTC_OPTIMIZER;
}

//===----------------------------------------------------------------------===//
// Memory that lives across steps
//===----------------------------------------------------------------------===//

void ProgramBuilder::findUpdates(func::FuncOp function) {
  for (auto op : function.getOps<UpdateOp>())
    updates[op.getName()] = op;
  program.isTraining =
      llvm::any_of(function.getBody().front(), [](Operation &op) {
        return isa<UpdateOp, StateOp>(op) || phaseOf(&op) != DTC_FORWARD;
      });
}

LogicalResult ProgramBuilder::bindParameter(Value value, StringRef name,
                                            std::optional<Type> global,
                                            ParameterUse use) {
  auto type = cast<RankedTensorType>(global ? *global : Type(value.getType()));
  // Tied weights stand in the program several times; a step changes all.
  if (auto known = updated.find(name); known != updated.end()) {
    if (known->second.getType() != value.getType())
      return value.getDefiningOp()->emitOpError()
             << "expected one placement of all uses of '" << name
             << "', which a step changes";
    views[value] = views.lookup(known->second);
    return success();
  }
  Buffer buffer;
  buffer.kind = Buffer::Kind::Parameter;
  buffer.index = program.parameters.size();
  buffer.bytes =
      tensorType(value).getNumElements() * getElementBytes(elementOf(value));
  views[value] = denseView(addBuffer(buffer), shapeOf(value), elementOf(value));
  if (use.kind == DTC_CONSTANT)
    statics.insert(value);
  else
    updated[name] = value;
  program.parameters.push_back({name.str(), type});
  program.uses.push_back(use);
  return success();
}

LogicalResult ProgramBuilder::bindParameters(func::FuncOp function) {
  for (auto op : function.getOps<ParameterOp>()) {
    ParameterUse use;
    if (updates.count(op.getName()))
      use.kind = DTC_UPDATED;
    if (failed(
            bindParameter(op.getResult(), op.getName(), op.getGlobal(), use)))
      return failure();
  }
  for (auto op : function.getOps<StateOp>()) {
    ParameterUse use;
    use.kind = DTC_STATE;
    use.fill = op.getFill().convertToDouble();
    if (failed(
            bindParameter(op.getResult(), op.getName(), op.getGlobal(), use)))
      return failure();
  }
  return success();
}

/// An output that is an updated value, held as what is updated, needs no memory
/// of its own.
void ProgramBuilder::aliasOutputs(func::FuncOp function) {
  Operation *ret = function.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(ret->getOperands()))
    for (auto [parameter, use] : llvm::zip(program.parameters, program.uses)) {
      auto update = updates.find(parameter.name);
      if (update == updates.end() || update->second.getValue() != value ||
          use.output >= 0 || program.isAlias(index) ||
          parameter.global != program.outputs[index].global)
        continue;
      use.output = index;
    }
}

//===----------------------------------------------------------------------===//
// New values
//===----------------------------------------------------------------------===//

static bool touches(const Step &step, int buffer) {
  return llvm::any_of(step.arguments, [&](BufferPointer pointer) {
    return pointer.buffer == buffer;
  });
}

/// True when the kernel reads `target` only where it writes `buffer`, element
/// for element.
static bool readsBeforeWriting(KernelSpec &spec, const Step &step, int buffer,
                               int target) {
  const Access &store = spec.store;
  if (step.arguments[store.argument].buffer != buffer ||
      spec.walk != RowWalk::Parallel)
    return false;
  auto strideAt = [](const Access &access, size_t loop) {
    return loop < access.strides.size() ? access.strides[loop] : 0;
  };
  for (const auto &expression : spec.pool) {
    using Kind = Expression::Kind;
    if (expression->kind != Kind::Load && expression->kind != Kind::Indexed)
      continue;
    const Access &access = expression->access;
    BufferPointer pointer = step.arguments[access.argument];
    if (pointer.buffer != target)
      continue;
    if (expression->kind == Kind::Indexed ||
        pointer.bytes != step.arguments[store.argument].bytes ||
        access.offset != store.offset)
      return false;
    for (size_t loop = 0; loop < spec.loops.size(); ++loop)
      if (spec.loops[loop] != 1 &&
          strideAt(access, loop) != strideAt(store, loop))
        return false;
  }
  return true;
}

/// The same of a product: it may add the old value where it writes the new one.
static bool addsInPlace(const Step &step, int buffer, int target) {
  enum { Lhs, Rhs, Bias, Residual, Result };
  return step.arguments[Result].buffer == buffer &&
         step.arguments[Residual].buffer == target &&
         step.arguments[Residual].bytes == step.arguments[Result].bytes &&
         step.arguments[Lhs].buffer != target &&
         step.arguments[Rhs].buffer != target &&
         step.arguments[Bias].buffer != target;
}

/// Lets `target`, a parameter, be the memory of `buffer`; false where its old
/// value is still needed when `buffer` is first written.
bool ProgramBuilder::takeOver(int buffer, int target) {
  int first = -1;
  for (auto [number, step] : llvm::enumerate(program.step)) {
    if (first >= 0 && touches(step, target))
      return false;
    if (first < 0 && touches(step, buffer))
      first = number;
  }
  if (first < 0)
    return false;
  const Step &writer = program.step[first];
  if (touches(writer, target)) {
    bool isSafe = writer.kind == Step::Kind::Kernel
                      ? readsBeforeWriting(program.specs[writer.target], writer,
                                           buffer, target)
                      : writer.kind == Step::Kind::Matmul &&
                            addsInPlace(writer, buffer, target);
    if (!isSafe)
      return false;
  }
  for (Step &step : program.step)
    for (BufferPointer &pointer : step.arguments)
      if (pointer.buffer == buffer)
        pointer.buffer = target;
  return true;
}

void ProgramBuilder::update(const StridedView &value, const StridedView &target,
                            Location location) {
  const Buffer &from = program.buffers[value.buffer];
  bool isWhole = value.isDense() && value.offset == 0 &&
                 from.kind == Buffer::Kind::Arena &&
                 from.bytes == program.buffers[target.buffer].bytes;
  if (!isWhole || !takeOver(value.buffer, target.buffer))
    copy(value, target, location);
}

void ProgramBuilder::finishUpdates() {
  size_t before = program.step.size();
  SmallVector<std::pair<StridedView, UpdateOp>> values;
  DenseSet<int> placed;
  for (auto &[name, op] : updates) {
    StridedView held = view(op.getValue());
    // The old value of another parameter may be gone when its turn comes, and
    // a value that two updates take lies in one place only.
    bool isOther = program.buffers[held.buffer].kind == Buffer::Kind::Parameter;
    if (isOther || !placed.insert(held.buffer).second) {
      StridedView kept = allocate(held.shape, held.element);
      copy(held, kept, op.getLoc());
      held = kept;
    }
    values.push_back({held, op});
  }
  for (auto &[held, op] : values)
    update(held, views.lookup(updated.lookup(op.getName())), op.getLoc());
  for (Step &step : llvm::drop_begin(program.step, before))
    step.phase = DTC_OPTIMIZER;
}
