//===- PoolLinesToCpu.cpp - Pools one dimension after the other -----------===//
//
// The algorithm is in the header.
//
//===----------------------------------------------------------------------===//

#include "PoolLinesToCpu.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

namespace {

/// One dimension's part of a window.
struct LineWindow {
  int64_t kernel, stride, dilation, before;
};

/// Results [begin, end) of a dimension, computed from the places
/// [first, first + count) of their windows.
struct WindowRun {
  int64_t begin, end, first, count;
  bool continues(const WindowRun &next) const {
    return first == next.first && count == next.count;
  }
};

} // namespace

/// The runs of windows that padding cuts alike.
static SmallVector<WindowRun> runsOf(const LineWindow &window, int64_t extent,
                                     int64_t results) {
  SmallVector<WindowRun> runs;
  for (int64_t at = 0; at < results; ++at) {
    int64_t start = at * window.stride - window.before;
    int64_t first = std::clamp<int64_t>(
        llvm::divideCeil(std::max<int64_t>(-start, 0), window.dilation), 0,
        window.kernel);
    int64_t room = extent - 1 - start;
    int64_t end =
        room < 0 ? 0 : std::min(window.kernel, room / window.dilation + 1);
    WindowRun run{at, at + 1, first, std::max<int64_t>(end - first, 0)};
    if (!runs.empty() && runs.back().continues(run))
      runs.back().end = at + 1;
    else
      runs.push_back(run);
  }
  return runs;
}

/// Stores in `to` the reduction along `dim` of windows of `from`.
static void reduceLines(ProgramBuilder &builder, const StridedView &from,
                        const StridedView &to, int64_t dim,
                        const LineWindow &window,
                        const PoolReduction &reduction) {
  for (const WindowRun &run : runsOf(window, from.shape[dim], to.shape[dim])) {
    int64_t start =
        run.begin * window.stride - window.before + run.first * window.dilation;
    StridedView windows =
        from.sliced(dim, start, run.end - run.begin, window.stride);
    windows.shape.push_back(run.count);
    windows.strides.push_back(from.strides[dim] * window.dilation);
    StridedView target = to.sliced(dim, run.begin, run.end - run.begin, 1);
    int parallel = to.rank();
    IndexMap targetMap = identityMap(parallel);
    IndexMap windowMap = identityMap(parallel + 1);
    SmallVector<int64_t> loops(target.shape);
    loops.push_back(run.count);
    builder.addKernel(loops, parallel, target, targetMap, reduction.location,
                      [&](ExpressionBuilder &b) {
                        Expression *element = b.load(windows, windowMap);
                        Expression *result = b.spec().make(
                            Expression::Kind::LoopReduce, element->element);
                        result->operands.push_back(element);
                        result->combine = reduction.combine;
                        result->reduceLoops.push_back(parallel);
                        return result;
                      });
  }
}

static LineWindow lineWindow(const PoolWindow &window, int i) {
  return {window.kernel[i], window.strides[i], window.dilations[i],
          window.padsBegin[i]};
}

bool dtc::cpu::reducesLines(const PoolWindow &window) {
  constexpr size_t mostRuns = 8;
  if (numElements(window.input) == 0 || numElements(window.result) == 0)
    return false;
  int64_t together = 1, apart = 0;
  for (int i = 0; i < window.spatial(); ++i) {
    together *= window.kernel[i];
    apart += window.kernel[i] == 1 ? 0 : window.kernel[i];
    if (window.padsBegin[i] < 0 || window.padsEnd[i] < 0)
      return false;
    SmallVector<WindowRun> runs = runsOf(
        lineWindow(window, i), window.input[i + 2], window.result[i + 2]);
    bool isMany = i + 1 < window.spatial() && runs.size() > mostRuns;
    if (isMany ||
        llvm::any_of(runs, [](const WindowRun &run) { return run.count == 0; }))
      return false;
  }
  return together >= apart + 3;
}

/// The input with all spatial dimensions but the last reduced, and the last
/// one padded.
static StridedView reduceOuterLines(ProgramBuilder &builder, StridedView from,
                                    const PoolWindow &window,
                                    const PoolReduction &reduction) {
  int last = from.rank() - 1;
  for (int dim = 2; dim < last; ++dim) {
    bool isPlain = window.kernel[dim - 2] == 1 &&
                   window.strides[dim - 2] == 1 &&
                   window.result[dim] == from.shape[dim];
    if (isPlain && dim != last - 1)
      continue;
    SmallVector<int64_t> shape(from.shape);
    shape[dim] = window.result[dim];
    int64_t before = 0, extent = from.shape[last];
    if (dim == last - 1) {
      before = window.padsBegin.back();
      shape[last] += before + window.padsEnd.back();
    }
    StridedView whole = builder.allocate(shape, from.element);
    auto fill = [&](int64_t start, int64_t count) {
      if (count > 0)
        builder.fill(whole.sliced(last, start, count, 1), reduction.padding,
                     reduction.location);
    };
    fill(0, before);
    fill(before + extent, shape[last] - before - extent);
    reduceLines(builder, from, whole.sliced(last, before, extent, 1), dim,
                lineWindow(window, dim - 2), reduction);
    from = whole;
  }
  return from;
}

PoolLoops dtc::cpu::lineLoopsOf(ProgramBuilder &builder,
                                const StridedView &input,
                                const PoolWindow &window,
                                const PoolReduction &reduction) {
  PoolLoops loops;
  loops.windows = reduceOuterLines(builder, input, window, reduction);
  loops.extents.assign(window.result.begin(), window.result.end());
  loops.parallel = loops.extents.size();
  loops.spatial = 1;
  loops.resultMap = identityMap(loops.parallel);
  loops.inputMap = identityMap(loops.parallel + 1);
  int last = loops.parallel - 1;
  int64_t stride = loops.windows.strides[last];
  loops.windows.shape[last] = loops.extents[last];
  loops.windows.strides[last] = stride * window.strides.back();
  loops.windows.shape.push_back(window.kernel.back());
  loops.windows.strides.push_back(stride * window.dilations.back());
  loops.extents.push_back(window.kernel.back());
  return loops;
}
