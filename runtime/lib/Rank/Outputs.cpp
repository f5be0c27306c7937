//===- Outputs.cpp - What a run leaves behind -----------------------------===//
//
// Outputs are gathered whole: rank 0 holds every piece of every output while it
// writes. Parameters may be larger than one machine likes, so they are gathered
// one at a time, in the order of the file.
//===----------------------------------------------------------------------===//

#include "Outputs.h"
#include "ArrayReading.h"
#include "Assemble.h"
#include <cstring>

namespace dtc::runtime {
namespace {

using Pieces = std::vector<std::vector<char>>;

/// The full value of `tensor` from gathered pieces.
ArraySource wholeSource(const RankProgram &program,
                        const BoundaryTensor &tensor, const Pieces &pieces) {
  return {tensor.name, tensor.dtype, tensor.shape, [&](char *to) -> Status {
            assemble(
                program, tensor,
                [&](int64_t rank) { return pieces[size_t(rank)].data(); }, to);
            return Done{};
          }};
}

ArraySource localSource(const RankProgram &program,
                        const BoundaryTensor &tensor, const Pieces &pieces,
                        int64_t rank) {
  const std::vector<char> &piece = pieces[static_cast<size_t>(rank)];
  return {rankName(tensor.name, rank), tensor.dtype,
          program.regionOf(tensor, rank).size, [&piece](char *to) -> Status {
            if (!piece.empty())
              std::memcpy(to, piece.data(), piece.size());
            return Done{};
          }};
}

} // namespace

Status OutputFiles::create(const std::string &option, const std::string &path) {
  if (path.empty())
    return Done{};
  requested[option] = path;
  if (program.rank != 0)
    return Done{};
  auto file = OutputFile::create(path);
  if (!file)
    return file.error();
  files[option] = std::make_unique<OutputFile>(std::move(*file));
  return Done{};
}

Status OutputFiles::open(const RankOptions &options) {
  const std::pair<const char *, const std::string &> named[] = {
      {"--output", options.output},
      {"--stats", options.stats},
      {"--local-output", options.localOutput},
      {"--trace", options.trace},
      {"--save-params", options.saveParams}};
  for (const auto &[option, path] : named)
    if (auto status = create(option, path); !status)
      return status.error();
  return Done{};
}

Pieces OutputFiles::gatherTensor(const BoundaryTensor &tensor,
                                 const void *piece, Peers &peers) {
  bool needed =
      wants("--local-output") || contributes(program, tensor, program.rank);
  return peers.gather(piece,
                      needed ? static_cast<size_t>(tensor.localBytes()) : 0);
}

Status OutputFiles::writeOutputs(const std::vector<void *> &pieces,
                                 Peers &peers) {
  if (!wants("--output") && !wants("--local-output"))
    return Done{};
  std::vector<Pieces> gathered;
  for (size_t i = 0; i < program.outputs.size(); ++i)
    gathered.push_back(gatherTensor(program.outputs[i], pieces[i], peers));
  if (program.rank != 0)
    return Done{};
  std::vector<ArraySource> whole, local;
  for (size_t i = 0; i < program.outputs.size(); ++i) {
    whole.push_back(wholeSource(program, program.outputs[i], gathered[i]));
    for (int64_t rank = 0; rank < program.worldSize(); ++rank)
      local.push_back(
          localSource(program, program.outputs[i], gathered[i], rank));
  }
  if (wants("--output"))
    if (auto status = writeNpz(*files["--output"], whole); !status)
      return status.error();
  if (wants("--local-output"))
    if (auto status = writeNpz(*files["--local-output"], local); !status)
      return status.error();
  return Done{};
}

Status OutputFiles::writeParameters(const std::vector<void *> &pieces,
                                    Peers &peers) {
  if (!wants("--save-params"))
    return Done{};
  std::vector<ArraySource> sources;
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    const BoundaryTensor &tensor = program.parameters[i];
    sources.push_back(
        {tensor.name, tensor.dtype, tensor.shape,
         [this, &tensor, &peers, piece = pieces[i]](char *to) -> Status {
           Pieces gathered = gatherTensor(tensor, piece, peers);
           return wholeSource(program, tensor, gathered).fill(to);
         }});
  }
  if (program.rank == 0)
    return writeSafetensors(*files["--save-params"], sources,
                            {{"model", program.model}});
  for (size_t i : safetensorsOrder(sources))
    gatherTensor(program.parameters[i], pieces[i], peers);
  return Done{};
}

Status OutputFiles::writeTexts(const std::string &option,
                               const std::string &before,
                               const std::string &text,
                               const std::string &after, Peers &peers) {
  if (!wants(option))
    return Done{};
  Pieces texts = peers.gather(text.data(), text.size());
  if (program.rank != 0)
    return Done{};
  std::string joined = before;
  for (size_t rank = 0; rank < texts.size(); ++rank) {
    joined += rank ? ",\n" : "";
    joined.append(texts[rank].begin(), texts[rank].end());
  }
  joined += after;
  return files[option]->write(joined.data(), joined.size());
}

Status OutputFiles::commit() {
  for (auto &[option, file] : files)
    if (auto status = file->commit(); !status)
      return status.error();
  return Done{};
}

} // namespace dtc::runtime
