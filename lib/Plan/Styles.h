//===- Styles.h - Parsing placements and styles of a plan -------*- C++ -*-===//
//
// The parts of the plan parser that read one value: a placement, a style.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_PLAN_STYLES_H
#define DTC_LIB_PLAN_STYLES_H

#include "YamlReader.h"

#include "dtc/Plan/Plan.h"

namespace dtc::plan {

/// A placement word, or a list of at least one.
std::optional<PlacementSpec> readPlacement(const YamlNode &node,
                                           YamlReader &reader);

/// A style: its name, or a mapping with `style` and the keys of its torch
/// class.
std::optional<Style> readStyle(const YamlNode &node, YamlReader &reader);

} // namespace dtc::plan

#endif // DTC_LIB_PLAN_STYLES_H
