//===- Recorder.h - Times, counts and the trace of a rank -----------------===//
//
// 1. Every repetition has its time and the time inside collectives.
// 2. Collectives are counted by kind with the bytes of their results; warm-up
//    repetitions are left out, so that counts divide by the repetitions.
// 3. With a trace, start and wait of every collective are logged in memory
//    reserved beforehand: a step allocates nothing.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_RECORDER_H
#define DTC_RUNTIME_LIB_RANK_RECORDER_H

#include "Program.h"
#include <algorithm>
#include <ctime>

namespace dtc::runtime {

/// Nanoseconds of the monotonic clock, which all processes of a host share.
inline int64_t nowNanoseconds() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

/// Nanoseconds since this process was started, from /proc (to 10 ms).
int64_t processAgeNanoseconds();

/// The largest resident set of this process so far, in bytes.
int64_t highestMemoryBytes();

const char *collectiveName(int32_t kind);

/// Bytes of a rank's result buffer. `members` and `member` are the group's
/// size and the rank's place in it.
int64_t resultBytes(const dtc_collective &collective, int64_t members,
                    int64_t member);

/// A step as a GPU timed it, in seconds from its begin.
struct DeviceTimes {
  struct Span {
    int32_t index; ///< of the collective
    double begin, end;
  };
  double seconds = 0;
  double phases[DTC_OPTIMIZER + 1] = {};
  std::vector<Span> collectives;
};

class Recorder {
public:
  enum Phase { Start, Wait };
  enum Repetition { Untimed, Timed };

  explicit Recorder(const RankProgram &program);

  /// Reserves the log for `repetitions` steps.
  void enableTrace(int64_t repetitions);
  void markStarted() { startupNanoseconds = processAgeNanoseconds(); }
  void setLoadTime(int64_t nanoseconds) { loadNanoseconds = nanoseconds; }
  void setTraceOrigin() { origin = nowNanoseconds(); }

  void beginRepetition(Repetition kind);
  void endRepetition();
  /// The same with what a GPU measured.
  void endRepetition(const DeviceTimes &times);

  /// What follows belongs to another dtc_phase of the step.
  void enterPhase(int32_t phase) {
    int64_t now = nowNanoseconds();
    phaseNanoseconds[current] += now - phaseBegin;
    phaseBegin = now;
    current = std::clamp<int32_t>(phase, DTC_FORWARD, DTC_OPTIMIZER);
  }

  /// The last timed repetition.
  double lastSeconds() const {
    return stepSeconds.empty() ? 0 : stepSeconds.back();
  }

  /// A collective of the loading phase, which counts always.
  void countLoading(const dtc_collective &collective);

  /// One call of a collective; `begin` and `end` bound the time inside it.
  void record(int32_t index, Phase phase, int64_t begin, int64_t end) {
    insideNanoseconds += end - begin;
    if (phase == Start && counting) {
      ++kindCounts[kinds[static_cast<size_t>(index)]];
      ++phaseCounts[phases[static_cast<size_t>(index)]]
                   [kinds[static_cast<size_t>(index)]];
      movedBytes += bytes[static_cast<size_t>(index)];
    }
    if (log.size() < log.capacity())
      log.push_back({index, phase, begin, end});
  }

  /// This rank's object in the array `ranks` of the stats file.
  std::string statsText() const;
  /// This rank's events, separated by commas.
  std::string traceText() const;

private:
  struct Event {
    int32_t index; ///< of the collective; -1 for a repetition
    Phase phase;
    int64_t begin, end;
  };
  void keep(double seconds, double inside);
  void appendCompute(std::string &text, int64_t begin, int64_t end) const;

  const RankProgram &program;
  static constexpr int32_t kPhases = DTC_OPTIMIZER + 1;
  std::vector<int32_t> kinds, phases;
  std::vector<int64_t> bytes;
  int64_t kindCounts[DTC_HALO_EXCHANGE + 1] = {};
  int64_t phaseCounts[kPhases][DTC_HALO_EXCHANGE + 1] = {};
  int64_t movedBytes = 0;
  int64_t loadedMemory = 0; ///< highest before the first step, in bytes
  int64_t startupNanoseconds = 0, loadNanoseconds = 0, origin = 0;
  int64_t repetitionBegin = 0, insideNanoseconds = 0;
  int64_t phaseBegin = 0, phaseNanoseconds[kPhases] = {};
  int32_t current = DTC_FORWARD;
  bool counting = false;
  /// Collectives run beside computing, not between.
  bool overlaps = false;
  std::vector<double> stepSeconds, collectiveSeconds, phaseSeconds[kPhases];
  std::vector<Event> log, repetitions;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_RECORDER_H
