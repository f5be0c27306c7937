//===- Environment.cpp - What a launcher tells a rank ---------------------===//

#include "Environment.h"
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <optional>

namespace dtc::runtime {
namespace {

Result<std::optional<int64_t>> number(const char *name) {
  const char *text = std::getenv(name);
  if (!text)
    return std::optional<int64_t>();
  char *end = nullptr;
  errno = 0;
  long long value = std::strtoll(text, &end, 10);
  if (end == text || *end != '\0' || errno != 0 || value < 0 || value > INT_MAX)
    return Error{std::string("environment variable '") + name +
                 "': expected a number of at least 0, got '" + text + "'"};
  return std::optional<int64_t>(value);
}

/// The first of two variables that is set.
Result<std::optional<int64_t>> numberOf(const char *first, const char *second) {
  auto value = number(first);
  if (!value || *value)
    return value;
  return number(second);
}

std::string text(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

} // namespace

Result<Environment> readEnvironment(int64_t worldSize) {
  auto rank = numberOf("RANK", "OMPI_COMM_WORLD_RANK");
  if (!rank)
    return rank.error();
  auto world = numberOf("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE");
  if (!world)
    return world.error();
  auto local = numberOf("LOCAL_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE");
  if (!local)
    return local.error();
  auto memory = number("DTC_MEMORY_FD");
  if (!memory)
    return memory.error();
  Environment result;
  result.worldSize = world->value_or(1);
  if (result.worldSize != worldSize)
    return Error{"the program is for " + std::to_string(worldSize) +
                 " ranks: expected as many processes, got " +
                 std::to_string(result.worldSize) +
                 "; start it with dtc-run, or with mpirun -n " +
                 std::to_string(worldSize) + ", or set RANK and WORLD_SIZE"};
  if (!*rank && worldSize > 1)
    return Error{"expected the environment variable 'RANK', got none"};
  result.rank = rank->value_or(0);
  if (result.rank >= worldSize)
    return Error{"environment variable 'RANK': expected a number below " +
                 std::to_string(worldSize) + ", got " +
                 std::to_string(result.rank)};
  result.localSize = local->value_or(worldSize);
  result.memoryDescriptor = static_cast<int>(memory->value_or(-1));
  if (!text("DTC_LAUNCHED").empty())
    result.launcher = Environment::DtcRun;
  else if (!text("OMPI_COMM_WORLD_RANK").empty())
    result.launcher = Environment::MpiRun;
  result.jobName = text("PMIX_NAMESPACE") + "|" + text("TORCHELASTIC_RUN_ID") +
                   "|" + text("MASTER_ADDR") + "|" + text("MASTER_PORT");
  return result;
}

} // namespace dtc::runtime
