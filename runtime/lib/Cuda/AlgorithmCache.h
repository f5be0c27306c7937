//===- AlgorithmCache.h - Libraries' choices from load to load ------------===//
//
// cuBLASLt and cuDNN choose an algorithm by a call's shape and the GPU. What
// one chose is kept in a file of the bundle's folder, `cublaslt.gpuN.cache` or
// `cudnn.gpuN.cache`:
//
//   dtc-cublaslt 3 130100 NVIDIA H200
//   <16 hexadecimal digits for each number> <key>
//
// A file of another version or GPU is ignored; so is one that cannot be
// written. Whoever takes a choice from here has the library check it.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_ALGORITHMCACHE_H
#define DTC_RUNTIME_LIB_CUDA_ALGORITHMCACHE_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dtc::runtime::cuda {

/// What a library's choice is told by.
using Algorithm = std::vector<uint64_t>;

/// Whose choices they are.
struct CacheOwner {
  std::string library; ///< "cublaslt"
  size_t version;      ///< of the library
  std::string gpu;     ///< its name
  int64_t ordinal;     ///< among those of its host
};

class AlgorithmCache {
public:
  AlgorithmCache() = default;
  /// Reads the folder's file if it is of this owner.
  AlgorithmCache(const std::string &folder, const CacheOwner &owner);

  /// Null when nothing is known.
  const Algorithm *find(const std::string &key) const;
  void add(const std::string &key, const Algorithm &algorithm);
  /// Writes the file when something was added.
  void save();

private:
  void read();

  std::string path, header;
  std::map<std::string, Algorithm> known;
  bool hasNew = false;
};

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_ALGORITHMCACHE_H
