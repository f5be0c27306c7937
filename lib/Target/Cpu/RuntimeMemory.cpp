//===- RuntimeMemory.cpp - What a process takes beside its program --------===//
//
// Measured on x86-64 with AVX-512 and oneDNN 2.6:
//
// 1. The executable, the libraries that every rank loads, their heap.
// 2. What of oneDNN's code products or convolutions read, and the code that it
//    makes for each of them.
// 3. Copies of operands in the layouts of oneDNN's kernels and their scratch:
//    the largest of each, as the runtime's primitives share both.
//    runtime/lib/Primitives/Convolution.cpp says when there are copies, and of
//    how many images.
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "dtc/runtime/Depthwise.h"

#include "llvm/Support/MathExtras.h"

using namespace dtc;
using namespace dtc::cpu;

namespace {

constexpr int64_t kMegabyte = int64_t(1) << 20;
constexpr int64_t kProcess = 9 * kMegabyte;
constexpr int64_t kProductCode = 4 * kMegabyte;
constexpr int64_t kConvolutionCode = 11 * kMegabyte;
/// Of one product's or convolution's kernels.
constexpr int64_t kKernelCode = 96 << 10;
/// A depthwise one's padded copies of some rows.
constexpr int64_t kDepthwiseCopies = 320 << 10;
/// Large reservations get memory in pages of this size.
constexpr int64_t kLargePage = 2 * kMegabyte;
/// Kernels compute in f32, on channels in blocks.
constexpr int64_t kElement = 4, kChannelBlock = 16;
/// Images so many times the weight have its gradient computed one by one.
constexpr int64_t kImageToWeight = 4;
/// Elements beyond which products are not followed; some of them add up.
constexpr int64_t kMost = int64_t(1) << 50;

/// Elements of the operands of one convolution; of an image where it has them.
struct ConvolutionSizes {
  int64_t input, result, weight;
};

/// What primitives need at a time; they run one after the other.
struct Shared {
  int64_t copies = 0, scratch = 0;

  void need(int64_t elementsCopied, int64_t elementsOfScratch) {
    copies = std::max(copies, elementsCopied * kElement);
    scratch = std::max(scratch, elementsOfScratch * kElement);
  }
};

} // namespace

/// Of numbers of elements; those that no memory holds are all alike.
static int64_t times(int64_t a, int64_t b) {
  int64_t result;
  return llvm::MulOverflow(a, b, result) ? kMost : std::min(result, kMost);
}

static int64_t product(const int64_t *values, int count) {
  int64_t result = 1;
  for (int i = 0; i < count; ++i)
    result = times(result, values[i]);
  return result;
}

/// An image in blocks of channels; few channels are left as they lie.
static int64_t blockedImage(const int64_t *shape, int spatial) {
  int64_t channels = llvm::alignTo(std::min(shape[1], kMost), kChannelBlock);
  return times(channels, product(shape + 2, spatial));
}

static ConvolutionSizes sizesOf(const dtc_convolution &desc) {
  return {blockedImage(desc.input_shape, desc.spatial),
          blockedImage(desc.result_shape, desc.spatial),
          product(desc.weight_shape, desc.spatial + 2)};
}

/// Elements of an image's windows as columns.
static int64_t columnsOf(const dtc_convolution &desc) {
  int64_t window = product(desc.weight_shape + 2, desc.spatial);
  const int64_t *positions =
      desc.is_transposed ? desc.input_shape : desc.result_shape;
  int64_t channels =
      (desc.is_transposed ? desc.result_shape : desc.input_shape)[1];
  if (window == 1)
    return 0;
  return times(times(channels, window), product(positions + 2, desc.spatial));
}

/// Windows that overlap are convolved in the kernel's layout, image by image;
/// others are a product with the input's windows as columns.
static void addConvolution(const dtc_convolution &desc, Shared &shared) {
  bool overlaps = false;
  for (int i = 0; i < desc.spatial; ++i)
    overlaps |= desc.weight_shape[2 + i] > desc.strides[i];
  if (!overlaps) {
    shared.need(0, columnsOf(desc));
    return;
  }
  ConvolutionSizes sizes = sizesOf(desc);
  shared.need(sizes.input + sizes.result + sizes.weight, 0);
}

/// Of few channels the input is read as it lies.
static void addWeightGradient(const dtc_convolution &desc, Shared &shared) {
  constexpr int64_t kFewChannels = 3;
  ConvolutionSizes sizes = sizesOf(desc);
  int64_t image = product(desc.input_shape + 1, desc.spatial + 1) +
                  product(desc.result_shape + 1, desc.spatial + 1);
  bool isByImage = image >= kImageToWeight * sizes.weight;
  int64_t images = isByImage ? 1 : desc.input_shape[0];
  int64_t input = desc.input_shape[1] <= kFewChannels ? 0 : sizes.input;
  shared.need(times(images, input + sizes.result) + 2 * sizes.weight, 0);
}

int64_t dtc::cpu::runtimeMemory(const Program &program) {
  int64_t libraries = 0, own = 0;
  Shared shared;
  for (const Primitive &primitive : program.primitives) {
    bool isProduct = primitive.kind == Primitive::Kind::Matmul;
    if (!isProduct && runtime::isDepthwise(primitive.convolution)) {
      own += kDepthwiseCopies;
      continue;
    }
    own += kKernelCode;
    libraries =
        std::max(libraries, isProduct ? kProductCode : kConvolutionCode);
    if (primitive.kind == Primitive::Kind::Convolution)
      addConvolution(primitive.convolution, shared);
    else if (primitive.kind == Primitive::Kind::WeightGradient)
      addWeightGradient(primitive.convolution, shared);
  }
  return kProcess + libraries + own +
         static_cast<int64_t>(llvm::alignTo(shared.copies, kLargePage) +
                              llvm::alignTo(shared.scratch, kLargePage));
}
