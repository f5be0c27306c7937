//===- Staging.cpp - Operands in a layout that a kernel can read ----------===//
//
// A staged operand is a reorder primitive with both of its memory objects.
//===----------------------------------------------------------------------===//

#include "Staging.h"

namespace dtc::runtime {

Operand::Operand(const dnnl_memory_desc_t &outside,
                 const dnnl_memory_desc_t &inside, Direction direction,
                 StagingSpace &space)
    : direction(direction) {
  if (dnnl_memory_desc_equal(&outside, &inside)) {
    kernelMemory = makeMemory(inside, DNNL_MEMORY_NONE);
    return;
  }
  constexpr size_t page = 4096;
  size_t bytes = dnnl_memory_desc_get_size(&inside);
  kernelMemory = makeMemory(inside, stagingMemory(space.used, bytes, buffer));
  space.used += (bytes + page - 1) / page * page;
  callerMemory = makeMemory(outside, DNNL_MEMORY_NONE);
  const auto &from = direction == Read ? outside : inside;
  const auto &to = direction == Read ? inside : outside;
  dnnl_primitive_desc_t desc = nullptr;
  checkDnnl(dnnl_reorder_primitive_desc_create(&desc, &from, cpuEngine(), &to,
                                               cpuEngine(), nullptr),
            "change an operand's layout");
  DnnlPrimitiveDesc owner(desc);
  dnnl_primitive_t primitive = nullptr;
  checkDnnl(dnnl_primitive_create(&primitive, desc), "create a reorder");
  copy = DnnlPrimitive(primitive);
}

dnnl_status_t Operand::bind(void *data) const {
  if (!isStaged())
    return dnnl_memory_set_data_handle_v2(kernelMemory.get(), data,
                                          cpuStream());
  dnnl_status_t status =
      dnnl_memory_set_data_handle_v2(callerMemory.get(), data, cpuStream());
  if (status != dnnl_success || direction == Written)
    return status;
  return runCopy();
}

dnnl_status_t Operand::finish() const {
  return isStaged() && direction == Written ? runCopy() : dnnl_success;
}

dnnl_status_t Operand::runCopy() const {
  bool reads = direction == Read;
  dnnl_exec_arg_t arguments[] = {
      {DNNL_ARG_FROM, reads ? callerMemory.get() : kernelMemory.get()},
      {DNNL_ARG_TO, reads ? kernelMemory.get() : callerMemory.get()}};
  return dnnl_primitive_execute(copy.get(), cpuStream(), 2, arguments);
}

} // namespace dtc::runtime
