//===- Attributes.h - Epilogues as oneDNN post-ops ------------------------===//
//
// The order of an epilogue: scale, bias, residual, activation. oneDNN applies
// output scales after its own bias, so a scaled product gets its bias as a
// post-op.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_PRIMITIVES_ATTRIBUTES_H
#define DTC_RUNTIME_LIB_PRIMITIVES_ATTRIBUTES_H

#include "Engine.h"
#include <optional>

namespace dtc::runtime {

struct EpilogueOptions {
  float scale = 1.0f;
  /// A bias that is added by a post-op; its index says where it is passed.
  std::optional<dnnl_memory_desc_t> bias;
  /// A residual in a buffer of its own.
  std::optional<dnnl_memory_desc_t> residual;
  enum { Apart, InResult } residualPlace = Apart;
  int32_t activation = DTC_EPILOGUE_NONE;
};

struct Epilogue {
  DnnlAttributes attributes;
  int biasArgument = 0;     ///< 0 when there is none
  int residualArgument = 0; ///< 0 when there is none
};

/// Attributes with a user scratchpad and the post-ops; throws PrimitiveError.
Epilogue makeEpilogue(const EpilogueOptions &options);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_PRIMITIVES_ATTRIBUTES_H
