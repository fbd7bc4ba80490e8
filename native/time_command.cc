#include "time_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include "bound_root.h"

namespace ur {
namespace {

constexpr int kReportFd = 3;
constexpr long long kPatienceNs = 5000000000LL;
constexpr int kPollMs = 1;

struct Options {
  bool descendants = false;
  const char* root = nullptr;
  std::vector<const char*> binds;
  const char* cwd = nullptr;
  char** command = nullptr;
};

bool parse(char** argv, Options* options) {
  for (; *argv != nullptr && strncmp(*argv, "--", 2) == 0; argv++) {
    const auto is = [&](const char* known) { return strcmp(*argv, known) == 0; };
    if (is("--")) {
      argv++;
      break;
    }
    if (is("--descendants")) {
      options->descendants = true;
      continue;
    }
    const bool root = is("--root"), bind = is("--bind"), cwd = is("--cwd");
    if ((!root && !bind && !cwd) || *++argv == nullptr) return false;
    if (root) options->root = *argv;
    if (bind) options->binds.push_back(*argv);
    if (cwd) options->cwd = *argv;
  }
  options->command = argv;
  return *argv != nullptr;
}

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

// SIGKILL to each child of this process (proc_pid_task(5)); those of theirs become ours.
int kill_children() {
  FILE* list = fopen("/proc/thread-self/children", "re");
  if (list == nullptr) return 0;
  int killed = 0;
  for (int pid; fscanf(list, "%d", &pid) == 1;) killed += kill(pid, SIGKILL) == 0;
  fclose(list);
  return killed;
}

// Waits for all that is left, and ends it where that takes too long. Returns how many were killed.
int wait_for_descendants() {
  const long long deadline_ns = monotonic_ns() + kPatienceNs;
  int killed = 0;
  for (;;) {
    const pid_t ended = waitpid(-1, nullptr, WNOHANG);
    if (ended > 0 || (ended < 0 && errno == EINTR)) continue;
    if (ended < 0) return killed;  // ECHILD: none left
    if (monotonic_ns() > deadline_ns) killed += kill_children();
    poll(nullptr, 0, kPollMs);
  }
}

int report_error(const char* what, int error) {
  return dprintf(kReportFd, "{\"%s\":%d}\n", what, error) < 0 ? 2 : 0;
}

// The root and current directory that the command is to have; 0 or -errno.
int enter_place(const Options& options) {
  const int error = options.root == nullptr ? 0 : enter_bound_root(options.root, options.binds);
  if (error != 0) return error;
  return options.cwd == nullptr || chdir(options.cwd) == 0 ? 0 : -errno;
}

}  // namespace

int time_command(char** argv) {
  Options options;
  if (!parse(argv, &options) || fcntl(kReportFd, F_SETFD, FD_CLOEXEC) != 0) return 2;
  if (options.descendants && prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return 2;
  int failure[2];  // closed by a successful exec, else it carries errno
  if (pipe2(failure, O_CLOEXEC) != 0) return 2;
  const int refused = enter_place(options);
  if (refused != 0) return report_error("refused", -refused);

  const long long start_ns = monotonic_ns();
  const pid_t child = fork();
  if (child < 0) return 2;
  if (child == 0) become(options.command, failure[1]);
  close(failure[1]);
  // Ctrl-C is for the command, whose end is then reported like any other.
  signal(SIGINT, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 2;
  }
  const long long wall_ns = monotonic_ns() - start_ns;
  const int killed = options.descendants ? wait_for_descendants() : 0;
  rusage usage;
  if (getrusage(RUSAGE_CHILDREN, &usage) != 0) return 2;

  int error = 0;
  if (read(failure[0], &error, sizeof(error)) == sizeof(error)) return report_error("error", error);
  char ended[64];
  if (WIFSIGNALED(status)) {
    snprintf(ended, sizeof(ended), "\"status\":null,\"signal\":%d", WTERMSIG(status));
  } else {
    snprintf(ended, sizeof(ended), "\"status\":%d,\"signal\":null", WEXITSTATUS(status));
  }
  const int written =
      dprintf(kReportFd, "{\"wallNs\":%lld,\"userNs\":%lld,\"systemNs\":%lld,\"killed\":%d,%s}\n", wall_ns,
              to_ns(usage.ru_utime), to_ns(usage.ru_stime), killed, ended);
  return written < 0 ? 2 : 0;
}

}  // namespace ur
