//===- BlockJoin.cpp - Warps of a block that join what they have ----------===//
//
// 1. Each warp's first thread writes the warp's value to shared memory.
// 2. Behind a barrier each warp reads all of them, one a thread, and joins them
//    by shuffles, so that no second exchange is needed.
//
//===----------------------------------------------------------------------===//

#include "BlockJoin.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cuda;
using cpu::Combine;

Value BlockJoin::number(int64_t value) const {
  return arith::ConstantIntOp::create(builder, location, value, 32);
}

Value BlockJoin::place(Value row, Type element, Value index) {
  return LLVM::GEPOp::create(builder, location, row.getType(),
                             cpu::memoryType(element), row, ValueRange{index},
                             LLVM::GEPNoWrapFlags::inbounds);
}

SmallVector<Value> BlockJoin::join(ArrayRef<Combine> combines,
                                   ArrayRef<Value> values) {
  SmallVector<Value> shared;
  for (Value value : values)
    shared.push_back(
        warp.sharedMemory(kernelName + "_shared" + std::to_string(rows++),
                          value.getType(), warps));
  // Of the row before, nobody reads any more.
  warp.barrier();
  Value isFirst = arith::CmpIOp::create(
      builder, location, arith::CmpIPredicate::eq, lane, number(0));
  auto branch = scf::IfOp::create(builder, location, isFirst, false);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    for (auto [value, row] : llvm::zip(values, shared)) {
      Value stored = value;
      if (value.getType().isInteger(1))
        stored = arith::ExtUIOp::create(builder, location, builder.getI8Type(),
                                        value);
      LLVM::StoreOp::create(builder, location, stored,
                            place(row, value.getType(), warpNumber));
    }
  }
  warp.barrier();
  Value isWarp = arith::CmpIOp::create(
      builder, location, arith::CmpIPredicate::ult, lane, number(warps));
  Value index =
      arith::SelectOp::create(builder, location, isWarp, lane, number(0));
  SmallVector<Value> results;
  for (auto [combine, own, row] : llvm::zip(combines, values, shared)) {
    Type element = own.getType();
    Value value =
        LLVM::LoadOp::create(builder, location, cpu::memoryType(element),
                             place(row, element, index));
    if (element.isInteger(1))
      value = arith::TruncIOp::create(builder, location, element, value);
    Value none = cpu::emitNeutral(builder, location, combine, element);
    value = arith::SelectOp::create(builder, location, isWarp, value, none);
    results.push_back(warp.joinWarp(combine, value));
  }
  return results;
}
