//===- Main.cpp - The entry of a rank executable --------------------------===//

#include "Session.h"

int main(int argc, char **argv) {
  return dtc::runtime::runRank(dtc_rank_program,
                               std::vector<std::string>(argv + 1, argv + argc));
}
