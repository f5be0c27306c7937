//===- StepTimes.cpp - How long a step takes ------------------------------===//

#include "StepTimes.h"
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

namespace dtc::gpucheck {

runtime::Result<double> medianStep(const std::string &statsPath,
                                   size_t skipped) {
  using nlohmann::json;
  std::ifstream file(statsPath);
  json stats = json::parse(file, nullptr, false);
  if (!stats.is_object() || !stats.contains("ranks") ||
      !stats["ranks"].is_array())
    return runtime::Error{"'" + statsPath +
                          "': expected what --stats writes, got something "
                          "else"};
  std::vector<double> steps;
  for (const json &rank : stats["ranks"]) {
    if (!rank.is_object() || !rank.contains("step_seconds") ||
        !rank["step_seconds"].is_array())
      return runtime::Error{"'" + statsPath +
                            "': expected the times of every rank's steps"};
    const json &times = rank["step_seconds"];
    steps.resize(std::max(steps.size(), times.size()));
    for (size_t i = 0; i < times.size(); ++i)
      if (times[i].is_number())
        steps[i] = std::max(steps[i], times[i].get<double>());
  }
  if (steps.size() <= skipped)
    return runtime::Error{"'" + statsPath + "': expected more than " +
                          std::to_string(skipped) + " steps, got " +
                          std::to_string(steps.size())};
  steps.erase(steps.begin(), steps.begin() + static_cast<int64_t>(skipped));
  std::sort(steps.begin(), steps.end());
  return steps[steps.size() / 2];
}

} // namespace dtc::gpucheck
