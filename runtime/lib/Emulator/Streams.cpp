//===- Streams.cpp - A GPU that does everything as late as it may ---------===//

#include "Streams.h"
#include <chrono>
#include <thread>

namespace dtc::emulated {
namespace {

int captures = 0;

int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void set(Mark &mark) {
  mark.isSet = true;
  mark.time = now();
}

/// Runs a graph: the stream that it began on to its end, others as far as that
/// waits for them. What is not ready is tried again by the next run().
class GraphRun {
public:
  explicit GraphRun(const Capture &captured) : captured(captured) {
    for (const auto &[stream, operations] : captured.operations)
      for (const Operation &operation : operations)
        if (operation.sets)
          operation.sets->isSet = false;
  }

  Code run() {
    while (places[captured.origin] < count(captured.origin))
      if (Code code = runNext(captured.origin, 0); code != kSuccess)
        return code;
    return kSuccess;
  }

  /// True when every stream was joined.
  bool isComplete() {
    for (const auto &[stream, operations] : captured.operations)
      if (places[stream] < operations.size())
        return false;
    return true;
  }

  /// Follows the order without running anything.
  bool justWalk = false;

private:
  size_t count(Stream *stream) const {
    auto found = captured.operations.find(stream);
    return found == captured.operations.end() ? 0 : found->second.size();
  }

  Code runNext(Stream *stream, int depth) {
    const Operation &operation =
        captured.operations.at(stream)[places[stream]++];
    Code code = kSuccess;
    if (operation.sets)
      set(*operation.sets);
    if (operation.run && !justWalk)
      code = operation.run();
    if (operation.awaits)
      code = runUntil(*operation.awaits, depth);
    if (code == kNotReady)
      --places[stream];
    return code;
  }

  Code runUntil(const Mark &mark, int depth) {
    while (!mark.isSet) {
      if (places[mark.stream] >= count(mark.stream) || depth > 1000)
        return kCaptureUnjoined;
      if (Code code = runNext(mark.stream, depth + 1); code != kSuccess)
        return code;
    }
    return kSuccess;
  }

  const Capture &captured;
  std::map<Stream *, size_t> places;
};

} // namespace

bool isAnyCapturing() { return captures > 0; }

void Stream::add(Operation operation) {
  if (capture)
    capture->operations[this].push_back(std::move(operation));
  else
    queue.push_back(std::move(operation));
}

void Stream::record(Event &event) {
  event.mark = std::make_shared<Mark>();
  event.mark->stream = this;
  event.mark->capture = capture.get();
  add({nullptr, event.mark, nullptr});
}

void Stream::recordExternally(Event &event) {
  add({[this, &event]() -> Code {
         event.mark = std::make_shared<Mark>();
         event.mark->stream = this;
         set(*event.mark);
         return kSuccess;
       },
       nullptr, nullptr});
}

Code Stream::waitFor(const Event &event) {
  if (!event.mark)
    return kSuccess;
  Stream *source = event.mark->stream;
  bool isCaptured =
      event.mark->capture && source->capture.get() == event.mark->capture;
  if (event.mark->capture && !isCaptured)
    return kCaptureUnmatched;
  if (isCaptured && !capture)
    capture = source->capture;
  if (!isCaptured && capture)
    return kCaptureUnsupported;
  add({nullptr, nullptr, event.mark});
  return kSuccess;
}

/// An operation leaves the queue once it has run.
Code Stream::runNext() {
  Operation &operation = queue.front();
  Code code = kSuccess;
  if (operation.sets)
    set(*operation.sets);
  if (operation.awaits)
    code = operation.awaits->stream->runUntil(*operation.awaits);
  else if (operation.run)
    code = operation.run();
  if (code != kNotReady)
    queue.pop_front();
  return code;
}

Code Stream::runUntil(const Mark &mark) {
  while (!mark.isSet && !queue.empty() && failure == kSuccess)
    if (Code code = runNext(); code == kNotReady)
      return code;
    else
      failure = code;
  return failure;
}

Code Stream::query() {
  if (capture)
    return kCaptureUnsupported;
  while (!queue.empty() && failure == kSuccess)
    if (Code code = runNext(); code == kNotReady)
      return code;
    else
      failure = code;
  return failure;
}

Code Stream::synchronize() {
  for (;;)
    if (Code code = query(); code != kNotReady)
      return code;
    else
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void Stream::beginCapture() {
  capture = std::make_shared<Capture>();
  capture->origin = this;
  capture->operations[this];
  ++captures;
}

Graph *Stream::endCapture(Code &code) {
  code = kCaptureUnmatched;
  if (!capture || capture->origin != this)
    return nullptr;
  std::shared_ptr<Capture> ended = capture;
  for (auto &[stream, operations] : ended->operations)
    stream->capture = nullptr;
  --captures;
  GraphRun walk(*ended);
  walk.justWalk = true;
  code = walk.run();
  if (code == kSuccess && !walk.isComplete())
    code = kCaptureUnjoined;
  return code == kSuccess ? new Graph{*ended} : nullptr;
}

void Stream::launch(const Graph &graph) {
  auto run = std::make_shared<std::unique_ptr<GraphRun>>();
  add({[&graph, run]() -> Code {
         if (!*run)
           *run = std::make_unique<GraphRun>(graph.captured);
         return (*run)->run();
       },
       nullptr, nullptr});
}

} // namespace dtc::emulated
