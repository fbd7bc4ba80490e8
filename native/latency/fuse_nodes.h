// What the kernel remembers of a FUSE file system of ours, by node id: names in directories of the source.
// Directories are held open (O_PATH), everything else is reached through a directory that holds its name:
// paths of any depth work, and descriptors are only needed for directories and for files without a name any
// more.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ur {

struct FuseDescriptor {
  explicit FuseDescriptor(int opened) : fd(opened) {}
  ~FuseDescriptor() { close(fd); }
  FuseDescriptor(const FuseDescriptor&) = delete;
  FuseDescriptor& operator=(const FuseDescriptor&) = delete;
  const int fd;
};

// Where a node is: `name` in `parent`, and `self` for directories, and for files that have been unlinked
// while the kernel still uses them (then `name` is empty).
struct FusePlace {
  std::shared_ptr<FuseDescriptor> parent;
  std::string name;
  std::shared_ptr<FuseDescriptor> self;
  bool is_directory = false;

  // For the *at() calls with AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW.
  int at_fd() const { return self ? self->fd : parent->fd; }
  const char* at_name() const { return self ? "" : name.c_str(); }
};

// The file of a node. Never a device or a FIFO: those are opened by the kernel, not by us.
int fuse_open(const FusePlace& place, int flags);

constexpr uint64_t kFuseRoot = 1;  // FUSE_ROOT_ID

// Safe from any thread.
class FuseNodes {
 public:
  explicit FuseNodes(std::shared_ptr<FuseDescriptor> root);

  bool find(uint64_t id, FusePlace* place) const;
  bool find(uint64_t parent, const std::string& name, FusePlace* place) const;
  // The node of `place.name` in `parent`, made if need be; counts one lookup, which the kernel will forget.
  // Names of one file (hard links) are one node.
  uint64_t looked_up(uint64_t parent, FusePlace place, const struct stat& found);
  // A file that never had a name (O_TMPFILE); counts one lookup.
  uint64_t unnamed(std::shared_ptr<FuseDescriptor> file, const struct stat& found);
  // The kernel forgets `lookups` of its lookups of a node; at none left the node goes.
  void forget(uint64_t id, uint64_t lookups);
  // Nodes that the kernel remembers, the root apart.
  size_t remembered() const;

  // What a change has done to the names, after it succeeded. `orphan`: the file itself, where that was its
  // last name and the kernel knows the node; may be null.
  void removed(uint64_t parent, const std::string& name, std::shared_ptr<FuseDescriptor> orphan);
  void moved(uint64_t from, const std::string& name, uint64_t to, std::shared_ptr<FuseDescriptor> directory,
             const std::string& new_name);
  void exchanged(uint64_t parent_a, const std::string& a, uint64_t parent_b, const std::string& b);

 private:
  struct Name {
    uint64_t parent;
    std::shared_ptr<FuseDescriptor> directory;
    std::string name;
  };
  struct Node {
    std::vector<Name> names;
    std::shared_ptr<FuseDescriptor> self;
    bool is_directory;
    std::pair<dev_t, ino_t> inode;
    uint64_t lookups;
  };

  static std::string key(uint64_t parent, const std::string& name);
  static FusePlace place_of(const Node& node);
  void add_name(uint64_t id, Name name);
  void take_name(Node& node, uint64_t parent, const std::string& name);

  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, Node> nodes_;
  std::unordered_map<std::string, uint64_t> by_name_;
  std::map<std::pair<dev_t, ino_t>, uint64_t> by_inode_;  // of everything but directories
  uint64_t next_ = kFuseRoot + 1;  // never used again, so no generation numbers are needed
};

}  // namespace ur
