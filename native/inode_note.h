// Which of two directories is which, after the calls of a program may have exchanged their names: each is
// known by its inode number, written down as the target of a symlink. Results are 0 or a negative errno.
#pragma once

#include <cstdint>

namespace ur {

// Writes the inode number at `path` into the symlink `note`, in place of what it said before.
int64_t note_inode(const char* path, const char* note);

// 0 where the inode at `path` is the one that `note` tells of (null: any); -ESTALE for another one.
int64_t has_inode(const char* path, const char* note);

}  // namespace ur
