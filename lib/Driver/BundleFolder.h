//===- BundleFolder.h - A folder that appears whole or not at all -*- C++
//-*-===//
//
// 1. The files are written to a folder beside the target, `NAME.partial-…`,
//    which is locked while its writer lives.
// 2. `takePlace` gives it the target's name in one step; a bundle that was
//    there is exchanged with it and then removed.
// 3. The folder goes when its owner goes without that, and when the process is
//    interrupted (SIGINT, SIGTERM, SIGHUP, SIGQUIT).
// 4. What a killed process left behind is found by its free lock and removed
//    when the next one writes the same bundle.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_DRIVER_BUNDLEFOLDER_H
#define DTC_LIB_DRIVER_BUNDLEFOLDER_H

#include "llvm/Support/Error.h"

#include <memory>
#include <mutex>
#include <string>

namespace dtc {

class BundleFolder {
public:
  /// Creates the folder for a bundle at `target`: a new name, an empty folder
  /// or a bundle. Links are followed, so that a link keeps its meaning.
  static llvm::Expected<std::unique_ptr<BundleFolder>>
  create(llvm::StringRef target);
  ~BundleFolder();
  BundleFolder(const BundleFolder &) = delete;

  /// Where to write files until `takePlace`.
  const std::string &path() const { return folder; }

  llvm::Error takePlace();

private:
  BundleFolder(std::string target) : target(std::move(target)) {}
  llvm::Error make();
  bool lock();
  void remove();

  std::string target;
  std::string folder; ///< empty: nothing to remove
  int descriptor = -1;
  std::mutex mutex;
};

} // namespace dtc

#endif // DTC_LIB_DRIVER_BUNDLEFOLDER_H
