#include "report.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace ur {
namespace {

bool write_all(int fd, const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const ssize_t put = write(fd, text.data() + at, text.size() - at);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    at += static_cast<size_t>(put);
  }
  return true;
}

}  // namespace

bool wants_report(const WarmSettings& settings) {
  return settings.report != nullptr || settings.report_fd >= 0;
}

bool write_report(const WarmSettings& settings, const std::string& json) {
  int fd = settings.report_fd;
  const bool named = fd < 0 && strcmp(settings.report, "-") != 0;
  if (fd < 0) {
    fd = named ? open(settings.report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666)
               : (settings.command != nullptr ? 2 : 1);
  }
  const bool written = fd >= 0 && write_all(fd, json + "\n");
  if (!written) dprintf(2, "uring-warm: the report cannot be written: %s\n", strerror(errno));
  if (named && fd >= 0) close(fd);
  return written;
}

}  // namespace ur
