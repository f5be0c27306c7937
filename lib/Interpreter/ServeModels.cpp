//===- ServeModels.cpp - Many small models in one process -----------------===//
//
// Tests run thousands of models of one node each; starting a program for each
// would cost more than running it.
//
// 1. A request is a JSON object on one line: the model (.onnx, .pt2), a file
//    with its inputs, the file to write its results to, and optionally a plan
//    and a mesh as dtc-compile takes them.
// 2. The answer is a JSON object on one line: {"ok": true}, or {"error": text}
//    with the messages one after the other.
// 3. With a mesh the model runs globally, placed and as the local programs of
//    all ranks; the results written are the local programs'. {"mesh_differs":
//    x} is the largest difference between them and the global program's.
//
//===----------------------------------------------------------------------===//

#include "ArrayFiles.h"

#include "dtc/Import/Torch.h"
#include "dtc/Interpreter/InterpretMain.h"
#include "dtc/Transforms/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/JSON.h"

#include <iostream>

using namespace mlir;
using namespace dtc;

namespace {

/// One request's model and what its messages are.
class ModelRun {
public:
  ModelRun(MLIRContext &context, const llvm::json::Object &request)
      : context(context), request(request) {}

  LogicalResult run();
  double meshDiffers() const { return differs; }

private:
  std::string text(StringRef key) const {
    return request.getString(key).value_or("").str();
  }
  LogicalResult fail(llvm::Error error) {
    return emitError(UnknownLoc::get(&context))
           << llvm::toString(std::move(error));
  }
  LogicalResult import();
  LogicalResult place();
  FailureOr<std::vector<HostTensor>> runLocal();
  func::FuncOp main(ModuleOp module) {
    return module.lookupSymbol<func::FuncOp>("main");
  }

  MLIRContext &context;
  const llvm::json::Object &request;
  ParameterStore store;
  ProgramInputs inputs;
  OwningOpRef<ModuleOp> module;
  double differs = 0;
};

} // namespace

/// Inputs with dimensions that the model leaves open get the arrays' shapes.
LogicalResult ModelRun::import() {
  if (llvm::Error error = readArrays(text("input"), inputs.inputs))
    return fail(std::move(error));
  ImportOptions options;
  for (const auto &[name, array] : inputs.inputs)
    options.inputShapes[name] = llvm::SmallVector<int64_t>(array.shape());
  auto imported = StringRef(text("model")).ends_with(".pt2")
                      ? importTorch(&context, text("model"), options, store)
                      : importOnnx(&context, text("model"), options, store);
  if (failed(imported))
    return failure();
  module = std::move(*imported);
  for (const auto &[name, data] : store.all()) {
    HostTensor array(data.type, data.shape);
    std::memcpy(array.raw(), data.bytes.data(), data.bytes.size());
    inputs.parameters[name] = std::move(array);
  }
  narrowInputs(main(*module), inputs);
  return success();
}

LogicalResult ModelRun::place() {
  PassManager passes(&context);
  passes.addPass(createCanonicalizerPass());
  ApplyPlanOptions plan;
  plan.planFile = text("plan");
  plan.meshText = text("mesh");
  passes.addPass(createApplyPlan(plan));
  passes.addPass(createPropagatePlacements());
  return passes.run(*module);
}

FailureOr<std::vector<HostTensor>> ModelRun::runLocal() {
  PassManager collectives(&context);
  collectives.addPass(createInsertCollectives());
  collectives.addPass(createOptimizeCollectives());
  if (failed(collectives.run(*module)))
    return failure();
  auto mesh = (*module)->getAttrOfType<MeshAttr>("dtc.mesh");
  if (!mesh)
    return emitError(UnknownLoc::get(&context)) << "expected a mesh, got none";
  SmallVector<OwningOpRef<ModuleOp>> modules;
  SmallVector<func::FuncOp> ranks;
  for (int64_t rank = 0; rank < mesh.getMesh().numRanks(); ++rank) {
    LocalizeOptions localize;
    localize.rank = rank;
    modules.emplace_back(module->clone());
    PassManager passes(&context);
    passes.addPass(createLocalize(localize));
    if (failed(passes.run(*modules.back())))
      return failure();
    ranks.push_back(main(*modules.back()));
  }
  return evaluateLocal(ranks, inputs);
}

LogicalResult ModelRun::run() {
  if (failed(import()))
    return failure();
  FailureOr<std::vector<HostTensor>> results =
      evaluateGlobal(main(*module), inputs);
  if (failed(results))
    return failure();
  if (!text("mesh").empty()) {
    std::vector<HostTensor> global = std::move(*results);
    if (failed(place()))
      return failure();
    results = runLocal();
    if (failed(results))
      return failure();
    for (auto [before, after] : llvm::zip(global, *results))
      differs = std::max(differs, largestDifference(before, after));
  }
  if (llvm::Error error = writeResults(text("output"), main(*module), *results))
    return fail(std::move(error));
  return success();
}

static llvm::json::Object answer(MLIRContext &context, StringRef line) {
  auto request = llvm::json::parse(line);
  if (!request || !request->getAsObject()) {
    std::string why = request ? "expected a JSON object"
                              : llvm::toString(request.takeError());
    return llvm::json::Object{{"error", "request: " + why}};
  }
  std::string messages;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error) {
      messages += (messages.empty() ? "" : "; ") + diagnostic.str();
      for (Diagnostic &note : diagnostic.getNotes())
        messages += "; " + note.str();
    }
    return success();
  });
  ModelRun model(context, *request->getAsObject());
  if (failed(model.run()))
    return llvm::json::Object{{"error", llvm::json::fixUTF8(messages)}};
  return llvm::json::Object{{"ok", true},
                            {"mesh_differs", model.meshDiffers()}};
}

int dtc::serveModels(MLIRContext &context) {
  std::string line;
  while (std::getline(std::cin, line)) {
    llvm::outs() << llvm::json::Value(answer(context, line)) << "\n";
    llvm::outs().flush();
  }
  return 0;
}
