//===- ContractionSteps.cpp - Products, by primitives or kernels ----------===//
//
// 1. A contraction waits while its only user can join it as bias, residual,
//    scale or activation.
// 2. Small products and those of types that the primitives lack become kernels
//    of our own; the others a primitive.
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

/// The value of a constant of one element, or of a splat.
static std::optional<double> splatOf(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  auto dense = constant ? dyn_cast<DenseElementsAttr>(constant.getValue())
                        : DenseElementsAttr();
  if (!dense || !dense.isSplat() || !isa<FloatType>(dense.getElementType()) ||
      dense.getNumElements() == 0)
    return std::nullopt;
  return dense.getSplatValue<APFloat>().convertToDouble();
}

static std::optional<dtc_epilogue> epilogueOf(Operation *op) {
  if (isa<ReluOp>(op))
    return DTC_EPILOGUE_RELU;
  if (auto gelu = dyn_cast<GeluOp>(op))
    return gelu.getTanh() ? DTC_EPILOGUE_GELU_TANH : DTC_EPILOGUE_GELU_ERF;
  if (isa<SigmoidOp>(op))
    return DTC_EPILOGUE_SIGMOID;
  if (isa<TanhOp>(op))
    return DTC_EPILOGUE_TANH;
  if (isa<SiluOp>(op))
    return DTC_EPILOGUE_SILU;
  return std::nullopt;
}

Value ProgramBuilder::joinActivation(Value value, dtc_convolution &desc) {
  if (!desc.has_bias || !value.hasOneUse())
    return value;
  Operation *user = *value.user_begin();
  std::optional<dtc_epilogue> epilogue = epilogueOf(user);
  if (!epilogue ||
      !llvm::is_contained(program.products.convolutionEpilogues, *epilogue))
    return value;
  desc.epilogue = *epilogue;
  joined.insert(user);
  return user->getResult(0);
}

static Value otherOperand(Operation *op, Value one) {
  return op->getOperand(0) == one ? op->getOperand(1) : op->getOperand(0);
}

static bool isVectorOf(Value value, int64_t n) {
  ArrayRef<int64_t> shape = shapeOf(value);
  return !shape.empty() && shape.back() == n && numElements(shape) == n;
}

/// True when `other`, one element a column, can be added as the bias.
bool ProgramBuilder::joinsAsBias(const PendingContraction &c,
                                 Value other) const {
  if (c.bias || c.residual || !isVectorOf(other, shapeOf(c.value).back()))
    return false;
  // A weight that steps change is where it was when the step began.
  auto found = views.find(other);
  return isStatic(other) || (found != views.end() && found->second.isDense());
}

/// Below this many multiply-adds a call of a primitive costs more than the
/// product.
static constexpr int64_t kSmallContraction = 16384;

/// True when the product is computed by a kernel of our own: it is small, or of
/// a type that the primitives do not have.
bool ProgramBuilder::isOwnKernel(const dtc_matmul &desc) const {
  auto type = static_cast<DType>(desc.dtype);
  int64_t steps = desc.lhs_shape[desc.ndim - 2] *
                  desc.lhs_shape[desc.ndim - 1] * desc.rhs_shape[desc.ndim - 1];
  for (int i = 0; i + 2 < desc.ndim; ++i)
    steps *= std::max(desc.lhs_shape[i], desc.rhs_shape[i]);
  return !llvm::is_contained(program.products.types, type) ||
         steps <= kSmallContraction;
}

bool ProgramBuilder::joins(const PendingContraction &c, Operation *user) {
  const dtc_matmul &desc = c.desc;
  if (inLoad || desc.epilogue != DTC_EPILOGUE_NONE)
    return false;
  if (user->getNumResults() != 1 ||
      !isa<RankedTensorType>(user->getResult(0).getType()) ||
      shapeOf(user->getResult(0)) != shapeOf(c.value))
    return false;
  if (auto epilogue = epilogueOf(user))
    return isOwnKernel(desc) ||
           llvm::is_contained(program.products.epilogues, *epilogue);
  if (!isa<AddOp, SubOp, MulOp, DivOp>(user) ||
      user->getOperand(0) == user->getOperand(1))
    return false;
  Value other = otherOperand(user, c.value);
  std::optional<double> splat = splatOf(other);
  if (isa<MulOp>(user) || (isa<DivOp>(user) && user->getOperand(0) == c.value))
    // The primitive's scale has single precision.
    return splat && !c.bias && !c.residual &&
           static_cast<DType>(desc.dtype) != DType::F64;
  // What a product is subtracted from, as an optimizer does.
  bool isSubtracted = isa<SubOp>(user) && user->getOperand(1) == c.value &&
                      !c.bias && !c.residual &&
                      static_cast<DType>(desc.dtype) != DType::F64;
  if (!isa<AddOp>(user) && !isSubtracted)
    return false;
  if (isa<AddOp>(user) && joinsAsBias(c, other))
    return true;
  return !c.residual && shapeOf(other) == shapeOf(c.value) &&
         isMaterialized(other) && views.lookup(other).isDense();
}

/// True of a sum over all dimensions but the last.
static bool isRowSum(Operation *op) {
  auto sum = dyn_cast<ReduceSumOp>(op);
  int64_t last = sum ? shapeOf(sum.getInput()).size() - 1 : 0;
  return sum && !sum.getKeepDims() &&
         static_cast<int64_t>(sum.getDims().size()) == last &&
         !llvm::is_contained(sum.getDims(), last);
}

Value ProgramBuilder::findRowSum(Operation *op, Value gradient) {
  for (Operation *user : gradient.getUsers())
    if (isRowSum(user) && op->getBlock() == user->getBlock() &&
        op->isBeforeInBlock(user))
      return user->getResult(0);
  return {};
}

void dtc::cpu::scheduleRowSums(func::FuncOp function) {
  for (auto product : function.getOps<LinearWeightGradientOp>())
    for (Operation *sum :
         llvm::make_early_inc_range(product.getGradient().getUsers())) {
      bool isBefore = isRowSum(sum) && sum->isBeforeInBlock(product);
      if (isBefore && llvm::all_of(sum->getUsers(), [&](Operation *user) {
            return product->isBeforeInBlock(user);
          }))
        sum->moveAfter(product);
    }
}

/// True when the product is multiplied by an activation's derivative.
static bool isGradient(const dtc_matmul &desc) {
  return desc.epilogue == DTC_EPILOGUE_RELU_GRADIENT ||
         desc.epilogue == DTC_EPILOGUE_GELU_TANH_GRADIENT;
}

/// True when the operand's sums come with the product.
bool ProgramBuilder::joinsSums(const PendingContraction &c) const {
  return c.sums && program.products.sumsOperands && !isMaterialized(c.sums) &&
         !c.bias && !c.residual && c.desc.scale == 1 && c.desc.ndim == 2 &&
         c.desc.epilogue == DTC_EPILOGUE_NONE;
}

void ProgramBuilder::join(PendingContraction &c, Operation *user) {
  // By now the sums may be part of something else.
  c.sums = Value();
  c.beforeEpilogue = c.value;
  if (isGradient(c.desc)) {
    if (c.desc.ndim == 2)
      c.sums = findRowSum(user, user->getResult(0));
  } else if (auto epilogue = epilogueOf(user)) {
    c.desc.epilogue = *epilogue;
  } else {
    Value other = otherOperand(user, c.value);
    if (isa<MulOp>(user))
      c.desc.scale *= static_cast<float>(*splatOf(other));
    else if (isa<DivOp>(user))
      c.desc.scale /= static_cast<float>(*splatOf(other));
    else if (isa<AddOp>(user) && joinsAsBias(c, other))
      c.bias = other;
    else
      c.residual = other;
    if (isa<SubOp>(user))
      c.desc.scale = -c.desc.scale;
  }
  c.value = user->getResult(0);
}

LogicalResult ProgramBuilder::addContraction(PendingContraction c) {
  if (c.value.hasOneUse()) {
    Operation *user = *c.value.user_begin();
    if (joins(c, user) || joinGradient(c, user)) {
      pending[user] = std::move(c);
      return success();
    }
  }
  joinGelu(c);
  emitContraction(c);
  return success();
}

/// sum over the last loop of lhs * rhs.
static Expression *contractionSum(KernelSpec &kernel, Expression *lhs,
                                  Expression *rhs, int loop) {
  Expression *product = kernel.compute(
      "product", lhs->element, {lhs, rhs},
      [](const ElementBuilder &e, ValueRange v) -> Value {
        if (isa<FloatType>(getElementTypeOrSelf(v[0].getType())))
          return arith::MulFOp::create(e.builder, e.location, v[0], v[1]);
        return arith::MulIOp::create(e.builder, e.location, v[0], v[1]);
      });
  Expression *sum = kernel.make(Expression::Kind::LoopReduce, product->element);
  sum->operands.push_back(product);
  if (product->element.isInteger(1))
    sum->combine = Combine::MaxUnsigned;
  sum->reduceLoops.push_back(loop);
  return sum;
}

Expression *dtc::cpu::joinedEpilogue(ExpressionBuilder &b,
                                     const PendingContraction &c,
                                     Expression *sum) {
  if (c.desc.epilogue == DTC_EPILOGUE_NONE)
    return sum;
  Operation *op = c.value.getDefiningOp();
  const ElementLowering *lowering = CpuLowerings::get().findElement(op);
  std::string label = ("joined " + op->getName().getStringRef()).str() +
                      std::to_string(c.desc.epilogue);
  return b.spec().compute(
      label, sum->element, {sum},
      [lowering, op](const ElementBuilder &e, ValueRange v) {
        return lowering->emit(e, op, v);
      },
      lowering->cost);
}

/// The loops [batch..., m, n] with a reduction over k inside each element, and
/// everything that joined.
void ProgramBuilder::emitContractionKernel(const PendingContraction &c,
                                           const StridedView &result) {
  int ndim = c.desc.ndim;
  SmallVector<int64_t> loops;
  for (int i = 0; i + 2 < ndim; ++i)
    loops.push_back(std::max(c.desc.lhs_shape[i], c.desc.rhs_shape[i]));
  loops.append({c.desc.lhs_shape[ndim - 2], c.desc.rhs_shape[ndim - 1]});
  SmallVector<int64_t> shape = loops;
  loops.push_back(c.desc.lhs_shape[ndim - 1]);
  // Rows of the right side must lie without gaps to be read as vectors.
  StridedView rhs = c.rhs;
  if (rhs.strides[ndim - 1] != 1 && rhs.shape[ndim - 1] != 1) {
    bool wasInLoad = inLoad;
    inLoad |= c.desc.rhs_packed;
    StridedView packed = allocate(rhs.shape, rhs.element);
    copy(rhs, packed, c.value.getLoc());
    inLoad = wasInLoad;
    rhs = packed;
  }
  auto operandMap = [&](const StridedView &view, int row, int column) {
    IndexMap map;
    for (int i = 0; i < ndim; ++i) {
      int loop = i == ndim - 2 ? row : i == ndim - 1 ? column : i;
      map.push_back(view.shape[i] == 1 ? DimIndex{} : DimIndex{loop, 1, 0});
    }
    return map;
  };
  StridedView to = result;
  std::optional<StridedView> merged = result.reshaped(shape);
  if (merged)
    to = *merged;
  else
    to = *allocate(result.shape, result.element).reshaped(shape);
  StridedView bias, residual;
  if (c.bias)
    bias = dense(c.bias).reshaped({shape.back()}).value();
  if (c.residual)
    residual = dense(c.residual).reshaped(shape).value();
  IndexMap map = identityMap(ndim);
  addKernel(loops, ndim, to, map, c.value.getLoc(), [&](ExpressionBuilder &b) {
    Expression *lhs = b.load(c.lhs, operandMap(c.lhs, ndim - 2, ndim));
    Expression *right = b.load(rhs, operandMap(rhs, ndim, ndim - 1));
    Expression *sum = contractionSum(b.spec(), lhs, right, ndim);
    RowBuilder row{b.spec(), shape.back()};
    if (c.desc.scale != 1)
      sum = row.mul(sum, row.constant(sum, c.desc.scale));
    if (c.bias)
      sum = row.sum(sum, b.load(bias, {map.back()}));
    if (c.residual)
      sum = row.sum(sum, b.load(residual, map));
    return joinedEpilogue(b, c, sum);
  });
  if (!merged)
    copy(*to.reshaped(result.shape), result, c.value.getLoc());
}

/// True when the matrices' rows lie without gaps and apart.
static bool liesInRows(ArrayRef<int64_t> shape, ArrayRef<int64_t> strides) {
  if (shape.size() < 2)
    return true;
  int64_t rows = shape[shape.size() - 2], columns = shape.back();
  return (strides.back() == 1 || columns == 1) &&
         (rows == 1 || strides[strides.size() - 2] >= columns);
}

static bool liesInColumns(ArrayRef<int64_t> shape, ArrayRef<int64_t> strides) {
  SmallVector<int64_t> extents(shape), steps(strides);
  std::swap(extents.back(), extents[extents.size() - 2]);
  std::swap(steps.back(), steps[steps.size() - 2]);
  return liesInRows(extents, steps);
}

/// Copies an operand that the library cannot read where it lies.
void ProgramBuilder::straighten(StridedView &operand, int64_t (&strides)[6],
                                Location location) {
  if (liesInRows(operand.shape, operand.strides) ||
      liesInColumns(operand.shape, operand.strides))
    return;
  StridedView straight = allocate(operand.shape, operand.element);
  copy(operand, straight, location);
  operand = straight;
  llvm::copy(operand.strides, strides);
}

/// The bits, in bytes, that may be set in addresses of whole matrices.
static int64_t addressBits(BufferPointer pointer, ArrayRef<int64_t> strides,
                           int64_t elementBytes) {
  int64_t all = pointer.bytes;
  for (int64_t stride : strides.drop_back(2))
    all |= stride * elementBytes;
  return all;
}

/// The largest power of two that all addresses of the call are multiples of.
static int32_t productAlignment(const dtc_matmul &desc, const Step &step,
                                int64_t bytes) {
  enum { Lhs, Rhs, Bias, Residual, Result };
  ArrayRef<int64_t> lhs(desc.lhs_strides, desc.ndim);
  ArrayRef<int64_t> rhs(desc.rhs_strides, desc.ndim);
  ArrayRef<int64_t> result(desc.result_strides, desc.ndim);
  int64_t all = kBufferAlignment |
                addressBits(step.arguments[Lhs], lhs, bytes) |
                addressBits(step.arguments[Rhs], rhs, bytes) |
                addressBits(step.arguments[Result], result, bytes);
  if (desc.residual)
    all |= addressBits(step.arguments[Residual], result, bytes);
  if (desc.has_bias || desc.sums)
    all |= step.arguments[Bias].bytes;
  return static_cast<int32_t>(all & -all);
}

/// Where a contraction's result goes.
StridedView ProgramBuilder::contractionResult(const PendingContraction &c) {
  if (c.kept)
    return allocateDense(c.value);
  if (!c.residual) {
    StridedView result = allocate(c.value);
    bool fits = program.products.takesStrides ||
                liesInRows(result.shape, result.strides);
    return fits ? result : allocateDense(c.value);
  }
  auto output = outputBuffers.find(c.value);
  return output == outputBuffers.end()
             ? allocate(shapeOf(c.value), elementOf(c.value))
             : denseView(output->second, shapeOf(c.value), elementOf(c.value));
}

void ProgramBuilder::emitContraction(PendingContraction c) {
  StridedView result = contractionResult(c);
  define(c.value, result);
  if (result.size() == 0)
    return;
  // Primitives are made after what loading computes.
  if (isOwnKernel(c.desc) || inLoad)
    return emitContractionKernel(c, result);
  keepMask(c);
  if (!program.products.takesStrides) {
    straighten(c.lhs, c.desc.lhs_strides, c.value.getLoc());
    inLoad = c.desc.rhs_packed;
    straighten(c.rhs, c.desc.rhs_strides, c.value.getLoc());
    inLoad = false;
  }
  if (!program.products.packsWeights)
    c.desc.rhs_packed = 0;
  // The desc may see fewer dimensions than the tensor: leading ones merged.
  SmallVector<int64_t> shape;
  for (int i = 0; i + 2 < c.desc.ndim; ++i)
    shape.push_back(std::max(c.desc.lhs_shape[i], c.desc.rhs_shape[i]));
  shape.push_back(c.desc.lhs_shape[c.desc.ndim - 2]);
  shape.push_back(c.desc.rhs_shape[c.desc.ndim - 1]);
  if (std::optional<StridedView> merged = result.reshaped(shape)) {
    emitProduct(c, *merged);
    if (isGradient(c.desc))
      finishGradient(c, result);
    return;
  }
  StridedView dense =
      denseView(allocate(shapeOf(c.value), elementOf(c.value)).buffer,
                shapeOf(c.value), elementOf(c.value));
  emitProduct(c, *dense.reshaped(shape));
  copy(dense, result, c.value.getLoc());
}

/// A call of the library; `result` has the description's dimensions.
void ProgramBuilder::emitProduct(const PendingContraction &c,
                                 const StridedView &result) {
  Primitive primitive;
  primitive.kind = Primitive::Kind::Matmul;
  primitive.matmul = c.desc;
  dtc_matmul &desc = primitive.matmul;
  desc.has_bias = c.bias != nullptr;
  desc.residual = c.residual != nullptr;
  llvm::copy(result.strides, desc.result_strides);
  primitive.weight = desc.rhs_packed ? pointer(c.rhs) : BufferPointer{};
  StridedView vector = c.bias ? dense(c.bias) : StridedView();
  BufferPointer bias = c.bias ? pointer(vector) : BufferPointer{};
  BufferPointer residual =
      c.residual ? pointer(dense(c.residual)) : BufferPointer{};
  if (isGradient(desc)) {
    desc.sums = c.sums ? DTC_SUMS_RESULT : DTC_SUMS_NONE;
  } else if (joinsSums(c)) {
    StridedView sums = allocateDense(c.sums);
    define(c.sums, sums);
    joined.insert(c.sums.getDefiningOp());
    desc.sums = c.summed;
    bias = pointer(sums);
  }
  Step step{Step::Kind::Matmul,
            static_cast<int>(program.primitives.size()),
            {pointer(c.lhs), desc.rhs_packed ? BufferPointer{} : pointer(c.rhs),
             bias, residual, pointer(result)},
            c.value.getLoc()};
  if (!program.products.packsWeights)
    desc.alignment =
        productAlignment(desc, step, getElementBytes(elementOf(c.value)));
  if (program.products.hasGradients)
    step.arguments.push_back(c.kept ? pointer(*c.kept) : BufferPointer{});
  program.primitives.push_back(primitive);
  steps().push_back(step);
  if (program.products.mayRefuse && !isGradient(desc))
    finishForward(c, vector, result);
}
