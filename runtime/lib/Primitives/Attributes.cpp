//===- Attributes.cpp - Epilogues as oneDNN post-ops ----------------------===//
//
// One table row an activation; the chain is appended in the order in which it
// applies.
//===----------------------------------------------------------------------===//

#include "Attributes.h"

namespace dtc::runtime {
namespace {

struct Activation {
  dnnl_alg_kind_t algorithm;
  float alpha;
};

/// Exact GELU stays exact; SiLU is oneDNN's swish with alpha 1.
Activation activationOf(int32_t epilogue) {
  switch (epilogue) {
  case DTC_EPILOGUE_RELU:
    return {dnnl_eltwise_relu, 0.0f};
  case DTC_EPILOGUE_GELU_ERF:
    return {dnnl_eltwise_gelu_erf, 0.0f};
  case DTC_EPILOGUE_GELU_TANH:
    return {dnnl_eltwise_gelu_tanh, 0.0f};
  case DTC_EPILOGUE_SIGMOID:
    return {dnnl_eltwise_logistic, 0.0f};
  case DTC_EPILOGUE_TANH:
    return {dnnl_eltwise_tanh, 0.0f};
  case DTC_EPILOGUE_SILU:
    return {dnnl_eltwise_swish, 1.0f};
  default:
    throw PrimitiveError{"epilogue " + std::to_string(epilogue) +
                         " is not known to this runtime"};
  }
}

/// Appends a binary addition and says where its operand is passed.
int appendAddition(dnnl_post_ops_t chain, const dnnl_memory_desc_t &desc) {
  int position = dnnl_post_ops_len(chain);
  checkDnnl(dnnl_post_ops_append_binary(chain, dnnl_binary_add, &desc),
            "append an addition");
  return DNNL_ARG_ATTR_MULTIPLE_POST_OP(position) | DNNL_ARG_SRC_1;
}

} // namespace

Epilogue makeEpilogue(const EpilogueOptions &options) {
  Epilogue epilogue;
  dnnl_primitive_attr_t attributes = nullptr;
  checkDnnl(dnnl_primitive_attr_create(&attributes), "create attributes");
  epilogue.attributes = DnnlAttributes(attributes);
  checkDnnl(dnnl_primitive_attr_set_scratchpad_mode(attributes,
                                                    dnnl_scratchpad_mode_user),
            "set the scratchpad mode");
  dnnl_post_ops_t chain = nullptr;
  checkDnnl(dnnl_post_ops_create(&chain), "create post-ops");
  DnnlPostOps owner(chain);
  if (options.scale != 1.0f)
    checkDnnl(
        dnnl_primitive_attr_set_output_scales(attributes, 1, 0, &options.scale),
        "set a scale");
  // The sum goes first, where every kernel takes it; additions commute.
  bool inResult = options.residualPlace == EpilogueOptions::InResult;
  if (options.residual && inResult)
    checkDnnl(dnnl_post_ops_append_sum(chain, 1.0f), "append a sum");
  if (options.bias)
    epilogue.biasArgument = appendAddition(chain, *options.bias);
  if (options.residual && !inResult)
    epilogue.residualArgument = appendAddition(chain, *options.residual);
  if (options.activation != DTC_EPILOGUE_NONE) {
    Activation activation = activationOf(options.activation);
    checkDnnl(dnnl_post_ops_append_eltwise(chain, 1.0f, activation.algorithm,
                                           activation.alpha, 0.0f),
              "append an activation");
  }
  checkDnnl(dnnl_primitive_attr_set_post_ops(attributes, chain),
            "set post-ops");
  return epilogue;
}

} // namespace dtc::runtime
