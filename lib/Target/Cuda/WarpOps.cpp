//===- WarpOps.cpp - Threads that join what they have ---------------------===//
//
// A shuffle moves 32 bits: narrower values travel in a word, wider ones in two.
//
//===----------------------------------------------------------------------===//

#include "WarpOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace dtc;
using namespace dtc::cuda;
using cpu::Combine;

Value WarpOps::i32(int64_t value) const {
  return arith::ConstantIntOp::create(builder, location, value, 32);
}

Value WarpOps::thread() const {
  return NVVM::ThreadIdXOp::create(builder, location, builder.getI32Type());
}

Value WarpOps::block() const {
  return NVVM::BlockIdXOp::create(builder, location, builder.getI32Type());
}

Value WarpOps::gridBlocks() const {
  return NVVM::GridDimXOp::create(builder, location, builder.getI32Type());
}

void WarpOps::barrier() const { NVVM::Barrier0Op::create(builder, location); }

Value WarpOps::ballot(Value predicate) const {
  return NVVM::VoteSyncOp::create(builder, location, builder.getI32Type(),
                                  i32(-1), predicate,
                                  NVVM::VoteSyncKind::ballot);
}

Value WarpOps::sharedMemory(StringRef name, Type element, int64_t count) const {
  auto array = LLVM::LLVMArrayType::get(cpu::memoryType(element), count);
  OpBuilder::InsertionGuard guard(builder);
  Operation *function = builder.getBlock()->getParentOp();
  while (!isa<func::FuncOp>(function))
    function = function->getParentOp();
  constexpr auto shared = static_cast<unsigned>(NVVM::NVVMMemorySpace::Shared);
  builder.setInsertionPoint(function);
  auto global = LLVM::GlobalOp::create(
      builder, location, array, /*isConstant=*/false, LLVM::Linkage::Internal,
      name, Attribute(), /*alignment=*/16, shared);
  builder.setInsertionPointToStart(
      &cast<func::FuncOp>(function).getBody().front());
  return LLVM::AddressOfOp::create(builder, location, global);
}

Value WarpOps::shuffleWord(Source source, Value word, int32_t by) const {
  NVVM::ShflKind kind = NVVM::ShflKind::idx;
  // The last lane that may be read from; of a warp before this thread, 0.
  int32_t clamp = 31;
  if (source == Source::Exchange) {
    kind = NVVM::ShflKind::bfly;
  } else if (source == Source::Before) {
    kind = NVVM::ShflKind::up;
    clamp = 0;
  }
  return NVVM::ShflOp::create(builder, location, builder.getI32Type(), i32(-1),
                              word, i32(by), i32(clamp), kind, UnitAttr());
}

Value WarpOps::shuffle(Source source, Value value, int32_t by) const {
  Type type = value.getType();
  unsigned width = type.getIntOrFloatBitWidth();
  Type bits = builder.getIntegerType(width);
  Type word = builder.getI32Type();
  Value whole = type == bits
                    ? value
                    : arith::BitcastOp::create(builder, location, bits, value)
                          .getResult();
  Value moved;
  if (width == 64) {
    Value half = arith::ConstantIntOp::create(builder, location, 32, 64);
    Value low = arith::TruncIOp::create(builder, location, word, whole);
    Value high = arith::TruncIOp::create(
        builder, location, word,
        arith::ShRUIOp::create(builder, location, whole, half));
    low = arith::ExtUIOp::create(builder, location, bits,
                                 shuffleWord(source, low, by));
    high = arith::ExtUIOp::create(builder, location, bits,
                                  shuffleWord(source, high, by));
    high = arith::ShLIOp::create(builder, location, high, half);
    moved = arith::OrIOp::create(builder, location, low, high);
  } else if (width == 32) {
    moved = shuffleWord(source, whole, by);
  } else {
    Value wide = arith::ExtUIOp::create(builder, location, word, whole);
    moved = arith::TruncIOp::create(builder, location, bits,
                                    shuffleWord(source, wide, by));
  }
  return type == bits ? moved
                      : arith::BitcastOp::create(builder, location, type, moved)
                            .getResult();
}

Value WarpOps::exchange(Value value, int32_t laneMask) const {
  return shuffle(Source::Exchange, value, laneMask);
}

Value WarpOps::fromBefore(Value value, int32_t distance) const {
  return shuffle(Source::Before, value, distance);
}

Value WarpOps::fromLane(Value value, int32_t lane) const {
  return shuffle(Source::Lane, value, lane);
}

Value WarpOps::joinWarp(Combine combine, Value value) const {
  for (int32_t mask = 16; mask > 0; mask /= 2)
    value =
        emitCombine(builder, location, combine, value, exchange(value, mask));
  return value;
}

Value dtc::cuda::emitCombine(OpBuilder &b, Location l, Combine combine,
                             Value lhs, Value rhs) {
  return cpu::emitCombine(b, l, combine, lhs, rhs,
                          [&](Combine extreme, Value x, Value y) -> Value {
                            if (extreme == Combine::Max)
                              return arith::MaximumFOp::create(b, l, x, y);
                            return arith::MinimumFOp::create(b, l, x, y);
                          });
}
