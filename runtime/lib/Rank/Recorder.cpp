//===- Recorder.cpp - Times, counts and the trace of a rank ---------------===//
//
// The trace has a process a rank with two tracks: `compute`, the time between
// calls of collectives, and `communication`, the time inside them. A GPU's are
// its two streams.
//===----------------------------------------------------------------------===//

#include "Recorder.h"
#include "dtc/runtime/ElementType.h"
#include <algorithm>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unistd.h>

namespace dtc::runtime {
namespace {

using Json = nlohmann::ordered_json;

/// The log's limit: 4 million events are 128 MB.
constexpr int64_t kMaxEvents = int64_t(1) << 22;

/// JSON of text that may not be UTF-8.
std::string dump(const Json &json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Microseconds with the nanoseconds as decimals.
double microseconds(int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1000.0;
}

const char *phaseName(int32_t phase) {
  const char *names[] = {"forward", "backward", "optimizer"};
  return names[phase];
}

/// Those that occur, by name.
Json countsOf(const int64_t (&counts)[DTC_HALO_EXCHANGE + 1]) {
  Json object = Json::object();
  for (int32_t kind = 0; kind <= DTC_HALO_EXCHANGE; ++kind)
    if (counts[kind] > 0)
      object[collectiveName(kind)] = counts[kind];
  return object;
}

} // namespace

int64_t processAgeNanoseconds() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  // The command's name, in parentheses, may contain anything.
  size_t close = text.rfind(')');
  if (close == std::string::npos)
    return 0;
  std::istringstream fields(text.substr(close + 1));
  std::string skipped;
  for (int i = 0; i < 19; ++i)
    fields >> skipped;
  int64_t startTicks = 0;
  fields >> startTicks;
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  int64_t tick = 1'000'000'000 / sysconf(_SC_CLK_TCK);
  int64_t age =
      int64_t(now.tv_sec) * 1'000'000'000 + now.tv_nsec - startTicks * tick;
  return std::max<int64_t>(age, 0);
}

int64_t highestMemoryBytes() {
  // Not ru_maxrss: that of a fresh process begins with its launcher's size.
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.rfind("VmHWM:", 0) == 0)
      return std::strtoll(line.c_str() + 6, nullptr, 10) * 1024;
  return 0;
}

/// Pages of other ranks' heaps that this process has looked at: memory of
/// theirs, which stays mapped here. They are those with the flag that
/// SharedWorld.cpp gives them, "dc".
static int64_t othersMemoryBytes() {
  std::ifstream file("/proc/self/smaps");
  int64_t sum = 0, mapped = 0;
  bool isShared = false;
  for (std::string line; std::getline(file, line);) {
    // A mapping begins with its address, and ends with its flags.
    if (std::isxdigit(static_cast<unsigned char>(line[0])) &&
        line.find('-') < line.find(' ')) {
      isShared = line.find("/memfd:dtc") != std::string::npos;
    } else if (line.rfind("Rss:", 0) == 0) {
      mapped = std::strtoll(line.c_str() + 4, nullptr, 10) * 1024;
    } else if (isShared && line.rfind("VmFlags:", 0) == 0 &&
               line.find(" dc") != std::string::npos) {
      sum += mapped;
    }
  }
  return sum;
}

const char *collectiveName(int32_t kind) {
  const char *names[] = {"all_reduce",   "all_gather", "reduce_scatter",
                         "all_to_all",   "broadcast",  "scatter",
                         "halo_exchange"};
  return kind >= 0 && kind <= DTC_HALO_EXCHANGE ? names[kind] : "collective";
}

int64_t resultBytes(const dtc_collective &collective, int64_t members,
                    int64_t member) {
  int64_t count = collective.outer * collective.extent * collective.inner;
  if (collective.kind == DTC_REDUCE_SCATTER || collective.kind == DTC_SCATTER)
    count = collective.outer * chunk(collective.extent, members, member).size *
            collective.inner;
  if (collective.kind == DTC_ALL_TO_ALL) {
    count = 1;
    for (int32_t dim = 0; dim < collective.ndim; ++dim)
      count *= dim == collective.to_dim
                   ? chunk(collective.shape[dim], members, member).size
                   : collective.shape[dim];
  }
  return count * elementSize(collective.dtype);
}

Recorder::Recorder(const RankProgram &program) : program(program) {
  for (int32_t i = 0; i < program.table->num_collectives; ++i) {
    const dtc_collective &collective = program.table->collectives[i];
    size_t axis = static_cast<size_t>(collective.axis);
    kinds.push_back(std::clamp<int32_t>(collective.kind, 0, DTC_HALO_EXCHANGE));
    phases.push_back(
        std::clamp<int32_t>(collective.phase, DTC_FORWARD, DTC_OPTIMIZER));
    bytes.push_back(resultBytes(collective, program.meshSizes[axis],
                                program.coordinates[axis]));
  }
}

void Recorder::enableTrace(int64_t count) {
  int64_t calls = std::max<int64_t>(int64_t(kinds.size()) * 2, 1);
  int64_t kept = std::min(count, std::max<int64_t>(kMaxEvents / calls, 1));
  log.reserve(static_cast<size_t>(kept * calls));
  repetitions.reserve(static_cast<size_t>(kept));
}

void Recorder::beginRepetition(Repetition kind) {
  if (loadedMemory == 0)
    loadedMemory = highestMemoryBytes();
  counting = kind == Timed;
  insideNanoseconds = 0;
  if (counting && stepSeconds.empty()) {
    stepSeconds.reserve(1024);
    collectiveSeconds.reserve(1024);
  }
  std::fill(std::begin(phaseNanoseconds), std::end(phaseNanoseconds), 0);
  current = DTC_FORWARD;
  repetitionBegin = phaseBegin = nowNanoseconds();
}

void Recorder::endRepetition() {
  int64_t end = nowNanoseconds();
  if (repetitions.size() < repetitions.capacity())
    repetitions.push_back({-1, counting ? Start : Wait, repetitionBegin, end});
  if (!counting)
    return;
  phaseNanoseconds[current] += end - phaseBegin;
  for (int32_t phase = 0; phase < kPhases; ++phase)
    phaseSeconds[phase].push_back(static_cast<double>(phaseNanoseconds[phase]) *
                                  1e-9);
  keep(static_cast<double>(end - repetitionBegin) * 1e-9,
       static_cast<double>(insideNanoseconds) * 1e-9);
}

void Recorder::keep(double seconds, double inside) {
  stepSeconds.push_back(seconds);
  collectiveSeconds.push_back(inside);
  counting = false;
}

void Recorder::endRepetition(const DeviceTimes &times) {
  auto at = [&](double seconds) {
    return repetitionBegin + static_cast<int64_t>(seconds * 1e9);
  };
  overlaps = true;
  if (repetitions.size() < repetitions.capacity())
    repetitions.push_back(
        {-1, counting ? Start : Wait, repetitionBegin, at(times.seconds) + 1});
  double inside = 0;
  for (const DeviceTimes::Span &span : times.collectives) {
    record(span.index, Start, at(span.begin), at(span.end));
    inside += span.end - span.begin;
  }
  if (!counting)
    return;
  for (int32_t phase = 0; phase < kPhases; ++phase)
    phaseSeconds[phase].push_back(times.phases[phase]);
  keep(times.seconds, inside);
}

void Recorder::countLoading(const dtc_collective &collective) {
  size_t axis = static_cast<size_t>(collective.axis);
  ++kindCounts[collective.kind];
  movedBytes += resultBytes(collective, program.meshSizes[axis],
                            program.coordinates[axis]);
}

std::string Recorder::statsText() const {
  Json stats;
  stats["rank"] = program.rank;
  stats["startup_seconds"] = static_cast<double>(startupNanoseconds) * 1e-9;
  stats["load_seconds"] = static_cast<double>(loadNanoseconds) * 1e-9;
  stats["step_seconds"] = stepSeconds;
  stats["collective_seconds"] = collectiveSeconds;
  // Others' pages come with the steps, and never go.
  stats["peak_memory_bytes"] =
      std::max(loadedMemory, highestMemoryBytes() - othersMemoryBytes());
  stats["bytes_moved"] = movedBytes;
  stats["collectives"] = countsOf(kindCounts);
  if (program.isTraining())
    for (int32_t phase = 0; phase < kPhases; ++phase) {
      stats["phase_seconds"][phaseName(phase)] = phaseSeconds[phase];
      stats["collectives_by_phase"][phaseName(phase)] =
          countsOf(phaseCounts[phase]);
    }
  return dump(stats);
}

void Recorder::appendCompute(std::string &text, int64_t begin,
                             int64_t end) const {
  if (end <= begin)
    return;
  text += ",\n" + dump({{"name", "compute"},
                        {"ph", "X"},
                        {"pid", program.rank},
                        {"tid", 0},
                        {"ts", microseconds(begin - origin)},
                        {"dur", microseconds(end - begin)}});
}

std::string Recorder::traceText() const {
  auto label = [&](const char *kind, int tid, const std::string &name) {
    return dump({{"name", kind},
                 {"ph", "M"},
                 {"pid", program.rank},
                 {"tid", tid},
                 {"args", {{"name", name}}}});
  };
  std::string text =
      label("process_name", 0, "rank " + std::to_string(program.rank)) + ",\n" +
      label("thread_name", 0, "compute") + ",\n" +
      label("thread_name", 1, "communication");
  size_t next = 0;
  for (const Event &repetition : repetitions) {
    int64_t computeBegin = repetition.begin;
    for (; next < log.size() && log[next].begin < repetition.end; ++next) {
      const Event &event = log[next];
      const dtc_collective &collective =
          program.table->collectives[event.index];
      if (!overlaps) {
        appendCompute(text, computeBegin, event.begin);
        computeBegin = event.end;
      }
      std::string name = collectiveName(collective.kind);
      bool isStart = event.phase == Start && !overlaps;
      text += ",\n" +
              dump({{"name", isStart ? name + " start" : name},
                    {"ph", "X"},
                    {"pid", program.rank},
                    {"tid", 1},
                    {"ts", microseconds(event.begin - origin)},
                    {"dur", microseconds(event.end - event.begin)},
                    {"args",
                     {{"module", collective.module ? collective.module : ""},
                      {"cause", collective.cause ? collective.cause : ""},
                      {"bytes", bytes[size_t(event.index)]}}}});
    }
    appendCompute(text, computeBegin, repetition.end);
  }
  return text;
}

} // namespace dtc::runtime
