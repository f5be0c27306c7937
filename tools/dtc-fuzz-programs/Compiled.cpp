//===- Compiled.cpp - Programs as generated code --------------------------===//

#include "Compiled.h"

#include "dtc/runtime/ArrayFile.h"
#include "dtc/runtime/program.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

namespace {

class Batch {
public:
  Batch(ArrayRef<SeededProgram> programs, const CompiledOptions &options)
      : programs(programs), options(options), expected(programs.size()),
        outcomes(programs.size()) {}

  std::vector<Outcome> run();

private:
  void merge();
  void append(size_t number, func::FuncOp whole, OpBuilder &builder,
              SmallVectorImpl<Value> &results,
              SmallVectorImpl<DictionaryAttr> &attributes);
  bool writeInputs();
  std::string execute(ArrayRef<StringRef> command);
  std::string compileAndRun();
  std::string readResults();
  std::string path(const Twine &name) const {
    return (options.folder + "/" + name).str();
  }

  ArrayRef<SeededProgram> programs;
  const CompiledOptions &options;
  std::vector<Expected> expected;
  std::vector<Outcome> outcomes;
  OwningOpRef<ModuleOp> merged;
  /// Arrays of all programs, under the names of the merged one.
  NamedTensors inputs;
  std::vector<std::vector<std::string>> outputs;
};

} // namespace

static std::string prefix(size_t number) {
  return "p" + std::to_string(number) + "_";
}

//===----------------------------------------------------------------------===//
// One program of many
//===----------------------------------------------------------------------===//

void Batch::append(size_t number, func::FuncOp whole, OpBuilder &builder,
                   SmallVectorImpl<Value> &results,
                   SmallVectorImpl<DictionaryAttr> &attributes) {
  func::FuncOp function = mainOf(programs[number].module);
  IRMapping mapping;
  auto addInput = [&](Value value, const std::string &name,
                      const HostTensor &array, LayoutAttr layout) {
    std::string renamed = prefix(number) + name;
    NamedAttrList list;
    list.set("dtc.name", builder.getStringAttr(renamed));
    if (layout)
      list.set("dtc.layout", layout);
    unsigned index = whole.getNumArguments();
    (void)whole.insertArgument(index, value.getType(),
                               list.getDictionary(builder.getContext()),
                               builder.getUnknownLoc());
    mapping.map(value, whole.getArgument(index));
    inputs[renamed] = array;
  };
  RandomArrays &arrays = expected[number].arrays;
  for (BlockArgument argument : function.getArguments()) {
    unsigned index = argument.getArgNumber();
    std::string name = getInputName(function, index);
    addInput(argument, name, arrays.plain.inputs[name],
             function.getArgAttrOfType<LayoutAttr>(index, "dtc.layout"));
  }
  for (Operation &op : function.getBody().front()) {
    if (auto parameter = dyn_cast<ParameterOp>(op)) {
      std::string name = parameter.getName().str();
      addInput(parameter.getResult(), name, arrays.plain.parameters[name],
               parameter.getLayoutAttr());
    } else if (isa<func::ReturnOp>(op)) {
      for (auto [i, value] : llvm::enumerate(op.getOperands())) {
        std::string name = prefix(number) + getOutputName(function, i);
        NamedAttrList list(function.getResultAttrDict(i));
        list.set("dtc.name", builder.getStringAttr(name));
        list.erase("dtc.as_is");
        outputs[number].push_back(name);
        results.push_back(mapping.lookup(value));
        attributes.push_back(list.getDictionary(builder.getContext()));
      }
    } else {
      builder.clone(op, mapping);
    }
  }
}

void Batch::merge() {
  MLIRContext *context = programs[0].module->getContext();
  OpBuilder builder(context);
  merged = ModuleOp::create(builder.getUnknownLoc());
  (*merged)->setAttr("dtc.mesh", dtc::getMesh(programs[0].module));
  builder.setInsertionPointToEnd(merged->getBody());
  auto whole = func::FuncOp::create(builder, builder.getUnknownLoc(), "main",
                                    builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(whole.addEntryBlock());
  SmallVector<Value> results;
  SmallVector<DictionaryAttr> attributes;
  outputs.resize(programs.size());
  for (size_t i = 0; i < programs.size(); ++i)
    if (outcomes[i].kind == Outcome::Kind::Agrees)
      append(i, whole, builder, results, attributes);
  func::ReturnOp::create(builder, builder.getUnknownLoc(), results);
  whole.setType(builder.getFunctionType(whole.getArgumentTypes(),
                                        ValueRange(results).getTypes()));
  for (auto [i, dictionary] : llvm::enumerate(attributes))
    whole.setResultAttrs(i, dictionary);
}

//===----------------------------------------------------------------------===//
// Files and tools
//===----------------------------------------------------------------------===//

bool Batch::writeInputs() {
  std::error_code code;
  llvm::raw_fd_ostream text(path("program.mlir"), code);
  if (code)
    return false;
  merged->print(text);
  text.close();
  std::vector<runtime::ArraySource> arrays;
  for (const auto &[name, array] : inputs) {
    runtime::ArraySource source;
    source.name = name;
    source.dtype = static_cast<int32_t>(array.type());
    source.shape.assign(array.shape().begin(), array.shape().end());
    source.fill = [&array = array](char *to) {
      std::memcpy(to, array.raw(), array.bytes());
      return runtime::Done{};
    };
    arrays.push_back(std::move(source));
  }
  auto file = runtime::OutputFile::create(path("inputs.npz"));
  return file && runtime::writeNpz(*file, arrays) && file->commit();
}

/// "" or what the tool said.
std::string Batch::execute(ArrayRef<StringRef> command) {
  std::string log = path("log.txt"), message;
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(log),
                                          StringRef(log)};
  int status = llvm::sys::ExecuteAndWait(command[0], command, std::nullopt,
                                         redirects, 120, 0, &message);
  if (status == 0)
    return "";
  auto text = llvm::MemoryBuffer::getFile(log);
  return message + (text ? (*text)->getBuffer().take_front(1500).str() : "");
}

/// The results of all programs, each compared with its own reference.
std::string Batch::readResults() {
  auto file = runtime::openArrays(path("out.npz"));
  if (!file)
    return file.error().message;
  for (size_t i = 0; i < programs.size(); ++i) {
    std::vector<HostTensor> results;
    for (const std::string &name : outputs[i]) {
      const runtime::ArrayInfo *info = (*file)->find(name);
      if (!info)
        return "no result '" + name + "'";
      HostTensor array(static_cast<DType>(info->dtype), info->shape);
      if (array.bytes() != info->bytes || !(*file)->read(*info, array.raw()))
        return "unreadable result '" + name + "'";
      results.push_back(std::move(array));
    }
    if (outcomes[i].kind != Outcome::Kind::Agrees)
      continue;
    outcomes[i].message =
        compare(mainOf(programs[i].module), expected[i], results);
    if (!outcomes[i].message.empty()) {
      outcomes[i].kind = Outcome::Kind::Fails;
      outcomes[i].stage = "compiled";
    }
  }
  return "";
}

std::string Batch::compileAndRun() {
  merge();
  if (!writeInputs())
    return "cannot write into '" + options.folder + "'";
  std::string compiler = options.tools + "/dtc-compile",
              launcher = options.tools + "/dtc-run",
              program = path("program.mlir"), bundle = path("bundle"),
              in = path("inputs.npz"), out = path("out.npz");
  (void)llvm::sys::fs::remove(out);
  std::string message = execute({compiler, program, "-o", bundle});
  if (!message.empty())
    return "dtc-compile: " + message;
  message = execute(
      {launcher, bundle, "--input", in, "--output", out, "--timeout", "60"});
  (void)llvm::sys::fs::remove_directories(bundle);
  if (!message.empty())
    return "dtc-run: " + message;
  return readResults();
}

std::vector<Outcome> Batch::run() {
  bool some = false;
  for (size_t i = 0; i < programs.size(); ++i) {
    outcomes[i] = expect(programs[i].module, programs[i].seed, expected[i]);
    some |= outcomes[i].kind == Outcome::Kind::Agrees;
  }
  if (!some)
    return outcomes;
  std::string problem = compileAndRun();
  if (problem.empty())
    return outcomes;
  if (programs.size() == 1) {
    outcomes[0].kind = Outcome::Kind::Fails;
    outcomes[0].stage = "compiled";
    outcomes[0].message = problem;
    return outcomes;
  }
  size_t half = programs.size() / 2;
  auto left = checkCompiled(programs.take_front(half), options);
  auto right = checkCompiled(programs.drop_front(half), options);
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

std::vector<Outcome> fuzz::checkCompiled(ArrayRef<SeededProgram> programs,
                                         const CompiledOptions &options) {
  return Batch(programs, options).run();
}
