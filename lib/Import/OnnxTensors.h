//===- OnnxTensors.h - Values of ONNX tensor messages -----------*- C++ -*-===//

#ifndef DTC_LIB_IMPORT_ONNXTENSORS_H
#define DTC_LIB_IMPORT_ONNXTENSORS_H

#include "dtc/Import/ModelFiles.h"
#include "dtc/Import/Parameters.h"

namespace onnx {
class TensorProto;
} // namespace onnx

namespace dtc {

/// Where external data of a tensor lies.
struct ExternalData {
  std::string file; ///< relative to the model
  uint64_t offset = 0;
  uint64_t length = 0;
};

/// A tensor's value as a view: of the message, of a mapped file, or of
/// `storage` where the message packs elements differently.
struct TensorView {
  ParameterData data;
  std::shared_ptr<std::vector<char>> storage;
  std::optional<ExternalData> external;
};

/// The element type of an ONNX code, or an error that names it.
llvm::Expected<DType> elementTypeOf(int64_t onnxCode);

/// Checks type, shape and length, then views the tensor. The message and the
/// folder's files must outlive the view.
llvm::Expected<TensorView> viewTensor(const onnx::TensorProto &tensor,
                                      ModelFolder &folder);

/// A copy of a small tensor.
llvm::Expected<HostTensor> readTensor(const onnx::TensorProto &tensor,
                                      ModelFolder &folder);

} // namespace dtc

#endif // DTC_LIB_IMPORT_ONNXTENSORS_H
