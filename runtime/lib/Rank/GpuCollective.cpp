//===- GpuCollective.cpp - A collective on the communication stream -------===//

#include "GpuCollective.h"

namespace dtc::runtime {

using cuda::StreamKind;

Status GpuCollective::createEvents() {
  for (cuda::Handle *event : {&isReady, &isDone}) {
    auto created = gpu.gpu().createEvent();
    if (!created)
      return created.error();
    *event = *created;
  }
  return Done{};
}

Status GpuCollective::startTimed(const void *source, void *result) {
  cuda::Device &device = gpu.gpu();
  if (auto status = device.record(isReady, StreamKind::Compute); !status)
    return status.error();
  if (auto status = device.waitFor(isReady, StreamKind::Communication); !status)
    return status.error();
  if (auto status = gpu.step().beginCollective(index); !status)
    return status.error();
  if (auto status = put(source, result); !status)
    return status.error();
  if (auto status = gpu.step().endCollective(index); !status)
    return status.error();
  return device.record(isDone, StreamKind::Communication);
}

void GpuCollective::start(const void *source, void *result) {
  gpu.endUnless(startTimed(source, result));
}

void GpuCollective::wait() {
  gpu.endUnless(gpu.gpu().waitFor(isDone, StreamKind::Compute));
}

} // namespace dtc::runtime
