//===- DtcAttributes.cpp - Meshes and layouts: parsing, checks ------------===//

#include "dtc/IR/Dtc.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dtc;

#define GET_ATTRDEF_CLASSES
#include "dtc/IR/DtcAttributes.cpp.inc"

void DtcDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dtc/IR/DtcAttributes.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Mesh: <"dp" = 2, "tp" = 4>
//===----------------------------------------------------------------------===//

Attribute MeshAttr::parse(AsmParser &parser, Type) {
  SmallVector<StringAttr> names;
  SmallVector<int64_t> sizes;
  auto parseAxis = [&]() -> ParseResult {
    std::string name;
    int64_t size;
    if (parser.parseString(&name) || parser.parseEqual() ||
        parser.parseInteger(size))
      return failure();
    names.push_back(StringAttr::get(parser.getContext(), name));
    sizes.push_back(size);
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseAxis))
    return {};
  return parser.getChecked<MeshAttr>(parser.getContext(), names, sizes);
}

void MeshAttr::print(AsmPrinter &printer) const {
  printer << "<";
  llvm::interleaveComma(
      llvm::zip(getNames(), getSizes()), printer, [&](auto axis) {
        printer << std::get<0>(axis) << " = " << std::get<1>(axis);
      });
  printer << ">";
}

LogicalResult MeshAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               ArrayRef<StringAttr> names,
                               ArrayRef<int64_t> sizes) {
  if (names.empty())
    return emitError() << "expected a mesh of at least one axis";
  llvm::StringSet<> seen;
  int64_t ranks = 1, splitting = 0;
  for (auto [name, size] : llvm::zip(names, sizes)) {
    if (!seen.insert(name.getValue()).second)
      return emitError() << "expected distinct axis names, got '"
                         << name.getValue() << "' twice";
    if (size < 1)
      return emitError() << "expected axis '" << name.getValue()
                         << "' of size 1 or more, got " << size;
    if (llvm::MulOverflow(ranks, size, ranks) || ranks > (1 << 16))
      return emitError() << "expected a mesh of at most 65536 ranks";
    splitting += size > 1;
  }
  if (splitting > maxSplittingAxes ||
      static_cast<int64_t>(names.size()) > maxMeshAxes)
    return emitError() << "expected at most " << maxSplittingAxes
                       << " mesh axes of 2 ranks or more, and " << maxMeshAxes
                       << " in all";
  return success();
}

::dtc::Mesh MeshAttr::getMesh() const {
  ::dtc::Mesh mesh;
  for (auto [name, size] : llvm::zip(getNames(), getSizes()))
    mesh.axes.push_back({name.getValue().str(), size});
  return mesh;
}

MeshAttr MeshAttr::get(MLIRContext *context, const ::dtc::Mesh &mesh) {
  SmallVector<StringAttr> names;
  SmallVector<int64_t> sizes;
  for (const MeshAxis &axis : mesh.axes) {
    names.push_back(StringAttr::get(context, axis.name));
    sizes.push_back(axis.size);
  }
  return get(context, names, sizes);
}

//===----------------------------------------------------------------------===//
// Layout: <#mesh, [shard(0), replicate]>
//===----------------------------------------------------------------------===//

static ParseResult parsePlacement(AsmParser &parser, Placement &placement) {
  StringRef word;
  SMLoc location = parser.getCurrentLocation();
  if (parser.parseKeyword(&word))
    return failure();
  if (word == "replicate") {
    placement = Placement::replicate();
    return success();
  }
  if (parser.parseLParen())
    return failure();
  if (word == "shard" || word == "mask_partial") {
    int64_t number;
    if (parser.parseInteger(number))
      return failure();
    placement = word == "shard" ? Placement::shard(number)
                                : Placement::maskPartial(number);
    return parser.parseRParen();
  }
  if (word == "window") {
    placement.kind = Placement::Kind::Window;
    Window &window = placement.window;
    for (int64_t *number : {&placement.dim, &window.extent, &window.step,
                            &window.divisor, &window.low, &window.high})
      if ((number != &placement.dim && parser.parseComma()) ||
          parser.parseInteger(*number))
        return failure();
    return parser.parseRParen();
  }
  StringRef kind;
  if (word != "partial")
    return parser.emitError(location)
           << "expected 'replicate', 'shard', 'partial', 'mask_partial' or "
              "'window', got '"
           << word << "'";
  SMLoc kindLocation = parser.getCurrentLocation();
  if (parser.parseKeyword(&kind))
    return failure();
  std::optional<ReduceKind> reduce = parseReduceKind(kind);
  if (!reduce)
    return parser.emitError(kindLocation)
           << "expected 'sum', 'avg', 'max', 'min' or 'product', got '" << kind
           << "'";
  placement = Placement::partial(*reduce);
  return parser.parseRParen();
}

Attribute LayoutAttr::parse(AsmParser &parser, Type) {
  MeshAttr mesh;
  SmallVector<Placement> placements;
  auto parseOne = [&] {
    return parsePlacement(parser, placements.emplace_back());
  };
  if (parser.parseLess() || parser.parseAttribute(mesh) ||
      parser.parseComma() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseOne) ||
      parser.parseGreater())
    return {};
  return parser.getChecked<LayoutAttr>(parser.getContext(), mesh, placements);
}

void LayoutAttr::print(AsmPrinter &printer) const {
  printer << "<" << getMesh() << ", [";
  llvm::interleaveComma(getPlacements(), printer, [&](const Placement &p) {
    if (p.isMaskPartial())
      printer << "mask_partial(" << p.maskRows << ")";
    else if (p.isWindow())
      printer << "window(" << p.dim << ", " << p.window.extent << ", "
              << p.window.step << ", " << p.window.divisor << ", "
              << p.window.low << ", " << p.window.high << ")";
    else
      printer << p.str();
  });
  printer << "]>";
}

/// Numbers below 2^31 have products that do not overflow.
static LogicalResult verifyWindow(function_ref<InFlightDiagnostic()> emitError,
                                  const Placement &placement) {
  const Window &window = placement.window;
  constexpr int64_t limit = int64_t(1) << 61;
  bool isGood = window.extent >= 0 && window.step >= 1 && window.divisor >= 1;
  for (int64_t number : {window.extent, window.step, window.divisor})
    isGood &= number < (int64_t(1) << 31);
  for (int64_t number : {window.low, window.high})
    isGood &= number < limit && number > -limit;
  if (isGood)
    return success();
  return emitError() << "expected a window of an extent of 0 or more with step "
                        "and divisor of 1 or more, all below 2147483648, got "
                     << window.extent << ", " << window.step << " and "
                     << window.divisor;
}

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 MeshAttr mesh,
                                 ArrayRef<Placement> placements) {
  if (static_cast<int64_t>(placements.size()) != mesh.getRank())
    return emitError() << "expected one placement for each of the mesh's "
                       << mesh.getRank() << " axes, got " << placements.size();
  for (const Placement &placement : placements) {
    if ((placement.isShard() || placement.isWindow()) && placement.dim < 0)
      return emitError() << "expected a dimension counted from the front, got "
                         << placement.dim;
    if (placement.isWindow() && failed(verifyWindow(emitError, placement)))
      return failure();
    // A window's neighbours hold pieces of the dimension alone.
    auto splitsSame = [&](const Placement &other) {
      return (other.isShard() || other.isWindow()) &&
             other.dim == placement.dim;
    };
    if (placement.isWindow() && llvm::count_if(placements, splitsSame) > 1)
      return emitError() << "expected one axis to split dimension "
                         << placement.dim << ", which has windows";
  }
  return success();
}

LogicalResult
LayoutAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                           function_ref<InFlightDiagnostic()> emitError) const {
  for (auto [name, placement] :
       llvm::zip(getMesh().getNames(), getPlacements()))
    if ((placement.isShard() || placement.isWindow()) &&
        placement.dim >= static_cast<int64_t>(shape.size()))
      return emitError() << "expected a dimension below the tensor's rank "
                         << shape.size() << ", got " << placement.str()
                         << " on axis '" << name.getValue() << "'";
  return success();
}
