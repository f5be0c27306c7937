//===- LinearAttentionFromOnnx.cpp - Attention by a running state ---------===//
//
// For each token t, on a state [batch, heads, key size, value size]:
//
//   state = exp(decay_t) state                       gated rules
//   v_t   = beta_t (v_t - state^T k_t)               delta rules
//   state = state + k_t v_t^T
//   o_t   = scale q_t^T state
//
// The tokens are unrolled; all is computed in f32. Each state head serves a
// group of consecutive query heads.
//
//===----------------------------------------------------------------------===//

#include "AttentionFromOnnx.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

/// More tokens would make too many ops.
static constexpr int64_t maxTokens = 512;

namespace {

class LinearAttention {
public:
  explicit LinearAttention(OnnxNode &node)
      : node(node), wide(Float32Type::get(node.getContext())) {}
  OnnxResults run();

private:
  bool readOperands();
  Value unpack(Value value, int64_t heads);
  Value token(Value value, int64_t t);
  Value step(int64_t t);

  OnnxNode &node;
  Type wide;
  int64_t queryHeads = 0, heads = 0, tokens = 0;
  bool isGated = false, isDelta = false;
  /// [batch, heads, tokens, size], in f32; decay and beta may be null.
  Value query, key, value, decay, beta;
  Value state;
  double scale = 1;
};

} // namespace

/// [batch, tokens, heads * size] -> [batch, heads, tokens, size].
Value LinearAttention::unpack(Value packed, int64_t count) {
  SmallVector<int64_t> shape(node.shape(packed));
  if (shape.size() != 3 || count < 1 || shape[2] % count != 0 ||
      shape[1] != node.shape(node.input(0))[1])
    return node.error("expected operands of shape [batch, tokens, heads * "
                      "size] with 'q_num_heads' and 'kv_num_heads' heads");
  Value split = node.reshape(node.cast(packed, wide),
                             {shape[0], shape[1], count, shape[2] / count});
  return node.transpose(split, {0, 2, 1, 3});
}

bool LinearAttention::readOperands() {
  StringRef rule = node.text("update_rule", "gated_delta");
  queryHeads = node.integer("q_num_heads", 0);
  heads = node.integer("kv_num_heads", 0);
  scale = node.real("scale", 0);
  // How an implementation may divide the tokens.
  node.ignore("chunk_size");
  isGated = rule == "gated" || rule == "gated_delta";
  isDelta = rule == "delta" || rule == "gated_delta";
  if (!isGated && !isDelta && rule != "linear")
    node.error("attribute 'update_rule': expected 'linear', 'gated', 'delta' "
               "or 'gated_delta', got '" +
               rule + "'");
  else if (node.has(4) != isGated || node.has(5) != isDelta)
    node.error("expected 'decay' for the gated rules and 'beta' for the delta "
               "rules only");
  else if (heads < 1 || queryHeads < 1 || queryHeads % heads != 0 ||
           node.rank(node.input(0)) != 3)
    node.error("expected 'q_num_heads' in a multiple of 'kv_num_heads'");
  if (node.failed())
    return false;
  query = unpack(node.input(0), queryHeads);
  key = unpack(node.input(1), heads);
  value = unpack(node.input(2), heads);
  if (isGated)
    decay = node.create<ExpOp>(unpack(node.input(4), heads));
  if (isDelta)
    beta = unpack(node.input(5),
                  node.shape(node.input(5)).back() == 1 ? 1 : heads);
  if (node.failed())
    return false;
  tokens = node.shape(query)[2];
  if (tokens < 1 || tokens > maxTokens)
    return node.error("expected 1 to " + Twine(maxTokens) + " tokens, got " +
                      Twine(tokens)),
           false;
  if (scale == 0)
    scale = 1 / std::sqrt(double(node.shape(query)[3]));
  return true;
}

/// [batch, heads, 1, size] of one token.
Value LinearAttention::token(Value all, int64_t t) {
  return all ? node.slice(all, 2, t, 1) : Value();
}

/// The output [batch, query heads, 1, value size] of token `t`.
Value LinearAttention::step(int64_t t) {
  Value k = token(key, t), v = token(value, t);
  if (decay)
    // One factor for each key dimension, or for the head.
    state = node.create<MulOp>(state,
                               node.transpose(token(decay, t), {0, 1, 3, 2}));
  if (beta) {
    Value held = node.create<MatMulOp>(k, state);
    v = node.create<MulOp>(token(beta, t), node.create<SubOp>(v, held));
  }
  // The outer product of k and v, a broadcast product.
  Value update = node.create<MulOp>(node.transpose(k, {0, 1, 3, 2}), v);
  state = node.create<AddOp>(state, update);
  SmallVector<int64_t> shape(node.shape(state));
  if (node.failed() || shape.size() != 4)
    return {};
  int64_t group = queryHeads / heads;
  Value q = token(query, t);
  SmallVector<int64_t> rows{shape[0], heads, group, shape[2]};
  Value out = node.create<MatMulOp>(node.reshape(q, rows), state);
  return node.reshape(out, {shape[0], queryHeads, 1, shape[3]});
}

OnnxResults LinearAttention::run() {
  if (!readOperands())
    return {};
  SmallVector<int64_t> shape{node.shape(key)[0], heads, node.shape(key)[3],
                             node.shape(value)[3]};
  Type stateType = node.element(node.input(0));
  if (node.has(3)) {
    stateType = node.element(node.input(3));
    if (node.shape(node.input(3)) != ArrayRef<int64_t>(shape))
      return {node.error("expected a state of shape [batch, heads, key size, "
                         "value size]")};
    state = node.cast(node.input(3), wide);
  } else {
    state = node.broadcast(node.scalar(0, wide), shape);
  }
  SmallVector<Value> outputs;
  for (int64_t t = 0; t < tokens && !node.failed(); ++t)
    outputs.push_back(step(t));
  if (node.failed())
    return {};
  Value all = outputs.size() == 1
                  ? outputs.front()
                  : node.create<ConcatOp>(ValueRange(outputs), 2);
  all = node.create<MulOp>(all, node.scalar(scale, wide));
  Value merged = node.reshape(node.transpose(all, {0, 2, 1, 3}),
                              {shape[0], tokens, queryHeads * shape[3]});
  return {node.cast(merged, node.element(node.input(0))),
          node.cast(state, stateType)};
}

OnnxResults dtc::importLinearAttention(OnnxNode &node) {
  return LinearAttention(node).run();
}
