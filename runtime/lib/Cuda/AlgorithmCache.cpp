//===- AlgorithmCache.cpp - Libraries' choices from load to load ----------===//

#include "AlgorithmCache.h"
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace dtc::runtime::cuda {
namespace {

/// Lines beyond this many are no cache of ours.
constexpr size_t kMostEntries = 100'000;
constexpr size_t kMostLine = 4096;
constexpr size_t kDigits = 16;
constexpr int kFormat = 3;

/// The line's numbers and its key; false when it is none of ours.
bool parseEntry(const std::string &line, Algorithm &algorithm,
                std::string &key) {
  size_t digits = line.find(' ');
  if (digits == std::string::npos || digits == 0 || digits % kDigits != 0 ||
      line.size() > kMostLine || digits + 1 == line.size() ||
      line.find_first_not_of("0123456789abcdef") < digits)
    return false;
  for (size_t at = 0; at < digits; at += kDigits)
    algorithm.push_back(
        std::strtoull(line.substr(at, kDigits).c_str(), nullptr, 16));
  key = line.substr(digits + 1);
  return true;
}

} // namespace

AlgorithmCache::AlgorithmCache(const std::string &folder,
                               const CacheOwner &owner)
    : path(folder + "/" + owner.library + ".gpu" +
           std::to_string(owner.ordinal) + ".cache"),
      header("dtc-" + owner.library + " " + std::to_string(kFormat) + " " +
             std::to_string(owner.version) + " " + owner.gpu) {
  read();
}

void AlgorithmCache::read() {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line != header)
    return;
  while (known.size() < kMostEntries && std::getline(file, line)) {
    Algorithm algorithm;
    std::string key;
    if (!parseEntry(line, algorithm, key)) {
      known.clear();
      return;
    }
    known[key] = algorithm;
  }
}

const Algorithm *AlgorithmCache::find(const std::string &key) const {
  auto found = known.find(key);
  return found == known.end() ? nullptr : &found->second;
}

void AlgorithmCache::add(const std::string &key, const Algorithm &algorithm) {
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
    for (uint64_t word : algorithm) {
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
