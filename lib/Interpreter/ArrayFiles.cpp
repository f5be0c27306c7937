//===- ArrayFiles.cpp - Files of a program's inputs and results -----------===//

#include "ArrayFiles.h"

#include "dtc/runtime/ArrayFile.h"
#include "dtc/runtime/program.h"

using namespace mlir;
using namespace dtc;

// Files name element types by the runtime's codes.
static_assert(static_cast<int>(DType::Bool) == DTC_BOOL &&
              static_cast<int>(DType::F16) == DTC_F16 &&
              static_cast<int>(DType::F64) == DTC_F64);

static llvm::Error fail(const Twine &message) {
  return llvm::createStringError(message);
}

llvm::Error dtc::readArrays(const std::string &path, NamedTensors &arrays) {
  auto file = runtime::openArrays(path);
  if (!file)
    return fail(file.error().message);
  for (const runtime::ArrayInfo &info : (*file)->arrays()) {
    HostTensor array(static_cast<DType>(info.dtype), info.shape);
    if (array.bytes() != info.bytes)
      return fail("expected " + Twine(array.bytes()) + " bytes in array '" +
                  info.name + "' of '" + path + "', got " + Twine(info.bytes));
    if (auto status = (*file)->read(info, array.raw()); !status)
      return fail(status.error().message);
    arrays[info.name] = std::move(array);
  }
  return llvm::Error::success();
}

void dtc::narrowInputs(func::FuncOp function, ProgramInputs &inputs) {
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    auto found = inputs.inputs.find(getInputName(function, i));
    auto type = cast<RankedTensorType>(function.getArgumentTypes()[i]);
    if (found == inputs.inputs.end() || !type.getElementType().isBF16() ||
        found->second.type() != DType::F32)
      continue;
    HostTensor narrow(DType::BF16, found->second.shape());
    for (int64_t n = 0; n < narrow.size(); ++n)
      narrow.setDouble(n, found->second.getDouble(n));
    found->second = narrow;
  }
}

llvm::Error dtc::writeResults(const std::string &path, func::FuncOp function,
                              llvm::ArrayRef<HostTensor> results) {
  std::vector<runtime::ArraySource> arrays;
  for (auto [i, array] : llvm::enumerate(results)) {
    runtime::ArraySource source;
    source.name = getOutputName(function, i);
    source.dtype = static_cast<int32_t>(array.type());
    source.shape.assign(array.shape().begin(), array.shape().end());
    source.fill = [&array = array](char *to) {
      if (array.bytes() != 0)
        std::memcpy(to, array.raw(), array.bytes());
      return runtime::Done{};
    };
    arrays.push_back(std::move(source));
  }
  auto file = runtime::OutputFile::create(path);
  if (!file)
    return fail(file.error().message);
  if (auto status = runtime::writeNpz(*file, arrays); !status)
    return fail(status.error().message);
  if (auto status = file->commit(); !status)
    return fail(status.error().message);
  return llvm::Error::success();
}
