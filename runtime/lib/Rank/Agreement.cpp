//===- Agreement.cpp - What ranks agree on, outside of a step -------------===//

#include "Agreement.h"

namespace dtc::runtime {

int64_t leastAlong(Transport &transport, size_t axis, int64_t value) {
  dtc_collective desc = {};
  desc.kind = DTC_ALL_REDUCE;
  desc.reduce = DTC_MIN;
  desc.dtype = DTC_I64;
  desc.axis = static_cast<int32_t>(axis);
  desc.outer = desc.inner = desc.extent = 1;
  int64_t least = value;
  auto minimum = transport.createCollective(desc);
  minimum->start(&value, &least);
  minimum->wait();
  return least;
}

/// Where the least value is the largest one, all are the same.
bool isSameAlong(Transport &transport, size_t axis, int64_t value) {
  int64_t least = leastAlong(transport, axis, value);
  int64_t largest = ~leastAlong(transport, axis, ~value);
  return least == largest;
}

/// A minimum along each axis in turn is that of all ranks.
int64_t leastOfAll(const RankProgram &program, Transport &transport,
                   int64_t value) {
  for (size_t axis = 0; axis < program.meshSizes.size(); ++axis)
    if (program.meshSizes[axis] > 1)
      value = leastAlong(transport, axis, value);
  return value;
}

} // namespace dtc::runtime
