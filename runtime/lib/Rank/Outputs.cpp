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
#include <numeric>
#include <optional>

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

/// The values of all steps of one output.
ArraySource steppedSource(const BoundaryTensor &tensor,
                          const std::vector<char> &values) {
  std::vector<int64_t> shape = tensor.shape;
  shape.insert(shape.begin(),
               static_cast<int64_t>(values.size()) / tensor.globalBytes());
  return {tensor.name, tensor.dtype, shape, [&values](char *to) -> Status {
            std::memcpy(to, values.data(), values.size());
            return Done{};
          }};
}

} // namespace

std::string checkpointPathOf(const std::string &savedParams) {
  const std::string extension = ".safetensors";
  size_t stem = savedParams.size();
  if (stem > extension.size() &&
      savedParams.compare(stem - extension.size(), extension.size(),
                          extension) == 0)
    stem -= extension.size();
  return savedParams.substr(0, stem) + ".checkpoint" + extension;
}

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
  checkpointPath = checkpointPathOf(options.saveParams);
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
                                 int64_t steppedOutput,
                                 const std::vector<char> &stepped,
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
    const BoundaryTensor &tensor = program.outputs[i];
    whole.push_back(static_cast<int64_t>(i) == steppedOutput
                        ? steppedSource(tensor, stepped)
                        : wholeSource(program, tensor, gathered[i]));
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

/// All ranks call this; `file` is null but on rank 0.
Status
OutputFiles::writeTensors(OutputFile *file, const std::vector<size_t> &numbers,
                          const std::vector<void *> &pieces,
                          const std::map<std::string, std::string> &words,
                          Peers &peers) {
  std::vector<ArraySource> sources;
  for (size_t i : numbers) {
    const BoundaryTensor &tensor = program.parameters[i];
    sources.push_back(
        {tensor.name, tensor.dtype, tensor.shape,
         [this, &tensor, &peers, piece = pieces[i]](char *to) -> Status {
           Pieces gathered = gatherTensor(tensor, piece, peers);
           return wholeSource(program, tensor, gathered).fill(to);
         }});
  }
  if (program.rank == 0)
    return writeSafetensors(*file, sources, words);
  for (size_t i : safetensorsOrder(sources))
    gatherTensor(program.parameters[numbers[i]], pieces[numbers[i]], peers);
  return Done{};
}

Status OutputFiles::writeParameters(const std::vector<void *> &pieces,
                                    Peers &peers) {
  if (!wants("--save-params"))
    return Done{};
  std::vector<size_t> numbers;
  for (size_t i = 0; i < program.parameters.size(); ++i)
    if (program.uses[i].kind != DTC_STATE)
      numbers.push_back(i);
  OutputFile *file = program.rank == 0 ? files["--save-params"].get() : nullptr;
  return writeTensors(file, numbers, pieces, {{"model", program.model}}, peers);
}

Status OutputFiles::writeCheckpoint(const std::vector<void *> &pieces,
                                    int64_t step, Peers &peers) {
  std::vector<size_t> numbers(program.parameters.size());
  std::iota(numbers.begin(), numbers.end(), size_t(0));
  std::optional<OutputFile> file;
  if (program.rank == 0) {
    auto created = OutputFile::create(checkpointPath);
    if (!created)
      return created.error();
    file.emplace(std::move(*created));
  }
  auto status = writeTensors(
      file ? &*file : nullptr, numbers, pieces,
      {{"model", program.model}, {"step", std::to_string(step)}}, peers);
  if (!status)
    return status.error();
  return file ? file->commit() : Status(Done{});
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
