//===- PerceptronFixture.cpp - Files and expectations of the perceptron ---===//
//
// The weights are cut by the same arithmetic as the compiler's.
//===----------------------------------------------------------------------===//

#include "PerceptronFixture.h"
#include "../lib/Rank/Program.h"
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>

namespace dtc::runtime::test {

Values randomValues(int64_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  Values values(static_cast<size_t>(count));
  for (float &value : values)
    value = uniform(generator);
  return values;
}

void PerceptronFixture::SetUp() {
  std::string name = testing::TempDir() + "/dtc-session-XXXXXX";
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  folder = name;
  x = randomValues(kBatch * kIn, 1);
  c = randomValues(kBatch * kOut, 2);
  w1 = randomValues(kIn * kHidden, 3);
  w2 = randomValues(kHidden * kOut, 4);
  writeArrays(at("in.npz"),
              {source("x", {kBatch, kIn}, x), source("c", {kBatch, kOut}, c)});
}

void PerceptronFixture::TearDown() { std::filesystem::remove_all(folder); }

ArraySource PerceptronFixture::source(const std::string &name,
                                      std::vector<int64_t> shape,
                                      const Values &values) {
  return {name, DTC_F32, std::move(shape), [&values](char *to) -> Status {
            std::memcpy(to, values.data(), values.size() * 4);
            return Done{};
          }};
}

void PerceptronFixture::writeArrays(const std::string &path,
                                    const std::vector<ArraySource> &arrays) {
  auto file = OutputFile::create(path);
  ASSERT_TRUE(bool(file));
  ASSERT_TRUE(bool(writeNpz(*file, arrays)));
  ASSERT_TRUE(bool(file->commit()));
}

void PerceptronFixture::setMesh(int64_t dp, int64_t tp) {
  mesh = {dp, tp};
  table = &perceptronProgram(dp, tp);
}

void PerceptronFixture::writeWeights() {
  const Values *values[] = {&w1, &w2};
  for (int64_t rank = 0; rank < table->world_size; ++rank) {
    auto program = readProgram(*table, rank);
    std::vector<ArraySource> sources;
    for (size_t i = 0; i < 2; ++i) {
      const BoundaryTensor &tensor = program->parameters[i];
      sources.push_back(
          {tensor.name, DTC_F32, tensor.local.size, [&, i](char *to) -> Status {
             cutRegion(values[i]->data(), tensor.shape, tensor.local, 4, to);
             return Done{};
           }});
    }
    auto file = OutputFile::create(
        at("weights.rank" + std::to_string(rank) + ".safetensors"));
    ASSERT_TRUE(bool(writeSafetensors(*file, sources, {})));
    ASSERT_TRUE(bool(file->commit()));
  }
}

Values PerceptronFixture::read(const std::string &path,
                               const std::string &name) {
  auto file = openArrays(path);
  EXPECT_TRUE(bool(file)) << file.error().message;
  const ArrayInfo *info = (*file)->find(name);
  EXPECT_NE(info, nullptr) << name;
  if (!info)
    return {};
  Values values(static_cast<size_t>(info->bytes) / 4);
  EXPECT_TRUE(bool((*file)->read(*info, values.data())));
  return values;
}

Values PerceptronFixture::expectedY(const Values &a, const Values &b,
                                    int64_t contributions,
                                    Values *hidden) const {
  Values y(static_cast<size_t>(kBatch * kOut));
  for (int64_t i = 0; i < kBatch; ++i) {
    std::vector<double> h(kHidden);
    for (int64_t j = 0; j < kHidden; ++j) {
      for (int64_t k = 0; k < kIn; ++k)
        h[size_t(j)] +=
            double(x[size_t(i * kIn + k)]) * a[size_t(k * kHidden + j)];
      h[size_t(j)] = std::max(h[size_t(j)], 0.0);
      if (hidden)
        hidden->push_back(float(h[size_t(j)]));
    }
    for (int64_t o = 0; o < kOut; ++o) {
      double sum = double(contributions) * c[size_t(i * kOut + o)];
      for (int64_t j = 0; j < kHidden; ++j)
        sum += h[size_t(j)] * b[size_t(j * kOut + o)];
      y[size_t(i * kOut + o)] = float(sum);
    }
  }
  return y;
}

void PerceptronFixture::expectNear(const Values &found,
                                   const Values &expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], expected[i], 1e-5) << i;
}

} // namespace dtc::runtime::test
