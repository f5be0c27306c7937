//===- Manifest.h - What a bundle says about itself -----------------------===//
//
// docs/bundle.md defines the format. A bundle may come from anywhere: nothing
// in it is believed before it is checked.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_LAUNCHER_MANIFEST_H
#define DTC_RUNTIME_LIB_LAUNCHER_MANIFEST_H

#include "dtc/runtime/Result.h"
#include <cstdint>
#include <string>
#include <vector>

namespace dtc::runtime {

struct BundleFile {
  std::string name;
  uint64_t size = 0;
  std::string checksum; ///< dtc64, 16 hexadecimal digits
};

struct BundleRank {
  std::string executable;
  std::string weights; ///< empty: none
};

struct Manifest {
  std::string model;
  std::string target;
  std::vector<int64_t> meshSizes;
  std::vector<BundleRank> ranks;
  std::vector<BundleFile> files;
};

/// Reads `manifest.json` of the bundle in `folder`.
Result<Manifest> readManifest(const std::string &folder);

/// Parses the text of a manifest.
Result<Manifest> parseManifest(const std::string &text);

/// Checks that all files are there in their sizes, and the checksums of
/// executables. Those of weights are checked by the ranks, tensor by tensor.
Status checkFiles(const std::string &folder, const Manifest &manifest);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_LAUNCHER_MANIFEST_H
