//===- Parameters.cpp - The bytes of a model's weights --------------------===//

#include "dtc/Import/Parameters.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"

using namespace dtc;

llvm::Error ParameterStore::add(llvm::StringRef name, ParameterData data) {
  auto fail = [&](const llvm::Twine &what) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "parameter '" + name + "': " + what);
  };
  int64_t bytes = byteWidth(data.type);
  for (int64_t extent : data.shape)
    if (extent < 0 || llvm::MulOverflow(bytes, extent, bytes))
      return fail("expected a shape of addressable size");
  if (static_cast<uint64_t>(bytes) != data.bytes.size())
    return fail("expected " + llvm::Twine(bytes) + " bytes, got " +
                llvm::Twine(data.bytes.size()));
  if (!parameters.emplace(name.str(), std::move(data)).second)
    return fail("expected one of this name, got several");
  return llvm::Error::success();
}

const ParameterData *ParameterStore::find(llvm::StringRef name) const {
  auto found = parameters.find(name.str());
  return found == parameters.end() ? nullptr : &found->second;
}
