//===- PoolingEval.cpp - Reference semantics of pools ---------------------===//
//
// 1. One to three spatial dimensions are seen as three; missing ones have
//    extent 1.
// 2. Windows are walked in row-major order; positions outside of the input are
//    skipped.
// 3. Sums are in double and rounded once; maxima keep the element type.
// 4. A maximum's gradient is added where the window's place is reached.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

#include <limits>

using namespace mlir;
using namespace dtc;

namespace {

using Spatial = std::array<int64_t, 3>;

/// The window geometry, three spatial dimensions.
struct Geometry {
  Spatial input, kernel, output, strides, dilations, pads;

  static int64_t volume(const Spatial &extents) {
    return extents[0] * extents[1] * extents[2];
  }
  /// Input position of the first element of output position `out`.
  int64_t start(int64_t out, int d) const { return out * strides[d] - pads[d]; }
};

} // namespace

/// `values` at the end, `missing` before.
static Spatial alignRight(ArrayRef<int64_t> values, int64_t missing) {
  Spatial result{missing, missing, missing};
  llvm::copy(values, result.end() - values.size());
  return result;
}

template <typename Op> static Geometry geometryOf(Op op) {
  return {alignRight(shapeOf(op.getInput()).drop_front(2), 1),
          alignRight(op.getKernel(), 1),
          alignRight(shapeOf(op.getResult()).drop_front(2), 1),
          alignRight(op.getStrides(), 1),
          alignRight(op.getDilations(), 1),
          alignRight(op.getPadsBegin(), 0)};
}

/// Calls `visit(number in the kernel, offset in the input plane)` for all
/// elements of the window of output position `out`.
template <typename Visit>
static void forEachElement(const Geometry &geometry, const Spatial &out,
                           Visit visit) {
  auto position = [&](int64_t k, int d) {
    return geometry.start(out[d], d) + k * geometry.dilations[d];
  };
  auto inside = [&](int64_t at, int d) {
    return at >= 0 && at < geometry.input[d];
  };
  for (int64_t z = 0; z < geometry.kernel[0]; ++z)
    for (int64_t y = 0; y < geometry.kernel[1]; ++y)
      for (int64_t x = 0; x < geometry.kernel[2]; ++x) {
        int64_t atZ = position(z, 0), atY = position(y, 1),
                atX = position(x, 2);
        if (!inside(atZ, 0) || !inside(atY, 1) || !inside(atX, 2))
          continue;
        int64_t number = (z * geometry.kernel[1] + y) * geometry.kernel[2] + x;
        visit(number,
              (atZ * geometry.input[1] + atY) * geometry.input[2] + atX);
      }
}

/// Computes every result element by `take(plane, out)`, which gets a pointer to
/// the input plane, and stores elements of type R.
template <typename T, typename R, typename Take>
static HostTensor poolWith(const HostTensor &input, RankedTensorType type,
                           const Geometry &geometry, Take take) {
  auto result = HostTensor::ofType(type);
  std::vector<T> values = loadAll<T>(input);
  std::vector<R> made;
  made.reserve(result.size());
  int64_t plane = Geometry::volume(geometry.input);
  for (int64_t n = 0; n < input.dim(0) * input.dim(1); ++n)
    for (int64_t z = 0; z < geometry.output[0]; ++z)
      for (int64_t y = 0; y < geometry.output[1]; ++y)
        for (int64_t x = 0; x < geometry.output[2]; ++x)
          made.push_back(take(values.data() + n * plane, Spatial{z, y, x}));
  storeRun<R>(result, 0, made);
  return result;
}

//===----------------------------------------------------------------------===//
// Maxima
//===----------------------------------------------------------------------===//

/// The lowest value of an element type, in the type that it is computed in.
template <typename T> static T lowestOf(DType type) {
  if constexpr (std::is_floating_point_v<T>)
    return -std::numeric_limits<T>::infinity();
  bool isUnsigned = type == DType::Bool || type == DType::U8 ||
                    type == DType::U16 || type == DType::U32 ||
                    type == DType::U64;
  if (isUnsigned)
    return T(0);
  return static_cast<T>(-(int64_t(1) << (8 * byteWidth(type) - 2)) * 2);
}

template <typename T> static bool isNan(T value) { return value != value; }

LogicalResult MaxPoolOp::evaluate(ArrayRef<HostTensor> operands,
                                  SmallVectorImpl<HostTensor> &results) {
  Geometry geometry = geometryOf(*this);
  DType element = operands[0].type();
  dispatchCompute(element, [&](auto zero) {
    using T = decltype(zero);
    auto take = [&](const T *plane, const Spatial &out) {
      T best = lowestOf<T>(element);
      forEachElement(geometry, out, [&](int64_t, int64_t at) {
        if (!isNan(best) && !(plane[at] <= best))
          best = plane[at];
      });
      return best;
    };
    results.push_back(
        poolWith<T, T>(operands[0], tensorType(getResult()), geometry, take));
  });
  return success();
}

LogicalResult ArgMaxPoolOp::evaluate(ArrayRef<HostTensor> operands,
                                     SmallVectorImpl<HostTensor> &results) {
  Geometry geometry = geometryOf(*this);
  dispatchCompute(operands[0].type(), [&](auto zero) {
    using T = decltype(zero);
    auto take = [&](const T *plane, const Spatial &out) {
      std::optional<T> best;
      int64_t place = 0;
      forEachElement(geometry, out, [&](int64_t number, int64_t at) {
        if (best && (isNan(*best) || plane[at] <= *best))
          return;
        best = plane[at];
        place = number;
      });
      return place;
    };
    results.push_back(poolWith<T, int64_t>(operands[0], tensorType(getResult()),
                                           geometry, take));
  });
  return success();
}

/// Where `number` of the kernel lies in the input plane, of the window of
/// output position `out`; nothing where it is no place of the kernel, or
/// outside.
static std::optional<int64_t> placeOf(const Geometry &geometry,
                                      const Spatial &out, int64_t number) {
  if (number < 0)
    return std::nullopt;
  Spatial k{number / geometry.kernel[2] / geometry.kernel[1],
            number / geometry.kernel[2] % geometry.kernel[1],
            number % geometry.kernel[2]};
  int64_t place = 0;
  for (int d = 0; d < 3; ++d) {
    int64_t at = geometry.start(out[d], d) + k[d] * geometry.dilations[d];
    if (k[d] >= geometry.kernel[d] || at < 0 || at >= geometry.input[d])
      return std::nullopt;
    place = place * geometry.input[d] + at;
  }
  return place;
}

/// Walks the windows of each plane in order, as the pool does.
LogicalResult
MaxPoolGradientOp::evaluate(ArrayRef<HostTensor> operands,
                            SmallVectorImpl<HostTensor> &results) {
  const HostTensor &gradient = operands[0], &places = operands[1];
  // The result is what a pool reads, the gradient what it makes.
  Geometry geometry{alignRight(shapeOf(getResult()).drop_front(2), 1),
                    alignRight(getKernel(), 1),
                    alignRight(gradient.shape().drop_front(2), 1),
                    alignRight(getStrides(), 1),
                    alignRight(getDilations(), 1),
                    alignRight(getPadsBegin(), 0)};
  auto result = HostTensor::ofType(tensorType(getResult()));
  std::vector<double> sums(result.size());
  int64_t plane = Geometry::volume(geometry.input), window = 0;
  for (int64_t n = 0; n < gradient.dim(0) * gradient.dim(1); ++n)
    for (int64_t z = 0; z < geometry.output[0]; ++z)
      for (int64_t y = 0; y < geometry.output[1]; ++y)
        for (int64_t x = 0; x < geometry.output[2]; ++x, ++window)
          if (auto at = placeOf(geometry, {z, y, x}, places.getInt(window)))
            sums[n * plane + *at] += gradient.getDouble(window);
  storeRun<double>(result, 0, sums);
  results.push_back(std::move(result));
  return success();
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

static double sumOf(const Geometry &geometry, const double *plane,
                    const Spatial &out) {
  double sum = 0;
  forEachElement(geometry, out, [&](int64_t, int64_t at) { sum += plane[at]; });
  return sum;
}

LogicalResult SumPoolOp::evaluate(ArrayRef<HostTensor> operands,
                                  SmallVectorImpl<HostTensor> &results) {
  Geometry geometry = geometryOf(*this);
  auto take = [&](const double *plane, const Spatial &out) {
    return sumOf(geometry, plane, out);
  };
  results.push_back(poolWith<double, double>(
      operands[0], tensorType(getResult()), geometry, take));
  return success();
}

LogicalResult AveragePoolOp::evaluate(ArrayRef<HostTensor> operands,
                                      SmallVectorImpl<HostTensor> &results) {
  Geometry geometry = geometryOf(*this);
  Spatial before = alignRight(getCountedBegin(), 0);
  Spatial after = alignRight(getCountedEnd(), 0);
  auto countAlong = [&](int64_t out, int d) {
    int64_t count = 0;
    for (int64_t k = 0; k < geometry.kernel[d]; ++k) {
      int64_t at = geometry.start(out, d) + k * geometry.dilations[d];
      count += at >= -before[d] && at < geometry.input[d] + after[d];
    }
    return static_cast<double>(count);
  };
  auto take = [&](const double *plane, const Spatial &out) {
    double count = 1;
    for (int d = 0; d < 3; ++d)
      count *= countAlong(out[d], d);
    return sumOf(geometry, plane, out) / count;
  };
  results.push_back(poolWith<double, double>(
      operands[0], tensorType(getResult()), geometry, take));
  return success();
}
