//===- UpdateKernels.cpp - Updates by index on a GPU ----------------------===//
//
// Loops whose stride is not 0 write different places, and so do a row's
// elements. The other loops, which follow the indices, may meet: updates of one
// place are applied in their order, so that every run gives the same bits,
// those of processors.
//
// 1. Threads: a thread owns an element of all rows that one of the indices may
//    choose, and runs through the indices. For few indices, or many threads.
// 2. Blocks: a block owns an index. It looks through all indices, 32 a warp at
//    once, for those that choose the same row. If one comes before its own the
//    row is another block's; else the block joins the updates of all, in order,
//    in registers. The time grows with the square of the number of indices, in
//    steps of a block's threads.
//
//===----------------------------------------------------------------------===//

#include "RoutineKernels.h"

#include "RoutineCode.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cuda;
using cpu::Combine;

static constexpr int64_t kWarp = 32;
static constexpr int64_t kThreads = 256;
/// Elements of a row that a thread of an owning block holds.
static constexpr int64_t kMostColumns = 8;
/// Fewer indices than this are run through by each thread.
static constexpr int64_t kFewIndices = 32;
/// Threads that keep a GPU busy.
static constexpr int64_t kManyThreads = int64_t(1) << 18;
/// Blocks that may look through all indices in the time that one of
/// kManyThreads threads takes to run through them: about 1 us an index of the
/// thread, 300 instructions of a block for 256 indices, 10^12 instructions of
/// a warp in a second.
static constexpr int64_t kManyBlocks = int64_t(1) << 19;

namespace {

class UpdateEmitter : RoutineCode {
public:
  UpdateEmitter(OpBuilder &builder, Location location,
                const cpu::Routine &routine)
      : RoutineCode(builder, location), routine(routine),
        element(builder, routine.scatter.dtype),
        index(builder, routine.scatter.index_dtype) {
    for (auto [stride, extent] : llvm::zip(routine.strides, routine.extents))
      (stride != 0 ? apart : inOrder) *= extent;
  }

  LaunchedKernel emit(StringRef name);

private:
  /// The arguments, in this order.
  enum { Indices, Updates, Result, kArguments };
  enum class Outside { Reported, Skipped };
  /// The first element of the row that a tuple of indices chooses, and whether
  /// it is there.
  struct Target {
    Value place, isInside;
  };
  /// What a block owns: the tuple, as the number of its loops that write apart
  /// and that of those that may meet, and its row.
  struct Owned {
    Value apartTuple, step, apartPlace;
    Target target;
    /// Of the row, this thread's; one behind its end is its last, and nothing
    /// is written there.
    SmallVector<Value> columns, isThere;
  };

  bool ownsByBlocks() const;
  int64_t blockThreads() const;
  int64_t threadColumns() const;
  int64_t columnGroups() const {
    return llvm::divideCeil(routine.scatter.row,
                            blockThreads() * threadColumns());
  }
  int64_t ownedBlocks() const { return apart * inOrder * columnGroups(); }

  LaunchedKernel emitThreads(StringRef name);
  void updateInOrder(Value item);
  LaunchedKernel emitBlocks(StringRef name);
  Owned ownedBy(Value item, Value thread);
  void updateOwned(const Owned &owned, Value thread, Value masks);
  SmallVector<Value> takeTurn(const Owned &owned, Value thread, Value masks,
                              ValueRange now);
  Value sameRow(const Owned &owned, Value step);
  SmallVector<Value> joinMarked(const Owned &owned, Value first, Value mask,
                                ValueRange state);

  void splitApart(Value &item, Value &tuple, Value &place) const;
  Value tupleOf(Value apartTuple, Value step) const;
  Target targetOf(Value tuple, Value place, Outside outside);
  Value join(Value before, Value update) const;

  const cpu::Routine &routine;
  RoutineElement element, index;
  /// Iterations of the loops that write apart, and of those that may meet.
  int64_t apart = 1, inOrder = 1;
};

} // namespace

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

/// Takes the loops that write apart off `item`.
void UpdateEmitter::splitApart(Value &item, Value &tuple, Value &place) const {
  int64_t perStep = 1;
  for (size_t loop = routine.extents.size(); loop-- > 0;) {
    int64_t extent = routine.extents[loop];
    if (int64_t stride = routine.strides[loop]; stride != 0) {
      Value at = splitOff(item, extent);
      tuple = add(tuple, mul(at, perStep));
      place = add(place, mul(at, stride));
    }
    perStep *= extent;
  }
}

/// The tuple of a number of the loops that may meet.
Value UpdateEmitter::tupleOf(Value apartTuple, Value step) const {
  Value tuple = apartTuple;
  int64_t perStep = 1;
  for (size_t loop = routine.extents.size(); loop-- > 0;) {
    int64_t extent = routine.extents[loop];
    if (routine.strides[loop] == 0)
      tuple = add(tuple, mul(splitOff(step, extent), perStep));
    perStep *= extent;
  }
  return tuple;
}

UpdateEmitter::Target UpdateEmitter::targetOf(Value tuple, Value place,
                                              Outside outside) {
  Type i64 = builder.getI64Type();
  int64_t depth = routine.indexExtents.size();
  Value inside = arith::ConstantIntOp::create(builder, location, 1, 1);
  for (int64_t i = 0; i < depth; ++i) {
    Value row =
        load(arguments[Indices], index, add(mul(tuple, depth), number(i)));
    if (row.getType() != i64)
      row =
          index.isUnsigned()
              ? arith::ExtUIOp::create(builder, location, i64, row).getResult()
              : arith::ExtSIOp::create(builder, location, i64, row);
    Value extent = number(routine.indexExtents[i]);
    Value isNegative = compare(arith::CmpIPredicate::slt, row, number(0));
    Value wrapped = select(isNegative, add(row, extent), row);
    if (outside == Outside::Reported)
      onlyIf(compare(arith::CmpIPredicate::uge, wrapped, extent), [&] {
        func::CallOp::create(builder, location, "dtc_index_out_of_range",
                             TypeRange{}, ValueRange{row, extent});
      });
    inside = both(inside, isBelow(wrapped, extent));
    place = add(place, mul(wrapped, routine.indexStrides[i]));
  }
  return {place, inside};
}

Value UpdateEmitter::join(Value before, Value update) const {
  bool isBool = element.dtype == DType::Bool;
  auto joined = [&](Combine combine) {
    return emitCombine(builder, location, combine, before, update);
  };
  switch (routine.scatter.combine) {
  case DTC_OVERWRITE:
    return update;
  case DTC_PRODUCT:
    return joined(isBool ? Combine::MinUnsigned : Combine::Product);
  case DTC_MAX:
    return joined(element.isUnsigned() ? Combine::MaxUnsigned : Combine::Max);
  case DTC_MIN:
    return joined(element.isUnsigned() ? Combine::MinUnsigned : Combine::Min);
  default:
    return joined(isBool ? Combine::MaxUnsigned : Combine::Sum);
  }
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

void UpdateEmitter::updateInOrder(Value item) {
  Value column = splitOff(item, routine.scatter.row);
  Value apartTuple = number(0), apartPlace = column;
  splitApart(item, apartTuple, apartPlace);
  loop(inOrder, {}, [&](Value step, ValueRange) -> SmallVector<Value> {
    Value tuple = tupleOf(apartTuple, step);
    Target target = targetOf(tuple, apartPlace, Outside::Reported);
    onlyIf(target.isInside, [&] {
      Value update = load(arguments[Updates], element,
                          add(mul(tuple, routine.scatter.row), column));
      if (routine.scatter.combine != DTC_OVERWRITE)
        update = join(load(arguments[Result], element, target.place), update);
      store(arguments[Result], element, target.place, update);
    });
    return {};
  });
}

LaunchedKernel UpdateEmitter::emitThreads(StringRef name) {
  int64_t items = apart * routine.scatter.row;
  return emitForItems(name, kArguments, items,
                      "updates by " + Twine(items) + " threads, each in order",
                      [&](Value item) { updateInOrder(item); });
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

int64_t UpdateEmitter::blockThreads() const {
  int64_t useful = std::max(inOrder, routine.scatter.row);
  return std::min(kThreads, int64_t(llvm::alignTo(useful, kWarp)));
}

int64_t UpdateEmitter::threadColumns() const {
  int64_t needed = llvm::divideCeil(routine.scatter.row, blockThreads());
  return std::min(needed, kMostColumns);
}

bool UpdateEmitter::ownsByBlocks() const {
  if (inOrder < kFewIndices || routine.scatter.row == 0 || apart == 0)
    return false;
  int64_t waves = 1 + apart * routine.scatter.row / kManyThreads;
  return ownedBlocks() <= kManyBlocks * waves;
}

/// True when the tuple of `step` chooses the owned row.
Value UpdateEmitter::sameRow(const Owned &owned, Value step) {
  Value no = arith::ConstantIntOp::create(builder, location, 0, 1);
  return ifElse(
      isBelow(step, number(inOrder)), no, [&]() -> SmallVector<Value> {
        Target target = targetOf(tupleOf(owned.apartTuple, step),
                                 owned.apartPlace, Outside::Skipped);
        Value isSame =
            compare(arith::CmpIPredicate::eq, target.place, owned.target.place);
        return {both(target.isInside, isSame)};
      })[0];
}

/// Joins the updates of the steps `first` and the bits of `mask` into the
/// state: whether one comes before the owned step, and what the columns have
/// so far.
SmallVector<Value> UpdateEmitter::joinMarked(const Owned &owned, Value first,
                                             Value mask, ValueRange state) {
  Type word = builder.getI32Type();
  Value zero = arith::ConstantIntOp::create(builder, location, 0, 32);
  Value one = arith::ConstantIntOp::create(builder, location, 1, 32);
  Value yes = arith::ConstantIntOp::create(builder, location, 1, 1);
  SmallVector<Value> start{mask};
  llvm::append_range(start, state);
  SmallVector<Value> result = loopWhile(
      start,
      [&](ValueRange now) {
        Value isLeft = compare(arith::CmpIPredicate::ne, now[0], zero);
        Value isOwner = arith::XOrIOp::create(builder, location, now[1], yes);
        return both(isLeft, isOwner);
      },
      [&](ValueRange now) {
        Value bit = LLVM::CountTrailingZerosOp::create(builder, location, word,
                                                       now[0], true);
        Value step = add(first, wide(bit));
        Value rest =
            both(now[0], arith::SubIOp::create(builder, location, now[0], one));
        SmallVector<Value> next{rest, isBelow(step, owned.step)};
        Value from = mul(tupleOf(owned.apartTuple, step), routine.scatter.row);
        for (auto [column, before] :
             llvm::zip(owned.columns, now.drop_front(2)))
          next.push_back(join(
              before, load(arguments[Updates], element, add(from, column))));
        return next;
      });
  return llvm::to_vector(llvm::drop_begin(result));
}

UpdateEmitter::Owned UpdateEmitter::ownedBy(Value item, Value thread) {
  int64_t threads = blockThreads();
  Owned owned;
  Value group = splitOff(item, columnGroups());
  owned.apartTuple = number(0);
  owned.apartPlace = number(0);
  splitApart(item, owned.apartTuple, owned.apartPlace);
  owned.step = item;
  Value last = number(routine.scatter.row - 1);
  for (int64_t i = 0; i < threadColumns(); ++i) {
    Value column =
        add(add(mul(group, threads * threadColumns()), number(i * threads)),
            thread);
    owned.isThere.push_back(compare(arith::CmpIPredicate::ule, column, last));
    owned.columns.push_back(select(owned.isThere.back(), column, last));
  }
  owned.target = targetOf(tupleOf(owned.apartTuple, owned.step),
                          owned.apartPlace, Outside::Reported);
  return owned;
}

/// A turn: the block looks at one step a thread, from `now`'s first, and joins
/// those of the owned row. `masks` is shared memory: two rows of a word a warp,
/// which turns use by turns, so that a barrier each is enough.
SmallVector<Value> UpdateEmitter::takeTurn(const Owned &owned, Value thread,
                                           Value masks, ValueRange now) {
  int64_t threads = blockThreads(), warps = threads / kWarp;
  RoutineElement word(builder, static_cast<int32_t>(DType::I32));
  Value mask = warp.ballot(sameRow(owned, add(now[0], thread)));
  Value turn =
      arith::DivUIOp::create(builder, location, now[0], number(threads));
  Value row =
      mul(arith::RemUIOp::create(builder, location, turn, number(2)), warps);
  Value ownWarp =
      arith::DivUIOp::create(builder, location, thread, number(kWarp));
  Value lane = arith::RemUIOp::create(builder, location, thread, number(kWarp));
  onlyIf(compare(arith::CmpIPredicate::eq, lane, number(0)),
         [&] { store(masks, word, add(row, ownWarp), mask); });
  warp.barrier();
  SmallVector<Value> next =
      loop(warps, now.drop_front(), [&](Value at, ValueRange state) {
        return joinMarked(owned, add(now[0], mul(at, kWarp)),
                          load(masks, word, add(row, at)), state);
      });
  next.insert(next.begin(), add(now[0], number(threads)));
  return next;
}

void UpdateEmitter::updateOwned(const Owned &owned, Value thread, Value masks) {
  Value no = arith::ConstantIntOp::create(builder, location, 0, 1);
  // The first step of a turn, whether one comes before the owned one, and what
  // the columns have so far.
  SmallVector<Value> state{number(0), no};
  for (Value column : owned.columns)
    state.push_back(
        load(arguments[Result], element, add(owned.target.place, column)));
  auto isOwner = [&](ValueRange now) {
    return compare(arith::CmpIPredicate::eq, now[1], no);
  };
  state = loopWhile(
      state,
      [&](ValueRange now) {
        return both(isBelow(now[0], number(inOrder)), isOwner(now));
      },
      [&](ValueRange now) { return takeTurn(owned, thread, masks, now); });
  for (auto [column, isThere, value] :
       llvm::zip(owned.columns, owned.isThere, llvm::drop_begin(state, 2)))
    onlyIf(both(isOwner(state), isThere), [&, column = column, value = value] {
      store(arguments[Result], element, add(owned.target.place, column), value);
    });
}

LaunchedKernel UpdateEmitter::emitBlocks(StringRef name) {
  int64_t warps = blockThreads() / kWarp;
  emitFunction(name, kArguments, [&](Value block, Value thread) {
    Value masks = warp.sharedMemory((name + "_masks").str(),
                                    builder.getI32Type(), 2 * warps);
    Owned owned = ownedBy(block, thread);
    // All threads of the block have one target.
    onlyIf(owned.target.isInside, [&] { updateOwned(owned, thread, masks); });
  });
  return {ownedBlocks(), blockThreads(), kArguments,
          ("updates by " + Twine(apart * inOrder) +
           " indices, each row by the block of its first")
              .str()};
}

LaunchedKernel UpdateEmitter::emit(StringRef name) {
  return ownsByBlocks() ? emitBlocks(name) : emitThreads(name);
}

LaunchedKernel dtc::cuda::emitUpdates(OpBuilder &builder, Location location,
                                      StringRef name,
                                      const cpu::Routine &routine) {
  return UpdateEmitter(builder, location, routine).emit(name);
}
