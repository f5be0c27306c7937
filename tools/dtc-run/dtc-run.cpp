//===- dtc-run.cpp - Runs a bundle ----------------------------------------===//

#include "RunBundle.h"

int main(int argc, char **argv) {
  return dtc::runtime::runBundle(
      std::vector<std::string>(argv + 1, argv + argc));
}
