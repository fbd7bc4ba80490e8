#include "fuse_server.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <thread>
#include <utility>

namespace ur {
namespace {

constexpr uint32_t kWriteBytesMax = 128 << 10;  // longest single write; sets the size of the read buffer
constexpr uint16_t kBackgroundMax = 65535;      // readahead in flight; the kernel's default is 12

}  // namespace

FuseServer::FuseServer(int device, std::shared_ptr<FuseDescriptor> root, const Settings& settings)
    : device_(device), settings_(settings), nodes_(std::move(root)), replies_(device, settings.latency_ns) {}

Error FuseServer::start() {
  // Inherited by the threads; this one goes back.
  sched_param priority = {};
  priority.sched_priority = 1;
  realtime_ = pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority) == 0;
  Error error = replies_.start();
  if (!error.ok()) return error;
  const unsigned threads = settings_.threads > 0 ? settings_.threads : settings_.writable ? 8 : 1;
  for (unsigned i = 0; i < threads; i++) {
    std::thread([this] { read_requests(); }).detach();
  }
  priority.sched_priority = 0;
  if (realtime_) pthread_setschedparam(pthread_self(), SCHED_OTHER, &priority);
  return {};
}

void FuseServer::read_requests() {
  std::vector<char> buffer(kWriteBytesMax + 4096);
  for (;;) {
    const ssize_t got = ::read(device_, buffer.data(), buffer.size());
    if (got < 0) {
      // ENOENT: the request was taken back before we read it.
      if (errno == EINTR || errno == ENOENT || errno == EAGAIN) continue;
      connected_ = false;  // ENODEV: unmounted
      return;
    }
    Request request = {};
    request.arrived_ns = monotonic_ns();
    if (static_cast<size_t>(got) < sizeof(request.header)) continue;
    memcpy(&request.header, buffer.data(), sizeof(request.header));
    request.body = buffer.data() + sizeof(request.header);
    request.size = static_cast<size_t>(got) - sizeof(request.header);
    serve(request);
  }
}

void FuseServer::serve(const Request& request) {
  switch (request.header.opcode) {
    case FUSE_INIT:
      return initialise(request);
    case FUSE_LOOKUP:
      return lookup(request);
    case FUSE_GETATTR:
      return getattr(request);
    case FUSE_READLINK:
      return readlink(request);
    case FUSE_READ:
      return read(request);
    case FUSE_READDIR:
      return readdir(request);
    case FUSE_STATFS:
      return statfs(request);
    case FUSE_FORGET:
      return forget(request);
    case FUSE_BATCH_FORGET:
      return batch_forget(request);
    case FUSE_INTERRUPT:  // the reply comes at its time anyway
      return;
    case FUSE_DESTROY:
      return reply_error(request, 0);
    case FUSE_SETATTR:
    case FUSE_SYMLINK:
    case FUSE_MKNOD:
    case FUSE_MKDIR:
    case FUSE_UNLINK:
    case FUSE_RMDIR:
    case FUSE_RENAME:
    case FUSE_RENAME2:
    case FUSE_LINK:
    case FUSE_WRITE:
    case FUSE_FALLOCATE:
    case FUSE_FSYNC:
    case kFuseTmpfile:
      return settings_.writable ? serve_change(request) : reply_error(request, EROFS);
    default:
      // The kernel remembers for OPEN, OPENDIR, CREATE, FLUSH, GETXATTR, STATX and others that they are not
      // needed.
      return reply_error(request, ENOSYS);
  }
}

void FuseServer::reply(const Request& request, FuseKind kind, std::vector<char> message) {
  const size_t index = static_cast<size_t>(kind);
  fuse_seal(&message);
  requests_[index]++;
  if (settings_.latency_ns > 0 && settings_.delayed[index]) {
    replies_.send_later(request.arrived_ns, std::move(message));
  } else {
    replies_.send(message);
  }
}

void FuseServer::reply_error(const Request& request, int err) {
  fuse_out_header header = {};
  header.len = sizeof(header);
  header.error = -err;
  header.unique = request.header.unique;
  std::vector<char> message;
  fuse_append(&message, header);
  replies_.send(message);
}

void FuseServer::reply_error(const Request& request, FuseKind kind, int err) {
  std::vector<char> message = fuse_reply(request.header.unique);
  const int32_t error = -err;
  memcpy(message.data() + offsetof(fuse_out_header, error), &error, sizeof(error));
  reply(request, kind, std::move(message));
}

void FuseServer::initialise(const Request& request) {
  struct {  // the part that every version since 7.6 has
    uint32_t major, minor, max_readahead, flags;
  } in;
  if (!request.parse(&in)) return reply_error(request, EPROTO);
  fuse_init_out out = {};
  out.major = FUSE_KERNEL_VERSION;
  out.minor = std::min<uint32_t>(in.minor, FUSE_KERNEL_MINOR_VERSION);
  out.max_readahead = in.max_readahead;
  // Without PARALLEL_DIROPS the kernel would look names of one directory up one after another.
  out.flags = in.flags & (FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES |
                          FUSE_CACHE_SYMLINKS | FUSE_NO_OPEN_SUPPORT | FUSE_NO_OPENDIR_SUPPORT |
                          FUSE_EXPLICIT_INVAL_DATA);
  out.max_background = kBackgroundMax;
  out.congestion_threshold = kBackgroundMax;
  out.max_write = kWriteBytesMax;
  out.time_gran = 1;
  out.max_pages = kFusePagesMax;
  std::vector<char> message = fuse_reply(request.header.unique);
  fuse_append(&message, out);
  fuse_seal(&message);
  replies_.send(message);
}

FuseCounts FuseServer::take_counts() {
  FuseCounts counts;
  for (size_t i = 0; i < kFuseKinds; i++) counts.requests[i] = requests_[i].exchange(0);
  counts.read_bytes = read_bytes_.exchange(0);
  counts.served = replies_.take_served();
  return counts;
}

}  // namespace ur
