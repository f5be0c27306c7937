//===- Compilation.h - The way of a model through the compiler --*- C++ -*-===//
//
// The stages of dtc-compile: each takes the module of the one before. Messages
// go to the context's diagnostic handlers; warnings are also kept for the
// report.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_DRIVER_COMPILATION_H
#define DTC_DRIVER_COMPILATION_H

#include "dtc/IR/Dtc.h"
#include "dtc/Import/Onnx.h"

#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/JSON.h"

#include <optional>

namespace dtc {

/// In the order in which a model goes through them.
enum class Stage {
  Imported,
  Planned,
  Placed,
  Collectives,
  Local,
  Lowered,
  Llvm,
  Ptx,
  Bundle,
  /// Not a stage of its own: the model's file with what `Placed` decided.
  OnnxAnnotated,
};

/// What code is generated for.
enum class CodeTarget { Cpu, Cuda };

struct CompileOptions {
  std::string model;
  std::string output;
  std::string meshText;
  std::string planFile;
  /// Compile the training step of this spec; empty: the forward pass.
  std::string trainFile;
  CodeTarget target = CodeTarget::Cpu;
  std::string cpu = "native";
  std::string cudaArchitecture = "sm_90";
  std::string reportFile;
  llvm::StringMap<int64_t> dims;
  llvm::StringMap<llvm::SmallVector<int64_t>> inputShapes;
  std::vector<std::string> inputNames, outputNames;
  Stage stage = Stage::Bundle;
  int64_t rank = 0;
  unsigned jobs = 1;
  bool allowExternalLinks = false;
  bool combineCollectives = false;
  bool explain = false;
  bool progress = false;
  bool timing = false;
  bool verifyEach = false;
};

/// One run of the compiler.
class Compilation {
public:
  explicit Compilation(const CompileOptions &options);
  ~Compilation();

  /// Runs up to the wanted stage and writes what it asks for. Returns the exit
  /// status: 0; 1 bad input; 2 an option that does not fit it. Errors have been
  /// printed.
  int run();

private:
  mlir::LogicalResult importModel();
  mlir::LogicalResult parseProgram();
  mlir::LogicalResult acceptPlacements();
  mlir::LogicalResult runPasses(mlir::ModuleOp module, Stage from, Stage to);
  mlir::LogicalResult emitText(Stage stage);
  mlir::LogicalResult emitAnnotated();
  mlir::LogicalResult readBack(llvm::StringRef bytes,
                               llvm::json::Object &report);
  mlir::LogicalResult writeOutput(llvm::StringRef bytes);
  ImportOptions importOptions() const;
  mlir::LogicalResult printStage(Stage stage, llvm::raw_ostream &os);
  mlir::LogicalResult printCudaStage(Stage stage, llvm::raw_ostream &os);
  mlir::LogicalResult writeBundle();
  void beginStep(llvm::StringRef what);

  const CompileOptions &options;
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  ParameterStore parameters;
  /// The stage that the model was at: placed, when its text says placements.
  Stage imported = Stage::Imported;
  std::vector<std::string> warnings;
  std::string lastStep;
};

} // namespace dtc

#endif // DTC_DRIVER_COMPILATION_H
