#include "run.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace ur::guest {

namespace {

constexpr size_t kOutputBytesMax = 8u << 20;
constexpr int kCut = 254;
constexpr int kNotStarted = 127;

struct Stream {
  int fd;
  std::string bytes;
  bool cut;
};

[[noreturn]] void become(const std::string& root, const std::vector<std::string>& arguments, int out,
                         int err) {
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  static char path[] = "PATH=/usr/bin:/bin", home[] = "HOME=/root";
  char* environment[] = {path, home, nullptr};
  if ((root == "/" || chroot(root.c_str()) == 0) && chdir("/") == 0)
    execve(argv[0], argv.data(), environment);
  dprintf(STDERR_FILENO, "%s in %s: %s\n", argv[0], root.c_str(), strerror(errno));
  _exit(kNotStarted);
}

int seconds_since(const timespec& start) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int>(now.tv_sec - start.tv_sec);
}

// False at the end of the stream.
bool drain(Stream* stream) {
  static char block[65536];
  const ssize_t got = read(stream->fd, block, sizeof(block));
  if (got <= 0) return got < 0 && errno == EINTR;
  const size_t room = kOutputBytesMax - stream->bytes.size();
  stream->bytes.append(block, static_cast<size_t>(got) < room ? static_cast<size_t>(got) : room);
  stream->cut = stream->cut || static_cast<size_t>(got) > room;
  return true;
}

// Reads both streams to their ends; kills the program's process group at the deadline.
void collect(pid_t child, int seconds, Stream* streams) {
  timespec start;
  clock_gettime(CLOCK_MONOTONIC, &start);
  bool open[2] = {true, true};
  bool killed = false;
  while (open[0] || open[1]) {
    pollfd polls[2];
    for (int i = 0; i < 2; i++) polls[i] = {open[i] ? streams[i].fd : -1, POLLIN, 0};
    if (!killed && seconds_since(start) >= seconds) {
      kill(-child, SIGKILL);
      killed = true;
    }
    if (poll(polls, 2, 1000) <= 0) continue;
    for (int i = 0; i < 2; i++) {
      if (polls[i].revents != 0) open[i] = drain(&streams[i]);
    }
  }
}

}  // namespace

std::string run(const std::string& name, int seconds, const std::string& root,
                const std::vector<std::string>& arguments, Link* link) {
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
    return std::string("pipe: ") + strerror(errno);
  const pid_t child = fork();
  if (child < 0) return std::string("fork: ") + strerror(errno);
  if (child == 0) {
    setpgid(0, 0);
    become(root, arguments, out[1], err[1]);
  }
  setpgid(child, child);
  close(out[1]);
  close(err[1]);
  Stream streams[2] = {{out[0], "", false}, {err[0], "", false}};
  collect(child, seconds, streams);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  close(out[0]);
  close(err[0]);
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (streams[0].cut || streams[1].cut) code = kCut;
  link->frame(name + ".out", code, streams[0].bytes);
  link->frame(name + ".err", code, streams[1].bytes);
  return "";
}

}  // namespace ur::guest
