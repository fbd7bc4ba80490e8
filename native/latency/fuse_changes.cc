// What changes the source: names, attributes, contents. The kernel holds the directories' locks meanwhile, so
// no two requests are about the same name (Documentation/filesystems/directory-locking.rst).
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cerrno>
#include <functional>
#include <utility>

#include "fuse_server.h"

namespace ur {
namespace {

// A node as the calls take it that know no AT_EMPTY_PATH.
struct Target {
  int directory;
  std::string path;
  int flags;
};

Target target_of(const FusePlace& place) {
  if (place.is_directory) return {place.self->fd, ".", 0};
  if (!place.self) return {place.parent->fd, place.name, AT_SYMLINK_NOFOLLOW};
  return {AT_FDCWD, "/proc/self/fd/" + std::to_string(place.self->fd), 0};
}

timespec time_of(uint32_t valid, uint32_t set, uint32_t now, uint64_t seconds, uint32_t nanoseconds) {
  if (valid & now) return {0, UTIME_NOW};
  if (valid & set) return {static_cast<time_t>(seconds), static_cast<long>(nanoseconds)};
  return {0, UTIME_OMIT};
}

int set_size(const FusePlace& place, uint64_t size) {
  const int fd = fuse_open(place, O_WRONLY);
  if (fd < 0) return errno;
  const int err = ftruncate(fd, static_cast<off_t>(size)) == 0 ? 0 : errno;
  close(fd);
  return err;
}

int set_attributes(const FusePlace& place, const fuse_setattr_in& in) {
  const Target target = target_of(place);
  const char* path = target.path.c_str();
  if (in.valid & FATTR_SIZE) {
    const int err = set_size(place, in.size);
    if (err != 0) return err;
  }
  if (in.valid & (FATTR_UID | FATTR_GID)) {
    const uid_t uid = in.valid & FATTR_UID ? in.uid : static_cast<uid_t>(-1);
    const gid_t gid = in.valid & FATTR_GID ? in.gid : static_cast<gid_t>(-1);
    if (fchownat(target.directory, path, uid, gid, target.flags) != 0) return errno;
  }
  // The kernel sends no mode for symlinks, which have none of their own.
  if ((in.valid & FATTR_MODE) && fchmodat(target.directory, path, in.mode & 07777, 0) != 0) return errno;
  if (in.valid & (FATTR_ATIME | FATTR_MTIME | FATTR_ATIME_NOW | FATTR_MTIME_NOW)) {
    const timespec times[2] = {time_of(in.valid, FATTR_ATIME, FATTR_ATIME_NOW, in.atime, in.atimensec),
                               time_of(in.valid, FATTR_MTIME, FATTR_MTIME_NOW, in.mtime, in.mtimensec)};
    if (utimensat(target.directory, path, times, target.flags) != 0) return errno;
  }
  return 0;
}

// The file that is about to lose a name, for as long as the kernel uses it without.
std::shared_ptr<FuseDescriptor> hold(const FusePlace& directory, const std::string& name) {
  const int fd = openat(directory.self->fd, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
  return fd < 0 ? nullptr : std::make_shared<FuseDescriptor>(fd);
}

int on_file(const FusePlace& place, int flags, const std::function<int(int fd)>& use) {
  const int fd = fuse_open(place, flags);
  if (fd < 0) return errno;
  const int err = use(fd) == 0 ? 0 : errno;
  close(fd);
  return err;
}

}  // namespace

void FuseServer::serve_change(const Request& request) {
  switch (request.header.opcode) {
    case FUSE_SETATTR:
      return setattr(request);
    case FUSE_SYMLINK:
    case FUSE_MKNOD:
    case FUSE_MKDIR:
    case FUSE_LINK:
      return make(request);
    case kFuseTmpfile:
      return make_unnamed(request);
    case FUSE_WRITE:
      return write(request);
    default:
      return reply_error(request, FuseKind::kChange, change(request));
  }
}

int FuseServer::change(const Request& request) {
  FusePlace place;
  std::string name;
  switch (request.header.opcode) {
    case FUSE_UNLINK:
    case FUSE_RMDIR: {
      if (!named(request, 0, &place, &name)) return EIO;
      const bool directory = request.header.opcode == FUSE_RMDIR;
      std::shared_ptr<FuseDescriptor> orphan = directory ? nullptr : hold(place, name);
      if (unlinkat(place.self->fd, name.c_str(), directory ? AT_REMOVEDIR : 0) != 0) return errno;
      nodes_.removed(request.header.nodeid, name, std::move(orphan));
      return 0;
    }
    case FUSE_RENAME:
      return rename(request, sizeof(fuse_rename_in), 0);
    case FUSE_RENAME2: {
      fuse_rename2_in in;
      if (!request.parse(&in)) return EIO;
      return rename(request, sizeof(in), in.flags);
    }
    case FUSE_FALLOCATE: {
      fuse_fallocate_in in;
      if (!request.parse(&in) || !nodes_.find(request.header.nodeid, &place)) return EIO;
      return on_file(place, O_WRONLY, [&](int fd) {
        return fallocate(fd, static_cast<int>(in.mode), static_cast<off_t>(in.offset),
                         static_cast<off_t>(in.length));
      });
    }
    case FUSE_FSYNC: {
      fuse_fsync_in in;
      if (!request.parse(&in) || !nodes_.find(request.header.nodeid, &place)) return EIO;
      const bool data_only = in.fsync_flags & 1;  // FUSE_FSYNC_FDATASYNC
      return on_file(place, O_RDONLY, [&](int fd) { return data_only ? fdatasync(fd) : fsync(fd); });
    }
    default:
      return ENOSYS;
  }
}

// Both requests begin with the new directory's node id and end with the two names.
int FuseServer::rename(const Request& request, size_t fixed_bytes, unsigned flags) {
  fuse_rename_in in;
  FusePlace from;
  FusePlace to;
  std::string name;
  if (!request.parse(&in) || !named(request, fixed_bytes, &from, &name)) return EIO;
  const size_t second = fixed_bytes + name.size() + 1;
  if (second >= request.size || !nodes_.find(in.newdir, &to) || !to.is_directory) return EIO;
  const std::string new_name(request.body + second, strnlen(request.body + second, request.size - second));
  std::shared_ptr<FuseDescriptor> orphan = hold(to, new_name);
  if (renameat2(from.self->fd, name.c_str(), to.self->fd, new_name.c_str(), flags) != 0) return errno;
  if (flags & RENAME_EXCHANGE) {
    nodes_.exchanged(request.header.nodeid, name, in.newdir, new_name);
  } else {
    nodes_.removed(in.newdir, new_name, std::move(orphan));
    nodes_.moved(request.header.nodeid, name, in.newdir, to.self, new_name);
  }
  if (in.newdir == kFuseRoot) {
    const std::lock_guard<std::mutex> lock(names_mutex_);
    root_names_.insert(new_name);
  }
  return 0;
}

void FuseServer::make(const Request& request) {
  FusePlace parent;
  std::string name;
  int done = -1;
  const uint32_t opcode = request.header.opcode;
  const auto refuse = [&](int err) { reply_error(request, FuseKind::kChange, err); };
  if (opcode == FUSE_MKDIR) {
    fuse_mkdir_in in;
    if (!request.parse(&in) || !named(request, sizeof(in), &parent, &name)) return refuse(EIO);
    done = mkdirat(parent.self->fd, name.c_str(), in.mode & 07777);
  } else if (opcode == FUSE_MKNOD) {
    fuse_mknod_in in;
    if (!request.parse(&in) || !named(request, sizeof(in), &parent, &name)) return refuse(EIO);
    if (S_ISBLK(in.mode) || S_ISCHR(in.mode)) return refuse(EPERM);
    done = mknodat(parent.self->fd, name.c_str(), in.mode, 0);
  } else if (opcode == FUSE_LINK) {
    fuse_link_in in;
    FusePlace old;
    if (!request.parse(&in) || !named(request, sizeof(in), &parent, &name)) return refuse(EIO);
    if (!nodes_.find(in.oldnodeid, &old)) return refuse(EIO);
    const Target target = target_of(old);
    done = linkat(target.directory, target.path.c_str(), parent.self->fd, name.c_str(),
                  old.self ? AT_SYMLINK_FOLLOW : 0);
  } else {
    if (!named(request, 0, &parent, &name)) return refuse(EIO);
    const size_t second = name.size() + 1;
    if (second >= request.size) return refuse(EIO);
    const std::string target(request.body + second, strnlen(request.body + second, request.size - second));
    done = symlinkat(target.c_str(), parent.self->fd, name.c_str());
  }
  if (done != 0) return refuse(errno);
  if (request.header.nodeid == kFuseRoot) {
    const std::lock_guard<std::mutex> lock(names_mutex_);
    root_names_.insert(name);
  }
  reply_entry(request, FuseKind::kChange, request.header.nodeid,
              {parent.self, std::move(name), nullptr, false});
}

// O_TMPFILE, the one file that is made and opened in one request.
void FuseServer::make_unnamed(const Request& request) {
  fuse_create_in in;
  FusePlace parent;
  struct stat found;
  const auto refuse = [&](int err) { reply_error(request, FuseKind::kChange, err); };
  if (!request.parse(&in) || !nodes_.find(request.header.nodeid, &parent) || !parent.is_directory)
    return refuse(EIO);
  const int flags = O_TMPFILE | O_RDWR | O_CLOEXEC | static_cast<int>(in.flags & O_EXCL);
  const int fd = openat(parent.self->fd, ".", flags, in.mode & 07777);
  if (fd < 0) return refuse(errno);
  auto file = std::make_shared<FuseDescriptor>(fd);
  if (fstat(fd, &found) != 0) return refuse(errno);
  fuse_entry_out entry = {};
  entry.entry_valid = entry.attr_valid = kFuseValidSeconds;
  entry.attr = fuse_attributes(found);
  entry.nodeid = nodes_.unnamed(std::move(file), found);
  fuse_open_out opened = {};
  opened.open_flags = FOPEN_KEEP_CACHE;
  std::vector<char> message = fuse_reply(request.header.unique);
  fuse_append(&message, entry);
  fuse_append(&message, opened);
  reply(request, FuseKind::kChange, std::move(message));
}

void FuseServer::setattr(const Request& request) {
  FusePlace place;
  fuse_setattr_in in;
  if (!request.parse(&in) || !nodes_.find(request.header.nodeid, &place)) {
    return reply_error(request, FuseKind::kChange, EIO);
  }
  const int err = set_attributes(place, in);
  if (err != 0) return reply_error(request, FuseKind::kChange, err);
  reply_attributes(request, FuseKind::kChange, place);
}

void FuseServer::write(const Request& request) {
  FusePlace place;
  fuse_write_in in;
  if (!request.parse(&in) || in.size > request.size - sizeof(in) ||
      !nodes_.find(request.header.nodeid, &place)) {
    return reply_error(request, FuseKind::kWrite, EIO);
  }
  const char* data = request.body + sizeof(in);
  fuse_write_out out = {};
  const int err = on_file(place, O_WRONLY, [&](int fd) {
    while (out.size < in.size) {
      const ssize_t got =
          pwrite(fd, data + out.size, in.size - out.size, static_cast<off_t>(in.offset + out.size));
      if (got < 0) return out.size > 0 ? 0 : -1;
      out.size += static_cast<uint32_t>(got);
    }
    return 0;
  });
  if (err != 0) return reply_error(request, FuseKind::kWrite, err);
  std::vector<char> message = fuse_reply(request.header.unique);
  fuse_append(&message, out);
  reply(request, FuseKind::kWrite, std::move(message));
}

}  // namespace ur
