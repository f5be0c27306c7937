//===- Session.cpp - One run of a compiled program on one rank ------------===//
//
// See the header for the phases. Whatever fails after connecting goes through
// the transport, so that the other ranks stop too.
//===----------------------------------------------------------------------===//

#include "Session.h"
#include "dtc/runtime/RankServices.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace dtc::runtime {

Session::Session(RankProgram programOf, RankOptions optionsOf,
                 std::string folderOf, std::unique_ptr<Transport> transportOf)
    : program(std::move(programOf)), options(std::move(optionsOf)),
      folder(std::move(folderOf)), transport(std::move(transportOf)),
      recorder(program), parameters(program), inputArrays(program),
      files(program) {
  frame.runtime = static_cast<RankServices *>(this);
}

Status Session::run() {
  if (auto status = transport->handshake(program.table->collective_hash);
      !status)
    return status.error();
  if (auto status = files.open(options); !status)
    return status.error();
  int64_t begin = nowNanoseconds();
  if (auto status = load(); !status)
    return status.error();
  recorder.setLoadTime(nowNanoseconds() - begin);
  if (!options.trace.empty())
    recorder.enableTrace(
        program.isTraining() ? options.steps : options.warmup + options.repeat);
  transport->barrier();
  recorder.markStarted();
  recorder.setTraceOrigin();
  if (program.isTraining()) {
    if (auto status = train(); !status)
      return status.error();
  } else {
    repeat();
  }
  return finish();
}

Status Session::load() {
  if (auto status = allocate(); !status)
    return status.error();
  if (auto status = inputArrays.open(options.input, options.steps); !status)
    return status.error();
  if (auto status = inputArrays.read(0, inputs); !status)
    return status.error();
  if (auto status = parameters.load(options, folder, *this); !status)
    return status.error();
  createCollectives();
  for (size_t i = 0; i < program.uses.size(); ++i)
    if (int32_t output = program.uses[i].output; output >= 0)
      outputs[size_t(output)] = parameters.pointers()[i];
  frame.parameters = parameters.pointers().data();
  if (program.table->load)
    program.table->load(&frame);
  return Done{};
}

/// Zeroed memory of its own, touched.
Result<void *> Session::carve(int64_t bytes) {
  if (void *shared = transport->allocate(static_cast<size_t>(bytes)))
    return shared;
  buffers.push_back(AlignedBuffer::allocate(static_cast<size_t>(bytes)));
  if (!buffers.back().data())
    return Error{"no memory for " + std::to_string(bytes) + " bytes"};
  buffers.back().prefault();
  return static_cast<void *>(buffers.back().data());
}

Status Session::allocate() {
  const dtc_program &table = *program.table;
  auto arena = carve(static_cast<int64_t>(table.arena_bytes));
  if (!arena)
    return Error{"activations: " + arena.error().message};
  auto packed = carve(static_cast<int64_t>(table.packed_bytes));
  if (!packed)
    return Error{"packed weights: " + packed.error().message};
  frame.arena = static_cast<char *>(*arena);
  frame.packed = static_cast<char *>(*packed);
  std::vector<bool> isParameter(program.outputs.size());
  for (const dtc_parameter_use &use : program.uses)
    if (use.output >= 0)
      isParameter[size_t(use.output)] = true;
  for (auto [tensors, pointers] : {std::pair(&program.inputs, &inputs),
                                   std::pair(&program.outputs, &outputs)})
    for (const BoundaryTensor &tensor : *tensors) {
      bool hasMemory = pointers == &outputs && isParameter[pointers->size()];
      auto buffer = hasMemory ? Result<void *>(static_cast<void *>(nullptr))
                              : carve(tensor.localBytes());
      if (!buffer)
        return Error{"'" + tensor.name + "': " + buffer.error().message};
      pointers->push_back(*buffer);
    }
  primitives.assign(static_cast<size_t>(table.num_primitives), nullptr);
  frame.inputs = inputs.data();
  frame.outputs = outputs.data();
  frame.primitives = primitives.data();
  return Done{};
}

void Session::createCollectives() {
  for (int32_t i = 0; i < program.table->num_collectives; ++i)
    collectives.push_back(
        {transport->createCollective(program.table->collectives[i]), &recorder,
         i});
  for (RankCollective &collective : collectives)
    handles.push_back(&collective);
  frame.collectives = handles.data();
}

void Session::repeat() {
  for (int64_t i = 0; i < options.warmup + options.repeat; ++i) {
    recorder.beginRepetition(i < options.warmup ? Recorder::Untimed
                                                : Recorder::Timed);
    program.table->step(&frame);
    recorder.endRepetition();
  }
}

Status Session::train() {
  for (size_t i = 0; i < program.outputs.size(); ++i)
    if (program.outputs[i].name == "loss" && !program.outputs[i].isPartial())
      lossOutput = static_cast<int64_t>(i);
  for (int64_t step = 0; step < options.steps; ++step) {
    if (step > 0)
      if (auto status = inputArrays.read(step, inputs); !status)
        return status.error();
    recorder.beginRepetition(Recorder::Timed);
    program.table->step(&frame);
    recorder.endRepetition();
    keepLoss();
    showProgress(step);
    if (options.checkpointEvery > 0 &&
        (step + 1) % options.checkpointEvery == 0)
      if (auto status =
              files.writeCheckpoint(parameters.pointers(), step + 1, *this);
          !status)
        return status.error();
  }
  return Done{};
}

void Session::keepLoss() {
  if (lossOutput < 0 || program.rank != 0)
    return;
  const BoundaryTensor &tensor = program.outputs[size_t(lossOutput)];
  const char *value = static_cast<const char *>(outputs[size_t(lossOutput)]);
  losses.insert(losses.end(), value, value + tensor.globalBytes());
}

/// A line that a terminal shows in place; several steps a blink are one.
void Session::showProgress(int64_t step) {
  constexpr int64_t kBetweenLines = 100'000'000;
  bool isTerminal = isatty(2) != 0;
  if (program.rank != 0 || (!isTerminal && !std::getenv("DTC_PROGRESS")))
    return;
  int64_t now = nowNanoseconds();
  bool isLast = step + 1 == options.steps;
  if (now - lastProgress < kBetweenLines && !isLast)
    return;
  lastProgress = now;
  std::string loss;
  if (lossOutput >= 0 && program.outputs[size_t(lossOutput)].dtype == DTC_F32 &&
      program.outputs[size_t(lossOutput)].shape.empty()) {
    float value;
    std::memcpy(&value, losses.data() + losses.size() - sizeof value,
                sizeof value);
    loss = "  loss " + std::to_string(value);
  }
  std::fprintf(stderr, "%sstep %lld/%lld%s  %.1f ms%s",
               isTerminal ? "\r\033[K" : kProgressPrefix,
               static_cast<long long>(step + 1),
               static_cast<long long>(options.steps), loss.c_str(),
               recorder.lastSeconds() * 1e3, isTerminal && !isLast ? "" : "\n");
}

Status Session::finish() {
  if (auto status = files.writeOutputs(outputs, lossOutput, losses, *this);
      !status)
    return status.error();
  if (auto status = files.writeParameters(parameters.pointers(), *this);
      !status)
    return status.error();
  if (auto status = files.writeTexts("--stats", "{\"ranks\": [\n",
                                     recorder.statsText(), "\n]}\n", *this);
      !status)
    return status.error();
  // The text is long; it is made only when it is wanted.
  std::string trace = options.trace.empty() ? "" : recorder.traceText();
  if (auto status = files.writeTexts(
          "--trace", "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n",
          trace, "\n]}\n", *this);
      !status)
    return status.error();
  transport->barrier();
  return files.commit();
}

void Session::fail(const char *message) {
  files.discard();
  transport->fail(message);
}

void Session::weightPacked(const void *weight, size_t bytes) {
  parameters.weightPacked(weight, bytes);
}

std::vector<std::vector<char>> Session::gather(const void *data, size_t bytes) {
  return transport->gather(data, bytes);
}

void Session::runCollective(const dtc_collective &collective,
                            const void *source, void *result) {
  auto created = transport->createCollective(collective);
  created->start(source, result);
  created->wait();
  recorder.countLoading(collective);
}

} // namespace dtc::runtime

void dtc_collective_start(void *collective, const void *source, void *result) {
  auto *handle = static_cast<dtc::runtime::RankCollective *>(collective);
  int64_t begin = dtc::runtime::nowNanoseconds();
  handle->collective->start(source, result);
  handle->recorder->record(handle->index, dtc::runtime::Recorder::Start, begin,
                           dtc::runtime::nowNanoseconds());
}

void dtc_enter_phase(dtc_frame *frame, int32_t phase) {
  static_cast<dtc::runtime::RankServices *>(frame->runtime)->enterPhase(phase);
}

void dtc_collective_wait(void *collective) {
  auto *handle = static_cast<dtc::runtime::RankCollective *>(collective);
  int64_t begin = dtc::runtime::nowNanoseconds();
  handle->collective->wait();
  handle->recorder->record(handle->index, dtc::runtime::Recorder::Wait, begin,
                           dtc::runtime::nowNanoseconds());
}
