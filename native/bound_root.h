// A directory as root directory in which some directories of the old root are to be seen under their own
// paths: a program then finds all its files in it, and its devices and /proc where they are.
#pragma once

#include <vector>

namespace ur {

// In a mount namespace of its own, so that the binds go with the process. `binds`: absolute paths of
// directories that are there in both. Needs CAP_SYS_ADMIN (a user namespace's will do). Returns 0 or -errno.
int enter_bound_root(const char* root, const std::vector<const char*>& binds);

}  // namespace ur
