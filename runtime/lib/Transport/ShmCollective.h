//===- ShmCollective.h - One collective over shared memory ----------------===//
//
// See Channel.h for the protocol. Here is what is published and taken.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_TRANSPORT_SHMCOLLECTIVE_H
#define DTC_RUNTIME_LIB_TRANSPORT_SHMCOLLECTIVE_H

#include "Channel.h"

namespace dtc::runtime {

class ShmCollective final : public Collective {
public:
  ShmCollective(Channel &channel, const dtc_collective &desc);
  ~ShmCollective() override;

  void start(const void *source, void *result) override;
  void wait() override;

private:
  friend class Channel;
  enum Path { Local, Lines, Staged, Direct };
  enum State { Idle, Started, Published };
  /// A reduced run: where it is in each source, in the result, and its length
  /// in elements.
  struct ReducedRuns {
    int64_t sourceOffset = 0, sourceStride = 0, resultStride = 0;
    int64_t runs = 0, elements = 0;
  };

  Path choosePath() const;
  void planPieces();

  void publish();
  void publishLines();
  void publishBuffers();
  /// Takes what others give; afterwards their slots are free.
  void complete();
  void collectSources();
  void takeLines(size_t member);
  void takePieces();
  void reducePieces();
  void reduceShare();
  void copyToOther(char *to, const char *from, int64_t bytes) const;
  /// After all others are through with the buffers.
  void finish();

  bool reduces() const {
    return desc.kind == DTC_ALL_REDUCE || desc.kind == DTC_REDUCE_SCATTER;
  }
  bool isRooted() const {
    return desc.kind == DTC_BROADCAST || desc.kind == DTC_SCATTER;
  }
  /// Two members both read everything: that is no more traffic than sharing
  /// the work, and the result is in the cache of who needs it.
  bool sharesWork() const {
    return path == Direct && desc.kind == DTC_ALL_REDUCE && sources.size() > 2;
  }
  bool gives(size_t member) const {
    return !isRooted() || member == static_cast<size_t>(desc.root);
  }
  bool othersUseBuffers() const {
    return path == Direct && gives(channel.self);
  }
  std::string name() const;

  Channel &channel;
  const dtc_collective desc;
  const int64_t element;
  Path path = Local;
  State state = Idle;
  uint32_t number = 0;
  ShmCollective *next = nullptr;

  int64_t givenBytes = 0, takenBytes = 0;
  Reduction reduction = nullptr;
  StreamingCopy copyAligned = nullptr;
  std::vector<StridedCopy> pieces; ///< by member
  ReducedRuns reduced;
  std::vector<const void *> sources, at; ///< by member
  std::vector<char *> targets;           ///< results of members
  std::vector<char> received;            ///< payload of lines, by member

  const char *source = nullptr;
  char *result = nullptr;
  /// Stand-ins for buffers outside of the shared memory.
  void *sourceCopy = nullptr, *resultCopy = nullptr;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_TRANSPORT_SHMCOLLECTIVE_H
