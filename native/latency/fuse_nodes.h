// What the kernel remembers of a FUSE file system of ours, by node id: a name in a directory of the source.
// Directories are held open (O_PATH), everything else is reached through its directory: paths of any depth
// work, and descriptors are only needed for directories.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace ur {

struct FuseDirectory {
  explicit FuseDirectory(int opened) : fd(opened) {}
  ~FuseDirectory() { close(fd); }
  FuseDirectory(const FuseDirectory&) = delete;
  FuseDirectory& operator=(const FuseDirectory&) = delete;
  const int fd;
};

// Where a node is. `self` for directories only; the root has nothing else.
struct FusePlace {
  std::shared_ptr<FuseDirectory> parent;
  std::string name;
  std::shared_ptr<FuseDirectory> self;

  // For the *at() calls with AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW.
  int at_fd() const { return self ? self->fd : parent->fd; }
  const char* at_name() const { return self ? "" : name.c_str(); }
};

constexpr uint64_t kFuseRoot = 1;  // FUSE_ROOT_ID

// Safe from any thread.
class FuseNodes {
 public:
  explicit FuseNodes(std::shared_ptr<FuseDirectory> root);

  bool find(uint64_t id, FusePlace* place) const;
  // The node of `name` in `parent`, made if need be; counts one lookup, which the kernel will forget.
  uint64_t looked_up(uint64_t parent, FusePlace place);
  // The kernel forgets `lookups` of its lookups of a node; at none left the node goes.
  void forget(uint64_t id, uint64_t lookups);
  // Nodes that the kernel remembers, the root apart.
  size_t remembered() const;

 private:
  struct Node {
    uint64_t parent;
    FusePlace place;
    uint64_t lookups;
  };

  static std::string key(uint64_t parent, const std::string& name);

  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, Node> nodes_;
  std::unordered_map<std::string, uint64_t> by_name_;
  uint64_t next_ = kFuseRoot + 1;  // never used again, so no generation numbers are needed
};

}  // namespace ur
