//===- OnnxAnnotate.cpp - ONNX files with placements written in -----------===//
//
// Works on the encoded file, field by field, so that tensors are never decoded:
//
// 1. Of the model the fields `ir_version`, `configuration` and our own metadata
//    are left out; all others are copied as they are.
// 2. The graph is copied too, except for its nodes: of these the annotations
//    are left out, also in branches, and the new ones appended. The same for
//    the nodes of functions.
// 3. The new version, configuration and metadata go to the end: the order of
//    fields means nothing.
//
// Encoding: https://protobuf.dev/programming-guides/encoding
//
//===----------------------------------------------------------------------===//

#include "dtc/Import/OnnxAnnotate.h"

#include "dtc/Import/DeviceSharding.h"
#include "dtc/Import/OnnxProto.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

#include <climits>

using namespace dtc;
using llvm::StringRef;

/// The first version of the format that has annotations.
static constexpr int64_t annotatedVersion = 11;
static constexpr unsigned nestingLimit = 200;

namespace {

enum class Wire : unsigned { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

/// One field of an encoded message.
struct Field {
  int number = 0;
  Wire wire = Wire::Varint;
  StringRef whole;    ///< with its tag and length
  StringRef payload;  ///< Bytes: the bytes
  uint64_t value = 0; ///< Varint: the number

  bool isMessage(int wanted) const {
    return number == wanted && wire == Wire::Bytes;
  }
};

/// The fields of an encoded message, one by one.
class FieldReader {
public:
  explicit FieldReader(StringRef message) : rest(message) {}
  bool atEnd() const { return rest.empty() || failed; }
  bool hasFailed() const { return failed; }
  Field next();

private:
  uint64_t varint();
  StringRef take(uint64_t count);

  StringRef rest;
  bool failed = false;
};

/// The rewriting of one model.
class Annotator {
public:
  explicit Annotator(const AnnotationSet &set) : set(set) {}
  llvm::Expected<std::string> rewrite(StringRef model);

private:
  std::string rewriteGraph(StringRef graph);
  std::string rewriteFunction(StringRef function);
  std::string stripNode(StringRef node, unsigned depth);
  std::string stripAttribute(StringRef attribute, unsigned depth);
  std::string stripSubgraph(StringRef graph, unsigned depth);
  std::string annotationOf(uint64_t node) const;
  void appendModelFields(std::string &out) const;

  const AnnotationSet &set;
  bool failed = false;
  int64_t version = 0;
  uint64_t nextNode = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// Encoding
//===----------------------------------------------------------------------===//

uint64_t FieldReader::varint() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest.empty())
      break;
    uint8_t byte = rest.front();
    rest = rest.drop_front();
    value |= uint64_t(byte & 0x7f) << shift;
    if (byte < 0x80)
      return value;
  }
  failed = true;
  return 0;
}

StringRef FieldReader::take(uint64_t count) {
  failed |= count > rest.size();
  StringRef taken = rest.take_front(failed ? 0 : count);
  rest = rest.drop_front(taken.size());
  return taken;
}

Field FieldReader::next() {
  Field field;
  const char *begin = rest.data();
  uint64_t tag = varint();
  field.number = static_cast<int>(tag >> 3);
  field.wire = static_cast<Wire>(tag & 7);
  switch (field.wire) {
  case Wire::Varint:
    field.value = varint();
    break;
  case Wire::Fixed64:
    take(8);
    break;
  case Wire::Fixed32:
    take(4);
    break;
  case Wire::Bytes:
    field.payload = take(varint());
    break;
  default:
    failed = true;
  }
  field.whole = StringRef(begin, rest.data() - begin);
  return field;
}

static void appendVarint(std::string &out, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    out += static_cast<char>(0x80 | (value & 0x7f));
  out += static_cast<char>(value);
}

static void appendBytes(std::string &out, int number, StringRef bytes) {
  appendVarint(out, uint64_t(number) << 3 | unsigned(Wire::Bytes));
  appendVarint(out, bytes.size());
  out += bytes;
}

//===----------------------------------------------------------------------===//
// Annotations as messages
//===----------------------------------------------------------------------===//

std::string dtc::configurationName(const Mesh &mesh) {
  std::string name;
  for (const MeshAxis &axis : mesh.axes)
    name +=
        (name.empty() ? "" : ",") + axis.name + "=" + std::to_string(axis.size);
  return name;
}

/// Lists devices, or where several hold a piece, groups with negative keys.
static void addHolders(const DeviceSharding &sharding,
                       onnx::ShardingSpecProto &spec) {
  std::vector<std::vector<int64_t>> holders(sharding.numPieces());
  for (auto [device, piece] : llvm::enumerate(sharding.pieceOf))
    holders[piece].push_back(device);
  for (auto [piece, devices] : llvm::enumerate(holders)) {
    if (devices.size() == 1) {
      spec.add_device(devices.front());
      continue;
    }
    int64_t key = -1 - static_cast<int64_t>(piece);
    spec.add_device(key);
    auto *group = spec.add_index_to_device_group_map();
    group->set_key(key);
    for (int64_t device : devices)
      group->add_value(device);
  }
}

std::string Annotator::annotationOf(uint64_t node) const {
  auto found = set.nodes.find(node);
  if (found == set.nodes.end())
    return "";
  onnx::NodeDeviceConfigurationProto annotation;
  annotation.set_configuration_id(configurationName(set.mesh));
  for (const TensorPlacements &tensor : found->second) {
    auto sharding = shardingOf(set.mesh, tensor.placements);
    if (!sharding)
      continue;
    onnx::ShardingSpecProto &spec = *annotation.add_sharding_spec();
    spec.set_tensor_name(tensor.tensor);
    addHolders(*sharding, spec);
    for (const ShardedDim &sharded : sharding->dims) {
      auto *dim = spec.add_sharded_dim();
      dim->set_axis(sharded.dim);
      dim->add_simple_sharding()->set_num_shards(sharded.pieces);
    }
  }
  if (annotation.sharding_spec_size() == 0)
    return "";
  std::string out;
  appendBytes(out, onnx::NodeProto::kDeviceConfigurationsFieldNumber,
              annotation.SerializeAsString());
  return out;
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

std::string Annotator::stripSubgraph(StringRef graph, unsigned depth) {
  std::string out;
  FieldReader reader(graph);
  while (!reader.atEnd()) {
    Field field = reader.next();
    if (field.isMessage(onnx::GraphProto::kNodeFieldNumber))
      appendBytes(out, field.number, stripNode(field.payload, depth));
    else
      out += field.whole;
  }
  failed |= reader.hasFailed();
  return out;
}

std::string Annotator::stripAttribute(StringRef attribute, unsigned depth) {
  std::string out;
  FieldReader reader(attribute);
  while (!reader.atEnd()) {
    Field field = reader.next();
    if (field.isMessage(onnx::AttributeProto::kGFieldNumber) ||
        field.isMessage(onnx::AttributeProto::kGraphsFieldNumber))
      appendBytes(out, field.number, stripSubgraph(field.payload, depth));
    else
      out += field.whole;
  }
  failed |= reader.hasFailed();
  return out;
}

std::string Annotator::stripNode(StringRef node, unsigned depth) {
  if (depth >= nestingLimit) {
    failed = true;
    return "";
  }
  std::string out;
  FieldReader reader(node);
  while (!reader.atEnd()) {
    Field field = reader.next();
    if (field.isMessage(onnx::NodeProto::kAttributeFieldNumber))
      appendBytes(out, field.number, stripAttribute(field.payload, depth + 1));
    else if (field.number != onnx::NodeProto::kDeviceConfigurationsFieldNumber)
      out += field.whole;
  }
  failed |= reader.hasFailed();
  return out;
}

std::string Annotator::rewriteGraph(StringRef graph) {
  std::string out;
  FieldReader reader(graph);
  while (!reader.atEnd()) {
    Field field = reader.next();
    if (field.isMessage(onnx::GraphProto::kNodeFieldNumber))
      appendBytes(out, field.number,
                  stripNode(field.payload, 0) + annotationOf(nextNode++));
    else
      out += field.whole;
  }
  failed |= reader.hasFailed();
  return out;
}

std::string Annotator::rewriteFunction(StringRef function) {
  std::string out;
  FieldReader reader(function);
  while (!reader.atEnd()) {
    Field field = reader.next();
    if (field.isMessage(onnx::FunctionProto::kNodeFieldNumber))
      appendBytes(out, field.number, stripNode(field.payload, 0));
    else
      out += field.whole;
  }
  failed |= reader.hasFailed();
  return out;
}

/// True for metadata that says what earlier annotations left open.
static bool isOwnProperty(const Field &field) {
  onnx::StringStringEntryProto entry;
  if (!field.isMessage(onnx::ModelProto::kMetadataPropsFieldNumber) ||
      !entry.ParseFromArray(field.payload.data(), field.payload.size()))
    return false;
  StringRef key = entry.key();
  return key.starts_with(heldKey) || key.starts_with(returnedKey) ||
         key == linksKey;
}

void Annotator::appendModelFields(std::string &out) const {
  onnx::ModelProto added;
  added.set_ir_version(std::max(version, annotatedVersion));
  auto &configuration = *added.add_configuration();
  configuration.set_name(configurationName(set.mesh));
  configuration.set_num_devices(static_cast<int32_t>(set.mesh.numRanks()));
  for (const auto &[key, value] : set.properties) {
    auto &property = *added.add_metadata_props();
    property.set_key(key);
    property.set_value(value);
  }
  out += added.SerializeAsString();
}

llvm::Expected<std::string> Annotator::rewrite(StringRef model) {
  std::string out;
  FieldReader reader(model);
  while (!reader.atEnd()) {
    Field field = reader.next();
    if (field.number == onnx::ModelProto::kIrVersionFieldNumber)
      version = field.value;
    else if (field.isMessage(onnx::ModelProto::kGraphFieldNumber))
      appendBytes(out, field.number, rewriteGraph(field.payload));
    else if (field.isMessage(onnx::ModelProto::kFunctionsFieldNumber))
      appendBytes(out, field.number, rewriteFunction(field.payload));
    else if (field.number != onnx::ModelProto::kConfigurationFieldNumber &&
             !isOwnProperty(field))
      out += field.whole;
  }
  appendModelFields(out);
  if (failed || reader.hasFailed())
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "expected an ONNX model, got bytes that are "
                                   "not one (or that nest too deeply)");
  if (out.size() >= INT_MAX)
    return llvm::createStringError(
        llvm::inconvertibleErrorCode(),
        "expected less than 2 GiB with annotations, got " +
            llvm::Twine(out.size()) +
            " bytes: store the weights as external data");
  return out;
}

llvm::Expected<std::string>
dtc::annotateOnnx(llvm::ArrayRef<char> bytes,
                  const AnnotationSet &annotations) {
  return Annotator(annotations).rewrite(StringRef(bytes.data(), bytes.size()));
}
