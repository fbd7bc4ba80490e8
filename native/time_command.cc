#include "time_command.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>

namespace ur {
namespace {

constexpr int kReportFd = 3;

long long monotonic_ns() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

long long to_ns(const timeval& t) { return t.tv_sec * 1000000000LL + t.tv_usec * 1000LL; }

// Becomes the command, or tells why not. It does not outlive this process.
[[noreturn]] void become(char** argv, int failure_fd) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  execvp(argv[0], argv);
  const int error = errno;
  (void)!write(failure_fd, &error, sizeof(error));
  _exit(127);
}

}  // namespace

int time_command(char** argv) {
  if (argv[0] == nullptr || fcntl(kReportFd, F_SETFD, FD_CLOEXEC) != 0) return 2;
  int failure[2];  // closed by a successful exec, else it carries errno
  if (pipe2(failure, O_CLOEXEC) != 0) return 2;

  const long long start_ns = monotonic_ns();
  const pid_t child = fork();
  if (child < 0) return 2;
  if (child == 0) become(argv, failure[1]);
  close(failure[1]);
  // Ctrl-C is for the command, whose end is then reported like any other.
  signal(SIGINT, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  int status = 0;
  rusage usage;
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) return 2;
  }
  const long long wall_ns = monotonic_ns() - start_ns;

  int error = 0;
  if (read(failure[0], &error, sizeof(error)) == sizeof(error))
    return dprintf(kReportFd, "{\"error\":%d}\n", error) < 0 ? 2 : 0;
  char ended[64];
  if (WIFSIGNALED(status)) {
    snprintf(ended, sizeof(ended), "\"status\":null,\"signal\":%d", WTERMSIG(status));
  } else {
    snprintf(ended, sizeof(ended), "\"status\":%d,\"signal\":null", WEXITSTATUS(status));
  }
  const int written = dprintf(kReportFd, "{\"wallNs\":%lld,\"userNs\":%lld,\"systemNs\":%lld,%s}\n", wall_ns,
                              to_ns(usage.ru_utime), to_ns(usage.ru_stime), ended);
  return written < 0 ? 2 : 0;
}

}  // namespace ur
