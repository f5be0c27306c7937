//===- Outputs.h - What a run leaves behind -------------------------------===//
//
// All ranks call these together; rank 0 writes. Files are created first, so
// that an unwritable path is known before a long run, and committed last, all
// of them, so that a failed rank leaves none.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_OUTPUTS_H
#define DTC_RUNTIME_LIB_RANK_OUTPUTS_H

#include "Options.h"
#include "Peers.h"
#include "Program.h"
#include "dtc/runtime/ArrayFile.h"
#include <map>

namespace dtc::runtime {

class OutputFiles {
public:
  explicit OutputFiles(const RankProgram &program) : program(program) {}

  /// Creates the files that `options` name, on rank 0.
  Status open(const RankOptions &options);

  /// Gathers the outputs and writes `--output` and `--local-output`. Of the
  /// output number `steppedOutput`, if there is one, `--output` gets the values
  /// of all steps, which follow each other in `stepped`.
  Status writeOutputs(const std::vector<void *> &pieces, int64_t steppedOutput,
                      const std::vector<char> &stepped, Peers &peers);
  /// Gathers the parameters one by one and writes `--save-params`.
  Status writeParameters(const std::vector<void *> &pieces, Peers &peers);
  /// Writes parameters and the optimizer's states to the file of
  /// `--checkpoint-every`: the one of before, or this one whole.
  Status writeCheckpoint(const std::vector<void *> &pieces, int64_t step,
                         Peers &peers);
  /// Gathers every rank's text and writes `before`, the texts separated by
  /// commas, `after` to the file of `option`.
  Status writeTexts(const std::string &option, const std::string &before,
                    const std::string &text, const std::string &after,
                    Peers &peers);
  /// Drops all files; none appears.
  void discard() { files.clear(); }
  /// Gives all files their names.
  Status commit();

private:
  Status writeTensors(OutputFile *file, const std::vector<size_t> &numbers,
                      const std::vector<void *> &pieces,
                      const std::map<std::string, std::string> &words,
                      Peers &peers);
  Status create(const std::string &option, const std::string &path);
  bool wants(const std::string &option) const {
    return requested.count(option) != 0;
  }
  std::vector<std::vector<char>> gatherTensor(const BoundaryTensor &tensor,
                                              const void *piece, Peers &peers);

  const RankProgram &program;
  std::map<std::string, std::string> requested; ///< path by option
  std::string checkpointPath;
  std::map<std::string, std::unique_ptr<OutputFile>> files;
};

/// Where `--checkpoint-every` saves beside the file of `--save-params`:
/// `weights.safetensors` becomes `weights.checkpoint.safetensors`.
std::string checkpointPathOf(const std::string &savedParams);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_OUTPUTS_H
