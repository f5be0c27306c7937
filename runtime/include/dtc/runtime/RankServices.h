//===- RankServices.h - What primitives may ask of their rank -------------===//
//
// `dtc_frame::runtime` points at one of these.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_RANKSERVICES_H
#define DTC_RUNTIME_RANKSERVICES_H

#include <cstddef>
#include <cstdint>

namespace dtc::runtime {

class RankServices {
public:
  /// Ends this rank, and through the transport all others.
  [[noreturn]] virtual void fail(const char *message) = 0;

  /// A primitive has its own copy of the weight at `weight` now. What is mapped
  /// from a file can leave the process's memory.
  virtual void weightPacked(const void *weight, size_t bytes) = 0;

  /// What runs from here on belongs to another dtc_phase.
  virtual void enterPhase(int32_t phase) = 0;

protected:
  ~RankServices() = default;
};

/// What begins the lines that the launcher shows as progress; it asks for them
/// by DTC_PROGRESS in the environment.
constexpr const char *kProgressPrefix = "progress: ";

/// Threads that primitives use; before the first primitive is created.
void setPrimitiveThreads(int threads);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_RANKSERVICES_H
