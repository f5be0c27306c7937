//===- HostTensorTest.cpp - Arrays, conversions, cuts ---------------------===//

#include "dtc/Interpreter/HostTensor.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace dtc;

namespace {

const DType kAll[] = {DType::Bool, DType::I8,  DType::U8,   DType::I16,
                      DType::U16,  DType::I32, DType::U32,  DType::I64,
                      DType::U64,  DType::F16, DType::BF16, DType::F32,
                      DType::F64};

/// 0, 1, 2, ... in the given shape.
HostTensor counting(DType type, llvm::ArrayRef<int64_t> shape) {
  HostTensor tensor(type, shape);
  for (int64_t i = 0; i < tensor.size(); ++i)
    tensor.setInt(i, i);
  return tensor;
}

mlir::DenseElementsAttr denseOf(mlir::MLIRContext &context, DType type,
                                llvm::ArrayRef<double> values) {
  HostTensor tensor(type, {static_cast<int64_t>(values.size())});
  for (size_t i = 0; i < values.size(); ++i)
    tensor.setDouble(i, values[i]);
  return tensor.toAttribute(&context);
}

TEST(DType, ElementTypesGoThereAndBack) {
  mlir::MLIRContext context;
  for (DType type : kAll)
    EXPECT_EQ(getDType(getElementType(type, &context)), type)
        << stringify(type).str();
}

TEST(DType, SignedAndSignlessIntegersAreOne) {
  mlir::MLIRContext context;
  EXPECT_EQ(
      getDType(mlir::IntegerType::get(&context, 32, mlir::IntegerType::Signed)),
      DType::I32);
  EXPECT_EQ(getDType(mlir::IndexType::get(&context)), DType::I64);
}

TEST(Half, EveryNumberSurvivesTheWayThroughFloat) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    float value = halfToFloat(bits);
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(halfToFloat(floatToHalf(value))));
    else
      ASSERT_EQ(floatToHalf(value), bits);
  }
}

TEST(Half, RoundsToNearestEven) {
  // 2048 + 1 lies between 2048 and 2050, 2048 + 3 between 2050 and 2052.
  EXPECT_EQ(halfToFloat(floatToHalf(2049.0f)), 2048.0f);
  EXPECT_EQ(halfToFloat(floatToHalf(2051.0f)), 2052.0f);
  EXPECT_EQ(halfToFloat(floatToHalf(65519.0f)), 65504.0f);
  EXPECT_TRUE(std::isinf(halfToFloat(floatToHalf(65520.0f))));
  // Half of the smallest number goes to zero, a bit more does not.
  EXPECT_EQ(floatToHalf(std::ldexp(1.0f, -25)), 0);
  EXPECT_EQ(floatToHalf(std::ldexp(1.5f, -25)), 1);
}

TEST(ShortFloat, EveryNumberSurvivesTheWayThroughFloat) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    float value = bfloatToFloat(bits);
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(bfloatToFloat(floatToBfloat(value))));
    else
      ASSERT_EQ(floatToBfloat(value), bits);
  }
}

TEST(HostTensor, AttributesGoThereAndBack) {
  mlir::MLIRContext context;
  for (DType type : kAll) {
    HostTensor tensor(type, {2, 3});
    for (int64_t i = 0; i < 6; ++i)
      tensor.setInt(i, i % 3);
    EXPECT_EQ(HostTensor::fromAttribute(tensor.toAttribute(&context)), tensor)
        << stringify(type).str();
  }
}

TEST(HostTensor, EqualElementsBecomeASplat) {
  mlir::MLIRContext context;
  for (DType type : kAll) {
    HostTensor tensor(type, {70});
    for (int64_t i = 0; i < 70; ++i)
      tensor.setInt(i, 1);
    mlir::DenseElementsAttr attribute = tensor.toAttribute(&context);
    EXPECT_TRUE(attribute.isSplat()) << stringify(type).str();
    EXPECT_EQ(HostTensor::fromAttribute(attribute), tensor);
  }
}

TEST(HostTensor, NoElementsBecomeAnEmptyAttribute) {
  mlir::MLIRContext context;
  HostTensor tensor(DType::F32, {2, 0});
  EXPECT_EQ(HostTensor::fromAttribute(tensor.toAttribute(&context)), tensor);
}

TEST(HostTensor, FloatsSaturateInIntegers) {
  mlir::MLIRContext context;
  auto at = [&](DType type, double value) {
    return HostTensor::fromAttribute(denseOf(context, type, {value})).getInt(0);
  };
  EXPECT_EQ(at(DType::I8, 1e9), 127);
  EXPECT_EQ(at(DType::I8, -1e9), -128);
  EXPECT_EQ(at(DType::U8, -1.0), 0);
  EXPECT_EQ(at(DType::I64, 1e300), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(at(DType::I32, -2.75), -2);
  EXPECT_EQ(at(DType::I32, std::nan("")), 0);
}

TEST(HostTensor, SizesThatOverflowSaturate) {
  EXPECT_EQ(numElements({int64_t(1) << 40, int64_t(1) << 40}),
            std::numeric_limits<int64_t>::max());
  EXPECT_EQ(numElements({int64_t(1) << 40, int64_t(1) << 40, 0}), 0);
  EXPECT_EQ(numElements({}), 1);
}

TEST(HostTensorDeathTest, RefusesArraysThatCannotBeAddressed) {
  EXPECT_DEATH(HostTensor(DType::F64, {int64_t(1) << 40, int64_t(1) << 40}),
               "expected an array of at most 2\\^50 bytes");
}

TEST(HostTensor, CutsABox) {
  HostTensor tensor = counting(DType::I32, {3, 4, 2});
  HostTensor piece = tensor.cut({{1, 3}, {1, 3}, {0, 2}});
  EXPECT_EQ(piece.shape(), (llvm::ArrayRef<int64_t>{2, 2, 2}));
  EXPECT_EQ(piece.asIntegers(),
            (llvm::SmallVector<int64_t>{10, 11, 12, 13, 18, 19, 20, 21}));
}

TEST(HostTensor, CutsSingleElementsOutOfTheLastDimension) {
  HostTensor tensor = counting(DType::I8, {2, 3});
  HostTensor piece = tensor.cut({{0, 2}, {2, 3}});
  EXPECT_EQ(piece.asIntegers(), (llvm::SmallVector<int64_t>{2, 5}));
}

TEST(HostTensor, CutsNothingAtTheEnd) {
  HostTensor tensor = counting(DType::F32, {3, 2});
  HostTensor piece = tensor.cut({{3, 3}, {0, 2}});
  EXPECT_EQ(piece.shape(), (llvm::ArrayRef<int64_t>{0, 2}));
  EXPECT_EQ(piece.size(), 0);
}

TEST(HostTensor, CutsAScalar) {
  HostTensor tensor = counting(DType::F32, {});
  EXPECT_EQ(tensor.cut({}), tensor);
}

TEST(HostTensor, ReshapesWithoutCopying) {
  HostTensor tensor = counting(DType::F32, {2, 3});
  HostTensor view = tensor.reshaped({3, 2});
  EXPECT_EQ(view.raw(), tensor.raw());
  EXPECT_EQ(view.strides(), (llvm::SmallVector<int64_t, 6>{2, 1}));
}

TEST(HostTensor, DiffersByTypeShapeAndBytes) {
  HostTensor tensor = counting(DType::F32, {2, 3});
  EXPECT_FALSE(tensor == counting(DType::F64, {2, 3}));
  EXPECT_FALSE(tensor == counting(DType::F32, {3, 2}));
  HostTensor other = counting(DType::F32, {2, 3});
  EXPECT_TRUE(tensor == other);
  other.setInt(5, 7);
  EXPECT_FALSE(tensor == other);
}

} // namespace
