//===- GpuStep.cpp - Steps of a GPU program -------------------------------===//

#include "GpuStep.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace dtc::runtime {
namespace {

using cuda::StreamKind;

bool isGraphWanted() {
  const char *text = std::getenv("DTC_CUDA_GRAPH");
  return !text || std::string_view(text) != "0";
}

} // namespace

GpuStep::GpuStep(cuda::Device &deviceOf)
    : device(deviceOf), wantsGraph(isGraphWanted()) {}

Status GpuStep::prepare(size_t numCollectives) {
  collectives.resize(numCollectives);
  std::vector<cuda::Handle *> timers{&begin, &end};
  for (CollectiveTimers &collective : collectives)
    timers.insert(timers.end(), {&collective.begin, &collective.end});
  for (cuda::Handle *timer : timers) {
    auto created = device.createTimer();
    if (!created)
      return created.error();
    *timer = *created;
  }
  return Done{};
}

Status GpuStep::start(const dtc_program &table, dtc_frame &frame) {
  if (graph)
    return device.launchGraph(graph);
  if (numSteps > 0 && wantsGraph) {
    auto captured = capture(table, frame);
    int64_t isCaptured = captured ? 1 : 0;
    if ((leastOfAll ? leastOfAll(isCaptured) : isCaptured) == 1)
      return device.launchGraph(graph);
    destroyGraph();
    startCallByCall();
    if (!captured)
      std::fprintf(stderr,
                   "warning: steps are started call by call, because no CUDA "
                   "graph could be made of one: %s\n",
                   captured.error().message.c_str());
  }
  startCalls(table, frame);
  return Done{};
}

/// A graph's marks are those of the step that was captured.
void GpuStep::startCalls(const dtc_program &table, dtc_frame &frame) {
  numMarks = 0;
  order.clear();
  table.step(&frame);
}

Status GpuStep::capture(const dtc_program &table, dtc_frame &frame) {
  captureProblem.clear();
  if (auto status = device.beginCapture(); !status)
    return status.error();
  isCapturing = true;
  startCalls(table, frame);
  isCapturing = false;
  auto captured = device.endCapture();
  if (captured)
    graph = *captured;
  if (!captureProblem.empty())
    return Error{captureProblem};
  return captured ? Status(Done{}) : Status(captured.error());
}

bool GpuStep::keepProblem(const Error &problem) {
  if (isCapturing && captureProblem.empty())
    captureProblem = problem.message;
  return isCapturing;
}

Status GpuStep::run(const dtc_program &table, dtc_frame &frame) {
  numFinished = 0;
  if (auto status = device.recordTime(begin, StreamKind::Compute); !status)
    return status.error();
  if (auto status = start(table, frame); !status)
    return status.error();
  if (auto status = device.recordTime(end, StreamKind::Compute); !status)
    return status.error();
  ++numSteps;
  return device.synchronize();
}

Status GpuStep::enterPhase(int32_t phase) {
  if (numMarks == marks.size()) {
    auto timer = device.createTimer();
    if (!timer)
      return timer.error();
    marks.push_back({phase, *timer});
  }
  marks[numMarks].phase =
      std::clamp<int32_t>(phase, DTC_FORWARD, DTC_OPTIMIZER);
  return device.recordTime(marks[numMarks++].timer, StreamKind::Compute);
}

Status GpuStep::beginCollective(int32_t index) {
  order.push_back(index);
  return device.recordTime(collectives[size_t(index)].begin,
                           StreamKind::Communication);
}

Status GpuStep::endCollective(int32_t index) {
  return device.recordTime(collectives[size_t(index)].end,
                           StreamKind::Communication);
}

/// They run one after the other, on one stream. Until a graph comes to a timer,
/// that may still have the time of the step before.
Result<GpuStep::Progress> GpuStep::progress() {
  for (; numFinished < order.size(); ++numFinished) {
    const CollectiveTimers &timers = collectives[size_t(order[numFinished])];
    auto isOver = device.isBehind(timers.end, begin);
    if (!isOver)
      return isOver.error();
    if (*isOver)
      continue;
    auto hasBegun = device.isBehind(timers.begin, begin);
    if (!hasBegun)
      return hasBegun.error();
    return Progress{numFinished, *hasBegun ? order[numFinished] : -1};
  }
  return Progress{numFinished, -1};
}

void GpuStep::destroyGraph() {
  if (graph)
    device.destroyGraph(graph);
  graph = nullptr;
}

/// Each phase lasts up to the next mark.
Status GpuStep::addPhases(DeviceTimes &times) const {
  int32_t current = DTC_FORWARD;
  double reached = 0;
  for (size_t i = 0; i < numMarks; ++i) {
    auto at = since(marks[i].timer);
    if (!at)
      return at.error();
    times.phases[current] += *at - reached;
    reached = *at;
    current = marks[i].phase;
  }
  times.phases[current] += times.seconds - reached;
  return Done{};
}

Result<DeviceTimes> GpuStep::times(Detail detail) const {
  DeviceTimes times;
  auto seconds = since(end);
  if (!seconds)
    return seconds.error();
  times.seconds = *seconds;
  if (detail == Detail::Step)
    return times;
  for (size_t i = 0; i < collectives.size(); ++i) {
    auto first = since(collectives[i].begin), last = since(collectives[i].end);
    if (!first)
      return first.error();
    if (!last)
      return last.error();
    times.collectives.push_back({static_cast<int32_t>(i), *first, *last});
  }
  if (auto status = addPhases(times); !status)
    return status.error();
  return times;
}

} // namespace dtc::runtime
