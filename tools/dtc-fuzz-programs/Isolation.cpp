//===- Isolation.cpp - Checks in processes of their own -------------------===//

#include "Isolation.h"

#include <csignal>
#include <cstring>
#include <sys/wait.h>
#include <unistd.h>

using namespace dtc;
using namespace dtc::fuzz;

Outcome fuzz::crashOutcome(int status) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::Fails;
  outcome.stage = "crash";
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    outcome.message = "does not end";
  else if (WIFSIGNALED(status))
    outcome.message = std::string("signal: ") + strsignal(WTERMSIG(status));
  else
    outcome.message = "exit status " + std::to_string(WEXITSTATUS(status));
  return outcome;
}

static void writeAll(int file, const std::string &text) {
  size_t done = 0;
  while (done < text.size()) {
    ssize_t count = write(file, text.data() + done, text.size() - done);
    if (count <= 0)
      return;
    done += static_cast<size_t>(count);
  }
}

Outcome fuzz::isolated(llvm::function_ref<Outcome()> body) {
  int ends[2];
  if (pipe(ends) != 0)
    return crashOutcome(0);
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    alarm(patience);
    Outcome outcome = body();
    writeAll(ends[1], std::string(1, '0' + static_cast<int>(outcome.kind)) +
                          outcome.stage + '\n' + outcome.message);
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = read(ends[0], buffer, sizeof(buffer))) > 0;)
    text.append(buffer, static_cast<size_t>(count));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0 || text.empty())
    return crashOutcome(status);
  Outcome outcome;
  outcome.kind = static_cast<Outcome::Kind>(text[0] - '0');
  size_t line = text.find('\n');
  outcome.stage = text.substr(1, line - 1);
  outcome.message = text.substr(line + 1);
  return outcome;
}
