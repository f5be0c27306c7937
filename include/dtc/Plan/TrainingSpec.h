//===- TrainingSpec.h - Training spec files ---------------------*- C++ -*-===//
//
// What to compile instead of a forward pass: a loss, its gradients and an
// optimizer's step. `docs/plans.md` is the user's guide.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_PLAN_TRAININGSPEC_H
#define DTC_PLAN_TRAININGSPEC_H

#include "dtc/Plan/Diagnostic.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dtc::plan {

enum class LossKind { Sum, Mean, Mse, CrossEntropy, Cotangent };

/// "sum", "mean", "mse", "cross_entropy", "cotangent".
llvm::StringRef stringify(LossKind kind);

/// What the targets of a cross entropy are.
enum class TargetKind { Indices, Probabilities };

struct Loss {
  LossKind kind = LossKind::Sum;
  SourcePoint at;
  /// The graph output that feeds the loss; absent: the model's only output.
  std::optional<std::string> output;
  SourcePoint outputAt;
  /// cross_entropy: targets of this class do not count (torch's default).
  int64_t ignoreIndex = -100;
  /// cross_entropy: the dimension of classes; negative ones count from the
  /// back.
  int64_t classDim = -1;
  SourcePoint classDimAt;
  /// cross_entropy: the class of each sample, or a probability for each class.
  TargetKind target = TargetKind::Indices;
};

enum class OptimizerKind { Sgd, AdamW };

/// An optimizer with the defaults of the torch class of that name.
struct Optimizer {
  OptimizerKind kind = OptimizerKind::Sgd;
  SourcePoint at;
  double lr = 1e-3;
  double weightDecay = 0;
  /// sgd.
  double momentum = 0;
  bool nesterov = false;
  /// adamw.
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
};

/// A glob and where it was written.
struct LocatedGlob {
  std::string pattern;
  SourcePoint at;
};

/// Rows of lookup tables that get no gradient.
struct PaddingEntry {
  /// A glob over initializer names.
  std::string name;
  SourcePoint at;
  /// Negative rows count from the back.
  int64_t row = 0;
};

/// What a training step gives back.
struct ReturnSet {
  bool loss = true;
  bool grads = true;
  bool params = true;
  bool inputGrads = false;
};

struct TrainingSpec {
  Loss loss;
  /// Absent: gradients only, parameters stay as they are.
  std::optional<Optimizer> optimizer;
  /// Globs over initializer names (NameGlob); absent: every floating-point
  /// initializer that is not a running statistic.
  std::optional<std::vector<LocatedGlob>> trainable;
  std::vector<PaddingEntry> paddingIdx;
  /// Module paths (ModuleGlob) whose values the backward pass recomputes.
  std::vector<LocatedGlob> remat;
  /// Shard optimizer state over the data axis too.
  bool zero = false;
  SourcePoint zeroAt;
  ReturnSet returns;
};

/// A spec and everything there is to say about its file; use the spec only
/// when `diagnostics` has no errors.
struct ParsedTrainingSpec {
  TrainingSpec spec;
  DiagnosticList diagnostics;
};

/// Parses the text of a training spec; accepts any bytes.
ParsedTrainingSpec parseTrainingSpec(llvm::StringRef text,
                                     llvm::StringRef fileName);

/// Reads and parses a training spec of at most 16 MiB.
ParsedTrainingSpec parseTrainingSpecFile(llvm::StringRef path);

} // namespace dtc::plan

#endif // DTC_PLAN_TRAININGSPEC_H
