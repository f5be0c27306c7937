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
  if (auto status = program.isTraining() ? train() : repeat(); !status)
    return status.error();
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
  if (auto status = createCollectives(); !status)
    return status.error();
  for (size_t i = 0; i < program.uses.size(); ++i)
    if (int32_t output = program.uses[i].output; output >= 0)
      outputs[size_t(output)] = parameters.pointers()[i];
  if (gpu) {
    if (auto status = gpu->upload(program, parameters.pointers()); !status)
      return status.error();
    if (auto status = gpu->uploadInputs(program, inputs); !status)
      return status.error();
  } else {
    frame.parameters = parameters.pointers().data();
  }
  if (program.table->load)
    program.table->load(&frame);
  return gpu ? gpu->finishLoading() : Status(Done{});
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

/// The rank's pieces lie in the process's memory, whatever runs the steps.
Status Session::allocate() {
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
  return gpu ? allocateGpuFrame() : allocateProcessorFrame();
}

/// How ranks talk says where the arena is to lie.
Status Session::allocateGpuFrame() {
  auto opened = GpuCommunication::open(program, options, *transport, *gpu);
  if (!opened)
    return opened.error();
  communication = std::move(*opened);
  auto forArena = [this](size_t bytes) {
    return communication->allocate(bytes);
  };
  return gpu->allocate(program, *this, forArena, frame);
}

Status Session::allocateProcessorFrame() {
  const dtc_program &table = *program.table;
  auto arena = carve(static_cast<int64_t>(table.arena_bytes));
  if (!arena)
    return Error{"activations: " + arena.error().message};
  auto packed = carve(static_cast<int64_t>(table.packed_bytes));
  if (!packed)
    return Error{"packed weights: " + packed.error().message};
  frame.arena = static_cast<char *>(*arena);
  frame.packed = static_cast<char *>(*packed);
  primitives.assign(static_cast<size_t>(table.num_primitives), nullptr);
  frame.inputs = inputs.data();
  frame.outputs = outputs.data();
  frame.primitives = primitives.data();
  return Done{};
}

Status Session::createCollectives() {
  for (int32_t i = 0; i < program.table->num_collectives; ++i) {
    if (!communication) {
      collectives.push_back(
          {transport->createCollective(program.table->collectives[i]),
           &recorder, i});
      continue;
    }
    auto collective = communication->create(i);
    if (!collective)
      return collective.error();
    // The GPU takes the times.
    collectives.push_back({std::move(*collective), nullptr, i});
  }
  for (RankCollective &collective : collectives)
    handles.push_back(&collective);
  frame.collectives = handles.data();
  return Done{};
}

Status Session::repeat() {
  for (int64_t i = 0; i < options.warmup + options.repeat; ++i) {
    recorder.beginRepetition(i < options.warmup ? Recorder::Untimed
                                                : Recorder::Timed);
    if (auto status = runStep(); !status)
      return status.error();
  }
  return Done{};
}

Status Session::runStep() {
  if (!gpu) {
    program.table->step(&frame);
    recorder.endRepetition();
    return Done{};
  }
  if (auto status = gpu->step().run(*program.table, frame); !status)
    return status.error();
  bool isTimed = !options.stats.empty() || !options.trace.empty();
  auto times =
      gpu->step().times(isTimed ? GpuStep::Detail::All : GpuStep::Detail::Step);
  if (!times)
    return times.error();
  recorder.endRepetition(*times);
  communication->afterStep();
  return Done{};
}

Status Session::train() {
  for (size_t i = 0; i < program.outputs.size(); ++i)
    if (program.outputs[i].name == "loss" && !program.outputs[i].isPartial())
      lossOutput = static_cast<int64_t>(i);
  for (int64_t step = 0; step < options.steps; ++step) {
    if (step > 0)
      if (auto status = nextInputs(step); !status)
        return status.error();
    recorder.beginRepetition(Recorder::Timed);
    if (auto status = runStep(); !status)
      return status.error();
    if (auto status = keepLoss(); !status)
      return status.error();
    showProgress(step);
    if (options.checkpointEvery > 0 &&
        (step + 1) % options.checkpointEvery == 0)
      if (auto status = writeCheckpoint(step + 1); !status)
        return status.error();
  }
  return Done{};
}

Status Session::nextInputs(int64_t step) {
  if (auto status = inputArrays.read(step, inputs); !status)
    return status.error();
  return gpu ? gpu->uploadInputs(program, inputs) : Status(Done{});
}

Status Session::writeCheckpoint(int64_t steps) {
  if (gpu)
    if (auto status = gpu->downloadUpdated(program, parameters.pointers());
        !status)
      return status.error();
  return files.writeCheckpoint(parameters.pointers(), steps, *this);
}

Status Session::keepLoss() {
  if (lossOutput < 0 || program.rank != 0)
    return Done{};
  const BoundaryTensor &tensor = program.outputs[size_t(lossOutput)];
  if (gpu)
    if (auto status = gpu->downloadOutput(program, size_t(lossOutput),
                                          outputs[size_t(lossOutput)]);
        !status)
      return status.error();
  const char *value = static_cast<const char *>(outputs[size_t(lossOutput)]);
  losses.insert(losses.end(), value, value + tensor.globalBytes());
  return Done{};
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
  if (gpu) {
    if (auto status = gpu->download(program, outputs); !status)
      return status.error();
    if (auto status = gpu->downloadUpdated(program, parameters.pointers());
        !status)
      return status.error();
    communication->close();
  }
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

void Session::enterPhase(int32_t phase) {
  if (!gpu)
    return recorder.enterPhase(phase);
  gpu->endUnless(gpu->step().enterPhase(phase));
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
  if (!handle->recorder)
    return handle->collective->start(source, result);
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
  if (!handle->recorder)
    return handle->collective->wait();
  int64_t begin = dtc::runtime::nowNanoseconds();
  handle->collective->wait();
  handle->recorder->record(handle->index, dtc::runtime::Recorder::Wait, begin,
                           dtc::runtime::nowNanoseconds());
}
