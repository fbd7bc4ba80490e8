#include "command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "touch.h"

namespace ur {
namespace {

constexpr int kNotFound = 127;  // as env(1) and shells have it
constexpr int kNotExecutable = 126;
constexpr uint64_t kGraceNs = 100000000;  // for a warming to notice that its time is over

int pidfd_of(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

void wait_for(pid_t child) {
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void no_process() { dprintf(2, "uring-warm: no process for the warming: %s\n", strerror(errno)); }

bool ends_within(int pidfd, uint64_t ns) {
  for (const uint64_t end = warm_now_ns() + ns; warm_now_ns() < end;) {
    const uint64_t left = end - warm_now_ns();
    const timespec timeout = {static_cast<time_t>(left / 1000000000), static_cast<long>(left % 1000000000)};
    pollfd watched = {pidfd, POLLIN, 0};
    if (ppoll(&watched, 1, &timeout, nullptr) > 0) return true;
  }
  return false;
}

// Whoever reads from a descriptor of the command's must not have to wait for the warming. Standard error
// stays.
void let_go_of_descriptors(const WarmSettings& settings, int command) {
  const auto kept = [&](unsigned fd) {
    return fd == 2 || static_cast<int>(fd) == settings.report_fd || static_cast<int>(fd) == command;
  };
  unsigned last = 2;
  for (const int fd : {settings.report_fd, command})
    last = fd > static_cast<int>(last) ? static_cast<unsigned>(fd) : last;
  for (unsigned from = 0; from <= last; from++) {
    if (!kept(from)) close(static_cast<int>(from));
  }
  syscall(SYS_close_range, last + 1, ~0u, 0);
}

// A process that is nobody's child when it begins to work: the command must not find a child that it did not
// start.
void start_beside(const WarmSettings& settings, void (*warming)(const WarmSettings&, int)) {
  const int command = pidfd_of(getpid());
  const pid_t between = fork();
  if (between == 0) {
    const pid_t beside = fork();
    if (beside == 0) {
      let_go_of_descriptors(settings, command);
      warming(settings, command);
    }
    if (beside < 0) no_process();
    _exit(0);
  }
  if (between > 0) wait_for(between);
  if (between < 0) no_process();
  if (command >= 0) close(command);
}

// As a process of its own, so that nothing that befalls it keeps the command from starting.
void run_before(const WarmSettings& settings, void (*warming)(const WarmSettings&, int)) {
  const pid_t self = getpid();
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != self) _exit(0);
    let_go_of_descriptors(settings, -1);
    warming(settings, -1);
    _exit(0);
  }
  if (child < 0) return no_process();
  const int fd = pidfd_of(child);
  if (fd < 0) return wait_for(child);
  if (!ends_within(fd, settings.budget_ns + kGraceNs)) {
    kill(child, SIGKILL);
    // One that cannot even be killed (it waits for a storage that does not answer) holds nobody up.
    ends_within(fd, kGraceNs);
  }
  waitpid(child, nullptr, WNOHANG);
  close(fd);
}

}  // namespace

int run_with_command(const WarmSettings& settings, void (*warming)(const WarmSettings&, int)) {
  if (settings.report_fd > 2) fcntl(settings.report_fd, F_SETFD, FD_CLOEXEC);
  if (warming != nullptr && settings.before) run_before(settings, warming);
  if (warming != nullptr && !settings.before) start_beside(settings, warming);
  execvp(settings.command[0], settings.command);
  const int error = errno;
  fprintf(stderr, "uring-warm: %s: %s\n", settings.command[0], strerror(error));
  return error == ENOENT ? kNotFound : kNotExecutable;
}

}  // namespace ur
