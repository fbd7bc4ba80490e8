#include "fuse_mount.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace ur {
namespace {

constexpr const char* kSource = "uring-latency-fs";
constexpr const char* kHelper = "fusermount3";

// Runs the helper and waits; its exit status, or -1.
int run_helper(const std::vector<const char*>& args) {
  const pid_t child = fork();
  if (child < 0) return -1;
  if (child == 0) {
    std::vector<const char*> argv = args;
    argv.insert(argv.begin(), kHelper);
    argv.push_back(nullptr);
    execvp(kHelper, const_cast<char* const*>(argv.data()));
    _exit(127);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

// The helper sends the mounted /dev/fuse over a socket whose number it finds in _FUSE_COMMFD.
int receive_descriptor(int socket) {
  char byte;
  iovec data = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) <= 0) return -1;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return -1;
  int fd = -1;
  memcpy(&fd, CMSG_DATA(header), sizeof(fd));
  return fd;
}

int mount_with_helper(const std::string& point, bool others) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  fcntl(ends[1], F_SETFD, 0);
  setenv("_FUSE_COMMFD", std::to_string(ends[1]).c_str(), 1);
  const std::string options =
      std::string("fsname=") + kSource + ",default_permissions" + (others ? ",allow_other" : "");
  const int status = run_helper({"-o", options.c_str(), "--", point.c_str()});
  close(ends[1]);
  const int device = status == 0 ? receive_descriptor(ends[0]) : -1;
  close(ends[0]);
  return device;
}

Error refusal(const std::string& point, int mount_errno) {
  return {"UR_LATENCY_FS",
          "a FUSE file system can't be mounted on " + point + ": mount(2) fails with " +
              errno_name(mount_errno) + ", and " + kHelper + " is missing or refuses",
          "run as root, allow user namespaces (sysctl user.max_user_namespaces=10000; on Ubuntu "
          "kernel.apparmor_restrict_unprivileged_userns=0), or install fuse3 (apt install fuse3)",
          mount_errno};
}

}  // namespace

Error fuse_mount(const std::string& point, unsigned root_mode, bool others, FuseMount* mounted) {
  const int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (device < 0) {
    const bool absent = errno == ENOENT || errno == ENODEV || errno == ENXIO;
    return {"UR_LATENCY_FS", "/dev/fuse can't be opened: " + errno_name(errno),
            absent ? "modprobe fuse (in a container: docker run --device /dev/fuse ...)"
                   : "chmod 0666 /dev/fuse, or run as root",
            errno};
  }
  // default_permissions: permission bits count, checked by the kernel from the attributes.
  char options[160];
  snprintf(options, sizeof(options), "fd=%d,rootmode=%o,user_id=%u,group_id=%u,default_permissions%s", device,
           root_mode, getuid(), getgid(), others ? ",allow_other" : "");
  if (mount(kSource, point.c_str(), "fuse.uring-replay", MS_NOSUID | MS_NODEV, options) == 0) {
    *mounted = {device, "mount"};
    return {};
  }
  const int mount_errno = errno;
  close(device);
  const int helped = mount_errno == EPERM ? mount_with_helper(point, others) : -1;
  if (helped < 0) return refusal(point, mount_errno);
  *mounted = {helped, "fusermount3"};
  return {};
}

void fuse_unmount(const std::string& point, const FuseMount& mounted) {
  if (strcmp(mounted.how, kHelper) == 0) {
    run_helper({"-u", "-z", "--", point.c_str()});
  } else {
    umount2(point.c_str(), MNT_DETACH);
  }
}

}  // namespace ur
