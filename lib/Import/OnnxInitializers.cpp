//===- OnnxInitializers.cpp - Weights and literals of a model -------------===//
//
// Exporters keep weights and the numbers of formulas in the same list. What
// the compiler may know is
//
// 1. every integer or boolean tensor of up to 2^16 elements (shapes, indices,
//    masks), and
// 2. a floating-point tensor of one element whose name is made up by the
//    exporter ("val_12", "onnx::Pow_7", or folded from other values), or that
//    limits values and belongs to no module.
//
// Everything else is a parameter: it keeps its name and its bytes stay in
// their file.
//
//===----------------------------------------------------------------------===//

#include "OnnxInitializers.h"
#include "OnnxScopes.h"

#include "dtc/Import/OnnxProto.h"

using namespace mlir;
using namespace dtc;

void OnnxInitializers::noteOrigins(const onnx::GraphProto &graph) {
  for (const auto &info : graph.value_info())
    for (const auto &property : info.metadata_props())
      if (property.key() == "pkg.onnxscript.optimizer.folded_from")
        folded.insert(info.name());
  // Operands that decide the result's shape, whatever their type.
  for (const auto &node : graph.node())
    for (int i = 1; i < node.input_size(); ++i) {
      if (node.op_type() == "Resize" || node.op_type() == "Upsample")
        extents.insert(node.input(i));
      else if (node.op_type() == "Clip")
        bounds.insert(node.input(i));
    }
}

bool OnnxInitializers::isLiteral(const onnx::TensorProto &tensor,
                                 const TensorView &view, StringRef name) const {
  int64_t count = view.data.bytes.size() / byteWidth(view.data.type);
  if (!isFloat(view.data.type) || extents.contains(name))
    return count <= maxKnownElements;
  return count == 1 &&
         (folded.contains(name) || name.starts_with("val_") ||
          name.starts_with("scalar_tensor") || name.contains("lifted_tensor") ||
          name.contains("::") || name.contains('/') ||
          (bounds.contains(name) && !modulePathOfParameter(name)));
}

Value OnnxInitializers::addKnown(const TensorView &view, Location location) {
  HostTensor value(view.data.type, view.data.shape);
  if (!view.data.bytes.empty())
    std::memcpy(value.raw(), view.data.bytes.data(), view.data.bytes.size());
  if (value.type() == DType::Bool)
    for (int64_t i = 0; i < value.size(); ++i)
      value.data<uint8_t>()[i] = value.data<uint8_t>()[i] != 0;
  return program.addKnown(std::move(value), location);
}

std::optional<double> OnnxInitializers::readNumber(StringRef parameter) const {
  const ParameterData *data = store.find(parameter);
  if (!data ||
      static_cast<int64_t>(data->bytes.size()) != byteWidth(data->type))
    return std::nullopt;
  HostTensor value(data->type, {});
  std::memcpy(value.raw(), data->bytes.data(), data->bytes.size());
  return value.getDouble(0);
}

llvm::Expected<Value> OnnxInitializers::addParameter(TensorView view,
                                                     StringRef name,
                                                     Location location) {
  OpBuilder &builder = program.getBuilder();
  auto type = RankedTensorType::get(
      view.data.shape, getElementType(view.data.type, builder.getContext()));
  DictionaryAttr external;
  if (view.external)
    external = builder.getDictionaryAttr(
        {builder.getNamedAttr("file",
                              builder.getStringAttr(view.external->file)),
         builder.getNamedAttr("offset",
                              builder.getI64IntegerAttr(view.external->offset)),
         builder.getNamedAttr(
             "length", builder.getI64IntegerAttr(view.external->length))});
  if (view.storage)
    store.keep(view.storage);
  if (llvm::Error error = store.add(name, view.data))
    return std::move(error);
  return ParameterOp::create(builder, location, type,
                             builder.getStringAttr(name), external,
                             LayoutAttr(), TypeAttr())
      .getResult();
}

llvm::Expected<Value> OnnxInitializers::import(const onnx::TensorProto &tensor,
                                               const TensorUse &use) {
  auto view = viewTensor(tensor, folder);
  if (!view)
    return view.takeError();
  std::string path =
      modulePathOfParameter(use.name).value_or(use.modulePath.str());
  Location location = makeSourceLocation(program.getContext(), use.name, path,
                                         program.getFile(), use.node);
  if (isLiteral(tensor, *view, use.name))
    return addKnown(*view, location);
  return addParameter(std::move(*view), use.name, location);
}

llvm::Expected<Value>
OnnxInitializers::importLiteral(const onnx::TensorProto &tensor,
                                const TensorUse &use) {
  auto view = viewTensor(tensor, folder);
  if (!view)
    return view.takeError();
  Location location =
      makeSourceLocation(program.getContext(), use.name, use.modulePath,
                         program.getFile(), use.node);
  int64_t count = view->data.bytes.size() / byteWidth(view->data.type);
  if (count <= maxKnownElements)
    return addKnown(*view, location);
  return addParameter(std::move(*view), use.name, location);
}
