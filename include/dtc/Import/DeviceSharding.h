//===- DeviceSharding.h - Which device holds which piece --------*- C++ -*-===//
//
// ONNX says how a tensor is spread as a grid of pieces and the devices that
// hold each; dtc says it as one placement per mesh axis. Both directions, as
// plain values: messages are read and written elsewhere.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_IMPORT_DEVICESHARDING_H
#define DTC_IMPORT_DEVICESHARDING_H

#include "dtc/Sharding/Placement.h"

#include "llvm/Support/Error.h"

#include <tuple>

namespace dtc {

/// One dimension cut into `pieces` equal chunks.
struct ShardedDim {
  /// As written: negative ones count from the back.
  int64_t dim = 0;
  int64_t pieces = 1;

  bool operator<(const ShardedDim &o) const {
    return std::pair(dim, pieces) < std::pair(o.dim, o.pieces);
  }
};

/// How the devices of a configuration share one tensor.
struct DeviceSharding {
  /// The grid of pieces, the last one fastest; each has 2 or more.
  std::vector<ShardedDim> dims;
  /// Device -> the index of the piece that it holds, for every device.
  std::vector<int64_t> pieceOf;

  int64_t numPieces() const;
  bool operator<(const DeviceSharding &o) const {
    return std::tie(dims, pieceOf) < std::tie(o.dims, o.pieceOf);
  }
};

/// One placement per axis of `mesh`, dimensions as written. An error says why
/// no placements mean the same: devices in another order than the mesh's
/// ranks, or pieces that no axis separates.
llvm::Expected<Placements> placementsOn(const Mesh &mesh,
                                        const DeviceSharding &sharding);

/// The reverse; nothing for placements that are no grid of pieces: partial
/// values and windows.
std::optional<DeviceSharding> shardingOf(const Mesh &mesh,
                                         llvm::ArrayRef<Placement> placements);

/// The mesh of `numDevices` ranks with the fewest axes on which all of
/// `shardings` are placements: `tp`; `dp`, `tp`; or `axis0`, `axis1`, … An
/// error when none of up to four axes does.
llvm::Expected<Mesh> inferMesh(int64_t numDevices,
                               llvm::ArrayRef<DeviceSharding> shardings);

} // namespace dtc

#endif // DTC_IMPORT_DEVICESHARDING_H
