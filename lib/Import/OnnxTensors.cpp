//===- OnnxTensors.cpp - Values of ONNX tensor messages -------------------===//
//
// A tensor's bytes are in `raw_data`, in a typed field, or in another file.
//
// 1. The number of elements follows from the dimensions, with overflow checks;
//    nothing is allocated before the data's length was compared with it.
// 2. Raw and external bytes, and typed fields whose element is that of the
//    tensor, are viewed in place. Only types packed into wider fields (f16, i8,
//    bool in `int32_data`) are converted.
//
//===----------------------------------------------------------------------===//

#include "OnnxTensors.h"
#include "ImportedProgram.h"

#include "dtc/Import/OnnxProto.h"

using namespace dtc;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static llvm::Error tensorError(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

Expected<DType> dtc::elementTypeOf(int64_t code) {
  switch (code) {
  case onnx::TensorProto::FLOAT:
    return DType::F32;
  case onnx::TensorProto::UINT8:
    return DType::U8;
  case onnx::TensorProto::INT8:
    return DType::I8;
  case onnx::TensorProto::UINT16:
    return DType::U16;
  case onnx::TensorProto::INT16:
    return DType::I16;
  case onnx::TensorProto::INT32:
    return DType::I32;
  case onnx::TensorProto::INT64:
    return DType::I64;
  case onnx::TensorProto::BOOL:
    return DType::Bool;
  case onnx::TensorProto::FLOAT16:
    return DType::F16;
  case onnx::TensorProto::DOUBLE:
    return DType::F64;
  case onnx::TensorProto::UINT32:
    return DType::U32;
  case onnx::TensorProto::UINT64:
    return DType::U64;
  case onnx::TensorProto::BFLOAT16:
    return DType::BF16;
  }
  std::string name =
      code >= 0 && code <= 1000 && onnx::TensorProto_DataType_IsValid(code)
          ? onnx::TensorProto_DataType_Name(
                static_cast<onnx::TensorProto_DataType>(code))
          : std::to_string(code);
  return tensorError("expected a boolean, integer or floating-point element "
                     "type of 8 to 64 bits, got '" +
                     Twine(name) + "'");
}

//===----------------------------------------------------------------------===//
// Typed fields
//===----------------------------------------------------------------------===//

template <typename Field>
static llvm::ArrayRef<char> bytesOf(const Field &field) {
  return {reinterpret_cast<const char *>(field.data()),
          field.size() * sizeof(*field.data())};
}

/// Elements narrower than the field that carries them: the low bytes of each.
template <typename Field>
static llvm::ArrayRef<char> narrow(const Field &field, TensorView &view) {
  int64_t width = byteWidth(view.data.type);
  view.storage = std::make_shared<std::vector<char>>(field.size() * width);
  char *next = view.storage->data();
  for (auto element : field) {
    if (view.data.type == DType::Bool)
      element = element != 0;
    std::memcpy(next, &element, width);
    next += width;
  }
  return *view.storage;
}

static llvm::ArrayRef<char> typedBytes(const onnx::TensorProto &tensor,
                                       TensorView &view) {
  switch (view.data.type) {
  case DType::F32:
    return bytesOf(tensor.float_data());
  case DType::F64:
    return bytesOf(tensor.double_data());
  case DType::I64:
    return bytesOf(tensor.int64_data());
  case DType::I32:
    return bytesOf(tensor.int32_data());
  case DType::U64:
    return bytesOf(tensor.uint64_data());
  case DType::U32:
    return narrow(tensor.uint64_data(), view);
  case DType::Bool:
  case DType::I8:
  case DType::U8:
  case DType::I16:
  case DType::U16:
  case DType::F16:
  case DType::BF16:
    return narrow(tensor.int32_data(), view);
  }
  return {};
}

//===----------------------------------------------------------------------===//
// External data
//===----------------------------------------------------------------------===//

static Expected<ExternalData> externalData(const onnx::TensorProto &tensor,
                                           uint64_t expectedLength) {
  ExternalData external;
  external.length = expectedLength;
  for (const auto &entry : tensor.external_data()) {
    StringRef key = entry.key(), value = entry.value();
    uint64_t *number = key == "offset"   ? &external.offset
                       : key == "length" ? &external.length
                                         : nullptr;
    if (key == "location")
      external.file = value.str();
    else if (number && value.getAsInteger(10, *number))
      return tensorError("expected a number of bytes as '" + key +
                         "' of the external data, got '" + value + "'");
  }
  if (external.file.empty())
    return tensorError("expected a 'location' of the external data");
  if (external.length != expectedLength)
    return tensorError("expected " + Twine(expectedLength) +
                       " bytes of external data for its shape, got a length "
                       "of " +
                       Twine(external.length));
  return external;
}

static Expected<llvm::ArrayRef<char>>
locateBytes(const onnx::TensorProto &tensor, uint64_t length,
            ModelFolder &folder, TensorView &view) {
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    auto external = externalData(tensor, length);
    if (!external)
      return external.takeError();
    view.external = *external;
    return folder.read(external->file, external->offset, external->length);
  }
  if (tensor.has_raw_data())
    return llvm::ArrayRef<char>(tensor.raw_data().data(),
                                tensor.raw_data().size());
  return typedBytes(tensor, view);
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

Expected<TensorView> dtc::viewTensor(const onnx::TensorProto &tensor,
                                     ModelFolder &folder) {
  if (tensor.has_segment())
    return tensorError("tensors stored in segments are not supported");
  auto type = elementTypeOf(tensor.data_type());
  if (!type)
    return type.takeError();
  TensorView view;
  view.data.type = *type;
  view.data.shape.assign(tensor.dims().begin(), tensor.dims().end());
  auto count = countElements(view.data.shape);
  if (!count)
    return tensorError("expected dimensions of 0 or more and less than 2^44 "
                       "elements, and at most " +
                       Twine(maxTensorRank) + " dimensions");
  uint64_t length = *count * byteWidth(*type);
  auto bytes = locateBytes(tensor, length, folder, view);
  if (!bytes)
    return bytes.takeError();
  if (bytes->size() != length)
    return tensorError("expected " + Twine(length) +
                       " bytes of data for its shape, got " +
                       Twine(bytes->size()));
  view.data.bytes = *bytes;
  return view;
}

Expected<HostTensor> dtc::readTensor(const onnx::TensorProto &tensor,
                                     ModelFolder &folder) {
  auto view = viewTensor(tensor, folder);
  if (!view)
    return view.takeError();
  HostTensor value(view->data.type, view->data.shape);
  if (!view->data.bytes.empty())
    std::memcpy(value.raw(), view->data.bytes.data(), view->data.bytes.size());
  if (value.type() == DType::Bool)
    for (int64_t i = 0; i < value.size(); ++i)
      value.data<uint8_t>()[i] = value.data<uint8_t>()[i] != 0;
  return value;
}
