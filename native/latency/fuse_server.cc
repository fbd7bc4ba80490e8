#include "fuse_server.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <thread>
#include <utility>

namespace ur {
namespace {

constexpr uint32_t kWriteBytesMax = 128 << 10;  // longest single write; sets the size of the read buffer
constexpr uint16_t kPagesMax = 256;             // of one read: 1 MiB
constexpr uint16_t kBackgroundMax = 65535;      // readahead in flight; the kernel's default is 12
constexpr size_t kDirentBytesMax = 64 << 10;
constexpr auto kForgetPatience = std::chrono::seconds(2);
constexpr auto kForgetPoll = std::chrono::microseconds(200);

// Of readdir; glibc has no declaration before 2.30.
struct LinuxDirent64 {
  uint64_t ino;
  int64_t off;
  uint16_t reclen;
  uint8_t type;
  char name[1];
};

}  // namespace

// The length is still open, see fuse_seal().
std::vector<char> fuse_reply(uint64_t unique) {
  std::vector<char> message;
  fuse_out_header header = {};
  header.unique = unique;
  fuse_append(&message, header);
  return message;
}

void fuse_seal(std::vector<char>* message) {
  const uint32_t length = static_cast<uint32_t>(message->size());
  memcpy(message->data() + offsetof(fuse_out_header, len), &length, sizeof(length));
}

fuse_attr fuse_attributes(const struct stat& stat) {
  fuse_attr attr = {};
  attr.ino = stat.st_ino;
  attr.size = static_cast<uint64_t>(stat.st_size);
  attr.blocks = static_cast<uint64_t>(stat.st_blocks);
  attr.atime = static_cast<uint64_t>(stat.st_atim.tv_sec);
  attr.mtime = static_cast<uint64_t>(stat.st_mtim.tv_sec);
  attr.ctime = static_cast<uint64_t>(stat.st_ctim.tv_sec);
  attr.atimensec = static_cast<uint32_t>(stat.st_atim.tv_nsec);
  attr.mtimensec = static_cast<uint32_t>(stat.st_mtim.tv_nsec);
  attr.ctimensec = static_cast<uint32_t>(stat.st_ctim.tv_nsec);
  attr.mode = stat.st_mode;
  attr.nlink = static_cast<uint32_t>(stat.st_nlink);
  attr.uid = stat.st_uid;
  attr.gid = stat.st_gid;
  attr.rdev = static_cast<uint32_t>(stat.st_rdev);
  attr.blksize = static_cast<uint32_t>(stat.st_blksize);
  return attr;
}

int fuse_open(const FusePlace& place, int flags) {
  flags |= O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  if (place.is_directory) return openat(place.self->fd, ".", flags);
  if (!place.self) return openat(place.parent->fd, place.name.c_str(), flags | O_NOFOLLOW);
  return open(("/proc/self/fd/" + std::to_string(place.self->fd)).c_str(), flags);
}

const char* fuse_kind_name(FuseKind kind) {
  constexpr const char* kNames[] = {"lookup",  "getattr", "readlink", "read",
                                    "readdir", "statfs",  "change",   "write"};
  static_assert(sizeof(kNames) / sizeof(kNames[0]) == kFuseKinds, "one name each");
  return kNames[static_cast<size_t>(kind)];
}

FuseServer::FuseServer(int device, std::shared_ptr<FuseDescriptor> root, const Settings& settings)
    : device_(device), settings_(settings), nodes_(std::move(root)), replies_(device) {}

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
    replies_.send_at(request.arrived_ns + settings_.latency_ns, request.arrived_ns, std::move(message));
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
  out.max_pages = kPagesMax;
  std::vector<char> message = fuse_reply(request.header.unique);
  fuse_append(&message, out);
  fuse_seal(&message);
  replies_.send(message);
}

// The name that the body holds after `fixed_bytes`, in the directory that the request is about.
bool FuseServer::named(const Request& request, size_t fixed_bytes, FusePlace* parent,
                       std::string* name) const {
  if (request.size <= fixed_bytes) return false;
  const size_t room = request.size - fixed_bytes;
  const size_t length = strnlen(request.body + fixed_bytes, room);
  if (length == room || !nodes_.find(request.header.nodeid, parent) || !parent->is_directory) return false;
  name->assign(request.body + fixed_bytes, length);
  return true;
}

void FuseServer::lookup(const Request& request) {
  FusePlace parent;
  std::string name;
  if (!named(request, 0, &parent, &name)) return reply_error(request, FuseKind::kLookup, EIO);
  if (request.header.nodeid == kFuseRoot) {
    const std::lock_guard<std::mutex> lock(names_mutex_);
    root_names_.insert(name);
  }
  reply_entry(request, FuseKind::kLookup, request.header.nodeid,
              {parent.self, std::move(name), nullptr, false});
}

// What is there under a name, or that nothing is: node id 0 is an absence that may be cached (fs/fuse/dir.c,
// fuse_lookup_name()).
void FuseServer::reply_entry(const Request& request, FuseKind kind, uint64_t parent, FusePlace place) {
  fuse_entry_out out = {};
  out.entry_valid = kFuseValidSeconds;
  out.attr_valid = kFuseValidSeconds;
  struct stat found;
  if (fstatat(place.parent->fd, place.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) {
    if (S_ISDIR(found.st_mode)) {
      const int fd =
          openat(place.parent->fd, place.name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (fd < 0) return reply_error(request, kind, errno);
      place.self = std::make_shared<FuseDescriptor>(fd);
      place.is_directory = true;
    }
    out.attr = fuse_attributes(found);
    out.nodeid = nodes_.looked_up(parent, std::move(place), found);
  } else if (errno != ENOENT) {
    return reply_error(request, kind, errno);
  }
  std::vector<char> message = fuse_reply(request.header.unique);
  fuse_append(&message, out);
  reply(request, kind, std::move(message));
}

void FuseServer::getattr(const Request& request) {
  FusePlace place;
  if (!nodes_.find(request.header.nodeid, &place)) return reply_error(request, FuseKind::kGetattr, EIO);
  reply_attributes(request, FuseKind::kGetattr, place);
}

void FuseServer::reply_attributes(const Request& request, FuseKind kind, const FusePlace& place) {
  struct stat found;
  if (fstatat(place.at_fd(), place.at_name(), &found, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) {
    return reply_error(request, kind, errno);
  }
  fuse_attr_out out = {};
  out.attr_valid = kFuseValidSeconds;
  out.attr = fuse_attributes(found);
  std::vector<char> message = fuse_reply(request.header.unique);
  fuse_append(&message, out);
  reply(request, kind, std::move(message));
}

void FuseServer::readlink(const Request& request) {
  FusePlace place;
  if (!nodes_.find(request.header.nodeid, &place) || place.self)
    return reply_error(request, FuseKind::kReadlink, EIO);
  char target[4096];  // PATH_MAX
  const ssize_t length = readlinkat(place.parent->fd, place.name.c_str(), target, sizeof(target));
  if (length < 0) return reply_error(request, FuseKind::kReadlink, errno);
  std::vector<char> message = fuse_reply(request.header.unique);
  message.insert(message.end(), target, target + length);
  reply(request, FuseKind::kReadlink, std::move(message));
}

void FuseServer::read(const Request& request) {
  FusePlace place;
  fuse_read_in in;
  if (!request.parse(&in) || !nodes_.find(request.header.nodeid, &place) || place.is_directory) {
    return reply_error(request, FuseKind::kRead, EIO);
  }
  const int fd = fuse_open(place, O_RDONLY);
  if (fd < 0) return reply_error(request, FuseKind::kRead, errno);
  std::vector<char> message = fuse_reply(request.header.unique);
  const size_t begin = message.size();
  message.resize(begin + std::min<size_t>(in.size, size_t{kPagesMax} * 4096));
  ssize_t got = 0;
  size_t filled = begin;
  while (filled < message.size()) {
    got = pread(fd, message.data() + filled, message.size() - filled,
                static_cast<off_t>(in.offset + filled - begin));
    if (got <= 0) break;
    filled += static_cast<size_t>(got);
  }
  const int err = got < 0 ? errno : 0;
  close(fd);
  if (err != 0) return reply_error(request, FuseKind::kRead, err);
  message.resize(filled);
  read_bytes_ += filled - begin;
  reply(request, FuseKind::kRead, std::move(message));
}

// Offsets are those of the source's file system, so that no listing has to be remembered.
void FuseServer::readdir(const Request& request) {
  FusePlace place;
  fuse_read_in in;
  if (!request.parse(&in) || !nodes_.find(request.header.nodeid, &place) || !place.is_directory) {
    return reply_error(request, FuseKind::kReaddir, EIO);
  }
  const int fd = fuse_open(place, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return reply_error(request, FuseKind::kReaddir, errno);
  std::vector<char> message = fuse_reply(request.header.unique);
  const size_t limit = message.size() + std::min<size_t>(in.size, kDirentBytesMax);
  alignas(8) char entries[8 << 10];
  int err = lseek(fd, static_cast<off_t>(in.offset), SEEK_SET) < 0 ? errno : 0;
  bool full = false;
  while (err == 0 && !full) {
    const long got = syscall(SYS_getdents64, fd, entries, sizeof(entries));
    if (got < 0) err = errno;
    if (got <= 0) break;
    for (long at = 0; at < got && !full;) {
      const auto* entry = reinterpret_cast<const LinuxDirent64*>(entries + at);
      const size_t name_length = strlen(entry->name);
      fuse_dirent out = {};
      out.ino = entry->ino;
      out.off = static_cast<uint64_t>(entry->off);
      out.namelen = static_cast<uint32_t>(name_length);
      out.type = entry->type;
      const size_t length = FUSE_NAME_OFFSET + name_length;
      full = message.size() + FUSE_DIRENT_ALIGN(length) > limit;
      if (full) break;
      const size_t begin = message.size();
      message.resize(begin + FUSE_DIRENT_ALIGN(length));
      memcpy(message.data() + begin, &out, FUSE_NAME_OFFSET);
      memcpy(message.data() + begin + FUSE_NAME_OFFSET, entry->name, name_length);
      at += entry->reclen;
    }
  }
  close(fd);
  if (err != 0) return reply_error(request, FuseKind::kReaddir, err);
  reply(request, FuseKind::kReaddir, std::move(message));
}

void FuseServer::statfs(const Request& request) {
  FusePlace place;
  struct statfs found;
  if (!nodes_.find(request.header.nodeid, &place)) return reply_error(request, FuseKind::kStatfs, EIO);
  const FuseDescriptor& directory = place.self ? *place.self : *place.parent;
  if (fstatfs(directory.fd, &found) != 0) return reply_error(request, FuseKind::kStatfs, errno);
  fuse_statfs_out out = {};
  out.st.blocks = found.f_blocks;
  out.st.bfree = found.f_bfree;
  out.st.bavail = found.f_bavail;
  out.st.files = found.f_files;
  out.st.ffree = found.f_ffree;
  out.st.bsize = static_cast<uint32_t>(found.f_bsize);
  out.st.namelen = static_cast<uint32_t>(found.f_namelen);
  out.st.frsize = static_cast<uint32_t>(found.f_frsize);
  std::vector<char> message = fuse_reply(request.header.unique);
  fuse_append(&message, out);
  reply(request, FuseKind::kStatfs, std::move(message));
}

void FuseServer::forget(const Request& request) {
  fuse_forget_in in;
  if (request.parse(&in)) nodes_.forget(request.header.nodeid, in.nlookup);
}

void FuseServer::batch_forget(const Request& request) {
  fuse_batch_forget_in in;
  if (!request.parse(&in)) return;
  for (size_t i = 0, at = sizeof(in); i < in.count && at + sizeof(fuse_forget_one) <= request.size; i++) {
    fuse_forget_one one;
    memcpy(&one, request.body + at, sizeof(one));
    nodes_.forget(one.nodeid, one.nlookup);
    at += sizeof(one);
  }
}

Error FuseServer::invalidate(int code, const void* body, size_t size, const std::string& name) const {
  fuse_out_header header = {};
  header.error = code;  // of a message without a request
  std::vector<char> message;
  fuse_append(&message, header);
  message.insert(message.end(), static_cast<const char*>(body), static_cast<const char*>(body) + size);
  if (!name.empty()) message.insert(message.end(), name.c_str(), name.c_str() + name.size() + 1);
  fuse_seal(&message);
  if (::write(device_, message.data(), message.size()) >= 0 || errno == ENOENT)
    return {};  // ENOENT: not cached
  return {"UR_LATENCY_FS", "the kernel refuses to forget \"" + name + "\" (" + errno_name(errno) + ")", "",
          errno};
}

// Invalidating an entry takes it out of the dentry cache with everything below it (fs/dcache.c,
// d_invalidate()); inodes that nobody uses go with their dentries, their pages with them, and each is told to
// us by a FORGET.
FuseDrop FuseServer::drop() {
  FuseDrop result;
  const auto deadline = std::chrono::steady_clock::now() + kForgetPatience;
  do {
    std::set<std::string> names;
    {
      const std::lock_guard<std::mutex> lock(names_mutex_);
      names = root_names_;
    }
    for (const std::string& name : names) {
      fuse_notify_inval_entry_out entry = {};
      entry.parent = kFuseRoot;
      entry.namelen = static_cast<uint32_t>(name.size());
      result.error = invalidate(FUSE_NOTIFY_INVAL_ENTRY, &entry, sizeof(entry), name);
      if (!result.error.ok()) return result;
    }
    // The root itself stays, without its listing and its attributes.
    fuse_notify_inval_inode_out root = {};
    root.ino = kFuseRoot;
    result.error = invalidate(FUSE_NOTIFY_INVAL_INODE, &root, sizeof(root), "");
    if (!result.error.ok()) return result;
    result.names = std::max(result.names, names.size());
    for (int i = 0; i < 50 && nodes_.remembered() > 0; i++) std::this_thread::sleep_for(kForgetPoll);
  } while (nodes_.remembered() > 0 && std::chrono::steady_clock::now() < deadline);
  result.remembered = nodes_.remembered();
  if (result.remembered == 0) {
    const std::lock_guard<std::mutex> lock(names_mutex_);
    root_names_.clear();
  }
  return result;
}

FuseCounts FuseServer::take_counts() {
  FuseCounts counts;
  for (size_t i = 0; i < kFuseKinds; i++) counts.requests[i] = requests_[i].exchange(0);
  counts.read_bytes = read_bytes_.exchange(0);
  counts.served = replies_.take_served();
  return counts;
}

}  // namespace ur
