//===- Expression.h - What one fused kernel computes ------------*- C++ -*-===//
//
// A kernel runs over loops, the last one the row, and stores one expression of
// the loop indices: loads through strided accesses, computations, reductions
// over the row (softmax, norms) and reductions over loops of their own
// (contractions, sums over outer dimensions).
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_TARGET_CPU_EXPRESSION_H
#define DTC_LIB_TARGET_CPU_EXPRESSION_H

#include "StridedView.h"

#include "mlir/IR/Builders.h"

#include <functional>
#include <memory>

namespace mlir {
class PassManager;
}

namespace dtc::cpu {

/// How reduced elements combine. Bools are unsigned: their maximum is "or".
enum class Combine { Sum, Max, Min, MaxUnsigned, MinUnsigned, Product };

/// How the row of a kernel is walked: every element on its own, or joining the
/// elements so far, with or without the current one.
enum class RowWalk { Parallel, Running, RunningBefore };

/// Computations that stop on some operands must not see lanes that do not
/// count.
enum class Lanes { Any, One };

/// What an element's code is built with. Values are scalars or vectors; types
/// are those that are computed on: f16 and bf16 elements arrive as f32.
struct ElementBuilder {
  mlir::OpBuilder &builder;
  mlir::Location location;
  /// The type of the result.
  mlir::Type type;
  /// A constant of the type of `like`.
  mlir::Value constant(mlir::Type like, double value) const;
  mlir::Value constant(double value) const { return constant(type, value); }
  /// The same for an integer type; wider values wrap.
  mlir::Value integer(mlir::Type like, int64_t value) const;
  mlir::Value integer(int64_t value) const { return integer(type, value); }
};

/// A float, or a vector of them, rounded to a narrower type. To bf16 by its
/// bits: the processors' instruction takes subnormal numbers for 0.
mlir::Value roundTo(mlir::OpBuilder &builder, mlir::Location location,
                    mlir::Value x, mlir::Type narrow);

using EmitElement =
    std::function<mlir::Value(const ElementBuilder &, mlir::ValueRange)>;

/// An address as a linear function of the loop indices, in elements.
struct Access {
  int argument = -1;
  int64_t offset = 0;
  /// One for each loop; loops of reductions follow the kernel's own.
  llvm::SmallVector<int64_t, 6> strides;
};

struct Expression {
  /// Position is the linear function `access` of the loop indices itself.
  enum class Kind {
    Load,
    Indexed,
    Constant,
    Position,
    Compute,
    RowReduce,
    LoopReduce
  };
  Kind kind = Kind::Constant;
  /// The type computed on.
  mlir::Type element;
  llvm::SmallVector<Expression *, 3> operands;

  /// Load, Indexed: where, and the type in memory. Indexed: operand 0 is a row
  /// number that is multiplied by `indexStride`.
  Access access;
  mlir::Type memoryElement;
  int64_t indexStride = 0;
  int64_t indexExtent = 0;
  /// Indexed rows of a split table: row `r` of the table is local row
  /// `r - rowOffset`; rows that are not here give zero.
  int64_t rowOffset = 0;
  int64_t totalRows = 0;

  double value = 0;    ///< Constant of a float type
  int64_t integer = 0; ///< Constant of an integer type

  /// Compute: names the computation, so that equal labels emit equal code.
  std::string label;
  EmitElement emit;         ///< Compute
  int cost = 1;             ///< Compute: rough cycles a vector
  Lanes lanes = Lanes::Any; ///< Compute
  Combine combine = Combine::Sum;
  /// LoopReduce: its loops, as indices into the kernel's loops.
  llvm::SmallVector<int, 2> reduceLoops;
};

/// A kernel: the loops (the parallel ones first, the row last among them, then
/// those of reductions), the expression and where it is stored.
struct KernelSpec {
  llvm::SmallVector<int64_t, 6> loops;
  int parallelLoops = 0;
  /// Distinct memory element types of the arguments, outputs last.
  llvm::SmallVector<mlir::Type> argumentTypes;
  /// Elements that each argument reaches.
  llvm::SmallVector<int64_t> argumentSizes;
  Expression *root = nullptr;
  Access store;
  mlir::Type storeElement;
  bool hasRowReduction = false;
  RowWalk walk = RowWalk::Parallel;
  /// What a running walk joins elements by: Sum or Product.
  Combine running = Combine::Sum;
  std::vector<std::unique_ptr<Expression>> pool;

  Expression *make(Expression::Kind kind, mlir::Type element);
  Expression *constant(mlir::Type element, double value);
  Expression *integer(mlir::Type element, int64_t value);
  /// True when the last parallel loop must stay the row that it is.
  bool keepsRow() const { return hasRowReduction || walk != RowWalk::Parallel; }
  Expression *compute(llvm::StringRef label, mlir::Type element,
                      llvm::ArrayRef<Expression *> operands, EmitElement emit,
                      int cost = 1);
  Expression *rowReduce(Combine combine, Expression *operand);
  /// Text that is equal for kernels that emit equal code.
  std::string signature() const;
};

/// The type that elements of a memory type are computed on.
mlir::Type computeType(mlir::Type element);
/// The type of an element in memory: i1 is a byte.
mlir::Type memoryType(mlir::Type element);

/// Removes a parallel loop; its strides no longer count.
void removeLoop(KernelSpec &kernel, int loop);

/// The store and every load and position.
llvm::SmallVector<Access *> accessesOf(KernelSpec &kernel);

/// Merges neighbouring parallel loops that every access walks as one.
void coalesceLoops(KernelSpec &kernel);

/// Adds the pass that replaces math functions on f32 vectors by polynomials.
void addMathApproximations(mlir::PassManager &manager);

/// Emits the kernel as `func.func` named `name`.
void emitKernel(mlir::OpBuilder &builder, mlir::Location location,
                llvm::StringRef name, const KernelSpec &kernel,
                int64_t vectorLanes);

} // namespace dtc::cpu

#endif // DTC_LIB_TARGET_CPU_EXPRESSION_H
