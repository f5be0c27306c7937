//===- Linker.cpp - A rank's object and the runtime to an executable ------===//
//
// The C++ compiler of the machine knows where its start files and libraries
// are, so it does the linking.
//
//===----------------------------------------------------------------------===//

#include "Linker.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace llvm;

/// The first of these programs that is installed.
static std::string findProgram(ArrayRef<StringRef> names) {
  for (StringRef name : names)
    if (auto found = sys::findProgramByName(name))
      return *found;
  return "";
}

/// The runtime's archive: where an installation, or the build, has it.
static std::string findRuntime() {
  std::string self = sys::fs::getMainExecutable(
      nullptr, reinterpret_cast<void *>(&dtc::cpu::linkExecutable));
  SmallString<128> folder(sys::path::parent_path(self));
  for (StringRef place :
       {"../lib/libdtc-runtime.a", "../runtime/libdtc-runtime.a"}) {
    SmallString<128> path(folder);
    sys::path::append(path, place);
    if (sys::fs::exists(path))
      return path.str().str();
  }
  return "";
}

static std::string readMessages(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().take_front(2000).rtrim().str() : "";
}

Error dtc::cpu::linkExecutable(StringRef object, StringRef path) {
  std::string compiler = findProgram({"clang++-22", "c++", "g++", "clang++"});
  if (compiler.empty())
    return createStringError("no C++ compiler found to link with, install "
                             "clang-22 or g++");
  std::string runtime = findRuntime();
  if (runtime.empty())
    return createStringError("the runtime library 'libdtc-runtime.a' is not "
                             "beside the compiler, expected it in '../lib'");
  // A program needs at its start only the libraries that it calls.
  SmallVector<StringRef> arguments{compiler,
                                   object,
                                   "-o",
                                   path,
                                   runtime,
                                   "-Wl,--as-needed",
                                   DTC_RUNTIME_LINK_FLAGS};
  if (!findProgram({"ld.lld-22", "ld.lld"}).empty() &&
      compiler.find("clang") != std::string::npos)
    arguments.push_back("-fuse-ld=lld");
  // Beside the executable, so that it goes with an unfinished bundle.
  std::string messages = (path + ".messages").str(), failure;
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(messages),
                                          StringRef(messages)};
  int status = sys::ExecuteAndWait(compiler, arguments, std::nullopt, redirects,
                                   0, 0, &failure);
  std::string text = readMessages(messages);
  sys::fs::remove(messages);
  if (status != 0)
    return createStringError("linking with '" + compiler +
                             "' failed: " + (failure.empty() ? text : failure));
  return Error::success();
}
