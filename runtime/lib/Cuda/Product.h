//===- Product.h - A matrix product by cuBLASLt ---------------------------===//
//
// The library's matrices lie column by column. A row-major result [m, n] is a
// matrix of n rows and m columns to it, and the product is that of the
// transposed operands in reverse: A is rhs, B is lhs.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_PRODUCT_H
#define DTC_RUNTIME_LIB_CUDA_PRODUCT_H

#include "../Primitives/MatmulShape.h"
#include "AlgorithmCache.h"
#include "Blas.h"
#include "ReluMasks.h"
#include "dtc/runtime/program.h"
#include <algorithm>
#include <functional>
#include <memory>

namespace dtc::runtime::cuda {

/// The addresses of one call; bias, residual and aux are null where there is
/// none. Sums are written where the bias is.
struct ProductArguments {
  const void *lhs, *rhs, *bias, *residual;
  void *result;
  void *aux = nullptr;
};

/// Memory of the GPU with so many ones, of the type.
using MakeOnes =
    std::function<Result<const void *>(int32_t dtype, int64_t count)>;

class Product {
public:
  /// Describes the product to the library and takes its algorithm from the
  /// cache, else from the library. Rows of operands (or columns) and rows of
  /// the result must lie without gaps between elements. Errors name the shape.
  /// Sums of operands that the library does not compute in the same call are a
  /// product with ones. Where it has no algorithm for the bias and the
  /// epilogue, they are left().
  static Result<std::unique_ptr<Product>>
  create(const Blas &blas, const dtc_matmul &desc, AlgorithmCache &cache,
         ReluMasks &masks, const MakeOnes &makeOnes);

  /// What of the description run() does not do.
  dtc_left left() const { return leftOut; }

  size_t workspaceBytes() const {
    return std::max(choice.workspaceBytes,
                    sums ? sums->workspaceBytes() : size_t(0));
  }

  /// Starts it on the stream. The workspace has workspaceBytes().
  Status run(const ProductArguments &arguments, void *workspace,
             Handle stream) const;

private:
  /// A matrix as the library sees it.
  struct Matrix {
    uint64_t rows, columns;
    int64_t leading;
    BlasOperation operation;
  };

  Product(const Blas &blasOf, const dtc_matmul &descOf)
      : blas(blasOf), desc(descOf) {}
  static Result<std::unique_ptr<Product>>
  createOne(const Blas &blas, const dtc_matmul &desc, AlgorithmCache &cache);
  static Result<std::unique_ptr<Product>>
  createWithSums(const Blas &blas, const dtc_matmul &desc,
                 AlgorithmCache &cache, const MakeOnes &makeOnes);
  bool agreesOnMask(ReluMasks &masks) const;
  void leaveOut(const dtc_matmul &whole);
  Status addSums(const dtc_matmul &whole, AlgorithmCache &cache,
                 const MakeOnes &makeOnes);
  Status runSums(const ProductArguments &arguments, void *workspace,
                 Handle stream) const;
  bool hasVector() const { return desc.has_bias || desc.sums; }
  Status takeBatch();
  Status describe();
  Result<Matrix> see(const char *name, int64_t rows, int64_t columns,
                     int64_t rowStride, int64_t columnStride) const;
  Status makeLayout(Handle &layout, const Matrix &matrix, int64_t stride) const;
  Status makeOperation(BlasOperation onA, BlasOperation onB);
  Status describeAux(int64_t leading);
  Status choose(AlgorithmCache &cache);
  bool takeKnown(const Algorithm &known);
  Status askLibrary();
  std::string key() const;
  /// What all operands are aligned to, in bytes.
  int64_t alignment() const;
  Status runOne(const ProductArguments &arguments, void *workspace,
                Handle stream) const;
  BlasType type() const;

  const Blas &blas;
  dtc_matmul desc;
  MatmulShape shape;
  /// The loop of the batch that is the library's.
  BatchLoop batch{1, 0, 0, 0};
  Handle operation = nullptr, a = nullptr, b = nullptr, d = nullptr;
  BlasChoice choice = {};
  dtc_left leftOut = DTC_LEFT_NOTHING;
  /// The kernels that apply gelu want what it is of.
  bool storesAux = false;
  /// The sums as a product of their own, and its ones.
  std::unique_ptr<Product> sums;
  dtc_sums summed = DTC_SUMS_NONE;
  const void *ones = nullptr;
};

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_PRODUCT_H
