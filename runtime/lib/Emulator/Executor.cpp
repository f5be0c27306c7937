//===- Executor.cpp - PTX kernels on the processor ------------------------===//
//
// 1. Each thread runs until it waits or is done.
// 2. When all threads of a warp wait at the same shuffle or vote, values are
//    exchanged and they go on; when all threads of the block wait at a barrier,
//    or are done, they go on.
// 3. When nobody can go on, the kernel is wrong.
// 4. Blocks, and threads of a block, run in a mixed order: kernels that count
//    on one give wrong numbers.
//===----------------------------------------------------------------------===//

#include "Executor.h"
#include "Arithmetic.h"
#include "SharedMemory.h"
#include <cstring>
#include <numeric>

namespace dtc::ptx {
namespace {

constexpr uint32_t warpThreads = 32;

/// Thrown while a block runs, caught by execute().
struct ExecutionError {
  const Instruction *instruction;
  std::string message;
};

struct Thread {
  enum class State { Runs, AtExchange, AtWarpBarrier, AtBarrier, Done };
  State state = State::Runs;
  uint32_t number = 0, next = 0;
  std::vector<uint64_t> registers;
  std::vector<uint8_t> local;
  uint64_t carry = 0;
};

class Block {
public:
  Block(const Launch &launchOf, const DeviceMemory &memoryOf, uint32_t numberOf)
      : launch(launchOf), memory(memoryOf), number(numberOf),
        shared(launchOf.module->sharedBytes) {}

  void run();

private:
  const Instruction &waitsAt(const Thread &thread) const {
    return launch.kernel->code[thread.next - 1];
  }
  void runThread(Thread &thread);
  bool step(Thread &thread);
  bool releaseWarps();
  bool releaseBlock();
  void exchange(size_t first, size_t count);
  void shuffle(size_t first);
  void ballot(size_t first);
  uint64_t read(const Thread &thread, const Operand &operand) const;
  uint64_t readSpecial(const Thread &thread, int32_t which) const;
  void write(Thread &thread, const Operand &operand, uint64_t bits,
             uint64_t mask);
  uint8_t *locate(Thread &thread, const Instruction &i, const Operand &address,
                  uint64_t bytes);
  void load(Thread &thread, const Instruction &i);
  void store(Thread &thread, const Instruction &i);
  void compareExchange(Thread &thread, const Instruction &i);
  void move(Thread &thread, const Instruction &i);
  void computeInto(Thread &thread, const Instruction &i);
  uint8_t *stateSpace(Thread &thread, const Instruction &i, uint64_t address,
                      uint64_t bytes);

  const Launch &launch;
  const DeviceMemory &memory;
  uint32_t number;
  SharedMemory shared;
  std::vector<Thread> threads;
};

//===----------------------------------------------------------------------===//
// Scheduling
//===----------------------------------------------------------------------===//

void Block::run() {
  threads.resize(launch.threads);
  for (uint32_t i = 0; i < launch.threads; ++i) {
    threads[i].number = i;
    threads[i].registers.assign(launch.kernel->registers, 0);
    threads[i].local.resize(launch.kernel->localBytes);
  }
  while (true) {
    bool allDone = true;
    for (uint32_t i = 0; i < launch.threads; ++i) {
      // Odd blocks from behind.
      Thread &thread = threads[number % 2 ? launch.threads - 1 - i : i];
      if (thread.state == Thread::State::Runs)
        runThread(thread);
      allDone &= thread.state == Thread::State::Done;
    }
    if (allDone)
      return;
    bool released = releaseWarps();
    if (!released && !releaseBlock())
      for (Thread &thread : threads)
        if (thread.state != Thread::State::Done)
          throw ExecutionError{&waitsAt(thread),
                               "thread " + std::to_string(thread.number) +
                                   " waits for threads that never come"};
  }
}

/// True when some warp goes on.
bool Block::releaseWarps() {
  bool released = false;
  for (size_t first = 0; first < threads.size(); first += warpThreads) {
    size_t count = std::min<size_t>(warpThreads, threads.size() - first);
    Thread &leader = threads[first];
    bool together = leader.state == Thread::State::AtExchange ||
                    leader.state == Thread::State::AtWarpBarrier;
    for (size_t i = first; i < first + count; ++i)
      together &=
          threads[i].state == leader.state && threads[i].next == leader.next;
    if (!together)
      continue;
    if (leader.state == Thread::State::AtExchange)
      exchange(first, count);
    for (size_t i = first; i < first + count; ++i)
      threads[i].state = Thread::State::Runs;
    released = true;
  }
  return released;
}

bool Block::releaseBlock() {
  for (const Thread &thread : threads)
    if (thread.state != Thread::State::AtBarrier &&
        thread.state != Thread::State::Done)
      return false;
  for (Thread &thread : threads)
    if (thread.state == Thread::State::AtBarrier)
      thread.state = Thread::State::Runs;
  shared.passBarrier();
  return true;
}

void Block::runThread(Thread &thread) {
  while (step(thread)) {
  }
}

/// False when the thread waits or is done.
bool Block::step(Thread &thread) {
  const Instruction &i = launch.kernel->code[thread.next];
  ++thread.next;
  if (thread.next > launch.kernel->code.size())
    throw ExecutionError{&i, "the code has no end"};
  if (i.guard >= 0 &&
      (thread.registers[static_cast<size_t>(i.guard)] != 0) == i.guardNegated)
    return true;
  switch (i.op) {
  case Op::Branch:
    thread.next = i.target;
    return true;
  case Op::Return:
    thread.state = Thread::State::Done;
    return false;
  case Op::Barrier:
    thread.state = Thread::State::AtBarrier;
    return false;
  case Op::WarpBarrier:
    thread.state = Thread::State::AtWarpBarrier;
    return false;
  case Op::Shuffle:
  case Op::Ballot:
    thread.state = Thread::State::AtExchange;
    return false;
  case Op::Load:
    load(thread, i);
    return true;
  case Op::Store:
    store(thread, i);
    return true;
  case Op::CompareExchange:
    compareExchange(thread, i);
    return true;
  case Op::Move:
    move(thread, i);
    return true;
  default:
    computeInto(thread, i);
    return true;
  }
}

/// The last operand says who takes part.
void Block::exchange(size_t first, size_t count) {
  const Instruction &i = waitsAt(threads[first]);
  bool isShuffle = i.op == Op::Shuffle;
  if (i.operands.size() != (isShuffle ? 5 : 3) || count != warpThreads)
    throw ExecutionError{&i, "an exchange among " + std::to_string(count) +
                                 " threads, expected 32"};
  for (size_t lane = 0; lane < count; ++lane)
    if ((read(threads[first + lane], i.operands.back()) & 0xffffffff) !=
        0xffffffff)
      throw ExecutionError{&i,
                           "an exchange that not all threads are members of"};
  isShuffle ? shuffle(first) : ballot(first);
}

/// Operands: result, predicate, members.
void Block::ballot(size_t first) {
  const Instruction &i = waitsAt(threads[first]);
  uint64_t word = 0;
  for (size_t lane = 0; lane < warpThreads; ++lane)
    word |= (read(threads[first + lane], i.operands[1]) & 1) << lane;
  for (size_t lane = 0; lane < warpThreads; ++lane)
    write(threads[first + lane], i.operands[0], word, maskOf(4));
}

/// Operands: result, value, offset or lane, clamp and segments, members.
void Block::shuffle(size_t first) {
  const Instruction &i = waitsAt(threads[first]);
  uint64_t values[warpThreads], results[warpThreads];
  for (size_t lane = 0; lane < warpThreads; ++lane)
    values[lane] = read(threads[first + lane], i.operands[1]);
  for (int64_t lane = 0; lane < warpThreads; ++lane) {
    const Thread &thread = threads[first + static_cast<size_t>(lane)];
    int64_t by = static_cast<int64_t>(read(thread, i.operands[2]) & 31);
    int64_t control = static_cast<int64_t>(read(thread, i.operands[3]));
    int64_t clamp = control & 31, segment = (control >> 8) & 31;
    int64_t lowest = lane & segment, highest = lowest | (clamp & ~segment);
    int64_t from = lane;
    bool inside = true;
    switch (i.shuffle) {
    case ShuffleMode::Up:
      from = lane - by;
      inside = from >= highest;
      break;
    case ShuffleMode::Down:
      from = lane + by;
      inside = from <= highest;
      break;
    case ShuffleMode::Butterfly:
      from = lane ^ by;
      inside = from <= highest;
      break;
    case ShuffleMode::Index:
      from = lowest | (by & ~segment);
      inside = from <= highest;
      break;
    }
    results[lane] = values[inside ? from : lane];
  }
  for (size_t lane = 0; lane < warpThreads; ++lane) {
    const Operand &to = i.operands[0];
    if (to.form == Operand::Form::Vector)
      throw ExecutionError{&i, "a shuffle's predicate is not known"};
    write(threads[first + lane], to, results[lane], maskOf(4));
  }
}

//===----------------------------------------------------------------------===//
// Operands and memory
//===----------------------------------------------------------------------===//

uint64_t Block::readSpecial(const Thread &thread, int32_t which) const {
  switch (static_cast<SpecialRegister>(which)) {
  case SpecialRegister::Tid:
    return thread.number;
  case SpecialRegister::Ntid:
    return launch.threads;
  case SpecialRegister::Ctaid:
    return number;
  case SpecialRegister::Nctaid:
    return launch.blocks;
  case SpecialRegister::Lane:
    return thread.number % warpThreads;
  }
  return 0;
}

uint64_t Block::read(const Thread &thread, const Operand &operand) const {
  uint64_t value = operand.bits;
  if (operand.form == Operand::Form::Special)
    return readSpecial(thread, operand.reg);
  if (operand.reg >= 0)
    value += thread.registers[static_cast<size_t>(operand.reg)];
  if (operand.symbol >= 0) {
    const Variable &variable =
        launch.module->variables[static_cast<size_t>(operand.symbol)];
    value += variable.data ? reinterpret_cast<uint64_t>(variable.data)
                           : variable.offset;
    if (variable.space == Space::Local)
      value += reinterpret_cast<uint64_t>(thread.local.data());
  }
  return operand.negated ? value == 0 : value;
}

void Block::write(Thread &thread, const Operand &operand, uint64_t bits,
                  uint64_t mask) {
  if (operand.form == Operand::Form::Register && operand.reg >= 0)
    thread.registers[static_cast<size_t>(operand.reg)] = bits & mask;
}

/// Where `bytes` at `address` lie; null when they are in nobody's memory.
uint8_t *Block::stateSpace(Thread &thread, const Instruction &i,
                           uint64_t address, uint64_t bytes) {
  auto inside = [&](const uint8_t *base, uint64_t size, uint64_t at) {
    return at <= size && bytes <= size - at ? const_cast<uint8_t *>(base) + at
                                            : nullptr;
  };
  switch (i.space) {
  case Space::Param:
    return inside(launch.parameters.data(), launch.parameters.size(), address);
  case Space::Shared:
    return shared.at(address, bytes);
  case Space::Local:
    return inside(thread.local.data(), thread.local.size(),
                  address - reinterpret_cast<uint64_t>(thread.local.data()));
  case Space::Generic:
  case Space::Global:
  case Space::Const:
    break;
  }
  bool isThere = i.op == Op::Load ? memory.canLoad(address, bytes)
                                  : memory.contains(address, bytes);
  if (isThere)
    return reinterpret_cast<uint8_t *>(address);
  for (const Variable &variable : launch.module->variables)
    if (uint64_t base = reinterpret_cast<uint64_t>(variable.data);
        base && address >= base && address + bytes <= base + variable.bytes)
      return reinterpret_cast<uint8_t *>(address);
  if (i.space == Space::Generic)
    return inside(thread.local.data(), thread.local.size(),
                  address - reinterpret_cast<uint64_t>(thread.local.data()));
  return nullptr;
}

uint8_t *Block::locate(Thread &thread, const Instruction &i,
                       const Operand &operand, uint64_t bytes) {
  uint64_t address = read(thread, operand);
  if (uint8_t *place = stateSpace(thread, i, address, bytes)) {
    if (address % bytes != 0)
      throw ExecutionError{&i, "an access of " + std::to_string(bytes) +
                                   " bytes that is not aligned"};
    if (i.space == Space::Shared) {
      auto access = i.op == Op::Load ? SharedMemory::Access::Read
                                     : SharedMemory::Access::Write;
      std::string problem = shared.note(access, thread.number, address, bytes);
      if (!problem.empty())
        throw ExecutionError{&i, "block " + std::to_string(number) + ": " +
                                     problem};
    }
    return place;
  }
  throw ExecutionError{&i, "block " + std::to_string(number) + ", thread " +
                               std::to_string(thread.number) +
                               ": memory that nobody allocated"};
}

void Block::load(Thread &thread, const Instruction &i) {
  const Operand &to = i.operands[0];
  bool isVector = to.form == Operand::Form::Vector;
  uint64_t bytes = i.type.bytes * i.type.packed;
  size_t count = isVector ? to.parts.size() : 1;
  const uint8_t *from = locate(thread, i, i.operands[1], bytes * count);
  for (size_t n = 0; n < count; ++n) {
    uint64_t bits = 0;
    std::memcpy(&bits, from + n * bytes, bytes);
    // Signed loads fill wider registers with the sign.
    if (i.type.kind == Kind::Signed)
      bits = static_cast<uint64_t>(signedValue(i.type, bits));
    write(thread, isVector ? to.parts[n] : to, bits, ~uint64_t(0));
  }
}

void Block::store(Thread &thread, const Instruction &i) {
  const Operand &value = i.operands[1];
  bool isVector = value.form == Operand::Form::Vector;
  uint64_t bytes = i.type.bytes * i.type.packed;
  size_t count = isVector ? value.parts.size() : 1;
  uint8_t *to = locate(thread, i, i.operands[0], bytes * count);
  for (size_t n = 0; n < count; ++n) {
    uint64_t bits = read(thread, isVector ? value.parts[n] : value);
    std::memcpy(to + n * bytes, &bits, bytes);
  }
}

void Block::compareExchange(Thread &thread, const Instruction &i) {
  uint8_t *at = locate(thread, i, i.operands[1], i.type.bytes);
  uint64_t mask = maskOf(i.type.bytes), before = 0;
  std::memcpy(&before, at, i.type.bytes);
  if (before == (read(thread, i.operands[2]) & mask)) {
    uint64_t value = read(thread, i.operands[3]);
    std::memcpy(at, &value, i.type.bytes);
  }
  write(thread, i.operands[0], before, mask);
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// Registers, or parts that make one register, or one that falls into parts.
void Block::move(Thread &thread, const Instruction &i) {
  const Operand &to = i.operands[0], &from = i.operands[1];
  uint64_t whole = i.type.bytes * 8u * i.type.packed;
  if (from.form == Operand::Form::Vector) {
    uint64_t width = whole / from.parts.size(), bits = 0;
    for (size_t n = 0; n < from.parts.size(); ++n)
      bits |= (read(thread, from.parts[n]) & maskOf(width / 8)) << (n * width);
    return write(thread, to, bits, maskOf(whole / 8));
  }
  uint64_t bits = read(thread, from);
  if (to.form == Operand::Form::Vector) {
    uint64_t width = whole / to.parts.size();
    for (size_t n = 0; n < to.parts.size(); ++n)
      write(thread, to.parts[n], bits >> (n * width), maskOf(width / 8));
    return;
  }
  write(thread, to, bits, i.type.kind == Kind::Pred ? 1 : maskOf(whole / 8));
}

/// Bytes of what an instruction writes.
uint32_t resultBytes(const Instruction &i) {
  uint32_t bytes = i.type.bytes * i.type.packed;
  if (i.op == Op::MulWide || i.op == Op::MadWide)
    return bytes * 2;
  return i.op == Op::CountBits || i.op == Op::CountLeadingZeros ? 4 : bytes;
}

void Block::computeInto(Thread &thread, const Instruction &i) {
  if (i.operands.size() < 2 || i.operands.size() > 5)
    throw ExecutionError{&i, "an instruction with " +
                                 std::to_string(i.operands.size()) +
                                 " operands"};
  uint64_t in[4] = {}, out = 0;
  uint64_t mask = i.op == Op::Convert ? maskOf(i.source.bytes)
                                      : maskOf(i.type.bytes * i.type.packed);
  for (size_t n = 1; n < i.operands.size(); ++n) {
    uint64_t bits = read(thread, i.operands[n]);
    // Shift counts, predicates and sums of wide products have types of their
    // own.
    bool isOwn =
        (n == 2 && (i.op == Op::ShiftLeft || i.op == Op::ShiftRight)) || n > 2;
    in[n - 1] = isOwn ? bits : bits & mask;
  }
  if (i.op == Op::Mad || i.op == Op::Fma)
    in[2] &= mask;
  if (i.op == Op::ShiftLeft || i.op == Op::ShiftRight)
    in[1] &= 0xffffffff;
  bool isSum = i.setsCarry || i.takesCarry;
  bool known = i.op == Op::AddressOf || isSum;
  if (isSum)
    out = sumWithCarry(i, in, i.takesCarry ? thread.carry : 0);
  if (i.setsCarry)
    thread.carry = out >> 32;
  if (i.op == Op::AddressOf)
    out = in[0];
  if (!known)
    known = i.op == Op::Convert ? convert(i, in, out) : compute(i, in, out);
  if (!known)
    throw ExecutionError{&i, "an instruction that is not known"};
  // A signed result fills a wider register with its sign.
  if (i.op == Op::Convert && i.type.kind == Kind::Signed)
    return write(thread, i.operands[0],
                 static_cast<uint64_t>(signedValue(i.type, out)), maskOf(8));
  bool isPredicate =
      i.op == Op::Compare || i.op == Op::TestNan || i.type.kind == Kind::Pred;
  write(thread, i.operands[0], out, isPredicate ? 1 : maskOf(resultBytes(i)));
}

/// What the number of a block grows by, so that all have their turn and
/// neighbours do not follow each other.
uint64_t mixingStep(uint64_t blocks) {
  uint64_t step = blocks * 5 / 8 + 1;
  while (std::gcd(step, blocks) != 1)
    ++step;
  return step;
}

} // namespace

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

void *DeviceMemory::allocate(uint64_t bytes) {
  // As far apart as drivers give it out.
  constexpr uint64_t alignment = 256;
  auto memory = std::make_unique<uint8_t[]>(bytes + alignment);
  uint64_t begin = reinterpret_cast<uint64_t>(memory.get());
  begin = (begin + alignment - 1) / alignment * alignment;
  auto *pointer = reinterpret_cast<void *>(begin);
  ends[begin] = begin + bytes;
  owned[pointer] = std::move(memory);
  return pointer;
}

bool DeviceMemory::release(void *pointer) {
  ends.erase(reinterpret_cast<uint64_t>(pointer));
  return owned.erase(pointer) != 0;
}

void DeviceMemory::admit(const void *pointer, uint64_t bytes) {
  uint64_t begin = reinterpret_cast<uint64_t>(pointer);
  ends[begin] = begin + bytes;
}

void DeviceMemory::forget(const void *pointer) {
  ends.erase(reinterpret_cast<uint64_t>(pointer));
}

bool DeviceMemory::contains(uint64_t address, uint64_t bytes) const {
  auto after = ends.upper_bound(address);
  if (after == ends.begin())
    return false;
  return address + bytes <= std::prev(after)->second;
}

bool DeviceMemory::canLoad(uint64_t address, uint64_t bytes) const {
  // An aligned access reaches into the allocation, or does not.
  return address % bytes == 0 ? contains(address, 1) : contains(address, bytes);
}

runtime::Status execute(const Launch &launch, const DeviceMemory &memory) {
  const Kernel &kernel = *launch.kernel;
  if (kernel.requiredThreads != 0 && kernel.requiredThreads != launch.threads)
    return Error{"'" + kernel.name + "' wants " +
                 std::to_string(kernel.requiredThreads) +
                 " threads a block, got " + std::to_string(launch.threads)};
  if (launch.parameters.size() < kernel.parameterBytes)
    return Error{"'" + kernel.name + "' wants " +
                 std::to_string(kernel.parameterBytes) +
                 " bytes of parameters, got " +
                 std::to_string(launch.parameters.size())};
  try {
    uint64_t step = mixingStep(launch.blocks);
    for (uint64_t i = 0; i < launch.blocks; ++i)
      Block(launch, memory, static_cast<uint32_t>(i * step % launch.blocks))
          .run();
  } catch (const ExecutionError &error) {
    size_t line = static_cast<size_t>(error.instruction->line);
    return Error{"'" + kernel.name + "', line " + std::to_string(line) + ", '" +
                 launch.module->lines[line - 1] + "': " + error.message};
  }
  return runtime::Done{};
}

} // namespace dtc::ptx
