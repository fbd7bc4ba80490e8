// What only looks at the source: each request does its work at once and leaves the waiting to reply().
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "fuse_server.h"

namespace ur {
namespace {

constexpr size_t kDirentBytesMax = 64 << 10;

// Of readdir; glibc has no declaration before 2.30.
struct LinuxDirent64 {
  uint64_t ino;
  int64_t off;
  uint16_t reclen;
  uint8_t type;
  char name[1];
};

}  // namespace

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
  message.resize(begin + std::min<size_t>(in.size, size_t{kFusePagesMax} * 4096));
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

}  // namespace ur
