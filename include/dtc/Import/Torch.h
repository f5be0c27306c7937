//===- Torch.h - torch.export archives to dtc programs ----------*- C++ -*-===//

#ifndef DTC_IMPORT_TORCH_H
#define DTC_IMPORT_TORCH_H

#include "dtc/Import/Onnx.h"

namespace dtc {

/// Reads a torch.export archive (`.pt2`, torch 2.9 and newer) into a module as
/// `importOnnx` makes them: one function `main` on plain tensors, module paths
/// from the exporter's module stacks, parameters under their names in the
/// module. Ops in place become functional values; updates of buffers are left
/// out with a warning. On bad input emits an error that names the node and
/// where it stands in the Python source.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
importTorch(mlir::MLIRContext *context, llvm::StringRef path,
            const ImportOptions &options, ParameterStore &parameters);

/// The same from bytes in memory, which must outlive `parameters`; `path` is
/// what messages and locations call them.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
importTorchBytes(mlir::MLIRContext *context, llvm::ArrayRef<char> bytes,
                 llvm::StringRef path, const ImportOptions &options,
                 ParameterStore &parameters);

} // namespace dtc

#endif // DTC_IMPORT_TORCH_H
