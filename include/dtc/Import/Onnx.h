//===- Onnx.h - ONNX files to dtc programs --------------*- C++ -*-===//

#ifndef DTC_IMPORT_ONNX_H
#define DTC_IMPORT_ONNX_H

#include "dtc/Import/ModelFiles.h"
#include "dtc/Import/Parameters.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"

#include <string>
#include <vector>

namespace dtc {

/// What becomes of the placements that a model carries.
enum class DeviceAnnotations { Read, Ignore };

/// What the user says about a model that its file leaves open.
struct ImportOptions {
  /// Symbolic dimension -> extent.
  llvm::StringMap<int64_t> dims;
  /// Graph input -> shape.
  llvm::StringMap<llvm::SmallVector<int64_t>> inputShapes;
  /// New names of all inputs and outputs, in order; empty: the model's own.
  std::vector<std::string> inputNames;
  std::vector<std::string> outputNames;
  /// External data may be symbolic or hard links.
  bool allowExternalLinks = false;
  DeviceAnnotations annotations = DeviceAnnotations::Read;
  /// The mesh that the user wants, as text; chooses among annotations.
  std::string meshText;
};

/// Reads an ONNX file (opset 13 and newer) into a module with one function
/// `main` on plain tensors: static shapes, shape arithmetic folded away, one
/// `dtc.parameter` for each weight in use, value names and module paths in
/// locations. Puts the weights' bytes (views of mapped files where possible)
/// into `parameters`. On bad input emits an error that names the node.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
importOnnx(mlir::MLIRContext *context, llvm::StringRef path,
           const ImportOptions &options, ParameterStore &parameters);

/// The same from bytes in memory; `path` is what messages and locations call
/// them, and its folder is where external data lies.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
importOnnxBytes(mlir::MLIRContext *context, llvm::ArrayRef<char> bytes,
                llvm::StringRef path, const ImportOptions &options,
                ParameterStore &parameters);

} // namespace dtc

#endif // DTC_IMPORT_ONNX_H
