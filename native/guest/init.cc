// The first process of a guest (pid 1 of the initramfs that bench/kernels/ builds): does what /script
// says, line by line, and sends what the programs print to the host over the second serial port.
//
// A line is one command with its words separated by tabs:
//   module  FILE [PARAMETERS]              finit_module(2); "already there" is no error
//   mount   TYPE SOURCE TARGET [OPTIONS]   OPTIONS is for the file system; `ro` alone is MS_RDONLY
//   mkdir   DIRECTORY
//   write   FILE TEXT                      /proc and /sys settings
//   image   FILE DEVICE                    writes an image (image.h) to a block device
//   tree    FILE DIRECTORY                 builds a file tree (tree.h) below a directory
//   sync
//   settle  SECONDS                        lets the kernel's start-up work run out
//   read    NAME FILE|DIRECTORY            frame NAME: the file, or "name<tab>content" of a directory's files
//   run     NAME SECONDS ROOT PROGRAM [ARGUMENTS]
//                                          runs a program with ROOT as its root directory, ended after
//                                          SECONDS; frames NAME.out and NAME.err
// The first command that fails ends the script: frame `failure` says which and why. Frames: frame.h.
#include <fcntl.h>
#include <linux/reboot.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "frame.h"
#include "image.h"
#include "read.h"
#include "run.h"
#include "tree.h"

namespace {

using Words = std::vector<std::string>;

std::string failed(const std::string& what) { return what + ": " + strerror(errno); }

Words split(const std::string& line) {
  Words words;
  for (size_t from = 0;;) {
    const size_t tab = line.find('\t', from);
    words.push_back(line.substr(from, tab - from));
    if (tab == std::string::npos) return words;
    from = tab + 1;
  }
}

std::string load_module(const std::string& file, const std::string& parameters) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed(file);
  const long result = syscall(SYS_finit_module, fd, parameters.c_str(), 0);
  const int error = errno;
  close(fd);
  errno = error;
  return result == 0 || error == EEXIST ? "" : failed("finit_module " + file);
}

std::string write_text(const std::string& file, const std::string& text) {
  const int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return failed(file);
  const ssize_t wrote = write(fd, text.data(), text.size());
  const int error = errno;
  close(fd);
  errno = error;
  return wrote == static_cast<ssize_t>(text.size()) ? "" : failed("write " + file);
}

void settle(int seconds) {
  timespec left = {seconds, 0};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

std::string execute(const Words& words, ur::guest::Link* link) {
  const std::string& command = words[0];
  const size_t count = words.size();
  if (command == "module" && count >= 2) return load_module(words[1], count > 2 ? words[2] : "");
  if (command == "mount" && count >= 4) {
    const bool read_only = count > 4 && words[4] == "ro";
    const char* options = count > 4 && !read_only ? words[4].c_str() : nullptr;
    return mount(words[2].c_str(), words[3].c_str(), words[1].c_str(), read_only ? MS_RDONLY : 0, options) ==
                   0
               ? ""
               : failed("mount " + words[1] + " " + words[2]);
  }
  if (command == "mkdir" && count == 2) {
    return mkdir(words[1].c_str(), 0755) == 0 || errno == EEXIST ? "" : failed("mkdir " + words[1]);
  }
  if (command == "write" && count == 3) return write_text(words[1], words[2]);
  if (command == "image" && count == 3) return ur::guest::write_image(words[1], words[2]);
  if (command == "tree" && count == 3) return ur::guest::build_tree(words[1], words[2]);
  if (command == "sync" && count == 1) {
    sync();
    return "";
  }
  if (command == "settle" && count == 2) {
    settle(atoi(words[1].c_str()));
    return "";
  }
  if (command == "read" && count == 3) {
    link->frame(words[1], 0, ur::guest::read_text(words[2]));
    return "";
  }
  if (command == "run" && count >= 5) {
    const Words arguments(words.begin() + 4, words.end());
    return ur::guest::run(words[1], atoi(words[2].c_str()), words[3], arguments, link);
  }
  return "not a command of the guest: " + command;
}

// /proc, /sys and /dev before anything else; CONFIG_DEVTMPFS_MOUNT does not cover an initramfs.
std::string mount_basics() {
  const struct {
    const char* type;
    const char* target;
    bool required;
  } mounts[] = {
      {"proc", "/proc", true},
      {"sysfs", "/sys", true},
      {"devtmpfs", "/dev", true},
      {"tracefs", "/sys/kernel/tracing", false},  // counting of punted requests
  };
  for (const auto& one : mounts) {
    mkdir(one.target, 0755);
    const bool mounted = mount(one.type, one.target, one.type, 0, nullptr) == 0 || errno == EBUSY;
    if (!mounted && one.required) return failed(std::string("mount ") + one.target);
  }
  return "";
}

std::string follow_script(ur::guest::Link* link) {
  FILE* script = fopen("/script", "re");
  if (script == nullptr) return failed("/script");
  char* line = nullptr;
  size_t room = 0;
  std::string failure;
  for (ssize_t length; failure.empty() && (length = getline(&line, &room, script)) > 0;) {
    if (line[length - 1] == '\n') line[--length] = '\0';
    if (length > 0) failure = execute(split(line), link);
  }
  free(line);
  fclose(script);
  return failure;
}

}  // namespace

int main() {
  umask(0);
  std::string failure = mount_basics();
  ur::guest::Link link;
  const std::string no_link = link.open("/dev/ttyS1");
  if (!no_link.empty()) fprintf(stderr, "uring-replay guest: %s\n", no_link.c_str());
  if (failure.empty()) failure = follow_script(&link);
  if (!failure.empty()) {
    fprintf(stderr, "uring-replay guest: %s\n", failure.c_str());
    link.frame("failure", 1, failure);
  }
  link.end();
  // qemu's -no-reboot makes this the end; it needs neither ACPI nor a power-off handler.
  reboot(LINUX_REBOOT_CMD_RESTART);
  for (;;) pause();
}
