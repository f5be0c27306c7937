//===- AlgorithmCache.h - cuBLASLt's choices from load to load ------------===//
//
// The library chooses an algorithm by a product's shape and the GPU. What it
// chose is kept in a file of the bundle's folder, `cublaslt.gpuN.cache`:
//
//   dtc-cublaslt 2 130100 NVIDIA H200
//   <16 hexadecimal digits, eight times> <key>
//
// A file of another version or GPU is ignored; so is one that cannot be
// written. Whoever takes an algorithm from here has the library check it.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_ALGORITHMCACHE_H
#define DTC_RUNTIME_LIB_CUDA_ALGORITHMCACHE_H

#include "Blas.h"
#include <map>
#include <string>

namespace dtc::runtime::cuda {

class AlgorithmCache {
public:
  AlgorithmCache() = default;
  /// Reads the file if there is one for this version on this GPU.
  AlgorithmCache(std::string pathOf, size_t version, const std::string &gpu);

  /// Null when nothing is known.
  const BlasAlgorithm *find(const std::string &key) const;
  void add(const std::string &key, const BlasAlgorithm &algorithm);
  /// Writes the file when something was added.
  void save();

private:
  void read();

  std::string path, header;
  std::map<std::string, BlasAlgorithm> known;
  bool hasNew = false;
};

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_ALGORITHMCACHE_H
