//===- FuzzTorch.cpp - Any bytes as a torch.export archive ----------------===//
//
// Imports the bytes as an archive; bytes that do not begin as a zip file are
// taken as the program's JSON and get an archive around them, so that the
// fuzzer reaches what checksums would keep from it. Whatever is imported must
// verify; everything else must end in an error.
//
//   dtc-fuzz-torch CORPUS -max_len=65536 -timeout=5 -rss_limit_mb=2048
//
// Small archives of test/Fixtures and the JSON in them are a good corpus.
//
//===----------------------------------------------------------------------===//

#include "dtc/Import/Torch.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Endian.h"

#include <cstdlib>

using namespace mlir;

namespace {

/// A zip archive of stored members.
class Archive {
public:
  void add(llvm::StringRef name, llvm::StringRef data) {
    uint32_t offset = bytes.size();
    std::string fields;
    number(fields, 0, 4); // flags, stored
    number(fields, 0, 4); // time
    llvm::ArrayRef<uint8_t> view(reinterpret_cast<const uint8_t *>(data.data()),
                                 data.size());
    number(fields, llvm::crc32(view), 4);
    number(fields, data.size(), 4);
    number(fields, data.size(), 4);
    number(fields, name.size(), 2);
    number(fields, 0, 2);
    bytes += "PK\3\4";
    number(bytes, 20, 2);
    bytes += fields + name.str() + data.str();
    directory += "PK\1\2";
    number(directory, 20, 2);
    number(directory, 20, 2);
    directory += fields;
    number(directory, 0, 10);
    number(directory, offset, 4);
    directory += name.str();
    ++count;
  }
  std::string finish() {
    uint32_t offset = bytes.size();
    bytes += directory + "PK\5\6";
    number(bytes, 0, 4);
    number(bytes, count, 2);
    number(bytes, count, 2);
    number(bytes, directory.size(), 4);
    number(bytes, offset, 4);
    number(bytes, 0, 2);
    return bytes;
  }

private:
  static void number(std::string &to, uint64_t value, unsigned width) {
    for (unsigned i = 0; i < width; ++i, value >>= 8)
      to += static_cast<char>(value);
  }

  std::string bytes, directory;
  unsigned count = 0;
};

} // namespace

/// The JSON between two lists of weights, all in the first member.
static std::string wrap(llvm::StringRef json) {
  static const char weights[] =
      R"({"config": {"w": {"path_name": "weight_0", "is_param": true,)"
      R"( "use_pickle": false, "tensor_meta": {"dtype": 7, "sizes":)"
      R"( [{"as_int": 4}, {"as_int": 4}], "strides": [{"as_int": 4},)"
      R"( {"as_int": 1}], "storage_offset": {"as_int": 0}, "layout": 7}}}})";
  Archive archive;
  archive.add("m/data/weights/weight_0", std::string(64, '\1'));
  archive.add("m/data/weights/model_weights_config.json", weights);
  archive.add("m/data/constants/model_constants_config.json",
              R"({"config": {}})");
  archive.add("m/models/model.json", json);
  return archive.finish();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  bool hasError = false;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    hasError |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return success();
  });
  dtc::ImportOptions options;
  for (llvm::StringRef symbol : {"s0", "s1", "s77"})
    options.dims[symbol] = 3;
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  std::string archive = text.starts_with("PK") ? text.str() : wrap(text);
  dtc::ParameterStore parameters;
  auto module = dtc::importTorchBytes(
      &context, archive, "/nonexistent/fuzz.pt2", options, parameters);
  // A refusal without a reason is a defect, and so is a reason without one.
  if (failed(module) != hasError)
    std::abort();
  return 0;
}
