//===- ArrayReadingTest.cpp - Pieces of tensors from files ----------------===//
//
// Random pieces of arrays below and above what is read at a time, from a file
// that says how much it was asked for.
//===----------------------------------------------------------------------===//

#include "../lib/Rank/ArrayReading.h"
#include "dtc/runtime/ElementType.h"
#include <cstring>
#include <gtest/gtest.h>
#include <numeric>
#include <random>

using namespace dtc::runtime;

namespace {

/// An array in memory.
class MemoryFile : public ArrayFile {
public:
  MemoryFile(const ArrayInfo &info, std::vector<char> bytes)
      : ArrayFile("memory"), bytes(std::move(bytes)) {
    EXPECT_TRUE(add(info));
  }
  Status read(const ArrayInfo &info, void *to) override {
    return readRange(info, 0, info.bytes, to);
  }
  Status readRange(const ArrayInfo &, int64_t begin, int64_t count,
                   void *to) override {
    if (count > 0)
      std::memcpy(to, bytes.data() + begin, static_cast<size_t>(count));
    largest = std::max(largest, count);
    end = begin + count;
    return Done{};
  }

  std::vector<char> bytes;
  int64_t largest = 0, end = 0;
};

struct Trial {
  std::vector<int64_t> shape, offset, size;
};

std::vector<char> countingFloats(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), 0.0f);
  std::vector<char> bytes(values.size() * sizeof(float));
  if (!bytes.empty())
    std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// Reads the piece from the part `index` of 2.
void expectPiece(const Trial &trial, int64_t index) {
  BoundaryTensor tensor;
  tensor.name = "x";
  tensor.dtype = DTC_F32;
  tensor.shape = trial.shape;
  tensor.local = {trial.offset, trial.size};
  int64_t bytes = tensor.globalBytes();
  ArrayInfo info{};
  info.name = "x";
  info.dtype = DTC_F32;
  info.shape = trial.shape;
  info.shape.insert(info.shape.begin(), 2);
  info.bytes = 2 * bytes;
  MemoryFile file(info, countingFloats(bytes / 2));
  std::vector<char> piece(static_cast<size_t>(tensor.localBytes()) + 4, 'z'),
      wanted(piece);
  auto status = readPiece(file, info, tensor, piece.data(), {index, 2});
  ASSERT_TRUE(status) << status.error().message;
  cutRegion(file.bytes.data() + index * bytes, trial.shape, tensor.local, 4,
            wanted.data());
  EXPECT_TRUE(piece == wanted);
  EXPECT_EQ(file.end, (index + 1) * bytes) << "the end was not read";
  int64_t row = trial.shape.empty() ? 4 : 4 * trial.shape.back();
  EXPECT_LE(file.largest, std::max(row, int64_t(4) << 20));
}

TEST(ArrayReading, pieces_of_every_dimension) {
  std::mt19937 numbers(5);
  auto between = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(numbers);
  };
  const std::vector<std::vector<int64_t>> shapes{
      {7, 5, 3},      {3, 700, 1100}, {1500000, 2}, {2, 3, 600000},
      {1200, 3, 500}, {1, 1, 9},      {4}};
  for (const std::vector<int64_t> &shape : shapes)
    for (int draw = 0; draw < 6; ++draw) {
      Trial trial{shape, {}, {}};
      for (int64_t extent : shape) {
        int64_t size = between(1, extent);
        trial.size.push_back(size);
        trial.offset.push_back(between(0, extent - size));
      }
      SCOPED_TRACE(testing::Message() << shape[0] << " draw " << draw);
      expectPiece(trial, draw % 2);
    }
}

TEST(ArrayReading, pieces_of_nothing) {
  expectPiece({{4, 3}, {4, 0}, {0, 3}}, 1);
  expectPiece({{0, 3}, {0, 1}, {0, 2}}, 0);
}

} // namespace
