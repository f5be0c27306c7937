//===- ElementEmitter.h - Code of one thread's elements ---------*- C++ -*-===//

#ifndef DTC_LIB_TARGET_CUDA_ELEMENTEMITTER_H
#define DTC_LIB_TARGET_CUDA_ELEMENTEMITTER_H

#include "Schedule.h"

namespace dtc::cuda {

/// What is known already; values of one place.
using ValueCache = llvm::DenseMap<cpu::Expression *, mlir::Value>;

/// Where in the row code is being emitted: the first of `lanes` elements, all
/// of which are there. A place for the row itself has 1 lane, and sees only
/// what is the same along the row.
struct Place {
  mlir::Value row;
  int64_t lanes = 1;
  ValueCache *known = nullptr;
};

/// Emits the elements of a kernel at places of its row.
class ElementEmitter {
public:
  ElementEmitter(mlir::OpBuilder &builder, mlir::Location location,
                 const cpu::KernelSpec &kernel, const ArgumentFacts &facts,
                 mlir::Type indexType, mlir::ValueRange arguments)
      : loops(kernel.loops.size()), builder(builder), location(location),
        kernel(kernel), facts(facts), indexType(indexType),
        arguments(arguments.begin(), arguments.end()) {}

  /// A scalar where the value is the same in all lanes, or a vector.
  mlir::Value evaluate(cpu::Expression *expression, const Place &place);
  /// The same with all of its lanes.
  mlir::Value evaluateLanes(cpu::Expression *expression, const Place &place);
  void store(const Place &place, mlir::Value value);
  mlir::Value index(int64_t value) const;

  /// Where the loops are; that of the row is each place's own.
  llvm::SmallVector<mlir::Value, 6> loops;
  /// Joined rows.
  ValueCache rows;

private:
  using Kind = cpu::Expression::Kind;

  int rowLoop() const { return kernel.parallelLoops - 1; }
  mlir::Value evaluateNew(cpu::Expression *expression, const Place &place);
  mlir::Value compute(cpu::Expression *expression, const Place &place);
  mlir::Value load(const cpu::Expression *expression, const Place &place,
                   mlir::Value extra);
  mlir::Value lookUp(cpu::Expression *expression, const Place &place);
  mlir::Value position(const cpu::Expression *expression, const Place &place);
  mlir::Value reduceLoops(cpu::Expression *expression, const Place &place);
  mlir::Value offset(const cpu::Access &access, mlir::Type type,
                     mlir::Value row, mlir::Value extra);
  mlir::Value pointer(const cpu::Access &access, mlir::Type memory,
                      mlir::Value offset);

  mlir::OpBuilder &builder;
  mlir::Location location;
  const cpu::KernelSpec &kernel;
  const ArgumentFacts &facts;
  mlir::Type indexType;
  llvm::SmallVector<mlir::Value> arguments;
};

/// Elements as they lie in memory, as they are computed on, and back; scalars
/// or vectors.
mlir::Value fromMemory(mlir::OpBuilder &builder, mlir::Location location,
                       mlir::Value value, mlir::Type memory);
mlir::Value toMemory(mlir::OpBuilder &builder, mlir::Location location,
                     mlir::Value value, mlir::Type memory);

} // namespace dtc::cuda

#endif // DTC_LIB_TARGET_CUDA_ELEMENTEMITTER_H
