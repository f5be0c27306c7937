//===- Options.cpp - The command line of a rank ---------------------------===//
//
// One table row an option: its name, what its value is, and how the value is
// taken over. Help comes from the same table.
//===----------------------------------------------------------------------===//

#include "Options.h"
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <set>

namespace dtc::runtime {
namespace {

/// Takes over a value; returns what was expected when it does not fit.
using Take = std::function<std::string(RankOptions &, const std::string &)>;

struct OptionRow {
  const char *name;
  const char *value;
  const char *help;
  Take take;
};

bool parseInteger(const std::string &text, int64_t least, int64_t &value) {
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos)
    return false;
  errno = 0;
  long long parsed = std::strtoll(text.c_str(), nullptr, 10);
  value = parsed;
  return errno == 0 && parsed >= least;
}

Take file(std::string RankOptions::*field) {
  return [field](RankOptions &options, const std::string &text) {
    options.*field = text;
    return std::string(text.empty() ? "a file name" : "");
  };
}

Take integer(int64_t RankOptions::*field, int64_t least) {
  return [field, least](RankOptions &options, const std::string &text) {
    return parseInteger(text, least, options.*field)
               ? std::string()
               : "a number of at least " + std::to_string(least);
  };
}

std::string takeTransport(RankOptions &options, const std::string &text) {
  options.transport = text;
  for (const char *known : {"auto", "shm", "mpi", "nccl"})
    if (text == known)
      return {};
  return "auto, shm, mpi or nccl";
}

std::string takeSrcDataRank(RankOptions &options, const std::string &text) {
  options.srcDataRank.reset();
  if (text == "none")
    return {};
  int64_t rank;
  if (!parseInteger(text, 0, rank))
    return "a rank or none";
  options.srcDataRank = rank;
  return {};
}

std::string takeSeed(RankOptions &options, const std::string &text) {
  int64_t seed;
  if (!parseInteger(text, 0, seed))
    return "a seed of at least 0";
  options.randomParams = static_cast<uint64_t>(seed);
  return {};
}

std::string takeTimeout(RankOptions &options, const std::string &text) {
  char *end = nullptr;
  options.timeoutSeconds = std::strtod(text.c_str(), &end);
  bool good = !text.empty() && *end == '\0' &&
              std::isfinite(options.timeoutSeconds) &&
              options.timeoutSeconds > 0;
  return good ? "" : "a number of seconds above 0";
}

const std::vector<OptionRow> &optionTable() {
  static const std::vector<OptionRow> table = {
      {"--input", "FILE.npz", "one array per graph input, global value",
       file(&RankOptions::input)},
      {"--output", "FILE.npz", "write the outputs as full values",
       file(&RankOptions::output)},
      {"--local-output", "FILE.npz",
       "write every rank's own piece, NAME.rank<K>",
       file(&RankOptions::localOutput)},
      {"--steps", "N", "training steps (default 1)",
       integer(&RankOptions::steps, 1)},
      {"--warmup", "N", "untimed repetitions (default 0)",
       integer(&RankOptions::warmup, 0)},
      {"--repeat", "N", "timed repetitions (default 1)",
       integer(&RankOptions::repeat, 1)},
      {"--stats", "FILE.json", "write times, memory and collectives per rank",
       file(&RankOptions::stats)},
      {"--trace", "FILE.json", "write a Chrome/Perfetto trace",
       file(&RankOptions::trace)},
      {"--transport", "NAME", "auto, shm, mpi or nccl (default auto)",
       takeTransport},
      {"--src-data-rank", "K",
       "rank K loads each parameter whole (default "
       "none: every rank reads its own shard)",
       takeSrcDataRank},
      {"--params", "FILE.npz", "replace parameters by full values",
       file(&RankOptions::params)},
      {"--save-params", "FILE.safetensors", "save parameters as full values",
       file(&RankOptions::saveParams)},
      {"--random-params", "SEED", "fill the parameters with random values",
       takeSeed},
      {"--checkpoint-every", "N", "training: save the state every N steps",
       integer(&RankOptions::checkpointEvery, 1)},
      {"--timeout", "SECONDS", "longest wait in a collective (default 300)",
       takeTimeout},
  };
  return table;
}

const OptionRow *findRow(const std::string &name) {
  for (const OptionRow &row : optionTable())
    if (name == row.name)
      return &row;
  return nullptr;
}

} // namespace

Result<RankOptions> parseOptions(const std::vector<std::string> &arguments) {
  RankOptions options;
  std::set<std::string> seen;
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string name = arguments[i], value;
    if (name == "--help" || name == "-h") {
      options.action = RankOptions::Help;
      return options;
    }
    size_t equals = name.find('=');
    bool attached = name.rfind("--", 0) == 0 && equals != std::string::npos;
    if (attached) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    const OptionRow *row = findRow(name);
    if (!row)
      return Error{"unknown argument '" + name +
                   "' (--help lists the options)"};
    if (!seen.insert(name).second)
      return Error{"option '" + name + "' is given twice"};
    if (!attached && i + 1 == arguments.size())
      return Error{"option '" + name + "': expected " + row->value};
    if (!attached)
      value = arguments[++i];
    std::string expected = row->take(options, value);
    if (!expected.empty())
      return Error{"option '" + name + "': expected " + expected + ", got '" +
                   value + "'"};
  }
  return options;
}

std::string usageText() {
  std::string text = "usage: rank<K> [options]\n";
  for (const OptionRow &row : optionTable()) {
    std::string left = std::string("  ") + row.name + " " + row.value;
    left.resize(std::max<size_t>(left.size() + 1, 36), ' ');
    text += left + row.help + "\n";
  }
  return text;
}

} // namespace dtc::runtime
