//===- PerceptronFixture.h - Files and expectations of the perceptron -----===//
//
// A folder a test with the perceptron's inputs and weight files, and its values
// computed in one process, in double precision.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_UNITTESTS_PERCEPTRONFIXTURE_H
#define DTC_RUNTIME_UNITTESTS_PERCEPTRONFIXTURE_H

#include "PerceptronProgram.h"
#include "dtc/runtime/ArrayFile.h"
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace dtc::runtime::test {

using Values = std::vector<float>;

Values randomValues(int64_t count, unsigned seed);

class PerceptronFixture : public testing::Test {
protected:
  void SetUp() override;
  void TearDown() override;
  std::string at(const std::string &name) const { return folder + "/" + name; }

  /// An f32 array; `values` must live until it is written.
  static ArraySource source(const std::string &name, std::vector<int64_t> shape,
                            const Values &values);
  static void writeArrays(const std::string &path,
                          const std::vector<ArraySource> &arrays);
  static Values read(const std::string &path, const std::string &name);

  void setMesh(int64_t dp, int64_t tp);
  /// Writes every rank's weights as the compiler does.
  void writeWeights();

  /// y for these weights; `contributions` ranks add c.
  Values expectedY(const Values &a, const Values &b, int64_t contributions,
                   Values *hidden = nullptr) const;
  static void expectNear(const Values &found, const Values &expected);

  std::string folder;
  std::vector<int64_t> mesh;
  const dtc_program *table = nullptr;
  Values x, c, w1, w2;
};

} // namespace dtc::runtime::test

#endif // DTC_RUNTIME_UNITTESTS_PERCEPTRONFIXTURE_H
