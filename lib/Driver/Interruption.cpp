//===- Interruption.cpp - Tidying up when the user stops the process ------===//
//
// 1. The signal handler writes the signal's number to a pipe: all that it may
//    do.
// 2. A thread that waits at the pipe runs the action and ends the process by
//    the same signal, whose disposition is the default again by then.
// 3. A signal that was ignored when the process began stays ignored (nohup).
//
//===----------------------------------------------------------------------===//

#include "Interruption.h"

#include <csignal>
#include <fcntl.h>
#include <mutex>
#include <thread>
#include <unistd.h>

using namespace dtc;

static std::mutex mutex;
static std::function<void()> currentAction;
static int pipeEnds[2] = {-1, -1};

static void noteSignal(int number) {
  char byte = static_cast<char>(number);
  [[maybe_unused]] ssize_t written = write(pipeEnds[1], &byte, 1);
}

static void waitForSignal() {
  char byte;
  if (read(pipeEnds[0], &byte, 1) != 1)
    return;
  int number = byte;
  {
    std::lock_guard<std::mutex> guard(mutex);
    if (currentAction)
      currentAction();
  }
  std::signal(number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  kill(getpid(), number);
}

static void install() {
  if (pipe2(pipeEnds, O_CLOEXEC) != 0)
    return;
  std::thread(waitForSignal).detach();
  for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    struct sigaction old, handled = {};
    handled.sa_handler = noteSignal;
    handled.sa_flags = SA_RESTART;
    if (sigaction(number, nullptr, &old) == 0 && old.sa_handler != SIG_IGN)
      sigaction(number, &handled, nullptr);
  }
}

void dtc::onInterruption(std::function<void()> action) {
  static std::once_flag installed;
  std::call_once(installed, install);
  std::lock_guard<std::mutex> guard(mutex);
  currentAction = std::move(action);
}
