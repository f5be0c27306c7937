//===- dtc-gpu-check.cpp - What scripts/gpu_check.sh asks of a machine ----===//
//
// A program for machines without build tools and without Python: compares
// arrays, reads times, measures a GPU's peaks.
//===----------------------------------------------------------------------===//

#include "Compare.h"
#include "Peaks.h"
#include "StepTimes.h"
#include "Versions.h"
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using namespace dtc::gpucheck;

constexpr char kUsage[] =
    "usage: dtc-gpu-check compare EXPECTED.npz ACTUAL.npz TOLERANCES\n"
    "       dtc-gpu-check step STATS.json SKIPPED\n"
    "       dtc-gpu-check peaks [COPIED_BYTES EXTENT REPETITIONS]\n"
    "       dtc-gpu-check versions\n"
    "\n"
    "compare  prints the largest deviation; TOLERANCES has lines "
    "'NAME RTOL ATOL', '*' is any name\n"
    "step     prints the median of a run's steps in seconds, without the first "
    "SKIPPED\n"
    "peaks    prints the first GPU's name, GPUs, bytes per second of a copy, "
    "operations per second of f32, f16 and bf16\n"
    "         products, types whose gradients of relu are by masks of "
    "cuBLASLt, one a line\n"
    "versions prints a line about the driver and each library that programs "
    "use\n"
    "\n"
    "Exit status: 0; 1 bad input or numbers that differ; 2 wrong usage; 3 no "
    "usable GPU.\n";

int fail(const std::string &message, int status) {
  std::fprintf(stderr, "error: %s\n", message.c_str());
  return status;
}

int compare(const std::vector<std::string> &words) {
  auto deviation = compareArrays({words[1], words[2], words[3]});
  if (!deviation)
    return fail(deviation.error().message, 1);
  std::printf("%.1e\n", *deviation);
  return 0;
}

int step(const std::vector<std::string> &words) {
  auto seconds =
      medianStep(words[1], std::strtoul(words[2].c_str(), nullptr, 10));
  if (!seconds)
    return fail(seconds.error().message, 1);
  std::printf("%.9f\n", *seconds);
  return 0;
}

int versions() {
  auto lines = libraryVersions();
  if (!lines)
    return fail(lines.error().message, 3);
  for (const std::string &line : *lines)
    std::printf("%s\n", line.c_str());
  return 0;
}

int peaks(const std::vector<std::string> &words) {
  PeakSizes sizes;
  if (words.size() == 4) {
    sizes.copiedBytes = std::atoll(words[1].c_str());
    sizes.extent = std::atoll(words[2].c_str());
    sizes.repetitions = std::atoi(words[3].c_str());
  }
  if (sizes.copiedBytes <= 0 || sizes.extent <= 0 || sizes.extent > 1 << 16 ||
      sizes.repetitions <= 0)
    return fail("expected sizes above 0, and an extent of at most 65536", 2);
  auto found = measurePeaks(sizes);
  if (!found) {
    // A GPU that is there, but full, is no missing one.
    bool isFull = found.error().message.rfind("too little memory", 0) == 0;
    return fail(found.error().message, isFull ? 1 : 3);
  }
  std::printf("%s\n%lld\n%.4g\n%.4g\n%.4g\n%.4g\n%s\n", found->gpu.c_str(),
              static_cast<long long>(found->count), found->bytesPerSecond,
              found->f32PerSecond, found->f16PerSecond, found->bf16PerSecond,
              found->maskedTypes.c_str());
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 4 && words[0] == "compare")
    return compare(words);
  if (words.size() == 3 && words[0] == "step")
    return step(words);
  if ((words.size() == 1 || words.size() == 4) && words[0] == "peaks")
    return peaks(words);
  if (words.size() == 1 && words[0] == "versions")
    return versions();
  bool isHelp = words.size() == 1 && words[0] == "--help";
  std::fputs(kUsage, isHelp ? stdout : stderr);
  return isHelp ? 0 : 2;
}
