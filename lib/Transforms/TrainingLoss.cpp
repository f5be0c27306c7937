//===- TrainingLoss.cpp - The loss of a training step ---------------------===//
//
// Every loss is built with its gradient in closed form. Sums run in f32 or
// wider. A mean is a sum over a known number of elements, so that pieces of any
// size add up.
//
// cross_entropy is made of reductions over the classes and of one lookup, so
// logits that are split over their classes stay split: the maximum, the sum of
// exponentials and the looked-up logit cross ranks, each a number for each
// sample.
//
//===----------------------------------------------------------------------===//

#include "TrainingLoss.h"

#include "dtc/Plan/Spelling.h"

#include "llvm/ADT/StringExtras.h"

#include <numeric>

using namespace mlir;
using namespace dtc;
using plan::LossKind;

//===----------------------------------------------------------------------===//
// Inputs and outputs
//===----------------------------------------------------------------------===//

static std::string nameOf(DictionaryAttr attributes, const Twine &fallback) {
  auto name =
      attributes ? attributes.getAs<StringAttr>("dtc.name") : StringAttr();
  return name ? name.str() : fallback.str();
}

static std::string outputName(func::FuncOp function, unsigned index) {
  return nameOf(function.getResultAttrDict(index), "result" + Twine(index));
}

std::optional<unsigned> dtc::findLossOutput(func::FuncOp function,
                                            const plan::Loss &loss,
                                            plan::DiagnosticList &diagnostics) {
  SmallVector<std::string> names;
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    names.push_back(outputName(function, i));
  if (!loss.output) {
    if (names.size() == 1)
      return 0;
    diagnostics.error(loss.at, "expected 'output', as the model has " +
                                   Twine(names.size()) + ": '" +
                                   llvm::join(names, "', '") + "'");
    return std::nullopt;
  }
  for (auto [index, name] : llvm::enumerate(names))
    if (name == *loss.output)
      return index;
  diagnostics.error(loss.outputAt, "expected an output of the model ('" +
                                       llvm::join(names, "', '") + "'), got " +
                                       plan::inQuotes(*loss.output));
  return std::nullopt;
}

/// The input that the loss reads besides the output, "" for none.
static std::string lossInputName(func::FuncOp function, const plan::Loss &loss,
                                 unsigned output) {
  switch (loss.kind) {
  case LossKind::Sum:
  case LossKind::Mean:
    return "";
  case LossKind::Mse:
  case LossKind::CrossEntropy:
    return "target";
  case LossKind::Cotangent:
    return "grad." + outputName(function, output);
  }
  return "";
}

static Value findInput(func::FuncOp function, StringRef name) {
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (nameOf(function.getArgAttrDict(i), "arg" + Twine(i)) == name)
      return function.getArgument(i);
  return {};
}

bool dtc::isLossInput(func::FuncOp function, const plan::Loss &loss,
                      unsigned output, BlockArgument argument) {
  return findInput(function, lossInputName(function, loss, output)) == argument;
}

/// The dimension of classes counted from the front, if there is one.
static std::optional<int64_t> classDimOf(const plan::Loss &loss, int64_t rank) {
  int64_t dim = loss.classDim < 0 ? loss.classDim + rank : loss.classDim;
  if (dim < 0 || dim >= rank)
    return std::nullopt;
  return dim;
}

void dtc::declareLossInput(func::FuncOp function, const plan::Loss &loss,
                           unsigned output) {
  std::string name = lossInputName(function, loss, output);
  if (name.empty() || findInput(function, name))
    return;
  auto type = dyn_cast<RankedTensorType>(function.getResultTypes()[output]);
  if (!type)
    return;
  MLIRContext *context = function.getContext();
  if (loss.kind == LossKind::CrossEntropy &&
      loss.target == plan::TargetKind::Indices) {
    SmallVector<int64_t> shape(type.getShape());
    if (auto dim = classDimOf(loss, type.getRank()))
      shape.erase(shape.begin() + *dim);
    type = RankedTensorType::get(shape, IntegerType::get(context, 64));
  }
  unsigned index = function.getNumArguments();
  auto attributes = DictionaryAttr::get(
      context, NamedAttribute(StringAttr::get(context, "dtc.name"),
                              StringAttr::get(context, name)));
  Location location = NameLoc::get(StringAttr::get(context, name));
  (void)function.insertArgument(index, type, attributes, location);
}

//===----------------------------------------------------------------------===//
// Losses
//===----------------------------------------------------------------------===//

namespace {

/// What a loss is made of.
struct LossParts {
  const plan::Loss &loss;
  Value output; ///< as the model gives it
  Value wide;   ///< the same in f32 or f64
  Value input;  ///< the further graph input, or null

  RankedTensorType type() const { return tensorType(output); }
  double count() const { return type().getNumElements(); }
};

} // namespace

static SmallVector<int64_t> allDims(Value value) {
  SmallVector<int64_t> dims(shapeOf(value).size());
  std::iota(dims.begin(), dims.end(), 0);
  return dims;
}

static Value total(TensorBuilder &b, Value value) {
  return b.sum(value, allDims(value), false);
}

/// sum: 1 for each element; mean: 1 / count.
static TrainingLoss scaledSum(TensorBuilder &b, LossParts parts, double scale) {
  Value loss = total(b, parts.wide);
  if (scale != 1)
    loss = b.mul(loss, scale);
  return {loss,
          [=](TensorBuilder &b) { return b.constant(parts.type(), scale); }};
}

static TrainingLoss meanSquares(TensorBuilder &b, LossParts parts) {
  Value distance =
      b.sub(parts.wide, b.cast(parts.input, elementOf(parts.wide)));
  Value loss = b.mul(total(b, b.square(distance)), 1 / parts.count());
  return {loss, [=](TensorBuilder &b) {
            return b.cast(b.mul(distance, 2 / parts.count()),
                          parts.type().getElementType());
          }};
}

/// The vector of a vector-Jacobian product.
static TrainingLoss cotangent(TensorBuilder &b, LossParts parts) {
  Value wide = b.cast(parts.input, elementOf(parts.wide));
  return {total(b, b.mul(parts.wide, wide)),
          [=](TensorBuilder &) { return parts.input; }};
}

/// The logarithm of the softmax over `dim`, of reductions.
static Value logProbabilities(TensorBuilder &b, Value logits, int64_t dim) {
  ArrayRef<int64_t> dims(dim);
  Value most = b.make<ReduceMaxOp>(logits, dims, true);
  Value shifted = b.sub(logits, most);
  Value sum = b.sum(b.make<ExpOp>(shifted), dims, true);
  return b.sub(shifted, b.make<LogOp>(sum));
}

/// -sum(q * log p) / samples; its gradient is (p * sum(q) - q) / samples.
static TrainingLoss probabilityEntropy(TensorBuilder &b, LossParts parts,
                                       int64_t dim) {
  double samples = parts.count() / parts.type().getDimSize(dim);
  Value logs = logProbabilities(b, parts.wide, dim);
  Value wanted = b.cast(parts.input, elementOf(parts.wide));
  Value loss = b.mul(total(b, b.mul(logs, wanted)), -1 / samples);
  return {loss, [=](TensorBuilder &b) {
            Value weight = b.sum(wanted, {dim}, true);
            Value pull = b.sub(b.mul(b.make<ExpOp>(logs), weight), wanted);
            return b.cast(b.mul(pull, 1 / samples),
                          parts.type().getElementType());
          }};
}

/// The mean of -log p of each sample's class over the samples that count; its
/// gradient is (p - 1 at the class) / count for them.
static TrainingLoss classEntropy(TensorBuilder &b, LossParts parts,
                                 int64_t dim) {
  Value classes = b.cast(parts.input, b.getBuilder().getI64Type());
  Type element = elementOf(parts.wide);
  auto integer = [&](int64_t value) {
    auto type = RankedTensorType::get({}, b.getBuilder().getI64Type());
    return b.make<ConstantOp>(type,
                              DenseElementsAttr::get(type, ArrayRef(value)));
  };
  SmallVector<int64_t> kept = TensorBuilder::keptShape(parts.wide, {dim});
  int64_t numClasses = parts.type().getDimSize(dim);
  Value valid = b.reshape(
      b.make<NotEqualOp>(classes, integer(parts.loss.ignoreIndex)), kept);
  // Lookups count negative indices from the end; here they are out of range.
  Value isNegative = b.make<LessOp>(classes, integer(0));
  Value strict = b.reshape(
      b.make<SelectOp>(isNegative, integer(numClasses), classes), kept);
  Value index = b.make<SelectOp>(valid, strict, integer(0));
  Value logs = logProbabilities(b, parts.wide, dim);
  Value picked =
      b.make<GatherElementsOp>(logs, index, dim, IntegerAttr(), IntegerAttr());
  Value weights = b.cast(valid, element);
  Value count = total(b, weights);
  Value loss = b.div(b.neg(total(b, b.where(valid, picked))), count);
  return {loss, [=](TensorBuilder &b) {
            SmallVector<int64_t> along(kept.size(), 1);
            along[dim] = numClasses;
            Value isClass = b.make<EqualOp>(strict, b.counter(along, dim));
            Value pull = b.sub(b.make<ExpOp>(logs), b.cast(isClass, element));
            return b.cast(b.mul(pull, b.div(weights, count)),
                          parts.type().getElementType());
          }};
}

/// True when the further input has the type that the loss reads.
static bool checkInput(const LossParts &parts, std::optional<int64_t> classDim,
                       plan::DiagnosticList &diagnostics) {
  RankedTensorType output = parts.type(), input = tensorType(parts.input);
  auto refuse = [&](const Twine &expected) {
    std::string got;
    llvm::raw_string_ostream(got) << input;
    diagnostics.error(parts.loss.at, "expected " + expected +
                                         " for the input of the loss, got " +
                                         got);
    return false;
  };
  bool isFloatInput = isa<FloatType>(input.getElementType());
  if (isFloatInput && input.getShape() != output.getShape())
    return refuse("the shape of the output");
  if (isFloatInput)
    return parts.loss.kind != LossKind::Cotangent ||
           input.getElementType() == output.getElementType() ||
           refuse("the element type of the output");
  if (!classDim)
    return refuse("floating-point numbers");
  SmallVector<int64_t> shape(output.getShape());
  shape.erase(shape.begin() + *classDim);
  return input.getShape() == ArrayRef<int64_t>(shape) ||
         refuse("the shape of the output without its classes");
}

std::optional<TrainingLoss> dtc::buildLoss(TensorBuilder &b,
                                           func::FuncOp function,
                                           const plan::Loss &loss, Value output,
                                           unsigned index,
                                           plan::DiagnosticList &diagnostics) {
  Type element = elementOf(output);
  if (!isa<FloatType>(element)) {
    std::string type;
    llvm::raw_string_ostream(type) << output.getType();
    diagnostics.error(loss.at, "expected an output of floating-point numbers, "
                               "got " +
                                   type);
    return std::nullopt;
  }
  Type wide = element.isF64() ? element : Type(b.getBuilder().getF32Type());
  LossParts parts{loss, output, b.cast(output, wide), Value()};
  std::string input = lossInputName(function, loss, index);
  std::optional<int64_t> classDim;
  if (loss.kind == LossKind::CrossEntropy) {
    classDim = classDimOf(loss, shapeOf(output).size());
    if (!classDim) {
      diagnostics.error(
          loss.classDimAt == plan::SourcePoint() ? loss.at : loss.classDimAt,
          "expected a class dimension of the output's " +
              Twine(shapeOf(output).size()) + ", got " + Twine(loss.classDim));
      return std::nullopt;
    }
  }
  if (!input.empty()) {
    parts.input = findInput(function, input);
    if (!parts.input || !checkInput(parts, classDim, diagnostics))
      return std::nullopt;
  }
  switch (loss.kind) {
  case LossKind::Sum:
    return scaledSum(b, parts, 1);
  case LossKind::Mean:
    return scaledSum(b, parts, 1 / parts.count());
  case LossKind::Mse:
    return meanSquares(b, parts);
  case LossKind::Cotangent:
    return cotangent(b, parts);
  case LossKind::CrossEntropy:
    return isa<FloatType>(elementOf(parts.input))
               ? probabilityEntropy(b, parts, *classDim)
               : classEntropy(b, parts, *classDim);
  }
  return std::nullopt;
}
