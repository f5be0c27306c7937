//===- FuzzOnnx.cpp - Any bytes as an ONNX model --------------------------===//
//
// Imports the bytes as a model in a folder that does not exist. Whatever is
// imported must verify; everything else must end in an error.
//
//   dtc-fuzz-onnx CORPUS -max_len=65536 -timeout=5 -rss_limit_mb=2048
//
// Small models of test/Fixtures are a good corpus to start from.
//
//===----------------------------------------------------------------------===//

#include "dtc/Import/Onnx.h"

#include "mlir/IR/MLIRContext.h"

#include <cstdlib>

using namespace mlir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  bool hasError = false;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    hasError |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return success();
  });
  dtc::ImportOptions options;
  options.dims["batch"] = 2;
  options.dims["sequence"] = 3;
  dtc::ParameterStore parameters;
  auto module = dtc::importOnnxBytes(
      &context,
      llvm::ArrayRef<char>(reinterpret_cast<const char *>(data), size),
      "/nonexistent/fuzz.onnx", options, parameters);
  // A refusal without a reason is a defect, and so is a reason without one.
  if (failed(module) != hasError)
    std::abort();
  return 0;
}
