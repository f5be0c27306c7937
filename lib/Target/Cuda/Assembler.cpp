//===- Assembler.cpp - Machine code by the CUDA Toolkit's ptxas -----------===//

#include "HostEmitter.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

static Error writeText(StringRef path, StringRef text) {
  std::error_code code;
  raw_fd_ostream os(path, code);
  if (!code) {
    os << text;
    os.close();
    code = os.error();
    // An error that nobody looked at would end the process.
    os.clear_error();
  }
  if (code)
    return createStringError("cannot write '" + path.str() +
                             "': " + code.message());
  return Error::success();
}

static std::string readWhole(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path, false, false);
  return buffer ? (*buffer)->getBuffer().str() : "";
}

Expected<std::string> dtc::cuda::assemble(StringRef ptx, StringRef architecture,
                                          StringRef path) {
  std::string assembler = findToolkitFile("bin/ptxas");
  if (assembler.empty())
    return std::string();
  std::string source = (path + ".ptx").str(), result = (path + ".cubin").str(),
              messages = (path + ".messages").str(), failure;
  if (Error error = writeText(source, ptx))
    return error;
  std::string option = ("-arch=" + architecture).str();
  StringRef arguments[] = {assembler, option, source, "-o", result};
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(messages),
                                          StringRef(messages)};
  int status = sys::ExecuteAndWait(assembler, arguments, std::nullopt,
                                   redirects, 0, 0, &failure);
  std::string said = readWhole(messages), code = readWhole(result);
  for (const std::string &file : {source, result, messages})
    sys::fs::remove(file);
  if (status != 0 || code.empty())
    return createStringError(
        "'" + assembler + "' failed: " +
        (failure.empty() ? StringRef(said).take_front(2000).rtrim().str()
                         : failure));
  return code;
}
