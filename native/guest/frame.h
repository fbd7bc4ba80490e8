// How the guest talks to the host: frames on a serial line. bench/kernels/frames.ts reads them.
//
//   UR1 <name> <status> <bytes> <crc32 of the payload, 8 hex digits>\n
//   <payload>\n
//   ...
//   UR1 end <number of frames>\n          the sentinel: nothing was cut off
#pragma once

#include <string>

namespace ur::guest {

class Link {
 public:
  // Opens the terminal in raw mode. Returns an empty string, or what went wrong.
  std::string open(const char* device);
  // `status`: 0, or the exit status of a program (128 + signal when it was killed).
  void frame(const std::string& name, int status, const std::string& payload);
  // Sends the sentinel and waits until the line is drained.
  void end();

 private:
  void send(const std::string& bytes);

  int fd_ = -1;
  int frames_ = 0;
};

}  // namespace ur::guest
