//===- TorchImporter.cpp - torch.export archives to dtc programs ----------===//
//
// 1. Find the model and the lists of weights in the archive.
// 2. Bind symbolic dimensions: from `--dim`, and from `--input-shape` where an
//    input's size is a symbol.
// 3. Give every tensor that the user passes an argument.
// 4. Walk the nodes (TorchGraph), then return the outputs.
//
//===----------------------------------------------------------------------===//

#include "TorchGraph.h"
#include "dtc/Import/Torch.h"

#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace dtc;

static constexpr uint64_t maxModelBytes = uint64_t(64) << 20;

namespace {

class TorchImport {
public:
  TorchImport(MLIRContext *context, StringRef path,
              const ImportOptions &options, TorchArchive &archive,
              const TorchProgramText &text, ParameterStore &store)
      : options(options), text(text), program(context, path),
        weights(archive, program, store),
        graph(text, program, weights, symbols) {}

  FailureOr<OwningOpRef<ModuleOp>> run(StringRef model);

private:
  InFlightDiagnostic error() { return graph.error(); }
  InFlightDiagnostic warning() {
    return emitWarning(
        FileLineColLoc::get(program.getContext(), program.getFile(), 0, 0));
  }
  LogicalResult collectInputs();
  LogicalResult bindDims();
  LogicalResult bindShapes();
  LogicalResult checkRanges();
  LogicalResult checkSymbols(const TorchInputSpec &input);
  LogicalResult addInputs();
  FailureOr<OwningOpRef<ModuleOp>> finish();
  /// What the user calls an input.
  StringRef nameOf(size_t input) const {
    return options.inputNames.empty() ? StringRef(users[input]->name)
                                      : StringRef(options.inputNames[input]);
  }

  const ImportOptions &options;
  const TorchProgramText &text;
  TorchSymbols symbols;
  ImportedProgram program;
  TorchWeights weights;
  TorchGraph graph;
  SmallVector<const TorchInputSpec *> users;
  SmallVector<const TorchOutputSpec *> results;
};

} // namespace

//===----------------------------------------------------------------------===//
// Names, shapes
//===----------------------------------------------------------------------===//

LogicalResult TorchImport::collectInputs() {
  llvm::StringSet<> seen;
  for (const TorchInputSpec &input : text.inputs) {
    if (input.name.empty())
      continue;
    if (!seen.insert(input.name).second)
      return error() << "expected one input '" << input.name
                     << "', got several";
    if (input.kind == TorchInputSpec::User && !input.isInteger)
      users.push_back(&input);
  }
  for (const TorchOutputSpec &output : text.outputs)
    if (output.kind == TorchOutputSpec::User && !output.name.empty())
      results.push_back(&output);
  if (results.empty())
    return error() << "expected at least one tensor as an output, got none";
  auto checkNames = [&](const std::vector<std::string> &names, size_t count,
                        StringRef option) -> LogicalResult {
    if (!names.empty() && names.size() != count)
      return error() << "expected " << count << " names in '" << option
                     << "', got " << names.size();
    llvm::StringSet<> distinct;
    for (StringRef name : names)
      if (!distinct.insert(name).second)
        return error() << "expected different names in '" << option
                       << "', got '" << name << "' twice";
    return success();
  };
  if (failed(checkNames(options.inputNames, users.size(), "--input-names")))
    return failure();
  return checkNames(options.outputNames, results.size(), "--output-names");
}

/// The symbol that an expression consists of, or empty.
static StringRef singleSymbol(StringRef expression) {
  auto names = TorchSymbols::namesIn(expression);
  bool isSymbol = names.size() == 1 && (expression == names.front() ||
                                        expression.starts_with("Symbol("));
  return isSymbol ? names.front() : StringRef();
}

/// `--dim` names symbols, or integers that the user passes.
LogicalResult TorchImport::bindDims() {
  llvm::StringSet<> known;
  for (const auto &range : text.ranges)
    known.insert(range.first());
  for (const TorchInputSpec *input : users)
    if (const TorchTensorMeta *meta = graph.findMeta(input->name))
      for (const TorchSize &size : meta->sizes)
        for (StringRef name : TorchSymbols::namesIn(size.expression))
          known.insert(name);
  for (const TorchInputSpec &input : text.inputs) {
    if (!input.isInteger)
      continue;
    auto size = text.graph.integers.find(input.name);
    StringRef symbol;
    if (size != text.graph.integers.end())
      symbol = singleSymbol(size->second.expression);
    auto given = options.dims.find(input.name);
    if (given == options.dims.end())
      given = options.dims.find(symbol);
    bool isNumber =
        size != text.graph.integers.end() && size->second.expression.empty();
    if (given == options.dims.end() && !isNumber)
      return error() << "input '" << input.name
                     << "' is an integer: bind it with --dim " << input.name
                     << "=VALUE";
    int64_t value = isNumber ? size->second.value : given->second;
    graph.addInteger(input.name, value);
    known.insert(input.name);
    if (!symbol.empty())
      symbols.bind(symbol, value);
  }
  for (const auto &dim : options.dims) {
    if (!known.contains(dim.getKey()))
      warning() << "'--dim' names '" << dim.getKey()
                << "', which is no symbolic dimension of an input";
    if (!symbols.bind(dim.getKey(), dim.getValue()))
      return error() << "expected one value for '" << dim.getKey()
                     << "' in '--dim'";
  }
  return success();
}

/// An input's given shape binds the symbols that are its sizes.
LogicalResult TorchImport::bindShapes() {
  for (const auto &entry : options.inputShapes) {
    ArrayRef<int64_t> shape = entry.getValue();
    const TorchInputSpec *input = nullptr;
    SmallVector<std::string> names;
    for (size_t i = 0; i < users.size(); ++i) {
      names.push_back("'" + nameOf(i).str() + "'");
      if (nameOf(i) == entry.getKey())
        input = users[i];
    }
    if (!input)
      return error() << "'--input-shape' names '" << entry.getKey()
                     << "', expected one of the inputs "
                     << llvm::join(names, ", ");
    const TorchTensorMeta *meta = graph.findMeta(input->name);
    if (!meta || meta->sizes.size() != shape.size())
      return error() << "input '" << entry.getKey() << "': expected "
                     << (meta ? meta->sizes.size() : 0) << " dimensions, got "
                     << shape.size() << " in '--input-shape'";
    for (auto [size, extent] : llvm::zip(meta->sizes, shape)) {
      if (size.expression.empty() && size.value != extent)
        return error() << "input '" << entry.getKey() << "': expected "
                       << size.value << ", got " << extent
                       << " in '--input-shape'";
      if (StringRef name = singleSymbol(size.expression); !name.empty())
        symbols.bind(name, extent);
    }
    for (auto [size, extent] : llvm::zip(meta->sizes, shape))
      if (!size.expression.empty() &&
          symbols.evaluate(size.expression).value_or(extent) != extent)
        return error() << "input '" << entry.getKey() << "': expected "
                       << *symbols.evaluate(size.expression) << " for '"
                       << llvm::join(TorchSymbols::namesIn(size.expression),
                                     ", ")
                       << "', got " << extent << " in '--input-shape'";
  }
  return success();
}

LogicalResult TorchImport::checkRanges() {
  for (const auto &range : text.ranges) {
    auto value = symbols.evaluate(range.first());
    if (!value)
      continue;
    auto [least, most] = range.second;
    if ((least && *value < *least) || (most && *value > *most))
      return error() << "expected '" << range.first() << "' from "
                     << least.value_or(0) << " to " << most.value_or(INT64_MAX)
                     << ", for which the model was exported, got " << *value;
  }
  return success();
}

LogicalResult TorchImport::checkSymbols(const TorchInputSpec &input) {
  const TorchTensorMeta *meta = graph.findMeta(input.name);
  for (auto [i, size] :
       llvm::enumerate(meta ? meta->sizes : std::vector<TorchSize>())) {
    if (size.expression.empty() || symbols.evaluate(size.expression))
      continue;
    auto names = TorchSymbols::namesIn(size.expression);
    std::string symbol = names.empty() ? "?" : names.front().str();
    auto diagnostic = error();
    diagnostic << "input '" << input.name << "': dimension " << i
               << " is symbolic ('" << symbol << "'): bind it with --dim "
               << symbol << "=VALUE or --input-shape " << input.name
               << "=SHAPE";
    if (size.hint)
      diagnostic << "; it was " << *size.hint << " when the model was exported";
    return diagnostic;
  }
  return success();
}

LogicalResult TorchImport::addInputs() {
  for (auto [i, input] : llvm::enumerate(users)) {
    if (failed(checkSymbols(*input)))
      return failure();
    auto type = graph.typeOf(input->name);
    if (failed(type))
      return failure();
    graph.addInput(input->name, program.addArgument(nameOf(i), *type));
  }
  for (const TorchInputSpec &input : text.inputs) {
    if (input.kind == TorchInputSpec::User ||
        input.kind == TorchInputSpec::Ignored)
      continue;
    if (llvm::Error problem = weights.declare(input))
      return error() << llvm::toString(std::move(problem));
    graph.addWeight(input.name, input.target);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

FailureOr<OwningOpRef<ModuleOp>> TorchImport::finish() {
  SmallVector<std::pair<std::string, Value>> outputs;
  llvm::StringSet<> used;
  for (auto [i, output] : llvm::enumerate(results)) {
    Value value = graph.currentValue(output->name);
    if (!value)
      return failure();
    std::string name =
        options.outputNames.empty() ? output->name : options.outputNames[i];
    // One tensor may be returned several times.
    for (unsigned n = 1; !used.insert(name).second; ++n)
      name = output->name + "_" + std::to_string(n);
    outputs.emplace_back(name, value);
  }
  for (const TorchOutputSpec &output : text.outputs)
    if (output.kind == TorchOutputSpec::Mutation)
      warning() << "the model changes '" << output.target
                << "'; its new value is not kept between runs";
  OwningOpRef<ModuleOp> module = program.finalize(outputs);
  if (failed(verify(*module)))
    return failure();
  return module;
}

FailureOr<OwningOpRef<ModuleOp>> TorchImport::run(StringRef model) {
  if (llvm::Error problem = weights.readConfigs(model))
    return error() << llvm::toString(std::move(problem));
  if (failed(collectInputs()) || failed(bindDims()) || failed(bindShapes()) ||
      failed(checkRanges()) || failed(addInputs()) ||
      failed(graph.importMain()))
    return failure();
  return finish();
}

/// The name of the one model in the archive.
static llvm::Expected<std::string> findModel(const TorchArchive &archive) {
  auto fail = [](const Twine &message) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
  };
  std::string model;
  for (StringRef name : archive.namesUnder("models/")) {
    name.consume_front("models/");
    if (!name.consume_back(".json") || name.contains('/'))
      continue;
    if (!model.empty())
      return fail("expected one model in the archive, got '" + model +
                  "' and '" + name + "'");
    model = name.str();
  }
  if (!model.empty())
    return model;
  if (archive.has("serialized_exported_program.json"))
    return fail("it was saved by an old torch, with pickled weights: save it "
                "again with torch.export.save of torch 2.9 or newer");
  return fail(
      "expected a member 'models/NAME.json' as torch.export.save writes "
      "it, got none");
}

FailureOr<OwningOpRef<ModuleOp>>
dtc::importTorchBytes(MLIRContext *context, ArrayRef<char> bytes,
                      StringRef path, const ImportOptions &options,
                      ParameterStore &parameters) {
  Location place = FileLineColLoc::get(context, path, 0, 0);
  context->loadDialect<DtcDialect, func::FuncDialect>();
  auto archive = TorchArchive::open(bytes);
  if (!archive)
    return emitError(place) << llvm::toString(archive.takeError());
  parameters.keep((*archive)->storage());
  auto model = findModel(**archive);
  if (!model)
    return emitError(place) << llvm::toString(model.takeError());
  if ((*archive)->has("byteorder")) {
    auto order = (*archive)->readText("byteorder", 64);
    if (!order || *order != "little") {
      llvm::consumeError(order.takeError());
      return emitError(place) << "expected an archive in little-endian order";
    }
  }
  auto json = (*archive)->readText("models/" + *model + ".json", maxModelBytes);
  if (!json)
    return emitError(place) << llvm::toString(json.takeError());
  auto text = parseTorchProgram(*json);
  if (!text)
    return emitError(place) << llvm::toString(text.takeError());
  return TorchImport(context, path, options, **archive, *text, parameters)
      .run(*model);
}

FailureOr<OwningOpRef<ModuleOp>> dtc::importTorch(MLIRContext *context,
                                                  StringRef path,
                                                  const ImportOptions &options,
                                                  ParameterStore &parameters) {
  auto file = mapModelFile(path);
  if (!file)
    return emitError(FileLineColLoc::get(context, path, 0, 0))
           << llvm::toString(file.takeError());
  parameters.keep(*file);
  return importTorchBytes(context,
                          ArrayRef<char>((*file)->data(), (*file)->size()),
                          path, options, parameters);
}
