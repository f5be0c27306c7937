//===- OrderKernels.cpp - Orders along a dimension on a GPU ---------------===//
//
// What is equal keeps its order, as in a stable sort: elements are compared by
// value, then by place, so that no two are equal.
//
// 1. Short lines: a thread an element, which counts the elements before it.
// 2. Others: a block sorts a chunk of a line in shared memory, by a bitonic
//    network. A line of one chunk is done; of more chunks, each element counts
//    those before it in every chunk, by binary search.
//
//===----------------------------------------------------------------------===//

#include "RoutineKernels.h"

#include "RoutineCode.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cuda;

/// Lines up to this long are counted.
static constexpr int64_t kShortLine = 128;

namespace {

class OrderEmitter : RoutineCode {
public:
  OrderEmitter(OpBuilder &builder, Location location, const dtc_sort &sort)
      : RoutineCode(builder, location), sort(sort),
        element(builder, sort.dtype),
        place(builder, static_cast<int32_t>(DType::I64)),
        shortPlace(builder, static_cast<int32_t>(DType::I32)) {}

  SmallVector<LaunchedKernel> emit(llvm::function_ref<std::string()> newName);

private:
  /// The arguments, in this order. Scratch has sorted chunks: places of all
  /// lines, then values.
  enum { Input, Scratch, Values, Indices, kArguments };
  /// An element and where it is in its line.
  struct Entry {
    Value value, at;
  };
  /// Shared memory of a block.
  struct Chunk {
    Value values, places;
  };

  int64_t lines() const { return sort.outer * sort.inner; }
  int64_t elements() const { return lines() * sort.extent; }
  int64_t chunk() const {
    return std::min(kMostSortedByBlock,
                    int64_t(llvm::PowerOf2Ceil(sort.extent)));
  }
  int64_t chunks() const { return llvm::divideCeil(sort.extent, chunk()); }

  LaunchedKernel emitCounting(StringRef name);
  LaunchedKernel emitChunks(StringRef name);
  LaunchedKernel emitRanks(StringRef name);
  void count(Value item);
  void fillChunk(const Chunk &memory, Value line, Value first, Value thread);
  void sortChunk(const Chunk &memory, Value thread);
  void exchange(const Chunk &memory, Value thread, Value size, Value distance);
  void storeChunk(const Chunk &memory, Value line, Value first, Value thread);
  void rank(Value item);
  Value countBefore(const Entry &own, Value line, Value first);

  Value sourceOf(Value line, Value at) const;
  void storeResult(Value line, Value rank, const Entry &entry);
  Entry loadSorted(Value line, Value at) const;
  Entry loadShared(const Chunk &memory, Value at) const;
  void storeShared(const Chunk &memory, Value at, const Entry &entry);
  Value valuesOfScratch(Value at) const;
  Value isLess(Value a, Value b) const;
  Value isBefore(const Entry &a, const Entry &b) const;

  const dtc_sort &sort;
  RoutineElement element, place, shortPlace;
};

} // namespace

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

/// A NaN is larger than every number.
Value OrderEmitter::isLess(Value a, Value b) const {
  using Real = arith::CmpFPredicate;
  if (!isa<FloatType>(a.getType()))
    return compare(element.isUnsigned() ? arith::CmpIPredicate::ult
                                        : arith::CmpIPredicate::slt,
                   a, b);
  auto test = [&](Real predicate, Value x, Value y) -> Value {
    return arith::CmpFOp::create(builder, location, predicate, x, y);
  };
  Value onlyB = both(test(Real::ORD, a, a), test(Real::UNO, b, b));
  return either(test(Real::OLT, a, b), onlyB);
}

/// What stands at the line's end or behind comes after all that is in it.
Value OrderEmitter::isBefore(const Entry &a, const Entry &b) const {
  Value less = isLess(a.value, b.value), more = isLess(b.value, a.value);
  Value areThere = both(isBelow(a.at, number(sort.extent)),
                        isBelow(b.at, number(sort.extent)));
  return select(both(areThere, either(less, more)),
                sort.descending ? more : less, isBelow(a.at, b.at));
}

/// Lines are numbered along `outer`, then `inner`.
Value OrderEmitter::sourceOf(Value line, Value at) const {
  Value inner = splitOff(line, sort.inner);
  return add(mul(line, sort.extent * sort.inner),
             add(mul(at, sort.inner), inner));
}

void OrderEmitter::storeResult(Value line, Value rank, const Entry &entry) {
  onlyIf(isBelow(rank, number(sort.count)), [&] {
    Value inner = splitOff(line, sort.inner);
    Value to = add(mul(line, sort.count * sort.inner),
                   add(mul(rank, sort.inner), inner));
    store(arguments[Values], element, to, entry.value);
    store(arguments[Indices], place, to, entry.at);
  });
}

/// The number of a value in the scratch memory.
Value OrderEmitter::valuesOfScratch(Value at) const {
  int64_t places = lines() * sort.extent * getElementBytes(place.type);
  return add(at, number(places / getElementBytes(element.type)));
}

OrderEmitter::Entry OrderEmitter::loadSorted(Value line, Value at) const {
  Value from = add(mul(line, sort.extent), at);
  return {load(arguments[Scratch], element, valuesOfScratch(from)),
          load(arguments[Scratch], place, from)};
}

OrderEmitter::Entry OrderEmitter::loadShared(const Chunk &memory,
                                             Value at) const {
  return {load(memory.values, element, at),
          wide(load(memory.places, shortPlace, at))};
}

void OrderEmitter::storeShared(const Chunk &memory, Value at,
                               const Entry &entry) {
  store(memory.values, element, at, entry.value);
  store(memory.places, shortPlace, at,
        arith::TruncIOp::create(builder, location, shortPlace.type, entry.at));
}

//===----------------------------------------------------------------------===//
// Short lines
//===----------------------------------------------------------------------===//

void OrderEmitter::count(Value item) {
  Value at = splitOff(item, sort.extent);
  Entry own{load(arguments[Input], element, sourceOf(item, at)), at};
  Value rank =
      loop(sort.extent, number(0),
           [&](Value other, ValueRange before) -> SmallVector<Value> {
             Entry seen{load(arguments[Input], element, sourceOf(item, other)),
                        other};
             return {add(before[0], arith::ExtUIOp::create(
                                        builder, location, builder.getI64Type(),
                                        isBefore(seen, own)))};
           })[0];
  storeResult(item, rank, own);
}

LaunchedKernel OrderEmitter::emitCounting(StringRef name) {
  return emitForItems(name, kArguments, elements(),
                      "order of " + Twine(elements()) +
                          " elements, each counts those before it",
                      [&](Value item) { count(item); });
}

//===----------------------------------------------------------------------===//
// Chunks
//===----------------------------------------------------------------------===//

/// A thread brings two elements. Behind the line's end stands its last value.
void OrderEmitter::fillChunk(const Chunk &memory, Value line, Value first,
                             Value thread) {
  Value last = number(sort.extent - 1);
  for (int64_t half = 0; half < 2; ++half) {
    Value to = add(thread, number(half * chunk() / 2));
    Value at = add(first, to);
    Value from = sourceOf(line, select(isBelow(at, last), at, last));
    storeShared(memory, to, {load(arguments[Input], element, from), at});
  }
}

/// A thread brings one pair of elements into order: up where the bit `size` of
/// their number is not set, else down.
void OrderEmitter::exchange(const Chunk &memory, Value thread, Value size,
                            Value distance) {
  Value one = number(1), zero = number(0);
  Value low =
      both(thread, arith::SubIOp::create(builder, location, distance, one));
  Value high = arith::SubIOp::create(builder, location, thread, low);
  Value a = add(mul(high, 2), low), b = add(a, distance);
  Entry atA = loadShared(memory, a), atB = loadShared(memory, b);
  Value isUp = compare(arith::CmpIPredicate::eq, both(a, size), zero);
  Value swaps = compare(arith::CmpIPredicate::eq, isBefore(atB, atA), isUp);
  auto chosen = [&](const Entry &x, const Entry &y) -> Entry {
    return {select(swaps, x.value, y.value), select(swaps, x.at, y.at)};
  };
  storeShared(memory, a, chosen(atB, atA));
  storeShared(memory, b, chosen(atA, atB));
}

void OrderEmitter::sortChunk(const Chunk &memory, Value thread) {
  Value one = number(1);
  loopWhile(
      {number(2)},
      [&](ValueRange sizes) {
        return compare(arith::CmpIPredicate::ule, sizes[0], number(chunk()));
      },
      [&](ValueRange sizes) -> SmallVector<Value> {
        loopWhile(
            {arith::ShRUIOp::create(builder, location, sizes[0], one)
                 .getResult()},
            [&](ValueRange distances) {
              return compare(arith::CmpIPredicate::ne, distances[0], number(0));
            },
            [&](ValueRange distances) -> SmallVector<Value> {
              warp.barrier();
              exchange(memory, thread, sizes[0], distances[0]);
              return {
                  arith::ShRUIOp::create(builder, location, distances[0], one)};
            });
        return {mul(sizes[0], 2)};
      });
  warp.barrier();
}

/// To the results, or, where there are more chunks, to the scratch memory.
void OrderEmitter::storeChunk(const Chunk &memory, Value line, Value first,
                              Value thread) {
  for (int64_t half = 0; half < 2; ++half) {
    Value at = add(thread, number(half * chunk() / 2));
    Entry entry = loadShared(memory, at);
    if (chunks() == 1) {
      storeResult(line, at, entry);
      continue;
    }
    // Of a chunk, more than are wanted of the line are never read.
    Value isWanted = both(isBelow(add(first, at), number(sort.extent)),
                          isBelow(at, number(sort.count)));
    onlyIf(isWanted, [&] {
      Value to = add(mul(line, sort.extent), add(first, at));
      store(arguments[Scratch], place, to, entry.at);
      store(arguments[Scratch], element, valuesOfScratch(to), entry.value);
    });
  }
}

LaunchedKernel OrderEmitter::emitChunks(StringRef name) {
  emitFunction(name, kArguments, [&](Value block, Value thread) {
    Chunk memory{
        warp.sharedMemory((name + "_values").str(), element.type, chunk()),
        warp.sharedMemory((name + "_places").str(), shortPlace.type, chunk())};
    Value first = mul(splitOff(block, chunks()), chunk());
    fillChunk(memory, block, first, thread);
    sortChunk(memory, thread);
    storeChunk(memory, block, first, thread);
  });
  return {
      lines() * chunks(), chunk() / 2, kArguments,
      ("order of " + Twine(lines()) + " lines in chunks of " + Twine(chunk()))
          .str()};
}

//===----------------------------------------------------------------------===//
// Ranks
//===----------------------------------------------------------------------===//

/// How many elements of the chunk that begins at `first` come before `own`; not
/// more are counted than are wanted of the line.
Value OrderEmitter::countBefore(const Entry &own, Value line, Value first) {
  int64_t most = std::min(chunk(), sort.count);
  Value rest =
      arith::SubIOp::create(builder, location, number(sort.extent), first);
  Value length = select(isBelow(rest, number(most)), rest, number(most));
  return loopWhile(
      {number(int64_t(llvm::bit_floor(uint64_t(most)))), number(0)},
      [&](ValueRange now) {
        return compare(arith::CmpIPredicate::ne, now[0], number(0));
      },
      [&](ValueRange now) -> SmallVector<Value> {
        Value next = add(now[1], now[0]);
        Value isInside = compare(arith::CmpIPredicate::ule, next, length);
        Value no = arith::ConstantIntOp::create(builder, location, 0, 1);
        Value counts = ifElse(isInside, no, [&]() -> SmallVector<Value> {
          Value last = arith::SubIOp::create(builder, location,
                                             add(first, next), number(1));
          return {isBefore(loadSorted(line, last), own)};
        })[0];
        return {arith::ShRUIOp::create(builder, location, now[0], number(1)),
                select(counts, next, now[1])};
      })[1];
}

void OrderEmitter::rank(Value item) {
  Value at = splitOff(item, sort.extent);
  Value inChunk =
      arith::RemUIOp::create(builder, location, at, number(chunk()));
  onlyIf(isBelow(inChunk, number(sort.count)), [&] {
    Entry own = loadSorted(item, at);
    Value before = loop(
        chunks(), number(0),
        [&](Value number, ValueRange before) -> SmallVector<Value> {
          return {add(before[0], countBefore(own, item, mul(number, chunk())))};
        })[0];
    storeResult(item, before, own);
  });
}

LaunchedKernel OrderEmitter::emitRanks(StringRef name) {
  return emitForItems(name, kArguments, elements(),
                      "ranks of " + Twine(elements()) + " elements in " +
                          Twine(chunks()) + " sorted chunks a line",
                      [&](Value item) { rank(item); });
}

SmallVector<LaunchedKernel>
OrderEmitter::emit(llvm::function_ref<std::string()> newName) {
  if (sort.extent <= kShortLine)
    return {emitCounting(newName())};
  SmallVector<LaunchedKernel> kernels{emitChunks(newName())};
  if (chunks() > 1)
    kernels.push_back(emitRanks(newName()));
  return kernels;
}

SmallVector<LaunchedKernel>
dtc::cuda::emitOrder(OpBuilder &builder, Location location,
                     llvm::function_ref<std::string()> newName,
                     const dtc_sort &sort) {
  return OrderEmitter(builder, location, sort).emit(newName);
}
