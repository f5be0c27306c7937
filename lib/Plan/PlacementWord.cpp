//===- PlacementWord.cpp - Placements as users write them -----------------===//
//
// 1. Split "head(argument)".
// 2. Look the head up; the argument is a dimension for `shard`, a reduction
//    for `partial`, absent for `replicate`.
// 3. For anything else say what would be right, keeping the user's argument.
//
//===----------------------------------------------------------------------===//

#include "dtc/Plan/PlacementWord.h"

#include "dtc/Plan/Spelling.h"

#include "llvm/ADT/STLExtras.h"

using namespace dtc;
using namespace dtc::plan;
using llvm::StringRef;

static constexpr StringRef kReduceWords[] = {"sum", "avg", "max", "min",
                                             "product"};
static constexpr ReduceKind kReduceKinds[] = {ReduceKind::Sum, ReduceKind::Avg,
                                              ReduceKind::Max, ReduceKind::Min,
                                              ReduceKind::Product};
static constexpr StringRef kExpected =
    "expected replicate, shard(D) or partial(sum|avg|max|min|product)";

std::string PlacementWord::str() const {
  switch (kind) {
  case Kind::Shard:
    return "shard(" + std::to_string(dim) + ")";
  case Kind::Partial:
    for (auto [word, value] : llvm::zip_equal(kReduceWords, kReduceKinds))
      if (value == reduce)
        return ("partial(" + word + ")").str();
    break;
  case Kind::Replicate:
    break;
  }
  return "replicate";
}

std::string PlacementSpec::str() const {
  std::string out;
  for (const PlacementWord &word : words)
    out += (out.empty() ? "" : ", ") + word.str();
  return form == Form::List ? "[" + out + "]" : out;
}

namespace {
/// "head(argument)" or "head".
struct Call {
  StringRef head;
  std::optional<StringRef> argument;
};
} // namespace

static std::optional<Call> splitCall(StringRef text) {
  Call call;
  size_t open = text.find('(');
  call.head = text.take_front(open).rtrim();
  if (open == StringRef::npos)
    return call;
  StringRef rest = text.drop_front(open + 1);
  if (!rest.consume_back(")") || rest.contains('(') || rest.contains(')'))
    return std::nullopt;
  call.argument = rest.trim();
  return call;
}

static PlacementWordOrError failure(const llvm::Twine &message) {
  return {std::nullopt, message.str()};
}

static PlacementWordOrError parseShard(StringRef text, const Call &call) {
  if (!call.argument || call.argument->empty())
    return failure("expected a dimension, as in 'shard(0)', got " +
                   inQuotes(text));
  int64_t dim = 0;
  if (call.argument->getAsInteger(10, dim))
    return failure("expected an integer dimension in 'shard(D)', got " +
                   inQuotes(*call.argument));
  return {PlacementWord::shard(dim), ""};
}

static PlacementWordOrError parsePartial(StringRef text, const Call &call) {
  if (!call.argument || call.argument->empty())
    return failure("expected a reduction, as in 'partial(sum)', got " +
                   inQuotes(text));
  const StringRef *found = llvm::find(kReduceWords, *call.argument);
  if (found == std::end(kReduceWords))
    return failure("unknown reduction " + inQuotes(*call.argument) +
                   " in 'partial(…)', expected one of " + joined(kReduceWords) +
                   didYouMean(*call.argument, kReduceWords));
  return {PlacementWord::partial(kReduceKinds[found - kReduceWords]), ""};
}

/// What a word that is none may have meant.
static std::string suggestWord(const Call &call) {
  StringRef heads[] = {"replicate", "shard", "partial"};
  std::string lower = call.head.lower();
  StringRef head = lower == "s"   ? heads[1]
                   : lower == "r" ? heads[0]
                   : lower == "p" ? heads[2]
                                  : closest(call.head, heads);
  if (head.empty())
    return "";
  std::string word = head.str();
  StringRef argument = call.argument.value_or("");
  if (head == "shard")
    word += ("(" + (argument.empty() ? "0" : argument) + ")").str();
  if (head == "partial")
    word += ("(" + (argument.empty() ? "sum" : argument) + ")").str();
  return "; did you mean " + inQuotes(word) + "?";
}

PlacementWordOrError dtc::plan::parsePlacementWord(StringRef text) {
  text = text.trim();
  std::optional<Call> call = splitCall(text);
  if (!call)
    return failure("unbalanced parentheses in placement " + inQuotes(text) +
                   ", " + kExpected);
  if (call->head == "shard")
    return parseShard(text, *call);
  if (call->head == "partial")
    return parsePartial(text, *call);
  if (call->head == "replicate" && !call->argument)
    return {PlacementWord::replicate(), ""};
  if (call->head == "mask_partial")
    return failure("placement " + inQuotes(text) +
                   " cannot be asked for: the compiler gives it to results of "
                   "lookups in row-sharded tables");
  return failure("unknown placement " + inQuotes(text) + ", " + kExpected +
                 suggestWord(*call));
}
