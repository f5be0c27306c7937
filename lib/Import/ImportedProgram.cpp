//===- ImportedProgram.cpp - The program under construction
//-------------------===//

#include "ImportedProgram.h"

#include "mlir/IR/Verifier.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dtc;

ImportedProgram::ImportedProgram(MLIRContext *context, StringRef file)
    : file(file.str()), builder(context) {
  Location location = FileLineColLoc::get(context, file, 0, 0);
  module = ModuleOp::create(location);
  (*module)->setAttr("dtc.model", builder.getStringAttr(file));
  builder.setInsertionPointToEnd(module->getBody());
  function = func::FuncOp::create(builder, location, "main",
                                  builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(function.addEntryBlock());
}

ImportedProgram::~ImportedProgram() = default;

Value ImportedProgram::addArgument(StringRef name, RankedTensorType type) {
  Location location = makeSourceLocation(getContext(), name, "", file, 0);
  return function.front().addArgument(type, location);
}

Value ImportedProgram::addKnown(HostTensor value, Location location) {
  auto type = RankedTensorType::get(value.shape(),
                                    getElementType(value.type(), getContext()));
  Value placeholder = scratch.addArgument(type, location);
  knowns.try_emplace(placeholder, Known{std::move(value), location, nullptr});
  return placeholder;
}

bool ImportedProgram::reserveConstant(int64_t elements) {
  if (elements > constantBudget)
    return false;
  constantBudget -= elements;
  return true;
}

const HostTensor *ImportedProgram::known(Value value) const {
  auto found = knowns.find(value);
  return found == knowns.end() ? nullptr : &found->second.value;
}

Value ImportedProgram::materialize(Value value) {
  auto found = knowns.find(value);
  if (found == knowns.end())
    return value;
  Known &known = found->second;
  if (!known.constant) {
    ElementsAttr elements = known.value.toAttribute(getContext());
    known.constant =
        ConstantOp::create(builder, known.location, value.getType(), elements);
  }
  return known.constant;
}

/// A type for a message, which a hostile one must not fill.
static std::string describeType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (tensor && tensor.getRank() > int64_t(maxTensorRank))
    return std::to_string(tensor.getRank()) + " dimensions";
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

LogicalResult ImportedProgram::inferTypes(OperationState &state) {
  if (auto *inference = state.name.getInterface<InferTypeOpInterface>()) {
    state.types.clear();
    if (failed(inference->inferReturnTypes(
            getContext(), state.location, state.operands,
            state.attributes.getDictionary(getContext()),
            state.getRawProperties(), state.regions, state.types)))
      return failure();
  }
  for (Type type : state.types) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !countElements(tensor.getShape()))
      return emitError(state.location)
             << "expected results of less than 2^44 elements and at most "
             << maxTensorRank << " dimensions, got " << describeType(type);
  }
  return success();
}

/// Small operands and results, few steps in all (the size of the op's
/// iteration space: a contraction takes more steps than it has elements).
bool ImportedProgram::canEvaluate(Operation *op) {
  auto rule = dyn_cast<ShardingRuleInterface>(op);
  // What random ops draw depends on the step.
  if (!rule || !isa<EvaluateInterface>(op) || isa<RandomInterface>(op) ||
      op->getNumOperands() == 0)
    return false;
  int64_t steps = 1;
  for (TypeRange types :
       {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
    for (Type type : types) {
      auto count = countElements(cast<RankedTensorType>(type).getShape());
      if (!count || *count > maxKnownElements)
        return false;
      steps += *count;
    }
  int64_t space = 1;
  for (const Factor &factor : rule.getShardingRule().factors)
    if (llvm::MulOverflow(space, std::max<int64_t>(factor.size, 1), space))
      return false;
  steps = llvm::SaturatingAdd<uint64_t>(steps, space);
  if (steps > 16 * maxKnownElements || steps > evaluationBudget)
    return false;
  evaluationBudget -= steps;
  return true;
}

LogicalResult ImportedProgram::evaluate(OperationState &state,
                                        SmallVectorImpl<Value> &results,
                                        bool &evaluated) {
  OpBuilder scratchBuilder(getContext());
  scratchBuilder.setInsertionPointToEnd(&scratch);
  Operation *op = scratchBuilder.create(state);
  LogicalResult outcome = verify(op, /*verifyRecursively=*/false);
  SmallVector<HostTensor> operands, values;
  if (succeeded(outcome) && canEvaluate(op)) {
    evaluated = true;
    for (Value operand : op->getOperands())
      operands.push_back(*known(operand));
    outcome = cast<EvaluateInterface>(op).evaluate(operands, values);
  }
  if (failed(outcome) || !evaluated) {
    op->erase();
    return outcome;
  }
  op->erase();
  for (HostTensor &value : values)
    results.push_back(addKnown(std::move(value), state.location));
  return success();
}

LogicalResult ImportedProgram::insert(OperationState &state,
                                      SmallVectorImpl<Value> &results) {
  for (Value &operand : state.operands)
    operand = materialize(operand);
  Operation *op = builder.create(state);
  if (failed(verify(op, /*verifyRecursively=*/false)))
    return failure();
  llvm::append_range(results, op->getResults());
  return success();
}

LogicalResult ImportedProgram::finish(OperationState &state,
                                      SmallVectorImpl<Value> &results,
                                      std::string &message) {
  if (llvm::is_contained(state.operands, Value()))
    return success();
  ScopedDiagnosticHandler handler(getContext(), [&](Diagnostic &diagnostic) {
    if (message.empty())
      message = diagnostic.str();
    return success();
  });
  if (failed(inferTypes(state)))
    return failure();
  bool allKnown =
      !state.operands.empty() &&
      llvm::all_of(state.operands, [&](Value v) { return knowns.contains(v); });
  if (allKnown) {
    // Creating an op copies from the state, so it serves a second time when the
    // op turns out too large to evaluate.
    bool evaluated = false;
    if (failed(evaluate(state, results, evaluated)))
      return failure();
    if (evaluated)
      return success();
  }
  return insert(state, results);
}

void ImportedProgram::nameValue(Value value, StringRef name,
                                StringRef modulePath, unsigned node) {
  Location location =
      makeSourceLocation(getContext(), name, modulePath, file, node);
  auto known = knowns.find(value);
  if (known != knowns.end()) {
    if (getValueName(known->second.location).empty())
      known->second.location = location;
    return;
  }
  Operation *op = value.getDefiningOp();
  if (op && getValueName(op->getLoc()).empty())
    op->setLoc(location);
}

OwningOpRef<ModuleOp>
ImportedProgram::finalize(ArrayRef<std::pair<std::string, Value>> outputs) {
  SmallVector<Value> values;
  for (const auto &[name, value] : outputs)
    values.push_back(materialize(value));
  func::ReturnOp::create(builder, function.getLoc(), values);
  Block &body = function.front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (isOpTriviallyDead(&op))
      op.erase();
  SmallVector<Type> types =
      llvm::map_to_vector(values, [](Value value) { return value.getType(); });
  function.setType(builder.getFunctionType(body.getArgumentTypes(), types));
  for (auto [i, argument] : llvm::enumerate(body.getArguments()))
    function.setArgAttr(i, "dtc.name",
                        builder.getStringAttr(getValueName(argument.getLoc())));
  for (auto [i, output] : llvm::enumerate(outputs))
    function.setResultAttr(i, "dtc.name", builder.getStringAttr(output.first));
  return std::move(module);
}
