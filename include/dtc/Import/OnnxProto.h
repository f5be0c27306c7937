//===- OnnxProto.h - ONNX files as messages ---------------------*- C++ -*-===//

#ifndef DTC_IMPORT_ONNXPROTO_H
#define DTC_IMPORT_ONNXPROTO_H

#include "onnx-ml.pb.h"

#include <cstdint>
#include <memory>
#include <string>

namespace dtc {

/// Parses the bytes of an ONNX file. Returns null and sets `error` on bytes
/// that are no model, nest too deeply, or would take far more memory as
/// messages than as a file. The model owns its memory; `data` may go.
std::shared_ptr<const onnx::ModelProto>
parseOnnxModel(const char *data, uint64_t size, std::string &error);

} // namespace dtc

#endif // DTC_IMPORT_ONNXPROTO_H
