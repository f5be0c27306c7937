//===- timing.h - How one all_reduce is timed -----------------------------===//
//
// The same for every contestant, sizes from 64 B to 64 MB: a barrier, then one
// call. Before it the source is written anew and after it the result is read,
// as the computation around a collective does: what lies in another processor's
// cache has to be fetched. A call lasts from when the last rank begins until
// the last one is done; the median of the calls counts.
//===----------------------------------------------------------------------===//

#ifndef DTC_BENCHMARKS_ALLREDUCE_TIMING_H
#define DTC_BENCHMARKS_ALLREDUCE_TIMING_H

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <vector>

namespace timing {

constexpr size_t kSmallest = 64, kLargest = size_t(64) << 20;

/// About a tenth of a second a size.
inline int callsFor(size_t bytes) {
  if (bytes <= 65536)
    return 2001;
  if (bytes <= size_t(4) << 20)
    return 101;
  return 11;
}

/// Writes all of `source`, so that the sum over ranks has known bits.
inline void produce(float *source, size_t count, int round) {
  std::fill(source, source + count, static_cast<float>(round % 7));
}

/// Reads all of `result`; whether it is what `ranks` ranks produced.
inline bool consume(const float *result, size_t count, int round, int ranks) {
  float expected = static_cast<float>(round % 7 * ranks);
  int wrong = 0;
  for (size_t i = 0; i < count; ++i)
    wrong += result[i] != expected;
  return wrong == 0;
}

/// Seconds of the clock that all processes of a host share.
using Times = std::vector<double>;

inline double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Begin and end of every call on this rank, alternating; empty when a result
/// was wrong. `meet` is a barrier.
template <typename Call, typename Meet>
Times measure(float *source, const float *result, size_t bytes, int ranks,
              Call call, Meet meet) {
  size_t count = bytes / sizeof(float);
  Times times;
  for (int round = -3; round < callsFor(bytes); ++round) {
    produce(source, count, round + 7);
    meet();
    double begin = now();
    call();
    double end = now();
    if (!consume(result, count, round + 7, ranks))
      return {};
    if (round >= 0) {
      times.push_back(begin);
      times.push_back(end);
    }
  }
  return times;
}

/// The median in microseconds, from the times of all ranks.
inline double median(const std::vector<Times> &ranks) {
  std::vector<double> spans;
  for (size_t i = 0; i + 1 < ranks[0].size(); i += 2) {
    double begin = 0, end = 0;
    for (const Times &times : ranks) {
      begin = std::max(begin, times[i]);
      end = std::max(end, times[i + 1]);
    }
    spans.push_back((end - begin) * 1e6);
  }
  std::sort(spans.begin(), spans.end());
  return spans[spans.size() / 2];
}

inline void print(size_t bytes, double microseconds) {
  std::printf("%zu %.3f\n", bytes, microseconds);
  std::fflush(stdout);
}

} // namespace timing

#endif // DTC_BENCHMARKS_ALLREDUCE_TIMING_H
