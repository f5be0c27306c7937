//===- TorchJson.h - JSON of torch.export in small pieces -------*- C++ -*-===//
//
// The text of a model is large and its pieces (nodes, tensor descriptions) are
// small. A scanner checks nesting and finds the members of an object or array
// as text; LLVM's parser, which recurses and takes far more memory than the
// text, sees one piece at a time.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_IMPORT_TORCHJSON_H
#define DTC_LIB_IMPORT_TORCHJSON_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

namespace dtc {

/// Fails on text whose brackets do not match or nest too deeply, or whose
/// strings do not end. Linear in the text.
llvm::Error checkJsonNesting(llvm::StringRef text);

/// Calls `body(key, value)` with each member of the object `text`, both as they
/// stand in the text; `body` returns false to stop. `text` has passed
/// `checkJsonNesting`.
llvm::Error forEachMember(
    llvm::StringRef text,
    llvm::function_ref<llvm::Error(llvm::StringRef, llvm::StringRef)> body);

/// The same with each element of the array `text`.
llvm::Error
forEachElement(llvm::StringRef text,
               llvm::function_ref<llvm::Error(llvm::StringRef)> body);

/// The member `key` of the object `text`, empty when it is not there.
llvm::Expected<llvm::StringRef> findMember(llvm::StringRef text,
                                           llvm::StringRef key);

/// Parses one piece; fails when it has too many objects.
llvm::Expected<llvm::json::Value> parsePiece(llvm::StringRef text);

} // namespace dtc

#endif // DTC_LIB_IMPORT_TORCHJSON_H
