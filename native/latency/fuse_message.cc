#include "fuse_message.h"

#include <cstddef>

namespace ur {

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

const char* fuse_kind_name(FuseKind kind) {
  constexpr const char* kNames[] = {"lookup",  "getattr", "readlink", "read",
                                    "readdir", "statfs",  "change",   "write"};
  static_assert(sizeof(kNames) / sizeof(kNames[0]) == kFuseKinds, "one name each");
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace ur
