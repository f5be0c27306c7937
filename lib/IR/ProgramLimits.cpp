//===- ProgramLimits.cpp - What a program given as text may hold ----------===//

#include "dtc/IR/ProgramLimits.h"

#include "dtc/IR/Dtc.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dtc;

std::optional<int64_t> dtc::countElements(ArrayRef<int64_t> shape) {
  if (shape.size() > maxTensorRank)
    return std::nullopt;
  // Zeros are left out, so that strides and partial products fit as well.
  int64_t product = 1;
  bool empty = false;
  for (int64_t extent : shape) {
    if (extent < 0)
      return std::nullopt;
    empty |= extent == 0;
    if (llvm::MulOverflow(product, std::max<int64_t>(extent, 1), product) ||
        product > maxTensorElements)
      return std::nullopt;
  }
  return empty ? 0 : product;
}

static bool isKnownElement(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return (integer.getWidth() == 1 && integer.isSignless()) ||
           (!integer.isSigned() &&
            llvm::is_contained({8u, 16u, 32u, 64u}, integer.getWidth()));
  return type.isF16() || type.isBF16() || type.isF32() || type.isF64();
}

/// What is wrong with a type, or nothing.
static std::string findProblem(Type type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (auto async = dyn_cast<AsyncType>(type))
    type = async.getValueType();
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    os << "expected a tensor of static shape, got " << type;
  else if (tensor.getRank() > static_cast<int64_t>(maxTensorRank))
    os << "expected at most " << maxTensorRank << " dimensions, got "
       << tensor.getRank();
  else if (!countElements(tensor.getShape()))
    os << "expected less than 2^44 elements, got " << type;
  else if (!isKnownElement(tensor.getElementType()))
    os << "expected elements of f16, bf16, f32, f64, i1 or signless or "
          "unsigned integers of 8 to 64 bits, got "
       << type;
  return text;
}

static LogicalResult verifyTypes(Operation *op, TypeRange types,
                                 StringRef what) {
  for (auto [i, type] : llvm::enumerate(types))
    if (std::string problem = findProblem(type); !problem.empty())
      return op->emitError() << what << " " << i << ": " << problem;
  return success();
}

static LogicalResult verifyFunction(func::FuncOp function) {
  if (function.isExternal() || !function.getBody().hasOneBlock())
    return function.emitError() << "'" << function.getName()
                                << "': expected a function with one block";
  if (failed(verifyTypes(function, function.getArgumentTypes(), "argument")) ||
      failed(verifyTypes(function, function.getResultTypes(), "result")))
    return failure();
  for (Operation &op : function.front()) {
    if (!isa<func::ReturnOp>(op) &&
        !isa_and_nonnull<DtcDialect>(op.getDialect()))
      return op.emitError()
             << "'" << op.getName() << "': expected an op of the dtc dialect";
    if (failed(verifyTypes(&op, op.getResultTypes(), "result")))
      return failure();
  }
  return success();
}

LogicalResult dtc::verifyProgram(ModuleOp module) {
  for (Operation &op : *module.getBody()) {
    auto function = dyn_cast<func::FuncOp>(op);
    if (!function)
      return op.emitError()
             << "'" << op.getName() << "': expected functions only";
    if (failed(verifyFunction(function)))
      return failure();
  }
  return success();
}
