//===- Report.h - What the compiler decided ---------------------*- C++ -*-===//

#ifndef DTC_DRIVER_REPORT_H
#define DTC_DRIVER_REPORT_H

#include "dtc/IR/Dtc.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

namespace dtc {

/// Bytes that one rank needs.
struct RankMemory {
  int64_t weights = 0;
  int64_t activations = 0;
  /// What an optimizer keeps across steps; less than 0: not a training step.
  int64_t state = -1;
  /// What the process takes besides; less than 0: unknown.
  int64_t runtime = 0;

  int64_t total() const {
    return weights + activations + std::max<int64_t>(state, 0);
  }
};

/// What the report takes from code generation, one entry a rank.
struct ReportInputs {
  std::string model;
  std::string target;
  std::vector<std::string> warnings;
  std::vector<RankMemory> memory;
  std::vector<int64_t> flops;
};

/// `report.json` of a module after its collectives were inserted.
llvm::json::Object makeReport(mlir::ModuleOp module,
                              const ReportInputs &inputs);

/// "f32", "i64", "bool".
std::string typeName(mlir::Type elementType);
/// The words of a layout, one an axis, as in plans; `mask_partial(sum)` for
/// results of split lookups.
llvm::json::Array placementWords(LayoutAttr layout);

/// Floating-point operations of the contractions of one rank's local program.
int64_t countFlops(mlir::ModuleOp local);
/// Bytes of the parameters of one rank's local program.
int64_t countWeightBytes(mlir::ModuleOp local);

/// The report as tables for people.
void explain(const llvm::json::Object &report, llvm::raw_ostream &os);

} // namespace dtc

#endif // DTC_DRIVER_REPORT_H
