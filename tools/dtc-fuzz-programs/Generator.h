//===- Generator.h - One random program -------------------------*- C++ -*-===//
//
// 1. A mesh, a few element types and sizes are drawn.
// 2. Ops of the table are added one by one; each is evaluated at once, and one
//    that the reference finds unfit is taken back.
// 3. Arguments and parameters have random layouts, values in the middle random
//    wishes (`dtc.constrain`), results random layouts or none.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_FUZZ_GENERATOR_H
#define DTC_FUZZ_GENERATOR_H

#include "Inputs.h"
#include "OpTable.h"

#include <functional>

namespace dtc::fuzz {

struct GeneratorOptions {
  uint64_t seed = 0;
  int64_t leastOps = 5, mostOps = 30;
  /// Of another seed's program, for programs that are compiled as one.
  std::optional<Mesh> mesh;
  /// What compiled programs take: no parameters, no partial inputs.
  bool compiled = false;
};

/// "tp=3" or "dp=2,tp=2".
std::string describe(const Mesh &mesh);

/// A random mesh of 2 to 8 ranks.
Mesh randomMesh(Random &random);

using Shape = llvm::SmallVector<int64_t, 6>;

class Generator {
public:
  Generator(mlir::MLIRContext *context, const GeneratorOptions &options);

  /// The program, `main` of a module with `dtc.mesh`.
  mlir::OwningOpRef<mlir::ModuleOp> generate();

  //===--------------------------------------------------------------------===//
  // For the functions of the table
  //===--------------------------------------------------------------------===//

  Random random;

  /// A size, 0 very rarely.
  int64_t size();
  /// `rank` sizes whose product is small.
  Shape shape(int64_t rank);
  /// A float type, mostly the program's own.
  mlir::Type floatType();
  /// Any number type: floats mostly.
  mlir::Type numberType();
  mlir::Type boolType();
  mlir::Type integerType();

  /// A value of the program for which `fits`; mostly a late one. Null: none.
  mlir::Value find(llvm::function_ref<bool(mlir::Value)> fits);
  /// The same, or a new argument of `type`.
  mlir::Value findOrMake(mlir::RankedTensorType type);
  /// A float tensor of at least `rank` dimensions.
  mlir::Value floats(int64_t rank = 0);
  mlir::Value numbers(int64_t rank = 0);
  /// A new argument, parameter or constant. `range`: both ends included.
  mlir::Value input(mlir::RankedTensorType type,
                    std::optional<std::pair<int64_t, int64_t>> range = {});
  /// A value of `type` whose elements are all within the ends.
  mlir::Value within(mlir::RankedTensorType type, int64_t low, int64_t high);
  /// A shape that broadcasts with `shape` to `shape`.
  Shape broadcastable(llvm::ArrayRef<int64_t> shape);

  const ReferenceValue &seen(mlir::Value value) const {
    return reference.get(value);
  }

  using Values = llvm::SmallVector<mlir::Value>;

  /// Adds an op whose results have the types that it infers; attributes as in
  /// the textual form, "{axis = 1 : i64}". Gives the results, none of an op
  /// that is unfit or has a null operand.
  Values add(llvm::StringRef mnemonic, llvm::ArrayRef<mlir::Value> operands,
             llvm::StringRef attributes = "{}");
  /// The same of an op that can not infer its results' types.
  Values add(llvm::StringRef mnemonic, llvm::ArrayRef<mlir::Value> operands,
             llvm::ArrayRef<mlir::RankedTensorType> results,
             llvm::StringRef attributes = "{}");
  /// The first result of `add`, now and then with a wish, or null.
  mlir::Value make(llvm::StringRef mnemonic,
                   llvm::ArrayRef<mlir::Value> operands,
                   llvm::StringRef attributes = "{}");
  /// `value` with another shape; null stays null.
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value constant(const HostTensor &array);
  /// A constant of one element for `value` to be joined with.
  mlir::Value scalar(double number, mlir::Type element);

private:
  /// `value` with a wish; null where that is unfit.
  mlir::Value constrain(mlir::Value value);
  void addResults();
  void addOne();
  LayoutAttr layout(mlir::RankedTensorType type, bool mayBePartial);
  mlir::Value parameter(mlir::RankedTensorType type);
  mlir::Value randomConstant(mlir::RankedTensorType type);
  bool accept(mlir::Operation *op);

  mlir::MLIRContext *context;
  GeneratorOptions options;
  Mesh mesh;
  MeshAttr meshAttr;
  Reference reference;
  RandomArrays arrays;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  mlir::OpBuilder builder;
  mlir::Type mainFloat;
  llvm::SmallVector<int64_t> sizes;
  std::vector<mlir::Value> pool;
  int64_t numInputs = 0;
};

inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType()).getShape();
}
inline mlir::Type elementOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType()).getElementType();
}
inline mlir::RankedTensorType tensorOf(llvm::ArrayRef<int64_t> shape,
                                       mlir::Type element) {
  return mlir::RankedTensorType::get(shape, element);
}
/// "array<i64: 1, 2>".
std::string arrayText(llvm::ArrayRef<int64_t> values);

} // namespace dtc::fuzz

#endif // DTC_FUZZ_GENERATOR_H
