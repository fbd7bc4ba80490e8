#include "frame.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace ur::guest {

namespace {

// CRC-32 of IEEE 802.3, as zlib computes it.
uint32_t crc32(const std::string& bytes) {
  uint32_t crc = 0xffffffff;
  for (const unsigned char byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

}  // namespace

std::string Link::open(const char* device) {
  fd_ = ::open(device, O_WRONLY | O_NOCTTY | O_CLOEXEC);
  if (fd_ < 0) return std::string(device) + ": " + strerror(errno);
  termios settings;
  if (tcgetattr(fd_, &settings) == 0) {
    cfmakeraw(&settings);
    tcsetattr(fd_, TCSANOW, &settings);
  }
  return "";
}

void Link::send(const std::string& bytes) {
  for (size_t sent = 0; fd_ >= 0 && sent < bytes.size();) {
    const ssize_t wrote = write(fd_, bytes.data() + sent, bytes.size() - sent);
    if (wrote > 0) {
      sent += static_cast<size_t>(wrote);
    } else if (errno != EINTR) {
      return;  // the host notices that the sentinel is missing
    }
  }
}

void Link::frame(const std::string& name, int status, const std::string& payload) {
  char head[160];
  snprintf(head, sizeof(head), "UR1 %s %d %zu %08x\n", name.c_str(), status, payload.size(), crc32(payload));
  send(head + payload + "\n");
  frames_++;
}

void Link::end() {
  send("UR1 end " + std::to_string(frames_) + "\n");
  if (fd_ >= 0) tcdrain(fd_);
}

}  // namespace ur::guest
