//===- TorchJson.cpp - JSON of torch.export in small pieces ---------------===//

#include "TorchJson.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"

using namespace dtc;
using llvm::StringRef;
using llvm::Twine;

static constexpr size_t maxNesting = 100;
/// LLVM's objects take 4 KiB each.
static constexpr size_t maxObjectsInPiece = 1 << 16;
static constexpr size_t maxValuesInPiece = 1 << 22;

static llvm::Error jsonError(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// The position behind the string that begins at `position`, or npos.
static size_t skipString(StringRef text, size_t position) {
  for (size_t i = position + 1; i < text.size(); ++i) {
    if (text[i] == '"')
      return i + 1;
    if (text[i] == '\\')
      ++i;
  }
  return StringRef::npos;
}

llvm::Error dtc::checkJsonNesting(StringRef text) {
  llvm::SmallVector<char> open;
  for (size_t i = 0; i < text.size();) {
    char c = text[i];
    if (c == '"') {
      i = skipString(text, i);
      if (i == StringRef::npos)
        return jsonError("expected JSON, got a string without end");
      continue;
    }
    ++i;
    if (c == '{' || c == '[') {
      open.push_back(c);
      if (open.size() > maxNesting)
        return jsonError("expected JSON of at most " + Twine(maxNesting) +
                         " levels, got more");
    } else if (c == '}' || c == ']') {
      if (open.empty() || open.back() != (c == '}' ? '{' : '['))
        return jsonError("expected JSON, got a bracket without its pair at "
                         "byte " +
                         Twine(i - 1));
      open.pop_back();
    }
  }
  if (!open.empty())
    return jsonError("expected JSON, got a text that ends too early");
  return llvm::Error::success();
}

/// Takes one value off the front of `text`, and the white space around it.
static StringRef takeValue(StringRef &text) {
  text = text.ltrim(" \t\r\n");
  size_t depth = 0, i = 0;
  while (i < text.size()) {
    char c = text[i];
    if (depth == 0 && (c == ',' || c == ':' || c == '}' || c == ']'))
      break;
    if (c == '"') {
      i = std::min(skipString(text, i), text.size());
      continue;
    }
    if (c == '{' || c == '[')
      ++depth;
    if (c == '}' || c == ']')
      --depth;
    ++i;
  }
  StringRef value = text.take_front(i).rtrim(" \t\r\n");
  text = text.drop_front(i);
  return value;
}

/// Removes the brackets around the text.
static bool takeBrackets(StringRef &text, StringRef brackets) {
  text = text.trim(" \t\r\n");
  if (text.size() < 2 || text.front() != brackets[0] ||
      text.back() != brackets[1])
    return false;
  text = text.drop_front().drop_back().trim(" \t\r\n");
  return true;
}

llvm::Error
dtc::forEachMember(StringRef text,
                   llvm::function_ref<llvm::Error(StringRef, StringRef)> body) {
  if (!takeBrackets(text, "{}"))
    return jsonError("expected a JSON object, got '" + text.take_front(40) +
                     "'");
  while (!text.empty()) {
    StringRef key = takeValue(text);
    if (key.size() < 2 || key.front() != '"' || key.back() != '"' ||
        !text.consume_front(":"))
      return jsonError("expected a key and a value in JSON, got '" +
                       key.take_front(40) + "'");
    StringRef value = takeValue(text);
    if (value.empty())
      return jsonError("expected a value of " + key.take_front(40) +
                       " in JSON");
    if (auto error = body(key.drop_front().drop_back(), value))
      return error;
    if (!text.consume_front(",") && !text.empty())
      return jsonError("expected a comma in JSON, got '" + text.take_front(40) +
                       "'");
  }
  return llvm::Error::success();
}

llvm::Error
dtc::forEachElement(StringRef text,
                    llvm::function_ref<llvm::Error(StringRef)> body) {
  if (!takeBrackets(text, "[]"))
    return jsonError("expected a JSON array, got '" + text.take_front(40) +
                     "'");
  while (!text.empty()) {
    StringRef value = takeValue(text);
    if (value.empty())
      return jsonError("expected an element in JSON, got '" +
                       text.take_front(40) + "'");
    if (auto error = body(value))
      return error;
    if (!text.consume_front(",") && !text.empty())
      return jsonError("expected a comma in JSON, got '" + text.take_front(40) +
                       "'");
  }
  return llvm::Error::success();
}

llvm::Expected<StringRef> dtc::findMember(StringRef text, StringRef key) {
  StringRef found;
  if (auto error = forEachMember(text, [&](StringRef name, StringRef value) {
        if (name == key)
          found = value;
        return llvm::Error::success();
      }))
    return std::move(error);
  return found;
}

llvm::Expected<llvm::json::Value> dtc::parsePiece(StringRef text) {
  if (text.count('{') > maxObjectsInPiece ||
      text.count(',') + text.count('[') > maxValuesInPiece)
    return jsonError("expected a piece of JSON with less than 2^16 objects, "
                     "got more");
  return llvm::json::parse(text);
}
