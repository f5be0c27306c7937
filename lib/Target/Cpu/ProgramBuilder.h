//===- ProgramBuilder.h - From a local program to buffers and steps -*-C++-*-=//

#ifndef DTC_LIB_TARGET_CPU_PROGRAMBUILDER_H
#define DTC_LIB_TARGET_CPU_PROGRAMBUILDER_H

#include "CpuLowerings.h"
#include "Program.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace dtc::cpu {

/// A contraction that is not emitted yet because its user may join it.
struct PendingContraction {
  mlir::Value value;
  dtc_matmul desc{};
  StridedView lhs, rhs;
  mlir::Value bias, residual;
  /// The sums over k of one operand, which may come with it.
  mlir::Value sums;
  dtc_sums summed = DTC_SUMS_NONE;
  /// What the epilogue is applied to.
  mlir::Value beforeEpilogue;
  /// What an activation keeps for its gradient, or the gradient reads.
  std::optional<StridedView> kept;
};

/// A relu's mask; see dtc_matmul.
struct ReluMask {
  int number;
  StridedView memory;
};

class ProgramBuilder {
public:
  explicit ProgramBuilder(Program &program) : program(program) {}

  mlir::LogicalResult run(mlir::func::FuncOp function);

  /// Where the value lies; computes it first when it is still an expression.
  StridedView view(mlir::Value value);
  /// The same, row-major without gaps.
  StridedView dense(mlir::Value value);
  bool isMaterialized(mlir::Value value) const { return views.count(value); }
  /// Still an expression, which its user computes.
  bool isWaiting(mlir::Value value) const;
  /// Says where a result lies.
  void define(mlir::Value value, const StridedView &view);
  /// New memory for a result, dense, or in the order that its only user, a
  /// transpose, makes dense, or where its only user, a concatenation, wants it.
  StridedView allocate(mlir::Value value);
  /// Memory for a concatenation, the same each time; its parts may be there
  /// already.
  StridedView allocateJoined(ConcatOp op);
  StridedView allocate(llvm::ArrayRef<int64_t> shape, mlir::Type element);
  /// New memory for a result, dense whatever its user likes.
  StridedView allocateDense(mlir::Value value);
  /// Dense memory for the value that a collective's only wait yields.
  StridedView allocateResult(mlir::Operation *collective,
                             llvm::ArrayRef<int64_t> shape, mlir::Type element);
  void copy(const StridedView &from, const StridedView &to,
            mlir::Location location);
  /// Fills with one value.
  void fill(const StridedView &to, double value, mlir::Location location);
  /// A copy with `low` and `high` more elements of `value` around each
  /// dimension, or fewer where they are negative.
  void pad(const StridedView &from, llvm::ArrayRef<int64_t> low,
           llvm::ArrayRef<int64_t> high, double value, const StridedView &to,
           mlir::Location location);
  /// Bytes of scratch memory that an order of so many elements, in lines of
  /// `extent`, needs.
  int64_t sortScratchBytes(int64_t elements, int64_t extent) const;
  /// True when the value does not change between steps.
  bool isStatic(mlir::Value value) const;

  /// A kernel over `loops` that stores `root`; the builder makes the
  /// expression.
  void
  addKernel(llvm::ArrayRef<int64_t> loops, int parallelLoops,
            const StridedView &store, const IndexMap &storeMap,
            mlir::Location location,
            llvm::function_ref<Expression *(ExpressionBuilder &)> makeRoot);

  /// True when the target's library convolves elements of this type.
  bool hasConvolutions(DType type) const {
    return llvm::is_contained(program.products.convolutionTypes, type);
  }
  const ProductLibrary &products() const { return program.products; }
  /// Where a convolution's value goes: it or, behind a bias, its only user, an
  /// activation that the library computes with it and that is set in `desc`.
  mlir::Value joinActivation(mlir::Value value, dtc_convolution &desc);
  /// The sum of a gradient's rows that comes after `op` in the program, as that
  /// of a bias does, or null.
  static mlir::Value findRowSum(mlir::Operation *op, mlir::Value gradient);
  /// Runs `desc` now, or lets the value's only user join.
  mlir::LogicalResult addContraction(PendingContraction contraction);
  void addConvolution(const dtc_convolution &desc, const StridedView &input,
                      const StridedView &weight, const StridedView *bias,
                      const StridedView &result, mlir::Location location);
  void addWeightGradient(const dtc_convolution &desc, const StridedView &input,
                         const StridedView &gradient, const StridedView &result,
                         mlir::Location location);
  /// Attention or its gradient; `tensors` are in the order of the runtime
  /// function's parameters, null where there is none.
  void addAttention(const Primitive &primitive,
                    llvm::ArrayRef<const StridedView *> tensors,
                    mlir::Location location);
  /// A call of the routine; `arguments` are in the order of its parameters.
  void addRoutine(Routine routine, llvm::ArrayRef<StridedView> arguments,
                  mlir::Location location);
  void startCollective(const Collective &collective, const StridedView &source,
                       const StridedView &result, mlir::Operation *op);
  void waitCollective(mlir::Value started, mlir::Value result);

  BufferPointer pointer(const StridedView &view) const;
  int64_t alignmentOf(llvm::ArrayRef<StridedView> views) const;

private:
  friend class ExpressionBuilder;

  mlir::LogicalResult visit(mlir::Operation *op);
  mlir::LogicalResult visitInPhase(mlir::Operation *op);
  mlir::LogicalResult visitReturn(mlir::func::ReturnOp op);
  bool isExpression(mlir::Operation *op) const;
  bool joinsItsUser(mlir::Operation *op) const;
  void materialize(mlir::Operation *op);
  void bindInputs(mlir::func::FuncOp function);
  void bindOutputs(mlir::func::FuncOp function);
  mlir::LogicalResult bindParameter(mlir::Value value, llvm::StringRef name,
                                    std::optional<mlir::Type> global,
                                    ParameterUse use);
  mlir::LogicalResult bindParameters(mlir::func::FuncOp function);
  void findUpdates(mlir::func::FuncOp function);
  void aliasOutputs(mlir::func::FuncOp function);
  void finishUpdates();
  void update(const StridedView &value, const StridedView &target,
              mlir::Location location);
  bool takeOver(int buffer, int target);
  int addBuffer(Buffer buffer);
  std::vector<Step> &steps() { return inLoad ? program.load : program.step; }
  bool joins(const PendingContraction &contraction, mlir::Operation *user);
  void join(PendingContraction &contraction, mlir::Operation *user);
  bool joinsAsBias(const PendingContraction &contraction,
                   mlir::Value other) const;
  bool joinsSums(const PendingContraction &contraction) const;
  StridedView contractionResult(const PendingContraction &contraction);
  void emitContraction(PendingContraction contraction);
  void emitProduct(const PendingContraction &contraction,
                   const StridedView &result);
  bool isOwnKernel(const dtc_matmul &desc) const;
  void keepMask(PendingContraction &contraction);
  void joinGelu(PendingContraction &contraction);
  bool joinGradient(PendingContraction &contraction, mlir::Operation *user);
  void whereLeft(dtc_left left, llvm::function_ref<void()> emit);
  void finishForward(const PendingContraction &contraction,
                     const StridedView &bias, const StridedView &result);
  void finishGradient(const PendingContraction &contraction,
                      const StridedView &result);
  void straighten(StridedView &operand, int64_t (&strides)[6],
                  mlir::Location location);
  void emitContractionKernel(const PendingContraction &contraction,
                             const StridedView &result);
  bool hasRows(mlir::Operation *op) const;
  void materializeFlatRows(mlir::Operation *op);

  Program &program;
  llvm::DenseMap<mlir::Value, StridedView> views;
  llvm::DenseMap<mlir::Operation *, PendingContraction> pending;
  /// Of relus, by the ops that make their gradients.
  llvm::DenseMap<mlir::Operation *, ReluMask> masks;
  llvm::DenseSet<mlir::Value> statics;
  llvm::DenseMap<mlir::Value, int> collectiveOf;
  llvm::DenseMap<mlir::Value, StridedView> collectiveResult;
  llvm::DenseMap<mlir::Value, BufferPointer> collectiveSource;
  /// Outputs that a value may be written to directly.
  llvm::DenseMap<mlir::Value, int> outputBuffers;
  /// Concatenations that have memory.
  llvm::DenseMap<mlir::Operation *, StridedView> joinedResults;
  /// The updates of the step and their places, by name.
  llvm::MapVector<llvm::StringRef, UpdateOp> updates;
  llvm::StringMap<mlir::Value> updated;
  /// What was computed with its operand.
  llvm::DenseSet<mlir::Operation *> joined;
  bool inLoad = false;
};

/// Moves an optimizer's ops to where their operands are known.
void scheduleUpdates(mlir::func::FuncOp function);

/// Moves the sum over a gradient's rows, the gradient of a bias, behind the
/// product that makes the gradient of the weight, where it may come with it.
void scheduleRowSums(mlir::func::FuncOp function);

/// The part of a training step that the op belongs to.
dtc_phase phaseOf(mlir::Operation *op);

/// Dimension i given by loop i.
IndexMap identityMap(int64_t rank);

/// Makes the expressions of one kernel.
class ExpressionBuilder {
public:
  ExpressionBuilder(ProgramBuilder &program, KernelSpec &kernel)
      : program(program), kernel(kernel) {}

  /// The element of `value` at `map`.
  Expression *at(mlir::Value value, const IndexMap &map);
  /// The element of memory.
  Expression *load(const StridedView &view, const IndexMap &map);
  /// The element of memory where dimension `dim` is given by `row`.
  Expression *indexed(const StridedView &view, const IndexMap &map, int64_t dim,
                      Expression *row);
  /// The sum of what the terms are at, as i64.
  Expression *position(llvm::ArrayRef<DimIndex> terms);
  KernelSpec &spec() { return kernel; }
  ProgramBuilder &builder() { return program; }

  llvm::ArrayRef<BufferPointer> arguments() const { return pointers; }
  Access access(const StridedView &view, const IndexMap &map);

private:
  Expression *element(mlir::Operation *op, const IndexMap &map);
  Expression *rows(mlir::Operation *op, const IndexMap &map);
  int argument(BufferPointer pointer, mlir::Type element, int64_t reach);

  ProgramBuilder &program;
  KernelSpec &kernel;
  llvm::SmallVector<BufferPointer> pointers;
  llvm::DenseMap<mlir::Value, std::pair<IndexMap, Expression *>> known;
};

/// The activation that joined a contraction, of `sum`, from its op's own
/// lowering.
Expression *joinedEpilogue(ExpressionBuilder &b,
                           const PendingContraction &contraction,
                           Expression *sum);

} // namespace dtc::cpu

#endif // DTC_LIB_TARGET_CPU_PROGRAMBUILDER_H
