#include "image.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

namespace ur::guest {

namespace {

constexpr uint64_t kRecordBytesMax = 64u << 20;

struct Record {
  uint64_t offset;
  uint64_t bytes;
};

std::string copy_records(FILE* from, int to, const std::string& device) {
  std::vector<char> data;
  for (Record record; fread(&record, sizeof(record), 1, from) == 1;) {
    if (record.bytes > kRecordBytesMax) return "image record too long";
    data.resize(record.bytes);
    if (fread(data.data(), 1, data.size(), from) != data.size()) return "image cut short";
    for (size_t done = 0; done < data.size();) {
      const ssize_t wrote =
          pwrite(to, data.data() + done, data.size() - done, static_cast<off_t>(record.offset + done));
      if (wrote <= 0) return device + ": " + (wrote < 0 ? strerror(errno) : "full");
      done += static_cast<size_t>(wrote);
    }
  }
  return "";
}

}  // namespace

std::string write_image(const std::string& file, const std::string& device) {
  FILE* from = fopen(file.c_str(), "re");
  if (from == nullptr) return file + ": " + strerror(errno);
  const int to = open(device.c_str(), O_WRONLY | O_CLOEXEC);
  std::string failure = to < 0 ? device + ": " + strerror(errno) : copy_records(from, to, device);
  if (to >= 0 && failure.empty() && fsync(to) != 0) failure = "fsync " + device + ": " + strerror(errno);
  if (to >= 0) close(to);
  fclose(from);
  return failure;
}

}  // namespace ur::guest
