// Mounting a FUSE file system of ours: mount(2) where permitted (root, or root of a user namespace with a
// mount namespace of its own, since Linux 4.18), else fusermount3, which is setuid root.
#pragma once

#include <string>

#include "error.h"

namespace ur {

struct FuseMount {
  int device = -1;       // of /dev/fuse, bound to the mount point
  const char* how = "";  // "mount" or "fusermount3"
};

// `root_mode`: st_mode of the directory that is shown. `others`: other users may use it too.
Error fuse_mount(const std::string& point, unsigned root_mode, bool others, FuseMount* mounted);

// Takes it off the tree at once, even where somebody still uses it.
void fuse_unmount(const std::string& point, const FuseMount& mounted);

}  // namespace ur
