//===- Result.h - A value or an error message -----------------------------===//
//
// The runtime and its file library report bad input by value: they are linked
// into a compiler that is built without exceptions.
//
//   Result<int> parse(const std::string &text);
//   if (auto number = parse(text); !number)
//     return number.error();
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_RESULT_H
#define DTC_RUNTIME_RESULT_H

#include <string>
#include <utility>
#include <variant>

namespace dtc::runtime {

/// What went wrong, as a sentence for the user: lower case, no full stop.
struct Error {
  std::string message;
};

/// A `T`, or why there is none.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state.index() == 0; }
  T &operator*() & { return std::get<0>(state); }
  T &&operator*() && { return std::get<0>(std::move(state)); }
  const T &operator*() const & { return std::get<0>(state); }
  T *operator->() { return &std::get<0>(state); }
  const T *operator->() const { return &std::get<0>(state); }

  /// Only when there is no value.
  const Error &error() const { return std::get<1>(state); }

private:
  std::variant<T, Error> state;
};

/// The value of an operation that has only an outcome.
struct Done {};

using Status = Result<Done>;

} // namespace dtc::runtime

#endif // DTC_RUNTIME_RESULT_H
