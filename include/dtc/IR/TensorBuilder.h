//===- TensorBuilder.h - Short names for making tensor ops ------*- C++ -*-===//
//
// What gradient rules, losses and optimizers are written with.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_IR_TENSORBUILDER_H
#define DTC_IR_TENSORBUILDER_H

#include "dtc/IR/ShapeInference.h"

namespace dtc {

class TensorBuilder {
public:
  TensorBuilder(mlir::OpBuilder &builder, mlir::Location location)
      : builder(builder), location(location) {}

  /// Any op whose result type follows from its operands.
  template <typename Op, typename... Args> mlir::Value make(Args &&...args) {
    return Op::create(builder, location, std::forward<Args>(args)...)
        ->getResult(0);
  }

  // Elementwise, with NumPy's broadcasting.
  mlir::Value add(mlir::Value a, mlir::Value b) { return make<AddOp>(a, b); }
  mlir::Value sub(mlir::Value a, mlir::Value b) { return make<SubOp>(a, b); }
  mlir::Value mul(mlir::Value a, mlir::Value b) { return make<MulOp>(a, b); }
  mlir::Value div(mlir::Value a, mlir::Value b) { return make<DivOp>(a, b); }
  mlir::Value neg(mlir::Value a) { return make<NegOp>(a); }
  mlir::Value square(mlir::Value a) { return mul(a, a); }
  mlir::Value add(mlir::Value a, double b) { return add(a, scalar(b, a)); }
  mlir::Value mul(mlir::Value a, double b) { return mul(a, scalar(b, a)); }
  /// b - a.
  mlir::Value subFrom(double b, mlir::Value a) { return sub(scalar(b, a), a); }
  /// `gradient` where the condition holds, zero elsewhere.
  mlir::Value where(mlir::Value condition, mlir::Value gradient);
  /// `gradient` where the condition does not hold.
  mlir::Value unless(mlir::Value condition, mlir::Value gradient);
  mlir::Value cast(mlir::Value value, mlir::Type element);

  /// `value` placed as `target` is: complete, and split where that is split.
  mlir::Value placeLike(mlir::Value value, mlir::Value target) {
    return make<PlaceLikeOp>(value, target, mlir::UnitAttr());
  }

  // Constants.
  /// Rank 0, of the element type of `like`.
  mlir::Value scalar(double value, mlir::Value like);
  mlir::Value constant(mlir::RankedTensorType type, double value);
  /// The numbers 0, 1, ... as i64, of shape `shape`, counting along `axis`,
  /// where alone the shape is not 1.
  mlir::Value counter(llvm::ArrayRef<int64_t> shape, int64_t axis);

  // Sums and shapes.
  mlir::Value sum(mlir::Value value, llvm::ArrayRef<int64_t> dims,
                  bool keepDims);
  /// The sum over the dimensions in which `shape` was broadcast to the value's.
  mlir::Value sumTo(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value broadcast(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> order);
  /// Elements `begin` to `begin + size` of `axis`.
  mlir::Value slice(mlir::Value value, int64_t axis, int64_t begin,
                    int64_t size);
  /// `low` zeros before the value along `axis` and `high` behind it; negative
  /// counts cut off.
  mlir::Value pad(mlir::Value value, int64_t axis, int64_t low, int64_t high);
  /// The shape of `value` with size 1 in `dims`: what a reduction over them
  /// with `keepDims` has.
  static llvm::SmallVector<int64_t> keptShape(mlir::Value value,
                                              llvm::ArrayRef<int64_t> dims);

  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Location getLoc() const { return location; }

protected:
  mlir::OpBuilder &builder;
  mlir::Location location;
};

} // namespace dtc

#endif // DTC_IR_TENSORBUILDER_H
