#include "tracepoint.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "confine.h"

namespace ur {
namespace {

int64_t read_id() {
  for (const char* mount : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    const std::string path = std::string(mount) + "/events/io_uring/io_uring_queue_async_work/id";
    FILE* file = fopen(path.c_str(), "re");
    if (file == nullptr) continue;
    long long id = -1;
    if (fscanf(file, "%lld", &id) != 1) id = -1;
    fclose(file);
    if (id >= 0) return id;
  }
  return -1;
}

}  // namespace

int64_t tracepoint_id() {
  static const int64_t id = read_id();
  return id;
}

PuntCounters::~PuntCounters() {
  for (const Counter& counter : counters_) close(counter.fd);
}

bool PuntCounters::open(const std::vector<uint8_t>& opcodes) {
  const int64_t id = tracepoint_id();
  if (id < 0) return false;
  const RaisedCapabilities raised;
  for (const uint8_t opcode : opcodes) {
    perf_event_attr attr;
    memset(&attr, 0, sizeof(attr));
    attr.type = PERF_TYPE_TRACEPOINT;
    attr.size = sizeof(attr);
    attr.config = static_cast<uint64_t>(id);
    attr.disabled = 1;
    const int fd = static_cast<int>(syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
    if (fd < 0) return false;
    counters_.push_back({opcode, fd});
    const std::string filter = "opcode==" + std::to_string(opcode);
    if (ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter.c_str()) != 0) return false;
  }
  return true;
}

void PuntCounters::start() {
  for (const Counter& counter : counters_) {
    ioctl(counter.fd, PERF_EVENT_IOC_RESET, 0);
    ioctl(counter.fd, PERF_EVENT_IOC_ENABLE, 0);
  }
}

void PuntCounters::stop() {
  for (const Counter& counter : counters_) ioctl(counter.fd, PERF_EVENT_IOC_DISABLE, 0);
}

uint64_t PuntCounters::read(uint8_t opcode) const {
  for (const Counter& counter : counters_) {
    if (counter.opcode != opcode) continue;
    uint64_t value = 0;
    return ::read(counter.fd, &value, sizeof(value)) == sizeof(value) ? value : 0;
  }
  return 0;
}

}  // namespace ur
