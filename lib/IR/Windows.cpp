//===- Windows.cpp - Sliding windows of convolutions and pools ------------===//
//
// A rank that makes the result positions [b, e) of a split dimension holds what
// they need of the input, cut to the input:
// 1. sliding windows need [b * stride - padding, (e - 1) * stride - padding +
//    span); what lies outside of the input is the rank's own padding;
// 2. spread windows begin at the first input position that is held; from where
//    its window begins in the result follows how much is cut off before b, and
//    from the sizes how much after e.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Windows.h"

using namespace mlir;
using namespace dtc;

/// Extents, strides and padding below this have products that do not overflow.
static constexpr int64_t limit = int64_t(1) << 31;

static int64_t spanOf(const WindowAttributes &window, size_t dim) {
  return window.dilations[dim] * (window.kernel[dim] - 1) + 1;
}

/// What both kinds of windows ask of their attributes.
static LogicalResult verifyAttributes(std::optional<Location> location,
                                      ArrayRef<int64_t> extents,
                                      const WindowAttributes &window) {
  for (ArrayRef<int64_t> list :
       {window.kernel, window.strides, window.dilations, window.padsBegin,
        window.padsEnd})
    if (list.size() != extents.size())
      return emitOptionalError(location,
                               "expected strides, dilations and pads for ",
                               extents.size(), " spatial dimensions");
  for (ArrayRef<int64_t> list :
       {window.kernel, window.strides, window.dilations})
    if (llvm::any_of(list, [](int64_t n) { return n < 1; }))
      return emitOptionalError(
          location, "expected strides, dilations and kernels of 1 or more");
  for (ArrayRef<int64_t> list :
       {extents, window.kernel, window.strides, window.dilations,
        window.padsBegin, window.padsEnd})
    if (llvm::any_of(list, [](int64_t n) { return n >= limit || n <= -limit; }))
      return emitOptionalError(location, "expected extents, strides, dilations "
                                         "and pads below 2147483648");
  return success();
}

LogicalResult dtc::inferWindows(std::optional<Location> location,
                                ArrayRef<int64_t> extents,
                                const WindowAttributes &window,
                                SmallVectorImpl<int64_t> &result) {
  if (failed(verifyAttributes(location, extents, window)))
    return failure();
  for (auto [dim, extent] : llvm::enumerate(extents)) {
    int64_t room = extent + window.padsBegin[dim] + window.padsEnd[dim] -
                   spanOf(window, dim);
    if (room < 0)
      return emitOptionalError(location,
                               "expected a kernel that fits the padded input "
                               "in spatial dimension ",
                               dim);
    result.push_back(room / window.strides[dim] + 1);
  }
  return success();
}

LogicalResult dtc::inferSpreadWindows(std::optional<Location> location,
                                      ArrayRef<int64_t> extents,
                                      const WindowAttributes &window,
                                      SmallVectorImpl<int64_t> &result) {
  if (failed(verifyAttributes(location, extents, window)))
    return failure();
  for (auto [dim, extent] : llvm::enumerate(extents)) {
    int64_t spread = window.strides[dim] * (extent - 1) + spanOf(window, dim) -
                     window.padsBegin[dim] - window.padsEnd[dim];
    if (spread < 0 || spread >= limit)
      return emitOptionalError(location,
                               "expected padding that leaves a result in "
                               "spatial dimension ",
                               dim, ", got an extent of ", spread);
    result.push_back(spread);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// One rank's form
//===----------------------------------------------------------------------===//

/// Collects what the rank holds; padding as given.
static LocalWindows holdings(Value input, Value result,
                             const WindowAttributes &window, int64_t rank) {
  LocalWindows local;
  local.padsBegin.assign(window.padsBegin.begin(), window.padsBegin.end());
  local.padsEnd.assign(window.padsEnd.begin(), window.padsEnd.end());
  LayoutAttr from = getLayout(input), to = getLayout(result);
  auto held = localBox(shapeOf(input), from.getPlacements(),
                       from.getMesh().getMesh(), rank);
  auto made = localBox(shapeOf(result), to.getPlacements(),
                       to.getMesh().getMesh(), rank);
  for (size_t dim = 2; dim < held.size(); ++dim) {
    local.held.push_back(held[dim]);
    local.results.push_back(made[dim]);
    local.needed.push_back(held[dim]);
    local.isSplit.push_back(false);
    for (const Placement &placement : from.getPlacements()) {
      if (!placement.isWindow() || placement.dim != static_cast<int64_t>(dim))
        continue;
      local.isSplit.back() = true;
      if (made[dim].size() > 0)
        local.needed.back() = placement.window.needed(made[dim]);
    }
  }
  return local;
}

LocalWindows dtc::localWindows(Value input, Value result,
                               const WindowAttributes &window, int64_t rank) {
  LocalWindows local = holdings(input, result, window, rank);
  for (size_t dim = 0; dim < local.held.size(); ++dim) {
    if (!local.isSplit[dim])
      continue;
    Interval held = local.held[dim], needed = local.needed[dim];
    if (held.size() > 0) {
      local.padsBegin[dim] = held.begin - needed.begin;
      local.padsEnd[dim] = needed.end - held.end;
    } else {
      // All of it is padding, on one side.
      bool isBefore = needed.end <= 0;
      local.padsBegin[dim] = isBefore ? needed.size() : 0;
      local.padsEnd[dim] = isBefore ? 0 : needed.size();
    }
  }
  return local;
}

LocalWindows dtc::localSpreadWindows(Value input, Value result,
                                     const WindowAttributes &window,
                                     int64_t rank) {
  LocalWindows local = holdings(input, result, window, rank);
  for (size_t dim = 0; dim < local.held.size(); ++dim) {
    if (!local.isSplit[dim])
      continue;
    Interval held = local.held[dim], made = local.results[dim];
    int64_t stride = window.strides[dim];
    int64_t first = held.size() > 0 ? held.begin * stride : made.begin;
    local.padsBegin[dim] = made.begin + window.padsBegin[dim] - first;
    local.padsEnd[dim] = stride * (held.size() - 1) + spanOf(window, dim) -
                         local.padsBegin[dim] - made.size();
  }
  return local;
}

Value dtc::emptyConstant(OpBuilder &builder, Location location,
                         RankedTensorType type) {
  return ConstantOp::create(
      builder, location, type,
      DenseElementsAttr::get(type, ArrayRef<Attribute>()));
}
