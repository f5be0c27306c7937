//===- Engine.cpp - The process's oneDNN engine, and handles --------------===//
//
// The scratchpad, and the memory for copies of operands, are large reservations
// that cost memory only where a primitive writes; their addresses never change,
// so that argument lists can be built once.
//===----------------------------------------------------------------------===//

#include "Engine.h"
#include "dtc/runtime/ElementType.h"

namespace dtc::runtime {
namespace {

constexpr size_t kSharedScratch = size_t(256) << 20;
constexpr size_t kSharedCopies = size_t(1) << 30;

struct Engine {
  dnnl_engine_t engine = nullptr;
  dnnl_stream_t stream = nullptr;
  AlignedBuffer scratch = AlignedBuffer::allocate(kSharedScratch);
  AlignedBuffer copies = AlignedBuffer::allocate(kSharedCopies);

  Engine() {
    checkDnnl(dnnl_engine_create(&engine, dnnl_cpu, 0), "create an engine");
    checkDnnl(dnnl_stream_create(&stream, engine, dnnl_stream_in_order),
              "create a stream");
  }
  ~Engine() {
    dnnl_stream_destroy(stream);
    dnnl_engine_destroy(engine);
  }
};

Engine &theEngine() {
  static Engine engine;
  return engine;
}

} // namespace

void checkDnnl(dnnl_status_t status, const char *action) {
  if (status == dnnl_success)
    return;
  const char *why = status == dnnl_unimplemented ? "not implemented"
                    : status == dnnl_out_of_memory
                        ? "out of memory"
                        : "invalid arguments or a runtime error";
  throw PrimitiveError{std::string("oneDNN cannot ") + action + ": " + why +
                       " (status " + std::to_string(status) + ")"};
}

dnnl_engine_t cpuEngine() { return theEngine().engine; }
dnnl_stream_t cpuStream() { return theEngine().stream; }

void *scratchpad(size_t bytes, AlignedBuffer &own) {
  if (bytes <= kSharedScratch && theEngine().scratch.data())
    return theEngine().scratch.data();
  own = AlignedBuffer::allocate(bytes);
  if (!own.data())
    throw PrimitiveError{"no memory for a scratchpad of " +
                         std::to_string(bytes) + " bytes"};
  return own.data();
}

void *stagingMemory(size_t begin, size_t bytes, AlignedBuffer &own) {
  const AlignedBuffer &copies = theEngine().copies;
  if (copies.data() && begin <= kSharedCopies && bytes <= kSharedCopies - begin)
    return copies.data() + begin;
  own = AlignedBuffer::allocate(bytes);
  if (!own.data())
    throw PrimitiveError{"no memory for a copy of " + std::to_string(bytes) +
                         " bytes"};
  return own.data();
}

DnnlMemory makeMemory(const dnnl_memory_desc_t &desc, void *data) {
  dnnl_memory_t memory = nullptr;
  checkDnnl(dnnl_memory_create(&memory, &desc, cpuEngine(), data),
            "describe a buffer");
  return DnnlMemory(memory);
}

dnnl_memory_desc_t stridedDesc(const std::vector<int64_t> &shape,
                               const std::vector<int64_t> &strides,
                               dnnl_data_type_t type) {
  dnnl_memory_desc_t desc;
  checkDnnl(
      dnnl_memory_desc_init_by_strides(&desc, static_cast<int>(shape.size()),
                                       shape.data(), type, strides.data()),
      "describe an operand");
  return desc;
}

dnnl_data_type_t dnnlType(int32_t dtype, const char *what) {
  if (dtype == DTC_F32)
    return dnnl_f32;
  if (dtype == DTC_BF16)
    return dnnl_bf16;
  throw PrimitiveError{std::string("a ") + what + " of type " +
                       elementName(dtype) +
                       " has no CPU kernel: expected f32 or bf16"};
}

const dnnl_memory_desc_t &queryDesc(const_dnnl_primitive_desc_t desc,
                                    dnnl_query_t what, int index) {
  const dnnl_memory_desc_t *found =
      dnnl_primitive_desc_query_md(desc, what, index);
  if (!found)
    throw PrimitiveError{"oneDNN does not say how it lays out an operand"};
  return *found;
}

std::string implementationName(const_dnnl_primitive_desc_t desc) {
  const char *name = nullptr;
  dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &name);
  return name ? name : "";
}

void reorder(const dnnl_memory_desc_t &fromDesc, const void *from,
             const dnnl_memory_desc_t &toDesc, void *to) {
  dnnl_primitive_desc_t desc = nullptr;
  checkDnnl(dnnl_reorder_primitive_desc_create(&desc, &fromDesc, cpuEngine(),
                                               &toDesc, cpuEngine(), nullptr),
            "change a weight's layout");
  DnnlPrimitiveDesc owner(desc);
  dnnl_primitive_t primitive = nullptr;
  checkDnnl(dnnl_primitive_create(&primitive, desc), "create a reorder");
  DnnlPrimitive primitiveOwner(primitive);
  DnnlMemory source = makeMemory(fromDesc, const_cast<void *>(from));
  DnnlMemory result = makeMemory(toDesc, to);
  dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, source.get()},
                                 {DNNL_ARG_TO, result.get()}};
  checkDnnl(dnnl_primitive_execute(primitive, cpuStream(), 2, arguments),
            "reorder a weight");
  checkDnnl(dnnl_stream_wait(cpuStream()), "reorder a weight");
}

} // namespace dtc::runtime
