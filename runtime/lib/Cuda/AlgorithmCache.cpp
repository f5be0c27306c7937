//===- AlgorithmCache.cpp - cuBLASLt's choices from load to load ----------===//

#include "AlgorithmCache.h"
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace dtc::runtime::cuda {
namespace {

/// Lines beyond this many are no cache of ours.
constexpr size_t kMostEntries = 100'000;
constexpr size_t kMostLine = 1024;
constexpr size_t kDigits = 16;

bool parseAlgorithm(const std::string &line, BlasAlgorithm &algorithm) {
  for (size_t i = 0; i < 8; ++i) {
    std::string word = line.substr(i * kDigits, kDigits);
    char *end = nullptr;
    if (word.find_first_not_of("0123456789abcdef") != std::string::npos)
      return false;
    algorithm.data[i] = std::strtoull(word.c_str(), &end, 16);
  }
  return true;
}

} // namespace

AlgorithmCache::AlgorithmCache(std::string pathOf, size_t version,
                               const std::string &gpu)
    : path(std::move(pathOf)),
      header("dtc-cublaslt 2 " + std::to_string(version) + " " + gpu) {
  read();
}

void AlgorithmCache::read() {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line != header)
    return;
  while (known.size() < kMostEntries && std::getline(file, line)) {
    BlasAlgorithm algorithm;
    bool isEntry = line.size() > 8 * kDigits + 1 && line.size() <= kMostLine &&
                   line[8 * kDigits] == ' ';
    if (!isEntry || !parseAlgorithm(line, algorithm)) {
      known.clear();
      return;
    }
    known[line.substr(8 * kDigits + 1)] = algorithm;
  }
}

const BlasAlgorithm *AlgorithmCache::find(const std::string &key) const {
  auto found = known.find(key);
  return found == known.end() ? nullptr : &found->second;
}

void AlgorithmCache::add(const std::string &key,
                         const BlasAlgorithm &algorithm) {
  known[key] = algorithm;
  hasNew = true;
}

void AlgorithmCache::save() {
  if (!hasNew || path.empty())
    return;
  hasNew = false;
  std::string partial = path + "." + std::to_string(getpid()) + ".partial";
  std::ofstream file(partial);
  file << header << "\n";
  for (const auto &[key, algorithm] : known) {
    for (uint64_t word : algorithm.data) {
      char digits[kDigits + 1];
      std::snprintf(digits, sizeof digits, "%016" PRIx64, word);
      file << digits;
    }
    file << " " << key << "\n";
  }
  file.close();
  if (!file || std::rename(partial.c_str(), path.c_str()) != 0)
    std::remove(partial.c_str());
}

} // namespace dtc::runtime::cuda
