//===- DnnAttentionGradient.cpp - The gradient of attention by cuDNN ------===//
//
// As attention, its gradient is one kernel that cuDNN recognises by its graph.
// With S the scores, L the logarithms of their sums, O the result and G its
// gradient:
//
//   P  = exp(S - L)             D = sum(G * O) by rows
//   dV = P^T G                  dS = scale P * (G V^T - D)
//   dK = dS^T Q                 dQ = dS K
//
// 1. P^T, dS^T and K are views of what they are transposed from; P^T and dS^T
//    are of the operands' type, all else between the products is f32.
// 2. Query heads that share a key head have each their dK and dV, which are
//    summed.
// 3. D is in memory. dQ is summed in a fixed order where that takes no more
//    workspace than engines may use, for which the library keeps dS; else
//    blocks of keys add to an f32 copy of it as they come. Of neither is there
//    a note by the library.
//===----------------------------------------------------------------------===//

#include "DnnAttentionGraph.h"

namespace dtc::runtime::cuda {
namespace {

class GradientGraph {
public:
  GradientGraph(const Dnn &dnn, const dtc_attention_gradient &descOf)
      : desc(descOf), forward(desc.attention), graph(dnn, forward) {}

  std::unique_ptr<DnnGraph> describe(SumOrder order);

private:
  Handle rowDots(Handle result);
  void keySide(AttentionTensor id, Handle scores, Handle other,
               const Extents &shape, const Extents &strides);
  void querySide(Handle scores, SumOrder order);

  const dtc_attention_gradient &desc;
  const dtc_attention &forward;
  AttentionGraph graph;
  Handle query = nullptr, keys = nullptr, gradient = nullptr;
};

/// The sums of rows of gradient * result.
Handle GradientGraph::rowDots(Handle result) {
  Handle products = graph->between(kDnnF32, four(forward.result_shape));
  Handle sums = graph->between(kDnnF32, graph.rows);
  Handle dots = graph->scratch(graph.rows);
  graph->pointwise(kDnnMultiply, products, gradient, result);
  graph->reduce(kDnnSum, sums, products);
  // Where dropout's factor would be.
  graph->pointwise(kDnnMultiply, dots, sums, graph->scalar(1, 4));
  return dots;
}

/// scores^T other, for keys or values.
void GradientGraph::keySide(AttentionTensor id, Handle scores, Handle other,
                            const Extents &shape, const Extents &strides) {
  Handle across = graph->view(scores, graph.type, transposed(graph.shape),
                              transposed(denseStrides(graph.shape)));
  Handle sums = graph.tensor(id, shape, strides);
  if (shape[1] == graph.shape[1]) {
    graph->multiply(sums, across, other);
    return;
  }
  Extents ofEachHead(shape);
  ofEachHead[1] = graph.shape[1];
  Handle each = graph->between(graph.type, ofEachHead);
  graph->multiply(each, across, other);
  graph->reduce(kDnnSum, sums, each);
}

void GradientGraph::querySide(Handle scores, SumOrder order) {
  Handle key = graph->view(keys, graph.type, four(forward.key_shape),
                           four(forward.key_strides));
  Handle result =
      graph.tensor(AttentionTensor::QueryGradient, four(forward.query_shape),
                   four(desc.query_gradient_strides));
  if (order == SumOrder::Fixed) {
    graph->multiply(result, scores, key);
    return;
  }
  Handle sums = graph->scratch(four(forward.query_shape));
  graph->multiply(sums, scores, key);
  graph->pointwise(kDnnIdentity, result, sums);
}

std::unique_ptr<DnnGraph> GradientGraph::describe(SumOrder order) {
  query = graph.tensor(AttentionTensor::Query, four(forward.query_shape),
                       four(forward.query_strides));
  keys = graph.tensor(AttentionTensor::Key, transposed(four(forward.key_shape)),
                      transposed(four(forward.key_strides)));
  Handle values = graph.tensor(AttentionTensor::Value,
                               transposed(four(forward.value_shape)),
                               transposed(four(forward.value_strides)));
  Handle result =
      graph.tensor(AttentionTensor::Result, four(forward.result_shape),
                   four(forward.result_strides));
  gradient = graph.tensor(AttentionTensor::Gradient, four(forward.result_shape),
                          four(desc.gradient_strides));
  Handle dots = rowDots(result);
  Handle scores =
      graph.pointwise(kDnnSubtract, graph.scores(query, keys), graph.sums());
  Handle weights = graph.pointwise(kDnnExp, graph.hideLaterKeys(scores));
  keySide(AttentionTensor::ValueGradient, weights, gradient,
          four(forward.value_shape), four(desc.value_gradient_strides));
  Handle ofWeights = graph->between(kDnnF32, graph.shape);
  graph->multiply(ofWeights, gradient, values);
  Handle centred = graph.pointwise(kDnnSubtract, ofWeights, dots);
  Handle weighted = graph.pointwise(kDnnMultiply, centred, weights);
  Handle ofScores = graph.pointwise(kDnnMultiply, weighted, graph.scale);
  keySide(AttentionTensor::KeyGradient, ofScores, query,
          four(forward.key_shape), four(desc.key_gradient_strides));
  querySide(ofScores, order);
  return graph.take();
}

/// What the choice of an engine depends on.
std::string keyOf(const dtc_attention_gradient &desc) {
  std::string text = attentionText(desc.attention);
  for (const auto *list :
       {&desc.gradient_strides, &desc.query_gradient_strides,
        &desc.key_gradient_strides, &desc.value_gradient_strides})
    for (int64_t number : *list)
      text += " " + std::to_string(number);
  return text;
}

} // namespace

std::unique_ptr<DnnGraph>
describeAttentionGradient(const Dnn &dnn, const dtc_attention_gradient &desc,
                          SumOrder order) {
  return GradientGraph(dnn, desc).describe(order);
}

Result<std::unique_ptr<DnnPlan>>
planAttentionGradient(const Dnn &dnn, const dtc_attention_gradient &desc,
                      AlgorithmCache &cache) {
  if (auto status = checkAttention(dnn, desc.attention); !status)
    return status.error();
  constexpr size_t lastWithWholeBlocks = 91500;
  constexpr int64_t block = 128;
  int64_t keys = desc.attention.key_shape[2];
  if (dnn.version <= lastWithWholeBlocks && keys % block != 0)
    return Error{"the gradient of attention over " + std::to_string(keys) +
                 " keys, no multiple of " + std::to_string(block) +
                 ", has known bugs in cuDNN " + versionText(dnn.version) +
                 ", install 9.15.1 or newer"};
  auto create = [&](SumOrder order, const std::string &key) {
    return DnnPlan::create(describeAttentionGradient(dnn, desc, order),
                           TensorCores::Allowed, key, cache);
  };
  std::string inAnyOrder = "attention gradient in any order" + keyOf(desc);
  // What had to be chosen once has to be again.
  if (!cache.find(inAnyOrder))
    if (auto fixed =
            create(SumOrder::Fixed, "attention gradient" + keyOf(desc)))
      return fixed;
  return create(SumOrder::Any, inAnyOrder);
}

} // namespace dtc::runtime::cuda
