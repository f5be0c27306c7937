//===- Supervisor.cpp - Watching over the processes of a run --------------===//

#include "Supervisor.h"
#include "../Transport/PeerWatch.h"
#include "dtc/runtime/RankServices.h"
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <regex>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dtc::runtime {
namespace {

constexpr size_t kLongestLine = 1 << 16;
constexpr int kPollMilliseconds = 100;
const std::string kMpirun = "mpirun";
/// How often to look for the cause before followers are blamed.
constexpr int kFollowerPolls = 10;

std::string signalText(int signal) {
  const char *name = sigabbrev_np(signal);
  std::string text = "signal " + std::to_string(signal);
  return name ? text + " (SIG" + name + ")" : text;
}

bool failed(const RankProcess &process) {
  return process.state == RankProcess::Ended && process.status != 0;
}

bool follows(const RankProcess &process) {
  return WIFEXITED(process.status) &&
         WEXITSTATUS(process.status) == kFollowerStatus;
}

} // namespace

Supervisor::Supervisor() {
  sigset_t handled;
  sigemptyset(&handled);
  for (int signal : {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT})
    sigaddset(&handled, signal);
  sigprocmask(SIG_BLOCK, &handled, nullptr);
  signals = Descriptor(signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK));
}

Supervisor::~Supervisor() {
  killAll();
  for (RankProcess &process : processes)
    if (process.state == RankProcess::Running)
      waitpid(process.process, &process.status, 0);
}

Status Supervisor::start(const ProcessCommand &command) {
  auto process = startProcess(command);
  if (!process)
    return process.error();
  processes.push_back(std::move(*process));
  return Done{};
}

bool Supervisor::anyRunning() const {
  for (const RankProcess &process : processes)
    if (process.state == RankProcess::Running)
      return true;
  return false;
}

/// What mpirun says of a rank that a signal ended, in our words; empty when the
/// paragraph is about something else.
static std::string rankOfMpirun(const std::string &paragraph) {
  static const std::regex pattern(
      "process rank (\\d+) with PID \\d+ on node \\S+ exited on signal (\\d+)");
  std::smatch match;
  if (!std::regex_search(paragraph, match, pattern))
    return {};
  return "rank " + match[1].str() + " was killed by " +
         signalText(std::atoi(match[2].str().c_str()));
}

/// mpirun speaks of itself in paragraphs between lines of dashes. They are kept
/// back: what ended a rank becomes the message, the rest repeats that.
bool Supervisor::takeParagraph(RankProcess &process, const std::string &line) {
  if (process.name != kMpirun)
    return false;
  if (line.rfind("-----", 0) == 0) {
    process.inParagraph = !process.inParagraph;
    std::string killed = rankOfMpirun(process.paragraph);
    if (!process.inParagraph && !killed.empty() && process.message.empty())
      process.message = killed;
    return true;
  }
  if (process.inParagraph && process.paragraph.size() < kLongestLine)
    process.paragraph += line + " ";
  return process.inParagraph;
}

/// Other lines begin behind the one that shows progress.
void Supervisor::endProgress() {
  if (inProgress)
    std::fputc('\n', stderr);
  inProgress = false;
}

void Supervisor::takeLine(RankProcess &process, const std::string &line) {
  constexpr const char *kPrefix = "error: ";
  if (takeParagraph(process, line) || !process.message.empty())
    return;
  if (line.rfind(kPrefix, 0) == 0) {
    process.message = line.substr(std::strlen(kPrefix));
    return;
  }
  if (line.rfind(kProgressPrefix, 0) == 0) {
    std::fprintf(stderr, "\r\033[K%s",
                 line.c_str() + std::strlen(kProgressPrefix));
    inProgress = true;
    return;
  }
  endProgress();
  if (processes.size() == 1)
    std::fprintf(stderr, "%s\n", line.c_str());
  else
    std::fprintf(stderr, "%s: %s\n", process.name.c_str(), line.c_str());
}

void Supervisor::readErrors(RankProcess &process) {
  char buffer[4096];
  for (;;) {
    ssize_t got = read(process.errors.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR)
      continue;
    if (got == 0)
      process.errors = Descriptor();
    if (got <= 0)
      break;
    for (ssize_t i = 0; i < got; ++i) {
      bool ends = buffer[i] == '\n' || process.line.size() >= kLongestLine;
      if (buffer[i] != '\n')
        process.line += buffer[i];
      if (ends)
        takeLine(process, std::exchange(process.line, {}));
    }
  }
  bool last = process.errors.get() < 0 || process.state == RankProcess::Ended;
  if (last && !process.line.empty())
    takeLine(process, std::exchange(process.line, {}));
}

void Supervisor::reap() {
  for (RankProcess &process : processes) {
    if (process.state == RankProcess::Ended ||
        waitpid(process.process, &process.status, WNOHANG) <= 0)
      continue;
    process.state = RankProcess::Ended;
    readErrors(process);
  }
}

void Supervisor::killAll() {
  for (const RankProcess &process : processes)
    if (process.state == RankProcess::Running) {
      kill(-process.process, SIGKILL);
      kill(process.process, SIGKILL);
    }
}

const RankProcess *Supervisor::findCause() const {
  const RankProcess *cause = nullptr;
  auto weight = [](const RankProcess &process) {
    if (follows(process))
      return 0;
    return WIFSIGNALED(process.status) ? 3 : process.message.empty() ? 1 : 2;
  };
  for (const RankProcess &process : processes)
    if (failed(process) && (!cause || weight(process) > weight(*cause)))
      cause = &process;
  return cause;
}

RunOutcome Supervisor::describe(const RankProcess &cause) const {
  if (WIFSIGNALED(cause.status))
    return {1, cause.name + " was killed by " +
                   signalText(WTERMSIG(cause.status))};
  int status = WEXITSTATUS(cause.status);
  RunOutcome outcome;
  outcome.exitStatus = status == 2 || status == 3 ? status : 1;
  bool named = processes.size() > 1 && status != 2;
  if (!cause.message.empty())
    outcome.message = (named ? cause.name + ": " : "") + cause.message;
  else if (!cause.paragraph.empty())
    outcome.message = "mpirun says: " + cause.paragraph;
  else if (follows(cause))
    outcome.message = cause.name + " stopped because another rank failed";
  else
    outcome.message =
        cause.name + " ended with status " + std::to_string(status);
  return outcome;
}

void Supervisor::pollOnce() {
  std::vector<pollfd> waits{{signals.get(), POLLIN, 0}};
  for (const RankProcess &process : processes)
    waits.push_back({process.errors.get(), POLLIN, 0});
  poll(waits.data(), waits.size(), kPollMilliseconds);
  signalfd_siginfo info;
  while (read(signals.get(), &info, sizeof info) == sizeof info)
    if (info.ssi_signo != SIGCHLD)
      stopSignal = static_cast<int>(info.ssi_signo);
  for (size_t i = 0; i < processes.size(); ++i)
    if (waits[i + 1].revents)
      readErrors(processes[i]);
  reap();
}

RunOutcome Supervisor::wait() {
  RunOutcome outcome;
  while (anyRunning()) {
    pollOnce();
    if (killed)
      continue;
    const RankProcess *cause = findCause();
    if (stopSignal != 0)
      outcome = {128 + stopSignal, "stopped by " + signalText(stopSignal)};
    else if (!cause || (follows(*cause) && ++followerPolls < kFollowerPolls))
      continue;
    else
      outcome = describe(*cause);
    killed = true;
    killAll();
  }
  if (!killed)
    if (const RankProcess *cause = findCause())
      outcome = describe(*cause);
  endProgress();
  return outcome;
}

} // namespace dtc::runtime
