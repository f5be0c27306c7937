//===- Compare.cpp - Arrays against expected ones -------------------------===//
//
// An array is read whole once its size is known to be that of the expected one.
//===----------------------------------------------------------------------===//

#include "Compare.h"
#include "dtc/runtime/ArrayFile.h"
#include "dtc/runtime/Elements.h"
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

namespace dtc::gpucheck {
namespace {

using namespace runtime;

struct Tolerance {
  double relative = 0, absolute = 0;
};

Result<std::map<std::string, Tolerance>>
readTolerances(const std::string &path) {
  std::ifstream file(path);
  if (!file)
    return Error{"cannot read '" + path + "'"};
  std::map<std::string, Tolerance> tolerances;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    Tolerance tolerance;
    if (!(words >> name >> tolerance.relative >> tolerance.absolute) ||
        tolerance.relative < 0 || tolerance.absolute < 0)
      return Error{"'" + path + "': expected 'NAME RTOL ATOL', got '" + line +
                   "'"};
    tolerances[name] = tolerance;
  }
  return tolerances;
}

struct Difference {
  int64_t count = 0;
  int64_t first = 0;
  double expected = 0, actual = 0; ///< there
  double largest = 0;
};

bool agrees(double want, double got, Tolerance allowed) {
  if (std::isnan(want) || std::isinf(want))
    return std::isnan(want) ? std::isnan(got) : got == want;
  return std::fabs(got - want) <=
         allowed.absolute + allowed.relative * std::fabs(want);
}

/// Integers too wide for a double are equal where their bits are.
Difference differenceOf(int32_t dtype, const std::vector<char> &want,
                        const std::vector<char> &got, Tolerance allowed) {
  Difference found;
  dispatchElement(dtype, [&](auto element) {
    using E = decltype(element);
    using Stored = typename E::Stored;
    for (size_t at = 0; at < want.size(); at += sizeof(Stored)) {
      if (std::memcmp(want.data() + at, got.data() + at, sizeof(Stored)) == 0)
        continue;
      Stored wanted, gotten;
      std::memcpy(&wanted, want.data() + at, sizeof wanted);
      std::memcpy(&gotten, got.data() + at, sizeof gotten);
      auto expected = static_cast<double>(E::load(wanted));
      auto actual = static_cast<double>(E::load(gotten));
      double deviation = std::fabs(actual - expected);
      bool isRounded = deviation == 0 && E::load(wanted) != E::load(gotten);
      if (std::isfinite(deviation))
        found.largest = std::max(found.largest, deviation);
      if (agrees(expected, actual, allowed) && !isRounded)
        continue;
      if (found.count++ == 0) {
        found.first = static_cast<int64_t>(at / sizeof(Stored));
        found.expected = expected;
        found.actual = actual;
      }
    }
  });
  return found;
}

std::string typeText(const ArrayInfo &info) {
  return elementName(info.dtype) + shapeText(info.shape);
}

std::string placeText(int64_t index, const std::vector<int64_t> &shape) {
  std::vector<int64_t> place(shape.size());
  for (size_t dim = shape.size(); dim-- > 0;) {
    place[dim] = index % shape[dim];
    index /= shape[dim];
  }
  return shapeText(place);
}

std::string numberText(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.7g", value);
  return text;
}

Result<double> compareOne(ArrayFile &expected, const ArrayInfo &want,
                          ArrayFile &actual, Tolerance allowed) {
  const ArrayInfo *got = actual.find(want.name);
  if (!got)
    return Error{"output '" + want.name + "' is missing"};
  if (got->dtype != want.dtype || got->shape != want.shape)
    return Error{"'" + want.name + "': expected " + typeText(want) + ", got " +
                 typeText(*got)};
  std::vector<char> wanted(static_cast<size_t>(want.bytes)),
      gotten(static_cast<size_t>(got->bytes));
  if (auto status = expected.read(want, wanted.data()); !status)
    return status.error();
  if (auto status = actual.read(*got, gotten.data()); !status)
    return status.error();
  Difference found = differenceOf(want.dtype, wanted, gotten, allowed);
  if (found.count == 0)
    return found.largest;
  return Error{"'" + want.name + "': " + std::to_string(found.count) + " of " +
               std::to_string(want.bytes / elementSize(want.dtype)) +
               " values differ, first at " +
               placeText(found.first, want.shape) + ": expected " +
               numberText(found.expected) + ", got " +
               numberText(found.actual)};
}

} // namespace

Result<double> compareArrays(const ArrayPaths &paths) {
  auto tolerances = readTolerances(paths.tolerances);
  if (!tolerances)
    return tolerances.error();
  auto expected = openNpz(paths.expected);
  if (!expected)
    return expected.error();
  auto actual = openNpz(paths.actual);
  if (!actual)
    return actual.error();
  if ((*expected)->arrays().empty())
    return Error{"'" + paths.expected + "': expected arrays, got none"};
  double largest = 0;
  for (const ArrayInfo &want : (*expected)->arrays()) {
    auto line = tolerances->find(want.name);
    if (line == tolerances->end())
      line = tolerances->find("*");
    if (line == tolerances->end())
      return Error{"'" + paths.tolerances + "': expected a line for '" +
                   want.name + "' or '*', got none"};
    auto deviation = compareOne(**expected, want, **actual, line->second);
    if (!deviation)
      return deviation.error();
    largest = std::max(largest, *deviation);
  }
  return largest;
}

} // namespace dtc::gpucheck
