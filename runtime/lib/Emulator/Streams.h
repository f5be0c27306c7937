//===- Streams.h - A GPU that does everything as late as it may -----------===//
//
// What is put on a stream runs when somebody waits for it, and then only what
// has to have run before. A program that forgets to let one stream wait for
// another so gets wrong numbers, each time the same ones.
//
// 1. Streams are queues of operations. An event's mark is set by an operation,
//    and another operation has its stream wait for the mark.
// 2. A stream that captures collects operations, with those of the streams that
//    wait for its marks; a graph runs them as one operation.
// 3. An operation that is not ready, because it waits for another process, is
//    asked again later.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_EMULATOR_STREAMS_H
#define DTC_RUNTIME_LIB_EMULATOR_STREAMS_H

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace dtc::emulated {

/// Codes of CUDA's driver interface.
using Code = int;
constexpr Code kSuccess = 0, kInvalidValue = 1, kNotReady = 600,
               kCaptureUnsupported = 900, kCaptureUnmatched = 903,
               kCaptureUnjoined = 904;

class Stream;
struct Capture;

/// A place in a stream that others may wait for.
struct Mark {
  Stream *stream = nullptr;
  const Capture *capture = nullptr; ///< set while it is part of one
  bool isSet = false;
  int64_t time = 0; ///< nanoseconds, when it was set
};

struct Event {
  std::shared_ptr<Mark> mark;
};

/// One of the three. `run` may say kNotReady, and is run again then.
struct Operation {
  std::function<Code()> run;
  std::shared_ptr<Mark> sets;
  std::shared_ptr<Mark> awaits;
};

/// What a capturing stream collected, by stream.
struct Capture {
  Stream *origin = nullptr;
  std::map<Stream *, std::vector<Operation>> operations;
};

struct Graph {
  Capture captured;
};

class Stream {
public:
  /// Puts an operation behind the others, or into the capture.
  void add(Operation operation);
  void record(Event &event);
  /// In a capture too, the event's time is taken when the operation runs.
  void recordExternally(Event &event);
  Code waitFor(const Event &event);
  /// Runs everything that is ready. The first error stays for all later calls.
  Code query();
  /// Runs everything.
  Code synchronize();
  /// Runs what is ready of what has to have happened before the mark is set.
  Code runUntil(const Mark &mark);

  bool isCapturing() const { return capture != nullptr; }
  void beginCapture();
  /// The graph, or null with the reason in `code`.
  Graph *endCapture(Code &code);
  void launch(const Graph &graph);

private:
  Code runNext();

  std::deque<Operation> queue;
  std::shared_ptr<Capture> capture;
  Code failure = kSuccess;
};

/// True while any stream captures; memory may not be asked for then.
bool isAnyCapturing();

} // namespace dtc::emulated

#endif // DTC_RUNTIME_LIB_EMULATOR_STREAMS_H
