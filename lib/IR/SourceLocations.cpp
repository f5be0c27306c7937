//===- SourceLocations.cpp - Value names and module paths in locations ----===//

#include "dtc/IR/Dtc.h"

using namespace mlir;
using namespace dtc;

Location dtc::makeSourceLocation(MLIRContext *context, StringRef valueName,
                                 StringRef modulePath, StringRef file,
                                 unsigned node) {
  Location position = FileLineColLoc::get(context, file, node, 0);
  Location module =
      NameLoc::get(StringAttr::get(context, modulePath), position);
  return NameLoc::get(StringAttr::get(context, valueName), module);
}

/// The outermost name location; fused locations are searched in order.
static NameLoc findNameLoc(Location location) {
  if (auto name = dyn_cast<NameLoc>(location))
    return name;
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location part : fused.getLocations())
      if (NameLoc name = findNameLoc(part))
        return name;
  if (auto call = dyn_cast<CallSiteLoc>(location))
    return findNameLoc(call.getCallee());
  return {};
}

StringRef dtc::getValueName(Location location) {
  NameLoc name = findNameLoc(location);
  return name ? name.getName().getValue() : StringRef();
}

Location dtc::dropValueName(Location location) {
  if (auto fused = dyn_cast<FusedLoc>(location)) {
    SmallVector<Location> parts;
    for (Location part : fused.getLocations())
      parts.push_back(dropValueName(part));
    return FusedLoc::get(location.getContext(), parts);
  }
  NameLoc name = findNameLoc(location);
  if (!name)
    return location;
  return NameLoc::get(StringAttr::get(location.getContext(), ""),
                      name.getChildLoc());
}

StringRef dtc::getModulePath(Location location) {
  NameLoc name = findNameLoc(location);
  auto module = name ? dyn_cast<NameLoc>(name.getChildLoc()) : NameLoc();
  return module ? module.getName().getValue() : StringRef();
}
