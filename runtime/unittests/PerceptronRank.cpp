//===- PerceptronRank.cpp - The perceptron as a rank executable -----------===//
//
// Mesh tp=2, as the launcher starts it. The compiler emits one executable a
// program; this one finds its rank, and with it its shapes, in the environment.
//===----------------------------------------------------------------------===//

#include "PerceptronProgram.h"
#include <cstdlib>
#include <initializer_list>

namespace {

int64_t rankFromEnvironment() {
  for (const char *name : {"RANK", "OMPI_COMM_WORLD_RANK"})
    if (const char *text = std::getenv(name))
      return std::atoi(text);
  return 0;
}

dtc_program makeProgram() {
  const dtc_program &program = dtc::runtime::test::perceptronProgram(1, 2);
  dtc::runtime::test::selectPerceptronRank(rankFromEnvironment());
  return program;
}

} // namespace

const dtc_program dtc_rank_program = makeProgram();
