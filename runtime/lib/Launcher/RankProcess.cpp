//===- RankProcess.cpp - Starting one process of a run --------------------===//

#include "RankProcess.h"
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace dtc::runtime {
namespace {

[[noreturn]] void endChild(const std::string &message) {
  std::string text = "error: " + message + "\n";
  [[maybe_unused]] ssize_t written = write(2, text.data(), text.size());
  _exit(127);
}

[[noreturn]] void becomeCommand(const ProcessCommand &command, pid_t launcher,
                                int errors) {
  prctl(PR_SET_PDEATHSIG, command.deathSignal);
  if (getppid() != launcher)
    _exit(127); // the launcher died before it could be watched
  setpgid(0, 0);
  dup2(errors, 2);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  if (!command.processors.empty()) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int cpu : command.processors)
      CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  for (const auto &[name, value] : command.environment)
    setenv(name.c_str(), value.c_str(), 1);
  std::vector<char *> arguments{const_cast<char *>(command.path.c_str())};
  for (const std::string &argument : command.arguments)
    arguments.push_back(const_cast<char *>(argument.c_str()));
  arguments.push_back(nullptr);
  execvp(command.path.c_str(), arguments.data());
  endChild("cannot start '" + command.path + "': " + std::strerror(errno));
}

} // namespace

Result<RankProcess> startProcess(const ProcessCommand &command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return Error{std::string("cannot create a pipe: ") + std::strerror(errno)};
  RankProcess result;
  result.name = command.name;
  result.errors = Descriptor(ends[0]);
  Descriptor writeEnd(ends[1]);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  pid_t launcher = getpid();
  result.process = fork();
  if (result.process < 0)
    return Error{"cannot start " + command.name + ": " + std::strerror(errno)};
  if (result.process == 0)
    becomeCommand(command, launcher, writeEnd.get());
  // Also here, so that the group exists before it may have to be killed.
  setpgid(result.process, result.process);
  return result;
}

} // namespace dtc::runtime
