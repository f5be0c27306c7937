//===- CheckGradients.cpp - Gradients against finite differences ----------===//
//
// 1. The differentiated function gives the loss and the gradients; the loss of
//    the same function at moved inputs gives the differences.
// 2. Random inputs are moved off the grid of multiples of 1/64, where maxima
//    would tie and steps would lie.
// 3. Everything is f64: a central difference of step 1e-5 is good to about ten
//    digits.
//
//===----------------------------------------------------------------------===//

#include "CheckGradients.h"

#include "dtc/Interpreter/RandomInputs.h"
#include "dtc/Transforms/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Format.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

static constexpr int64_t maxPlaces = 40;
static constexpr double stepSize = 1e-5, tolerance = 1e-6;

static HostTensor copyOf(const HostTensor &tensor) {
  HostTensor copy(tensor.type(), tensor.shape());
  std::memcpy(copy.raw(), tensor.raw(), tensor.bytes());
  return copy;
}

/// Adds something below 1/128 that differs from element to element.
static void leaveGrid(NamedTensors &arrays, const NamedTensors &given) {
  for (auto &[name, array] : arrays) {
    if (!isFloat(array.type()) || given.count(name))
      continue;
    HostTensor moved = copyOf(array);
    for (int64_t i = 0; i < moved.size(); ++i) {
      double part = (i + 1) * 0.6180339887498949;
      moved.setDouble(i, moved.getDouble(i) + (part - std::floor(part)) / 128);
    }
    array = moved;
  }
}

namespace {

/// One differentiated function and what it runs on.
class GradientCheck {
public:
  GradientCheck(func::FuncOp function, ProgramInputs inputs)
      : function(function), inputs(std::move(inputs)) {}

  LogicalResult run();

private:
  FailureOr<double> lossWith(NamedTensors &arrays, const std::string &name,
                             int64_t place, double move);
  LogicalResult check(unsigned result, const HostTensor &gradient);

  func::FuncOp function;
  ProgramInputs inputs;
  unsigned lossIndex = 0;
};

} // namespace

FailureOr<double> GradientCheck::lossWith(NamedTensors &arrays,
                                          const std::string &name,
                                          int64_t place, double move) {
  HostTensor held = arrays[name], moved = copyOf(held);
  moved.setDouble(place, held.getDouble(place) + move);
  arrays[name] = moved;
  auto results = evaluateGlobal(function, inputs);
  arrays[name] = held;
  if (failed(results))
    return failure();
  return (*results)[lossIndex].getDouble(0);
}

LogicalResult GradientCheck::check(unsigned result,
                                   const HostTensor &gradient) {
  std::string name = getOutputName(function, result).substr(5);
  NamedTensors &arrays =
      inputs.inputs.count(name) ? inputs.inputs : inputs.parameters;
  if (gradient.type() != DType::F64)
    return function.emitError() << "expected a gradient of f64 for '" << name
                                << "', got " << stringify(gradient.type());
  int64_t count = std::min(gradient.size(), maxPlaces);
  bool isZero = true;
  for (int64_t i = 0; i < count; ++i) {
    int64_t place = i * gradient.size() / count;
    auto above = lossWith(arrays, name, place, stepSize);
    auto below = lossWith(arrays, name, place, -stepSize);
    if (failed(above) || failed(below))
      return failure();
    double expected = (*above - *below) / (2 * stepSize);
    double got = gradient.getDouble(place);
    isZero &= expected == 0;
    if (!(std::abs(got - expected) <= tolerance * (1 + std::abs(expected))))
      return function.emitError()
             << "expected a gradient of " << expected << " for element "
             << place << " of '" << name << "', got " << got;
  }
  llvm::outs() << "grad." << name << " agrees at " << count << " places"
               << (isZero ? ", all zero" : "") << "\n";
  return success();
}

LogicalResult GradientCheck::run() {
  auto results = evaluateGlobal(function, inputs);
  if (failed(results))
    return failure();
  bool hasLoss = false, hasGradient = false;
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (getOutputName(function, i) == "loss") {
      lossIndex = i;
      hasLoss = true;
    }
  if (!hasLoss)
    return function.emitError() << "expected a spec that returns the loss";
  for (unsigned i = 0; i < function.getNumResults(); ++i) {
    if (!StringRef(getOutputName(function, i)).starts_with("grad."))
      continue;
    hasGradient = true;
    if (failed(check(i, (*results)[i])))
      return failure();
  }
  if (!hasGradient)
    return function.emitError() << "expected a spec that returns gradients";
  return success();
}

LogicalResult dtc::checkGradients(func::FuncOp function, StringRef specFile,
                                  uint64_t seed, ProgramInputs inputs) {
  OwningOpRef<ModuleOp> module(
      function->getParentOfType<ModuleOp>().clone());
  PassManager passes(function.getContext());
  DifferentiateOptions options;
  options.specFile = specFile.str();
  passes.addPass(createDifferentiate(options));
  if (failed(passes.run(*module)))
    return failure();
  auto step = module->lookupSymbol<func::FuncOp>(function.getName());
  NamedTensors givenInputs = inputs.inputs, givenParameters = inputs.parameters;
  if (failed(addRandomInputs(step, seed, inputs)))
    return failure();
  leaveGrid(inputs.inputs, givenInputs);
  leaveGrid(inputs.parameters, givenParameters);
  return GradientCheck(step, std::move(inputs)).run();
}
