//===- LabelLossImport.h - Losses of labelled scores ------------*- C++ -*-===//
//
//   loss[n] = -weight[label[n]] * log_probability[n, label[n]]
//
// What the importers of all model formats share.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_OPS_SOFTMAX_LABELLOSSIMPORT_H
#define DTC_LIB_OPS_SOFTMAX_LABELLOSSIMPORT_H

#include "dtc/Import/LossReduction.h"

namespace dtc {

/// Log probabilities less a term for each row: `shifted - offset`.
struct LogProbabilities {
  mlir::Value shifted;
  /// [batch, 1, positions...], or null for 0.
  mlir::Value offset;
};

/// A loss's operands: scores [batch, classes, positions...] of floats, labels
/// [batch, positions...] of integers, weights [classes] or null.
class LabelLoss {
public:
  LabelLoss(ImportNode &node, mlir::Value scores, mlir::Value labels,
            mlir::Value weights)
      : node(node), scores(scores), labels(labels), weights(weights),
        type(node.element(scores)) {}

  /// False, after an error of the node, when shapes or types do not fit.
  bool verify();
  /// The scores' log softmax over the classes. The maximum, the sum of
  /// exponentials and one element of each row are as small as the loss, and
  /// partial where ranks split the classes: scores are never gathered.
  LogProbabilities softmax() const;
  /// Labels equal to `ignored` count for nothing.
  void ignore(int64_t label);
  /// The loss of the labels; the mean is that of the weights that count.
  mlir::Value reduce(const LogProbabilities &logs, LossReduction reduction);
  /// The same of labels that are spread evenly over all classes; the mean
  /// divides as that of reduce() does.
  mlir::Value reduceSpread(const LogProbabilities &logs,
                           LossReduction reduction);
  /// A value of the scores' shape times the weights of its classes.
  mlir::Value weighted(mlir::Value value) const;
  /// The sum of the weights that count.
  mlir::Value totalWeight();

  /// Scores as they are computed on: f16 and bf16 in f32.
  mlir::Value widened() const { return node.cast(scores, computed()); }
  /// A value of the computation in the scores' type.
  mlir::Value asResult(mlir::Value value) const {
    return node.cast(value, type);
  }

private:
  mlir::Type computed() const;
  mlir::Value zero() const { return node.scalar(0, computed()); }
  mlir::Value places();
  mlir::Value labelWeights();
  mlir::Value join(mlir::Value loss, LossReduction reduction);

  ImportNode &node;
  mlir::Value scores, labels, weights;
  mlir::Type type;
  /// True where the label is ignored, or null.
  mlir::Value ignored;
};

} // namespace dtc

#endif // DTC_LIB_OPS_SOFTMAX_LABELLOSSIMPORT_H
