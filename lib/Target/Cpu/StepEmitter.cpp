//===- StepEmitter.cpp - load, step and the program table -----------------===//
//
// 1. `step` loads the frame's pointers once and is then straight-line calls:
//    kernels on arena addresses, primitives, collectives.
// 2. `load` makes the primitives, then runs the steps that depend on weights
//    alone.
// 3. The table `dtc_rank_program` says everything that the runtime needs.
//
// A little long: everything that the C ABI in program.h lays out is written
// here, so that a change of it is a change of this file alone.
//
//===----------------------------------------------------------------------===//

#include "StepEmitter.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using namespace dtc::cpu;

namespace {

class StepEmitter {
public:
  StepEmitter(llvm::Module &module, const Program &program)
      : module(module), program(program), context(module.getContext()),
        builder(context), pointerType(PointerType::getUnqual(context)) {}

  void emit();

private:
  /// Frame members in the order of dtc_frame.
  enum FrameMember {
    Arena,
    Packed,
    Inputs,
    Outputs,
    Parameters,
    Primitives,
    Collectives
  };

  void beginFunction(StringRef name);
  void emitSteps(const std::vector<Step> &steps);
  void enterPhase(dtc_phase phase);
  void emitLoop(const Step &loop, size_t depth);
  void emitKernel(const Step &step);
  SmallVector<Value *> argumentsOf(const Step &step);
  std::string sharedKey(const Primitive &primitive, size_t number) const;
  void emitPrimitives();
  bool beginFailure(StringRef name);
  void emitFailures();
  void emitTable();
  Value *member(FrameMember which);
  Value *slot(FrameMember which, int index);
  Value *address(BufferPointer pointer);
  FunctionCallee callee(StringRef name, Type *result,
                        ArrayRef<Type *> parameters);
  Constant *constantBuffer(int number);
  Constant *i32(int64_t value) { return builder.getInt32(value); }
  Constant *i64(int64_t value) { return builder.getInt64(value); }
  Constant *global(StringRef name, Constant *value);
  Constant *text(StringRef value);
  Constant *numbers(ArrayRef<int64_t> values);
  Constant *structOf(ArrayRef<Constant *> members) {
    SmallVector<Type *> types;
    for (Constant *member : members)
      types.push_back(member->getType());
    return ConstantStruct::get(StructType::get(context, types), members);
  }
  Constant *tableOf(StringRef name, ArrayRef<Constant *> rows);
  Constant *placements(dtc::LayoutAttr layout);
  Constant *boundaries(StringRef name, ArrayRef<Boundary> arrays);
  Constant *matmulDescriptor(const dtc_matmul &desc);
  Constant *convolutionDescriptor(const dtc_convolution &desc);
  Constant *attentionFields(const dtc_attention &desc);
  Constant *attentionGradientFields(const dtc_attention_gradient &desc);
  Constant *primitiveDescriptor(const Primitive &primitive);
  Constant *scatterDescriptor(const Routine &routine);
  Constant *sortDescriptor(const dtc_sort &desc);
  void emitRoutine(const Step &step);
  Constant *collectiveTable();
  Constant *useTable();
  template <size_t N> Constant *array(const int64_t (&values)[N]) {
    return ConstantDataArray::get(context, ArrayRef<int64_t>(values));
  }

  llvm::Module &module;
  const Program &program;
  LLVMContext &context;
  IRBuilder<> builder;
  Type *pointerType;
  Function *function = nullptr;
  Value *members[8] = {};
  SmallVector<Value *, 3> loopIndices;
  dtc_phase current = DTC_FORWARD;
  DenseMap<std::pair<int, int>, Value *> slots;
  DenseMap<int, Constant *> constants;
};

} // namespace

//===----------------------------------------------------------------------===//
// Addresses
//===----------------------------------------------------------------------===//

void StepEmitter::beginFunction(StringRef name) {
  auto *type = FunctionType::get(builder.getVoidTy(), {pointerType}, false);
  function = Function::Create(type, GlobalValue::InternalLinkage, name, module);
  builder.SetInsertPoint(BasicBlock::Create(context, "entry", function));
  std::fill(std::begin(members), std::end(members), nullptr);
  slots.clear();
  auto *current = module.getGlobalVariable("current_frame", true);
  builder.CreateStore(function->getArg(0), current);
}

Value *StepEmitter::member(FrameMember which) {
  if (!members[which])
    members[which] = builder.CreateLoad(
        pointerType,
        builder.CreateConstGEP1_64(pointerType, function->getArg(0), which));
  return members[which];
}

Value *StepEmitter::slot(FrameMember which, int index) {
  Value *&loaded = slots[{which, index}];
  if (!loaded)
    loaded = builder.CreateLoad(
        pointerType,
        builder.CreateConstGEP1_64(pointerType, member(which), index));
  return loaded;
}

Constant *StepEmitter::constantBuffer(int number) {
  Constant *&known = constants[number];
  if (known)
    return known;
  dtc::HostTensor tensor =
      dtc::HostTensor::fromAttribute(program.buffers[number].constant);
  auto *bytes =
      ConstantDataArray::getRaw(StringRef(tensor.raw(), tensor.bytes()),
                                tensor.bytes(), builder.getInt8Ty());
  auto *variable =
      new GlobalVariable(module, bytes->getType(), true,
                         GlobalValue::PrivateLinkage, bytes, "constant");
  variable->setAlignment(Align(64));
  return known = variable;
}

Value *StepEmitter::address(BufferPointer pointer) {
  if (pointer.buffer < 0)
    return ConstantPointerNull::get(cast<PointerType>(pointerType));
  const Buffer &buffer = program.buffers[pointer.buffer];
  Value *base = nullptr;
  int64_t offset = pointer.bytes;
  switch (buffer.kind) {
  case Buffer::Kind::Arena:
    base = member(Arena);
    offset += buffer.offset;
    break;
  case Buffer::Kind::Packed:
    base = member(Packed);
    offset += buffer.offset;
    break;
  case Buffer::Kind::Input:
    base = slot(Inputs, buffer.index);
    break;
  case Buffer::Kind::Output:
    base = slot(Outputs, buffer.index);
    break;
  case Buffer::Kind::Parameter:
    base = slot(Parameters, buffer.index);
    break;
  case Buffer::Kind::Constant:
    base = constantBuffer(pointer.buffer);
    break;
  }
  return offset == 0
             ? base
             : builder.CreateConstGEP1_64(builder.getInt8Ty(), base, offset);
}

FunctionCallee StepEmitter::callee(StringRef name, Type *result,
                                   ArrayRef<Type *> parameters) {
  return module.getOrInsertFunction(
      name, FunctionType::get(result, parameters, false));
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// The step's arguments where the loops around it have moved them.
SmallVector<Value *> StepEmitter::argumentsOf(const Step &step) {
  SmallVector<Value *> arguments;
  for (auto [number, pointer] : enumerate(step.arguments)) {
    Value *base = address(pointer);
    ArrayRef<int64_t> moves;
    if (!step.moves.empty())
      moves = step.moves[number];
    for (auto [move, index] : zip(moves, loopIndices))
      if (move != 0)
        base = builder.CreateGEP(builder.getInt8Ty(), base,
                                 builder.CreateMul(index, i64(move)));
    arguments.push_back(base);
  }
  return arguments;
}

/// Nested loops around the body; addresses are computed in the innermost.
void StepEmitter::emitLoop(const Step &loop, size_t depth) {
  if (depth == loop.extents.size()) {
    emitSteps(loop.body);
    return;
  }
  // The frame's pointers are loaded before the loop, where they serve later
  // steps too.
  for (BufferPointer pointer : loop.arguments)
    (void)address(pointer);
  for (const Step &step : loop.body)
    if (step.kind == Step::Kind::Matmul)
      (void)slot(Primitives, step.target);
  BasicBlock *before = builder.GetInsertBlock();
  auto *body = BasicBlock::Create(context, "loop", function);
  auto *after = BasicBlock::Create(context, "done", function);
  builder.CreateBr(body);
  builder.SetInsertPoint(body);
  PHINode *index = builder.CreatePHI(builder.getInt64Ty(), 2);
  index->addIncoming(i64(0), before);
  loopIndices.push_back(index);
  emitLoop(loop, depth + 1);
  loopIndices.pop_back();
  Value *next = builder.CreateAdd(index, i64(1));
  index->addIncoming(next, builder.GetInsertBlock());
  builder.CreateCondBr(builder.CreateICmpULT(next, i64(loop.extents[depth])),
                       body, after);
  builder.SetInsertPoint(after);
}

namespace {

/// The runtime's functions for a kind of primitive.
struct PrimitiveFunctions {
  std::string create, run;
};

} // namespace

static PrimitiveFunctions functionsOf(Primitive::Kind kind,
                                      const ProductLibrary &products) {
  std::string name = products.prefix.str();
  switch (kind) {
  case Primitive::Kind::Matmul:
    name += "matmul";
    break;
  case Primitive::Kind::Convolution:
    name += "convolution";
    break;
  case Primitive::Kind::WeightGradient:
    name += "convolution_weight_gradient";
    break;
  case Primitive::Kind::Attention:
    name += "attention";
    break;
  case Primitive::Kind::AttentionGradient:
    name += "attention_gradient";
    break;
  }
  return {name + "_create", name + "_run"};
}

/// The runtime takes the time of each part of a training step.
void StepEmitter::enterPhase(dtc_phase phase) {
  if (phase == current || !program.isTraining)
    return;
  current = phase;
  builder.CreateCall(callee("dtc_enter_phase", builder.getVoidTy(),
                            {pointerType, builder.getInt32Ty()}),
                     {function->getArg(0), i32(phase)});
}

/// A kernel; one that finishes a product runs where the library has left it.
void StepEmitter::emitKernel(const Step &step) {
  // What is computed of the frame's pointers here serves later steps, too.
  SmallVector<Value *> arguments = argumentsOf(step);
  BasicBlock *after = nullptr;
  if (step.finishes >= 0) {
    Value *product = slot(Primitives, step.finishes);
    Value *left =
        builder.CreateCall(callee(program.products.prefix.str() + "matmul_left",
                                  builder.getInt32Ty(), {pointerType}),
                           {product});
    auto *finish = BasicBlock::Create(context, "finish", function);
    after = BasicBlock::Create(context, "finished", function);
    builder.CreateCondBr(builder.CreateICmpSGE(left, i32(step.left)), finish,
                         after);
    builder.SetInsertPoint(finish);
  }
  builder.CreateCall(module.getFunction("kernel" + std::to_string(step.target)),
                     arguments);
  if (after) {
    builder.CreateBr(after);
    builder.SetInsertPoint(after);
  }
}

void StepEmitter::emitSteps(const std::vector<Step> &steps) {
  Type *none = builder.getVoidTy();
  for (const Step &step : steps) {
    if (loopIndices.empty())
      enterPhase(step.phase);
    SmallVector<Value *> arguments;
    switch (step.kind) {
    case Step::Kind::Kernel:
      emitKernel(step);
      continue;
    case Step::Kind::Matmul:
    case Step::Kind::Convolution:
    case Step::Kind::Attention: {
      arguments.push_back(slot(Primitives, step.target));
      append_range(arguments, argumentsOf(step));
      SmallVector<Type *> types(arguments.size(), pointerType);
      builder.CreateCall(
          callee(functionsOf(program.primitives[step.target].kind,
                             program.products)
                     .run,
                 none, types),
          arguments);
      continue;
    }
    case Step::Kind::Routine:
      emitRoutine(step);
      continue;
    case Step::Kind::Start:
      builder.CreateCall(callee("dtc_collective_start", none,
                                {pointerType, pointerType, pointerType}),
                         {slot(Collectives, step.target),
                          address(step.arguments[0]),
                          address(step.arguments[1])});
      continue;
    case Step::Kind::Wait:
      builder.CreateCall(callee("dtc_collective_wait", none, {pointerType}),
                         {slot(Collectives, step.target)});
      continue;
    case Step::Kind::Loop:
      emitLoop(step, 0);
      continue;
    }
  }
}

Constant *StepEmitter::matmulDescriptor(const dtc_matmul &d) {
  return global(
      "matmul",
      structOf({i32(d.dtype), i32(d.ndim), i32(d.rhs_packed), i32(d.has_bias),
                i32(d.residual), i32(d.epilogue),
                ConstantFP::get(builder.getFloatTy(), d.scale),
                i32(d.alignment), i32(d.sums), i32(d.aux), array(d.lhs_shape),
                array(d.rhs_shape), array(d.lhs_strides), array(d.rhs_strides),
                array(d.result_strides)}));
}

Constant *StepEmitter::convolutionDescriptor(const dtc_convolution &d) {
  return global(
      "convolution",
      structOf({i32(d.dtype), i32(d.spatial), i32(d.has_bias), i32(d.epilogue),
                i64(d.is_transposed), i64(d.groups), array(d.input_shape),
                array(d.weight_shape), array(d.result_shape), array(d.strides),
                array(d.dilations), array(d.pads_begin), array(d.pads_end),
                i64(d.alignment)}));
}

Constant *StepEmitter::attentionFields(const dtc_attention &d) {
  return structOf(
      {i32(d.dtype), i32(d.is_causal), i32(d.has_mask), i32(d.has_sums),
       ConstantFP::get(builder.getFloatTy(), d.scale), i32(d.reserved),
       array(d.query_shape), array(d.query_strides), array(d.key_shape),
       array(d.key_strides), array(d.value_shape), array(d.value_strides),
       array(d.result_shape), array(d.result_strides), array(d.mask_shape),
       array(d.mask_strides)});
}

Constant *
StepEmitter::attentionGradientFields(const dtc_attention_gradient &d) {
  return structOf({attentionFields(d.attention), array(d.gradient_strides),
                   array(d.query_gradient_strides),
                   array(d.key_gradient_strides),
                   array(d.value_gradient_strides)});
}

Constant *StepEmitter::scatterDescriptor(const Routine &routine) {
  const dtc_scatter &d = routine.scatter;
  return global(
      "scatter",
      structOf({i32(d.dtype), i32(d.index_dtype), i32(d.combine),
                i32(routine.extents.size()), i32(routine.indexExtents.size()),
                i32(0), i64(d.row), numbers(routine.extents),
                numbers(routine.strides), numbers(routine.indexExtents),
                numbers(routine.indexStrides)}));
}

Constant *StepEmitter::sortDescriptor(const dtc_sort &d) {
  return global("sort", structOf({i32(d.dtype), i32(d.descending), i64(d.outer),
                                  i64(d.extent), i64(d.inner), i64(d.count)}));
}

void StepEmitter::emitRoutine(const Step &step) {
  const Routine &routine = program.routines[step.target];
  SmallVector<Value *> arguments;
  StringRef name;
  switch (routine.kind) {
  case Routine::Kind::Scatter:
    name = "dtc_scatter_run";
    arguments = {function->getArg(0), scatterDescriptor(routine)};
    break;
  case Routine::Kind::Sort:
    name = "dtc_sort_run";
    arguments = {sortDescriptor(routine.sort)};
    break;
  }
  for (BufferPointer pointer : step.arguments)
    arguments.push_back(address(pointer));
  SmallVector<Type *> types(arguments.size(), pointerType);
  builder.CreateCall(callee(name, builder.getVoidTy(), types), arguments);
}

/// The bytes of a description that has no padding.
template <typename Desc> static std::string bytesOf(const Desc &desc) {
  return std::string(reinterpret_cast<const char *>(&desc), sizeof desc);
}

/// Equal for primitives that may be one.
std::string StepEmitter::sharedKey(const Primitive &primitive,
                                   size_t number) const {
  std::string kind(1, static_cast<char>(primitive.kind));
  bool laysWeightsOut = program.products.packsWeights;
  switch (primitive.kind) {
  case Primitive::Kind::Matmul:
    if (!primitive.matmul.rhs_packed)
      return kind + bytesOf(primitive.matmul);
    break;
  case Primitive::Kind::Convolution:
  case Primitive::Kind::WeightGradient:
    if (!laysWeightsOut)
      return kind + bytesOf(primitive.convolution);
    break;
  case Primitive::Kind::Attention:
    return kind + bytesOf(primitive.attention);
  case Primitive::Kind::AttentionGradient:
    return kind + bytesOf(primitive.attentionGradient);
  }
  return std::to_string(number);
}

Constant *StepEmitter::primitiveDescriptor(const Primitive &primitive) {
  switch (primitive.kind) {
  case Primitive::Kind::Matmul:
    return matmulDescriptor(primitive.matmul);
  case Primitive::Kind::Attention:
    return global("attention", attentionFields(primitive.attention));
  case Primitive::Kind::AttentionGradient:
    return global("attention_gradient",
                  attentionGradientFields(primitive.attentionGradient));
  case Primitive::Kind::Convolution:
  case Primitive::Kind::WeightGradient:
    break;
  }
  return convolutionDescriptor(primitive.convolution);
}

void StepEmitter::emitPrimitives() {
  Value *frame = function->getArg(0);
  std::map<std::string, Value *> shared;
  for (auto [number, primitive] : enumerate(program.primitives)) {
    Value *&known = shared[sharedKey(primitive, number)];
    if (!known) {
      SmallVector<Value *> arguments{frame, primitiveDescriptor(primitive)};
      if (primitive.kind == Primitive::Kind::Matmul ||
          primitive.kind == Primitive::Kind::Convolution)
        arguments.push_back(address(primitive.weight));
      SmallVector<Type *> types(arguments.size(), pointerType);
      known = builder.CreateCall(
          callee(functionsOf(primitive.kind, program.products).create,
                 pointerType, types),
          arguments);
    }
    builder.CreateStore(known, builder.CreateConstGEP1_64(
                                   pointerType, member(Primitives), number));
  }
}

/// Kernels call this when a lookup's row is outside of its table.
/// Gives the function that kernels call on an error a body.
bool StepEmitter::beginFailure(StringRef name) {
  Function *failure = module.getFunction(name);
  if (!failure)
    return false;
  failure->setLinkage(GlobalValue::InternalLinkage);
  failure->addFnAttr(Attribute::Cold);
  failure->addFnAttr(Attribute::NoInline);
  builder.SetInsertPoint(BasicBlock::Create(context, "entry", failure));
  function = failure;
  return true;
}

void StepEmitter::emitFailures() {
  auto frame = [&] {
    return builder.CreateLoad(pointerType,
                              module.getGlobalVariable("current_frame", true));
  };
  if (beginFailure("dtc_index_out_of_range")) {
    builder.CreateCall(
        callee("dtc_fail_index", builder.getVoidTy(),
               {pointerType, builder.getInt64Ty(), builder.getInt64Ty()}),
        {frame(), function->getArg(0), function->getArg(1)});
    builder.CreateRetVoid();
  }
  if (beginFailure("dtc_division_by_zero")) {
    builder.CreateCall(
        callee("dtc_fail", builder.getVoidTy(), {pointerType, pointerType}),
        {frame(), text("expected divisors other than 0 of integers, got 0")});
    builder.CreateRetVoid();
  }
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

Constant *StepEmitter::global(StringRef name, Constant *value) {
  return new GlobalVariable(module, value->getType(), true,
                            GlobalValue::PrivateLinkage, value, name);
}

Constant *StepEmitter::text(StringRef value) {
  return global("text", ConstantDataArray::getString(context, value));
}

Constant *StepEmitter::numbers(ArrayRef<int64_t> values) {
  if (values.empty())
    return ConstantPointerNull::get(cast<PointerType>(pointerType));
  return global(
      "numbers",
      ConstantDataArray::get(
          context,
          ArrayRef<uint64_t>(reinterpret_cast<const uint64_t *>(values.data()),
                             values.size())));
}

Constant *StepEmitter::tableOf(StringRef name, ArrayRef<Constant *> rows) {
  if (rows.empty())
    return ConstantPointerNull::get(cast<PointerType>(pointerType));
  return global(
      name, ConstantArray::get(ArrayType::get(rows[0]->getType(), rows.size()),
                               rows));
}

Constant *StepEmitter::placements(dtc::LayoutAttr layout) {
  SmallVector<Constant *> rows;
  for (const dtc::Placement &placement : layout.getPlacements()) {
    int kind = placement.isShard()     ? DTC_SHARD
               : placement.isPartial() ? DTC_PARTIAL
                                       : DTC_REPLICATE;
    rows.push_back(structOf({i32(kind), i32(placement.dim),
                             i32(static_cast<int>(placement.reduce))}));
  }
  return tableOf("placements", rows);
}

Constant *StepEmitter::boundaries(StringRef name, ArrayRef<Boundary> arrays) {
  SmallVector<Constant *> rows;
  for (const Boundary &array : arrays)
    rows.push_back(structOf(
        {text(array.name),
         i32(static_cast<int>(dtc::getDType(array.global.getElementType()))),
         i32(array.global.getRank()), numbers(array.global.getShape()),
         placements(dtc::getLayout(array.global))}));
  return tableOf(name, rows);
}

Constant *StepEmitter::collectiveTable() {
  SmallVector<Constant *> rows;
  for (const Collective &c : program.collectives)
    rows.push_back(structOf(
        {i32(c.kind), i32(c.reduce), i32(static_cast<int>(c.dtype)),
         i32(c.axis), i32(0), i32(c.shape.size()), i32(c.fromDim), i32(c.toDim),
         i64(c.outer), i64(c.extent), i64(c.inner), numbers(c.shape),
         text(c.module), text(c.cause), i32(c.phase)}));
  return tableOf("collectives", rows);
}

Constant *StepEmitter::useTable() {
  if (!program.isTraining)
    return ConstantPointerNull::get(cast<PointerType>(pointerType));
  // Also where there are no parameters the table says that this is a training.
  ParameterUse none;
  ArrayRef<ParameterUse> uses =
      program.uses.empty() ? ArrayRef(none) : ArrayRef(program.uses);
  SmallVector<Constant *> rows;
  for (const ParameterUse &use : uses)
    rows.push_back(
        structOf({i32(use.kind), i32(use.output),
                  ConstantFP::get(builder.getDoubleTy(), use.fill)}));
  return tableOf("uses", rows);
}

void StepEmitter::emitTable() {
  dtc::Mesh mesh = program.mesh.getMesh();
  SmallVector<Constant *> axes;
  for (const dtc::MeshAxis &axis : mesh.axes)
    axes.push_back(structOf({text(axis.name), i64(axis.size)}));
  Constant *table = structOf({i32(DTC_PROGRAM_ABI),
                              i32(mesh.numRanks()),
                              i32(mesh.rank()),
                              i32(program.inputs.size()),
                              i32(program.outputs.size()),
                              i32(program.parameters.size()),
                              i32(program.collectives.size()),
                              i32(program.primitives.size()),
                              tableOf("mesh", axes),
                              boundaries("inputs", program.inputs),
                              boundaries("outputs", program.outputs),
                              boundaries("parameters", program.parameters),
                              collectiveTable(),
                              i64(program.arenaBytes),
                              i64(program.packedBytes),
                              i64(static_cast<int64_t>(program.collectiveHash)),
                              text(program.model),
                              module.getFunction("load"),
                              module.getFunction("step"),
                              useTable()});
  new GlobalVariable(module, table->getType(), true,
                     GlobalValue::ExternalLinkage, table, "dtc_rank_program");
}

void StepEmitter::emit() {
  new GlobalVariable(module, pointerType, false, GlobalValue::InternalLinkage,
                     ConstantPointerNull::get(cast<PointerType>(pointerType)),
                     "current_frame");
  for (Function &kernel : module)
    if (!kernel.isDeclaration()) {
      kernel.setLinkage(GlobalValue::InternalLinkage);
      kernel.addFnAttr(Attribute::NoInline);
    }
  emitFailures();
  beginFunction("load");
  emitSteps(program.load);
  emitPrimitives();
  builder.CreateRetVoid();
  beginFunction("step");
  emitSteps(program.step);
  builder.CreateRetVoid();
  emitTable();
}

void dtc::cpu::emitProgram(llvm::Module &module, const Program &program) {
  StepEmitter(module, program).emit();
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static void printPointer(const Program &program, BufferPointer pointer,
                         raw_ostream &os) {
  if (pointer.buffer < 0) {
    os << "none";
    return;
  }
  const Buffer &buffer = program.buffers[pointer.buffer];
  switch (buffer.kind) {
  case Buffer::Kind::Arena:
    os << "arena";
    break;
  case Buffer::Kind::Packed:
    os << "packed";
    break;
  case Buffer::Kind::Input:
    os << program.inputs[buffer.index].name;
    break;
  case Buffer::Kind::Output:
    os << program.outputs[buffer.index].name;
    break;
  case Buffer::Kind::Parameter:
    os << program.parameters[buffer.index].name;
    break;
  case Buffer::Kind::Constant:
    os << "constant" << pointer.buffer;
    break;
  }
  if (int64_t offset = pointer.bytes + buffer.offset)
    os << "+" << offset;
}

static void printStep(const Program &program, const Step &step,
                      raw_ostream &os) {
  static constexpr StringLiteral parts[] = {"nothing", "its sums",
                                            "its epilogue", "its bias"};
  if (step.finishes >= 0)
    os << "where matmul" << step.finishes << " leaves " << parts[step.left]
       << ": ";
  switch (step.kind) {
  case Step::Kind::Kernel:
    os << "kernel" << step.target;
    break;
  case Step::Kind::Matmul:
    os << "matmul" << step.target;
    break;
  case Step::Kind::Convolution:
    os << "convolution" << step.target;
    break;
  case Step::Kind::Attention:
    os << (program.primitives[step.target].kind == Primitive::Kind::Attention
               ? "attention"
               : "attention_gradient")
       << step.target;
    break;
  case Step::Kind::Routine:
    os << (program.routines[step.target].kind == Routine::Kind::Scatter
               ? "scatter"
               : "sort")
       << step.target;
    break;
  case Step::Kind::Start:
    os << "start" << step.target;
    break;
  case Step::Kind::Wait:
    os << "wait" << step.target;
    break;
  case Step::Kind::Loop:
    os << "for ";
    interleave(step.extents, os, "x");
    os << ":\n";
    for (const Step &inner : step.body) {
      os << "//     ";
      printStep(program, inner, os);
    }
    return;
  }
  os << "(";
  interleaveComma(step.arguments, os, [&](BufferPointer pointer) {
    printPointer(program, pointer, os);
  });
  os << ")";
  if (StringRef name = dtc::getValueName(step.location); !name.empty())
    os << "  // " << name;
  os << "\n";
}

void dtc::cpu::printSteps(const Program &program, raw_ostream &os) {
  os << "// arena " << program.arenaBytes << " bytes, packed "
     << program.packedBytes << " bytes, " << program.numKernels << " kernels, "
     << program.primitives.size() << " primitives\n";
  os << "// load:\n";
  for (const Step &step : program.load) {
    os << "//   ";
    printStep(program, step, os);
  }
  os << "// step:\n";
  for (const Step &step : program.step) {
    os << "//   ";
    printStep(program, step, os);
  }
}
