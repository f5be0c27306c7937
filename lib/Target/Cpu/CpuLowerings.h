//===- CpuLowerings.h - What op families say about processors ---*- C++ -*-===//
//
// Each family registers, in its own folder, how its ops become code:
//
//  - element: the result's element from the operands' elements. Such ops fuse
//    into chains with one loop nest.
//  - rows: a composition of element computations and reductions over the
//    innermost dimensions (softmax, normalisations); they end or begin chains.
//  - expression: the result's element as loads through index maps (lookups).
//  - build: everything else: views of memory, primitives, copies, and routines
//    of the runtime where there is no loop over elements (sorts, updates).
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_TARGET_CPU_CPULOWERINGS_H
#define DTC_LIB_TARGET_CPU_CPULOWERINGS_H

#include "Expression.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/StringSet.h"

namespace dtc::cpu {

class ProgramBuilder;
class ExpressionBuilder;
struct ProductLibrary;

/// Which element of a tensor a kernel's loops are at, per dimension.
struct DimIndex {
  int loop = -1; ///< -1: `offset` alone
  int64_t step = 1;
  int64_t offset = 0;
};
using IndexMap = llvm::SmallVector<DimIndex, 6>;

/// Makes row expressions; operands and results are of the compute type.
struct RowBuilder {
  KernelSpec &kernel;
  /// Elements of a row.
  int64_t length;

  Expression *binary(llvm::StringRef label, Expression *a, Expression *b,
                     EmitElement emit, int cost = 1) {
    return kernel.compute(label, a->element, {a, b}, std::move(emit), cost);
  }
  Expression *unary(llvm::StringRef label, Expression *a, EmitElement emit,
                    int cost = 1) {
    return kernel.compute(label, a->element, {a}, std::move(emit), cost);
  }
  Expression *add(Expression *a, Expression *b);
  Expression *sub(Expression *a, Expression *b);
  Expression *mul(Expression *a, Expression *b);
  Expression *div(Expression *a, Expression *b);
  Expression *exp(Expression *a);
  Expression *log(Expression *a);
  Expression *sqrt(Expression *a);
  Expression *abs(Expression *a);
  /// a + b, on integers modulo their width; bools are joined by "or".
  Expression *sum(Expression *a, Expression *b);
  Expression *constant(Expression *like, double value) {
    return kernel.constant(like->element, value);
  }
  Expression *reduce(Combine combine, Expression *a) {
    return kernel.rowReduce(combine, a);
  }
};

/// What elements an op computes on.
enum class Numbers { All, Floats, Integers };

struct ElementLowering {
  std::function<mlir::Value(const ElementBuilder &, mlir::Operation *,
                            mlir::ValueRange)>
      emit;
  int cost = 1;
  Numbers numbers = Numbers::All;
  /// Lanes that integers may be computed in.
  Lanes integerLanes = Lanes::Any;
};

/// Refuses elements that an op of the element family does not compute on.
mlir::LogicalResult verifyElements(mlir::Operation *op);

struct RowLowering {
  /// The dimensions of operand 0 that make a row, trailing ones or not.
  std::function<llvm::SmallVector<int64_t>(mlir::Operation *)> dims;
  /// `operands` are at the row's element; those of fewer dimensions than
  /// operand 0 have the row's dimensions.
  std::function<Expression *(RowBuilder &, mlir::Operation *,
                             llvm::ArrayRef<Expression *>)>
      emit;
};

using ExpressionLowering = std::function<Expression *(
    ExpressionBuilder &, mlir::Operation *, const IndexMap &)>;
using LibraryLowering = std::function<llvm::SmallVector<mlir::Value>(
    mlir::OpBuilder &, mlir::Operation *, const ProductLibrary &)>;
using BuildLowering =
    std::function<mlir::LogicalResult(ProgramBuilder &, mlir::Operation *)>;

class CpuLowerings {
public:
  /// Those of all families.
  static const CpuLowerings &get();

  template <typename Op, typename Emit>
  void element(Emit emit, int cost = 1, Numbers numbers = Numbers::All,
               Lanes integerLanes = Lanes::Any) {
    elements[Op::getOperationName()] = {
        [emit](const ElementBuilder &b, mlir::Operation *op,
               mlir::ValueRange v) { return emit(b, llvm::cast<Op>(op), v); },
        cost, numbers, integerLanes};
  }
  template <typename Op, typename Dims, typename Emit>
  void rows(Dims dims, Emit emit) {
    rowOps[Op::getOperationName()] = {
        [dims](mlir::Operation *op) { return dims(llvm::cast<Op>(op)); },
        [emit](RowBuilder &b, mlir::Operation *op,
               llvm::ArrayRef<Expression *> operands) {
          return emit(b, llvm::cast<Op>(op), operands);
        }};
  }
  template <typename Op, typename Emit> void expression(Emit emit) {
    expressions[Op::getOperationName()] =
        [emit](ExpressionBuilder &b, mlir::Operation *op, const IndexMap &map) {
          return emit(b, llvm::cast<Op>(op), map);
        };
  }
  template <typename Op, typename Build> void build(Build build) {
    builds[Op::getOperationName()] = [build](ProgramBuilder &b,
                                             mlir::Operation *op) {
      return build(b, llvm::cast<Op>(op));
    };
  }

  /// For ops that are expanded where the target's library has none: the op's
  /// results from ops that the library has, or none.
  template <typename Op, typename Keep> void library(Keep keep) {
    libraryOps[Op::getOperationName()] =
        [keep](mlir::OpBuilder &builder, mlir::Operation *op,
               const ProductLibrary &products) {
          return keep(builder, llvm::cast<Op>(op), products);
        };
  }

  /// The op's `build` can compute operand 0 inside of its kernel, from elements
  /// that nobody else reads.
  template <typename Op> void readsElements() {
    elementReaders.insert(Op::getOperationName());
  }

  const ElementLowering *findElement(mlir::Operation *op) const {
    return find(elements, op);
  }
  const RowLowering *findRows(mlir::Operation *op) const {
    return find(rowOps, op);
  }
  const ExpressionLowering *findExpression(mlir::Operation *op) const {
    return find(expressions, op);
  }
  const BuildLowering *findBuild(mlir::Operation *op) const {
    return find(builds, op);
  }
  const LibraryLowering *findLibrary(mlir::Operation *op) const {
    return find(libraryOps, op);
  }
  bool doesReadElements(mlir::Operation *op) const {
    return elementReaders.contains(op->getName().getStringRef());
  }

private:
  template <typename Map>
  static const typename Map::mapped_type *find(const Map &map,
                                               mlir::Operation *op) {
    auto found = map.find(op->getName().getStringRef());
    return found == map.end() ? nullptr : &found->second;
  }

  std::map<llvm::StringRef, ElementLowering> elements;
  std::map<llvm::StringRef, RowLowering> rowOps;
  std::map<llvm::StringRef, ExpressionLowering> expressions;
  std::map<llvm::StringRef, BuildLowering> builds;
  std::map<llvm::StringRef, LibraryLowering> libraryOps;
  llvm::StringSet<> elementReaders;
};

#define DTC_OP_FAMILY(NAME) void register##NAME##CpuLowerings(CpuLowerings &);
#include "Ops.def"
#undef DTC_OP_FAMILY

} // namespace dtc::cpu

#endif // DTC_LIB_TARGET_CPU_CPULOWERINGS_H
