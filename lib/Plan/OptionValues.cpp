//===- OptionValues.cpp - Values of --mesh, --dim, --input-shape ----------===//

#include "dtc/Plan/OptionValues.h"

#include "dtc/Plan/Spelling.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace dtc;
using namespace dtc::plan;
using llvm::StringRef;

static llvm::Error fail(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// A non-negative decimal number that fits.
static std::optional<int64_t> parseCount(StringRef text) {
  int64_t value = 0;
  if (text.empty() || !llvm::isDigit(text.front()) ||
      text.getAsInteger(10, value))
    return std::nullopt;
  return value;
}

std::string dtc::plan::appendAxis(Mesh &mesh, StringRef name, int64_t size) {
  bool word =
      !name.empty() && !llvm::isDigit(name.front()) &&
      llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
  if (!word)
    return "expected a mesh axis name of letters, digits and '_', got " +
           inQuotes(name);
  int64_t ranks = 1, splitting = size > 1;
  for (const MeshAxis &axis : mesh.axes) {
    if (axis.name == name)
      return "mesh axis " + inQuotes(name) + " is given twice";
    ranks *= axis.size;
    splitting += axis.size > 1;
  }
  if (mesh.rank() >= maxMeshAxes || splitting > maxSplittingAxes)
    return "expected at most " + std::to_string(maxSplittingAxes) +
           " mesh axes of 2 ranks or more, and " + std::to_string(maxMeshAxes) +
           " in all, got more with axis " + inQuotes(name);
  if (size < 1)
    return "expected a size of at least 1 for mesh axis " + inQuotes(name) +
           ", got " + std::to_string(size);
  // Sizes are bounded one by one, so the product above cannot overflow.
  if (size > kMaxRanks / ranks)
    return "expected at most " + std::to_string(kMaxRanks) +
           " ranks in a mesh, got more with axis " + inQuotes(name) +
           " of size " + std::to_string(size);
  mesh.axes.push_back({name.str(), size});
  return "";
}

llvm::Expected<Mesh> dtc::plan::parseMeshOption(StringRef text) {
  Mesh mesh;
  llvm::SmallVector<StringRef> axes;
  text.split(axes, ',');
  for (StringRef part : axes) {
    auto [name, number] = part.split('=');
    name = name.trim();
    number = number.trim();
    if (!part.contains('='))
      return fail("expected NAME=SIZE[,NAME=SIZE…], as in 'dp=2,tp=2', got " +
                  inQuotes(part));
    int64_t size = 0;
    StringRef digits = number;
    digits.consume_front("-");
    if (digits.empty() || !llvm::all_of(digits, llvm::isDigit))
      return fail("expected an integer size for mesh axis " + inQuotes(name) +
                  ", got " + inQuotes(number));
    if (number.getAsInteger(10, size))
      return fail("expected at most " + llvm::Twine(kMaxRanks) +
                  " ranks in a mesh, got axis " + inQuotes(name) + " of size " +
                  inQuotes(number));
    std::string error = appendAxis(mesh, name, size);
    if (!error.empty())
      return fail(error);
  }
  return mesh;
}

namespace {
struct NamedText {
  StringRef name;
  StringRef value;
};
} // namespace

/// Splits at the last '=': names of models may hold one themselves.
static std::optional<NamedText> splitName(StringRef text) {
  size_t at = text.rfind('=');
  if (at == StringRef::npos || at == 0)
    return std::nullopt;
  return NamedText{text.take_front(at), text.drop_front(at + 1)};
}

llvm::Expected<DimBinding> dtc::plan::parseDimOption(StringRef text) {
  std::optional<NamedText> parts = splitName(text);
  if (!parts)
    return fail("expected NAME=VALUE, as in 'batch=8', got " + inQuotes(text));
  std::optional<int64_t> value = parseCount(parts->value);
  if (!value)
    return fail("expected an integer of at least 0 for dimension " +
                inQuotes(parts->name) + ", got " + inQuotes(parts->value));
  return DimBinding{parts->name.str(), *value};
}

llvm::Expected<ShapeBinding> dtc::plan::parseInputShapeOption(StringRef text) {
  std::optional<NamedText> parts = splitName(text);
  if (!parts)
    return fail("expected NAME=SHAPE, as in 'x=2x128', got " + inQuotes(text));
  ShapeBinding binding;
  binding.name = parts->name.str();
  llvm::SmallVector<StringRef> dims;
  parts->value.split(dims, 'x');
  int64_t elements = 1;
  for (StringRef part : dims) {
    std::optional<int64_t> dim = parseCount(part);
    if (!dim)
      return fail("expected dimensions as in '2x128' for input " +
                  inQuotes(parts->name) + ", got " + inQuotes(parts->value));
    // A zero must not hide an overflow: strides multiply the others.
    std::optional<int64_t> product =
        llvm::checkedMul(elements, std::max<int64_t>(*dim, 1));
    if (!product)
      return fail("expected fewer than 2^63 elements for input " +
                  inQuotes(parts->name) + ", got " + inQuotes(parts->value));
    elements = *product;
    binding.shape.push_back(*dim);
  }
  return binding;
}
