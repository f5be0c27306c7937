//===- OnnxImporter.cpp - ONNX files to dtc programs ----------------------===//
//
// 1. Map and parse the file.
// 2. Bind symbolic dimensions: from `--dim`, and from `--input-shape` where an
//    input declares them by name.
// 3. Give every graph input that is no initializer an argument.
// 4. Walk the nodes (OnnxGraph), then return the outputs. Placements that the
//    model carries (OnnxAnnotations) go with the walk.
//
//===----------------------------------------------------------------------===//

#include "OnnxGraph.h"
#include "dtc/Import/Onnx.h"

#include "dtc/Import/OnnxProto.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace dtc;

namespace {

class OnnxImport {
public:
  OnnxImport(MLIRContext *context, StringRef path, const ImportOptions &options,
             const onnx::ModelProto &model, ParameterStore &store)
      : options(options), model(model), dims(options.dims), store(store),
        folder(path, options.allowExternalLinks ? ExternalLinks::Allow
                                                : ExternalLinks::Refuse),
        program(context, path), initializers(program, folder, store),
        annotations(model, program),
        graph(model, program, initializers, annotations) {}

  FailureOr<OwningOpRef<ModuleOp>> run();

private:
  InFlightDiagnostic error() { return graph.error(); }
  LogicalResult checkNames();
  LogicalResult bindShapes();
  LogicalResult addInputs();
  FailureOr<RankedTensorType> inputType(const onnx::ValueInfoProto &input);
  FailureOr<int64_t> extentOf(const onnx::ValueInfoProto &input, int dim);
  FailureOr<OwningOpRef<ModuleOp>> finish();
  bool isInitializer(StringRef name) const { return weights.contains(name); }

  const ImportOptions &options;
  const onnx::ModelProto &model;
  llvm::StringMap<int64_t> dims;
  llvm::StringSet<> weights;
  SmallVector<const onnx::ValueInfoProto *> inputs;
  ParameterStore &store;
  ModelFolder folder;
  ImportedProgram program;
  OnnxInitializers initializers;
  OnnxAnnotations annotations;
  OnnxGraph graph;
};

} // namespace

//===----------------------------------------------------------------------===//
// Names, shapes
//===----------------------------------------------------------------------===//

LogicalResult OnnxImport::checkNames() {
  llvm::StringSet<> seen;
  for (const auto &tensor : model.graph().initializer())
    weights.insert(tensor.name());
  for (const auto &input : model.graph().input()) {
    if (!seen.insert(input.name()).second)
      return error() << "expected one input '" << input.name()
                     << "', got several";
    if (!isInitializer(input.name()))
      inputs.push_back(&input);
  }
  seen.clear();
  for (const auto &output : model.graph().output())
    if (!seen.insert(output.name()).second)
      return error() << "expected one output '" << output.name()
                     << "', got several";
  if (model.graph().output_size() == 0)
    return error() << "expected at least one output, got none";
  auto checkCount = [&](const std::vector<std::string> &names, size_t count,
                        StringRef option) -> LogicalResult {
    if (!names.empty() && names.size() != count)
      return error() << "expected " << count << " names in '" << option
                     << "', got " << names.size();
    return success();
  };
  if (failed(checkCount(options.inputNames, inputs.size(), "--input-names")))
    return failure();
  return checkCount(options.outputNames, model.graph().output_size(),
                    "--output-names");
}

/// An input's given shape binds the names of the dimensions it declares.
LogicalResult OnnxImport::bindShapes() {
  for (const auto &entry : options.inputShapes) {
    StringRef name = entry.getKey();
    ArrayRef<int64_t> shape = entry.getValue();
    auto input = llvm::find_if(
        inputs, [&](auto *input) { return input->name() == name; });
    if (input == inputs.end())
      return error() << "'--input-shape' names '" << name
                     << "', expected one of the inputs "
                     << llvm::join(llvm::map_range(inputs,
                                                   [](auto *input) {
                                                     return "'" +
                                                            input->name() + "'";
                                                   }),
                                   ", ");
    const auto &type = (*input)->type().tensor_type();
    if (!type.has_shape())
      continue;
    if (type.shape().dim_size() != static_cast<int>(shape.size()))
      return error() << "input '" << name << "': expected "
                     << type.shape().dim_size() << " dimensions, got "
                     << shape.size() << " in '--input-shape'";
    for (auto [dim, extent] : llvm::zip(type.shape().dim(), shape)) {
      if (dim.dim_param().empty())
        continue;
      auto [bound, isNew] = dims.try_emplace(dim.dim_param(), extent);
      if (!isNew && bound->second != extent)
        return error() << "input '" << name << "': expected " << bound->second
                       << " for dimension '" << dim.dim_param() << "', got "
                       << extent << " in '--input-shape'";
    }
  }
  return success();
}

FailureOr<int64_t> OnnxImport::extentOf(const onnx::ValueInfoProto &input,
                                        int i) {
  const auto &dim = input.type().tensor_type().shape().dim(i);
  auto given = options.inputShapes.find(input.name());
  if (given != options.inputShapes.end()) {
    int64_t extent = given->second[i];
    if (dim.has_dim_value() && dim.dim_value() >= 0 &&
        dim.dim_value() != extent)
      return error() << "input '" << input.name() << "': expected "
                     << dim.dim_value() << " for dimension " << i << ", got "
                     << extent << " in '--input-shape'";
    return extent;
  }
  if (dim.has_dim_value() && dim.dim_value() >= 0)
    return dim.dim_value();
  if (dim.dim_param().empty())
    return error() << "input '" << input.name() << "': dimension " << i
                   << " is unknown: bind it with --input-shape " << input.name()
                   << "=SHAPE";
  auto bound = dims.find(dim.dim_param());
  if (bound == dims.end())
    return error() << "input '" << input.name() << "': dimension " << i
                   << " is symbolic ('" << dim.dim_param()
                   << "'): bind it with --dim " << dim.dim_param() << "=VALUE";
  return bound->second;
}

FailureOr<RankedTensorType>
OnnxImport::inputType(const onnx::ValueInfoProto &input) {
  if (!input.type().has_tensor_type())
    return error() << "input '" << input.name()
                   << "': expected a dense tensor, got another type";
  const auto &type = input.type().tensor_type();
  auto element = elementTypeOf(type.elem_type());
  if (!element)
    return error() << "input '" << input.name()
                   << "': " << llvm::toString(element.takeError());
  SmallVector<int64_t> shape;
  auto given = options.inputShapes.find(input.name());
  if (!type.has_shape()) {
    if (given == options.inputShapes.end())
      return error() << "input '" << input.name()
                     << "' has no shape: give one with --input-shape "
                     << input.name() << "=SHAPE";
    shape.assign(given->second.begin(), given->second.end());
  }
  for (int i = 0; type.has_shape() && i < type.shape().dim_size(); ++i) {
    auto extent = extentOf(input, i);
    if (failed(extent))
      return failure();
    shape.push_back(*extent);
  }
  if (!countElements(shape))
    return error() << "input '" << input.name()
                   << "': expected dimensions of 0 or more and less than 2^44 "
                      "elements, and at most "
                   << maxTensorRank << " dimensions";
  return RankedTensorType::get(shape,
                               getElementType(*element, program.getContext()));
}

LogicalResult OnnxImport::addInputs() {
  llvm::StringSet<> used;
  for (auto [i, input] : llvm::enumerate(inputs)) {
    auto type = inputType(*input);
    if (failed(type))
      return failure();
    StringRef name = options.inputNames.empty()
                         ? StringRef(input->name())
                         : StringRef(options.inputNames[i]);
    Value argument = program.addArgument(name, *type);
    graph.getMainScope().values[input->name()] = argument;
    annotations.addInput(input->name(), argument);
    for (const auto &dim : input->type().tensor_type().shape().dim())
      used.insert(dim.dim_param());
  }
  for (StringRef name : options.dims.keys())
    if (!used.contains(name))
      emitWarning(
          FileLineColLoc::get(program.getContext(), program.getFile(), 0, 0))
          << "'--dim' names '" << name
          << "', which is no symbolic dimension of an input";
  return success();
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

FailureOr<OwningOpRef<ModuleOp>> OnnxImport::run() {
  if (failed(graph.checkModel()) || failed(checkNames()) ||
      failed(bindShapes()))
    return failure();
  if (options.annotations == DeviceAnnotations::Read &&
      failed(annotations.read(options.meshText, dims)))
    return failure();
  if (failed(addInputs()) || failed(graph.importMain()))
    return failure();
  return finish();
}

FailureOr<OwningOpRef<ModuleOp>> OnnxImport::finish() {
  SmallVector<std::pair<std::string, Value>> outputs;
  SmallVector<std::string> names;
  for (const auto &[i, output] : llvm::enumerate(model.graph().output())) {
    Value value = graph.getMainValue(output.name());
    if (!value)
      return failure();
    outputs.emplace_back(options.outputNames.empty() ? output.name()
                                                     : options.outputNames[i],
                         value);
    names.push_back(output.name());
  }
  for (const auto &[name, file] : folder.mapped())
    store.keep(file);
  OwningOpRef<ModuleOp> module = program.finalize(outputs);
  if (failed(annotations.finish(*module, names)) || failed(verify(*module)))
    return failure();
  return module;
}

FailureOr<OwningOpRef<ModuleOp>>
dtc::importOnnxBytes(MLIRContext *context, ArrayRef<char> bytes, StringRef path,
                     const ImportOptions &options, ParameterStore &parameters) {
  std::string message;
  auto model = parseOnnxModel(bytes.data(), bytes.size(), message);
  if (!model)
    return emitError(FileLineColLoc::get(context, path, 0, 0)) << message;
  // Parameters may be views of the message.
  parameters.keep(std::const_pointer_cast<onnx::ModelProto>(model));
  context->loadDialect<DtcDialect, func::FuncDialect>();
  return OnnxImport(context, path, options, *model, parameters).run();
}

FailureOr<OwningOpRef<ModuleOp>> dtc::importOnnx(MLIRContext *context,
                                                 StringRef path,
                                                 const ImportOptions &options,
                                                 ParameterStore &parameters) {
  auto file = mapModelFile(path);
  if (!file)
    return emitError(FileLineColLoc::get(context, path, 0, 0))
           << llvm::toString(file.takeError());
  return importOnnxBytes(context,
                         ArrayRef<char>((*file)->data(), (*file)->size()), path,
                         options, parameters);
}
