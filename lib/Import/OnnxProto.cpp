//===- OnnxProto.cpp - Parsing hostile bytes into messages ----------------===//
//
// A file of two-byte empty submessages grows a hundredfold in memory, so the
// messages live in an arena with a budget in proportion to the file. This file
// is built with exceptions, which is how the arena stops the parser.
//
//===----------------------------------------------------------------------===//

#include "dtc/Import/OnnxProto.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <new>

namespace {

constexpr uint64_t baseBudget = uint64_t(256) << 20;
constexpr uint64_t bytesPerFileByte = 12;
constexpr int nestingLimit = 200;

/// Bytes that the arena being filled may still take. The hooks of an arena
/// have no context argument.
thread_local uint64_t budgetLeft = 0;

void *allocateBlock(size_t bytes) {
  if (bytes > budgetLeft)
    throw std::bad_alloc();
  budgetLeft -= bytes;
  if (void *block = std::malloc(bytes))
    return block;
  throw std::bad_alloc();
}

void freeBlock(void *block, size_t) { std::free(block); }

google::protobuf::ArenaOptions arenaOptions() {
  google::protobuf::ArenaOptions options;
  options.block_alloc = allocateBlock;
  options.block_dealloc = freeBlock;
  return options;
}

struct OwnedModel {
  google::protobuf::Arena arena{arenaOptions()};
  onnx::ModelProto *model = nullptr;
};

bool parse(const char *data, uint64_t size, OwnedModel &owned,
           std::string &error) {
  google::protobuf::LogSilencer silencer;
  google::protobuf::io::ArrayInputStream bytes(data, static_cast<int>(size));
  google::protobuf::io::CodedInputStream stream(&bytes);
  stream.SetTotalBytesLimit(INT_MAX);
  stream.SetRecursionLimit(nestingLimit);
  owned.model =
      google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&owned.arena);
  if (owned.model->ParseFromCodedStream(&stream) &&
      stream.ConsumedEntireMessage())
    return true;
  error = "expected an ONNX model, got bytes that are not one (or that nest "
          "too deeply)";
  return false;
}

} // namespace

std::shared_ptr<const onnx::ModelProto>
dtc::parseOnnxModel(const char *data, uint64_t size, std::string &error) {
  if (size >= INT_MAX) {
    error = "expected less than 2 GiB, got " + std::to_string(size) +
            " bytes: store the weights as external data";
    return nullptr;
  }
  try {
    budgetLeft = std::max(baseBudget, size * bytesPerFileByte);
    auto owned = std::make_shared<OwnedModel>();
    if (!parse(data, size, *owned, error))
      return nullptr;
    return {owned, owned->model};
  } catch (const std::bad_alloc &) {
    error = "expected an ONNX model, got one that takes more memory than its "
            "size of " +
            std::to_string(size) + " bytes can explain";
    return nullptr;
  }
}
