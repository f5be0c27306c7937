//===- Product.cpp - A matrix product by cuBLASLt -------------------------===//

#include "Product.h"
#include "ProductRequest.h"
#include "dtc/runtime/ElementType.h"
#include <algorithm>
#include <iterator>
#include <limits>

namespace dtc::runtime::cuda {
namespace {

/// What algorithms may use beside the operands; the library's advice for large
/// GPUs.
constexpr size_t kMostWorkspace = size_t(32) << 20;
/// What the library counts matrices with.
constexpr int64_t kMostBatch = std::numeric_limits<int32_t>::max();
/// What the library wants what activations keep to be aligned to, in bytes.
constexpr uint64_t kAuxAlignment = 16;
/// Calls that one product may be.
constexpr int64_t kMostCalls = int64_t(1) << 20;

} // namespace

BlasType Product::type() const {
  switch (desc.dtype) {
  case DTC_F16:
    return kBlasF16;
  case DTC_BF16:
    return kBlasBf16;
  default:
    return kBlasF32;
  }
}

Result<std::unique_ptr<Product>>
Product::create(const Blas &blas, const dtc_matmul &desc, AlgorithmCache &cache,
                ReluMasks &masks, const MakeOnes &makeOnes) {
  if (std::string problem = checkParts(desc); !problem.empty())
    return Error{problem};
  Error error;
  for (const dtc_matmul &request : requestsFor(desc)) {
    auto product = createWithSums(blas, request, cache, makeOnes);
    if (!product) {
      error = product.error();
    } else if ((*product)->agreesOnMask(masks)) {
      (*product)->leaveOut(desc);
      return product;
    }
  }
  return error;
}

/// True when the product's mask, if it has one, may be written, or is.
bool Product::agreesOnMask(ReluMasks &masks) const {
  if (!hasMask(desc))
    return true;
  ReluMasks::Shape matrices{shape.m, shape.n, batch.size};
  if (desc.epilogue == DTC_EPILOGUE_RELU_GRADIENT)
    return masks.isWritten(desc.aux, matrices);
  if (!masks.isUsed(desc.dtype))
    return false;
  masks.add(desc.aux, matrices);
  return true;
}

/// Notes what of `whole` this product is not.
void Product::leaveOut(const dtc_matmul &whole) {
  if (whole.sums == DTC_SUMS_RESULT && !desc.sums)
    leftOut = DTC_LEFT_SUMS;
  if (whole.epilogue != desc.epilogue)
    leftOut = DTC_LEFT_EPILOGUE;
  if (whole.has_bias != desc.has_bias)
    leftOut = DTC_LEFT_BIAS;
  storesAux = leftOut != DTC_LEFT_NOTHING && whole.aux != 0 &&
              whole.epilogue == DTC_EPILOGUE_GELU_TANH;
}

Result<std::unique_ptr<Product>>
Product::createWithSums(const Blas &blas, const dtc_matmul &desc,
                        AlgorithmCache &cache, const MakeOnes &makeOnes) {
  bool sumsOperand = desc.sums == DTC_SUMS_LHS || desc.sums == DTC_SUMS_RHS;
  auto product = createOne(blas, desc, cache);
  if (product || !sumsOperand)
    return product;
  dtc_matmul plain = desc;
  plain.sums = DTC_SUMS_NONE;
  product = createOne(blas, plain, cache);
  if (!product)
    return product;
  if (auto status = (*product)->addSums(desc, cache, makeOnes); !status)
    return status.error();
  return product;
}

/// The sums of one operand as its product with a vector of ones.
Status Product::addSums(const dtc_matmul &whole, AlgorithmCache &cache,
                        const MakeOnes &makeOnes) {
  dtc_matmul vector = whole;
  vector.sums = DTC_SUMS_NONE;
  bool isOfLhs = whole.sums == DTC_SUMS_LHS;
  int64_t steps = whole.lhs_shape[1];
  if (isOfLhs)
    vector.rhs_shape[1] = 1;
  else
    vector.lhs_shape[0] = 1;
  int64_t *strides = isOfLhs ? vector.rhs_strides : vector.lhs_strides;
  strides[0] = isOfLhs ? 1 : steps;
  strides[1] = 1;
  vector.result_strides[0] = isOfLhs ? 1 : whole.rhs_shape[1];
  vector.result_strides[1] = 1;
  auto made = createOne(blas, vector, cache);
  if (!made)
    return made.error();
  auto memory = makeOnes(whole.dtype, steps);
  if (!memory)
    return memory.error();
  sums = *std::move(made);
  summed = isOfLhs ? DTC_SUMS_LHS : DTC_SUMS_RHS;
  ones = *memory;
  return Done{};
}

Status Product::runSums(const ProductArguments &arguments, void *workspace,
                        Handle stream) const {
  bool isOfLhs = summed == DTC_SUMS_LHS;
  return sums->run({isOfLhs ? arguments.lhs : ones,
                    isOfLhs ? ones : arguments.rhs, nullptr, nullptr,
                    const_cast<void *>(arguments.bias)},
                   workspace, stream);
}

Result<std::unique_ptr<Product>> Product::createOne(const Blas &blas,
                                                    const dtc_matmul &desc,
                                                    AlgorithmCache &cache) {
  std::unique_ptr<Product> product(new Product(blas, desc));
  std::string problem;
  product->shape = simplifyMatmul(desc, problem);
  if (!problem.empty())
    return Error{"product: " + problem};
  if (auto status = product->takeBatch(); !status)
    return Error{"product " + product->key() + ": " + status.error().message};
  if (auto status = product->describe(); !status)
    return Error{"product " + product->key() + ": " + status.error().message};
  if (auto status = product->choose(cache); !status)
    return Error{"product " + product->key() + ": " + status.error().message};
  return product;
}

/// The largest loop of the batch that the library counts is its own; the others
/// are calls.
Status Product::takeBatch() {
  auto counted = [](const BatchLoop &loop) {
    return loop.size > kMostBatch ? 0 : loop.size;
  };
  auto largest = std::max_element(shape.batch.begin(), shape.batch.end(),
                                  [&](const BatchLoop &a, const BatchLoop &b) {
                                    return counted(a) < counted(b);
                                  });
  if (largest != shape.batch.end() && counted(*largest) > 0) {
    batch = *largest;
    shape.batch.erase(largest);
  }
  int64_t calls = 1;
  for (const BatchLoop &loop : shape.batch) {
    if (loop.size > kMostCalls / std::max<int64_t>(calls, 1))
      return Error{"expected a batch of at most 2^31 matrices in one "
                   "dimension and 2^20 in the others, got one of " +
                   std::to_string(loop.size)};
    calls *= loop.size;
  }
  return Done{};
}

//===----------------------------------------------------------------------===//
// Descriptions
//===----------------------------------------------------------------------===//

/// [rows, columns] transposed, as its columns lie, or itself and transposed by
/// the library.
Result<Product::Matrix> Product::see(const char *name, int64_t rows,
                                     int64_t columns, int64_t rowStride,
                                     int64_t columnStride) const {
  bool hasRows = (columnStride == 1 || columns == 1) &&
                 (rows == 1 || rowStride >= columns);
  if (hasRows)
    return Matrix{uint64_t(columns), uint64_t(rows),
                  rows == 1 ? columns : rowStride, kBlasPlain};
  bool hasColumns =
      (rowStride == 1 || rows == 1) && (columns == 1 || columnStride >= rows);
  if (hasColumns)
    return Matrix{uint64_t(rows), uint64_t(columns),
                  columns == 1 ? rows : columnStride, kBlasTransposed};
  return Error{std::string("expected ") + name +
               " with rows or columns without gaps, got strides " +
               std::to_string(rowStride) + " and " +
               std::to_string(columnStride)};
}

Status Product::makeLayout(Handle &layout, const Matrix &matrix,
                           int64_t stride) const {
  if (BlasResult result = blas.createLayout(&layout, type(), matrix.rows,
                                            matrix.columns, matrix.leading);
      result != 0)
    return blas.problem("cublasLtMatrixLayoutCreate", result);
  auto count = static_cast<int32_t>(batch.size);
  BlasResult result =
      blas.setLayout(layout, kBlasBatchCount, &count, sizeof count);
  if (result == 0)
    result = blas.setLayout(layout, kBlasBatchStride, &stride, sizeof stride);
  if (result != 0)
    return blas.problem("cublasLtMatrixLayoutSetAttribute", result);
  return Done{};
}

Status Product::makeOperation(BlasOperation onA, BlasOperation onB) {
  if (BlasResult result =
          blas.createDesc(&operation, kBlasComputeF32, kBlasF32);
      result != 0)
    return blas.problem("cublasLtMatmulDescCreate", result);
  int32_t forA = onA, forB = onB;
  int32_t epilogue = epilogueBits(desc);
  BlasResult result =
      blas.setDesc(operation, kBlasTransposeA, &forA, sizeof forA);
  if (result == 0)
    result = blas.setDesc(operation, kBlasTransposeB, &forB, sizeof forB);
  if (result == 0)
    result = blas.setDesc(operation, kBlasEpilogue, &epilogue, sizeof epilogue);
  if (result != 0)
    return blas.problem("cublasLtMatmulDescSetAttribute", result);
  return Done{};
}

/// Where an activation keeps what its gradient needs; `leading` is that of the
/// result.
Status Product::describeAux(int64_t leading) {
  int64_t rowElements = leading, stride = batch.result;
  if (hasMask(desc)) {
    // Only one call writes a mask, and one reads it.
    if (!shape.batch.empty())
      return Error{"expected a relu's mask of one batch"};
    rowElements = (shape.n + DTC_MASK_BITS - 1) / DTC_MASK_BITS * DTC_MASK_BITS;
    stride = shape.m * rowElements;
  }
  BlasResult result = blas.setDesc(operation, kBlasAuxLeading, &rowElements,
                                   sizeof rowElements);
  if (result == 0)
    result = blas.setDesc(operation, kBlasAuxStride, &stride, sizeof stride);
  if (result != 0)
    return blas.problem("cublasLtMatmulDescSetAttribute", result);
  return Done{};
}

Status Product::describe() {
  auto rhs = see("rhs", shape.k, shape.n, shape.rhsRow, shape.rhsColumn);
  if (!rhs)
    return rhs.error();
  auto lhs = see("lhs", shape.m, shape.k, shape.lhsRow, shape.lhsColumn);
  if (!lhs)
    return lhs.error();
  auto result =
      see("result", shape.m, shape.n, shape.resultRow, shape.resultColumn);
  if (!result)
    return result.error();
  if (result->operation != kBlasPlain)
    return Error{"expected a result with rows without gaps"};
  if (auto status = makeOperation(rhs->operation, lhs->operation); !status)
    return status.error();
  if (desc.aux)
    if (auto status = describeAux(result->leading); !status)
      return status.error();
  if (auto status = makeLayout(a, *rhs, batch.rhs); !status)
    return status.error();
  if (auto status = makeLayout(b, *lhs, batch.lhs); !status)
    return status.error();
  return makeLayout(d, *result, batch.result);
}

//===----------------------------------------------------------------------===//
// Algorithms
//===----------------------------------------------------------------------===//

/// What the choice depends on.
std::string Product::key() const {
  std::string text = desc.dtype == DTC_F32   ? "f32"
                     : desc.dtype == DTC_F16 ? "f16"
                                             : "bf16";
  for (int64_t number :
       {shape.m, shape.n, shape.k, batch.size, batch.lhs, batch.rhs,
        batch.result, shape.lhsRow, shape.lhsColumn, shape.rhsRow,
        shape.rhsColumn, shape.resultRow, int64_t(epilogueBits(desc)),
        int64_t(desc.residual), int64_t(desc.alignment)})
    text += " " + std::to_string(number);
  return text;
}

int64_t Product::alignment() const {
  return std::max<int64_t>(desc.alignment, elementSize(desc.dtype));
}

Status Product::choose(AlgorithmCache &cache) {
  // Algorithms are for the alignment of the bias and of what is kept that they
  // see, and those are not there yet.
  auto bias = static_cast<uint64_t>(alignment());
  BlasResult result = 0;
  if (hasVector())
    result = blas.setDesc(operation, kBlasBiasPointer, &bias, sizeof bias);
  if (result == 0 && desc.aux)
    result = blas.setDesc(operation, kBlasAuxPointer, &kAuxAlignment,
                          sizeof kAuxAlignment);
  if (result != 0)
    return blas.problem("cublasLtMatmulDescSetAttribute", result);
  if (const Algorithm *known = cache.find(key()); known && takeKnown(*known))
    return Done{};
  if (auto status = askLibrary(); !status)
    return status.error();
  cache.add(key(), Algorithm(std::begin(choice.algorithm.data),
                             std::end(choice.algorithm.data)));
  return Done{};
}

/// True when the library agrees to what is known.
bool Product::takeKnown(const Algorithm &known) {
  BlasAlgorithm algorithm;
  if (known.size() != std::size(algorithm.data))
    return false;
  std::copy(known.begin(), known.end(), algorithm.data);
  if (blas.checkAlgorithm(blas.handle, operation, a, b, d, d, &algorithm,
                          &choice) != 0 ||
      choice.workspaceBytes > kMostWorkspace)
    return false;
  choice.algorithm = algorithm;
  return true;
}

Status Product::askLibrary() {
  Handle preference = nullptr;
  if (BlasResult result = blas.createPreference(&preference); result != 0)
    return blas.problem("cublasLtMatmulPreferenceCreate", result);
  size_t most = kMostWorkspace;
  auto least = static_cast<uint32_t>(alignment());
  BlasResult result =
      blas.setPreference(preference, kBlasWorkspaceBytes, &most, sizeof most);
  if (result == 0)
    result = blas.setPreference(preference, kBlasReductionSchemes,
                                &kBlasReduceInF32, sizeof kBlasReduceInF32);
  for (int matrix = 0; matrix < 4 && result == 0; ++matrix)
    result = blas.setPreference(preference, kBlasAlignmentA + matrix, &least,
                                sizeof least);
  int found = 0;
  if (result == 0)
    result = blas.heuristic(blas.handle, operation, a, b, d, d, preference, 1,
                            &choice, &found);
  blas.destroyPreference(preference);
  if (result != 0)
    return blas.problem("cublasLtMatmulAlgoGetHeuristic", result);
  if (found == 0 || choice.state != 0)
    return Error{"cuBLASLt has no algorithm for it"};
  return Done{};
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

Status Product::runOne(const ProductArguments &arguments, void *workspace,
                       Handle stream) const {
  float alpha = desc.scale, beta = desc.residual ? 1 : 0;
  const void *added = desc.residual ? arguments.residual : arguments.result;
  if (desc.aux)
    if (BlasResult result = blas.setDesc(operation, kBlasAuxPointer,
                                         &arguments.aux, sizeof arguments.aux);
        result != 0)
      return blas.problem("cublasLtMatmulDescSetAttribute", result);
  BlasResult result = blas.multiply(
      blas.handle, operation, &alpha, arguments.rhs, a, arguments.lhs, b, &beta,
      added, d, arguments.result, d, &choice.algorithm, workspace,
      choice.workspaceBytes, stream);
  if (result != 0)
    return Error{"product " + key() + ": " +
                 blas.problem("cublasLtMatmul", result).message};
  return Done{};
}

Status Product::run(const ProductArguments &arguments, void *workspace,
                    Handle stream) const {
  if (sums)
    if (auto status = runSums(arguments, workspace, stream); !status)
      return status.error();
  if (hasVector())
    if (BlasResult result =
            blas.setDesc(operation, kBlasBiasPointer, &arguments.bias,
                         sizeof arguments.bias);
        result != 0)
      return blas.problem("cublasLtMatmulDescSetAttribute", result);
  int64_t element = elementSize(desc.dtype), calls = 1;
  for (const BatchLoop &loop : shape.batch)
    calls *= loop.size;
  for (int64_t call = 0; call < calls; ++call) {
    int64_t lhs = 0, rhs = 0, result = 0, rest = call;
    for (size_t i = shape.batch.size(); i-- > 0;) {
      const BatchLoop &loop = shape.batch[i];
      int64_t at = rest % loop.size;
      rest /= loop.size;
      lhs += at * loop.lhs;
      rhs += at * loop.rhs;
      result += at * loop.result;
    }
    auto moved = [&](auto *base, int64_t elements) {
      auto *bytes = static_cast<char *>(
          const_cast<void *>(static_cast<const void *>(base)));
      return static_cast<void *>(base ? bytes + elements * element : nullptr);
    };
    void *to = storesAux ? arguments.aux : arguments.result;
    // A mask has one call.
    ProductArguments one{moved(arguments.lhs, lhs),
                         moved(arguments.rhs, rhs),
                         arguments.bias,
                         moved(arguments.residual, result),
                         moved(to, result),
                         moved(arguments.aux, result)};
    if (auto status = runOne(one, workspace, stream); !status)
      return status.error();
  }
  return Done{};
}

} // namespace dtc::runtime::cuda
