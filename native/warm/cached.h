// What is in memory already, asked without waiting for the storage.
#pragma once

#include <cstdint>

#include "plan.h"

namespace ur {

// Whether the pages of a file of `size` bytes are: all of them (cachestat(2), Linux 6.5), or before that the
// first and the last; where neither is to be known they are taken to be.
bool has_pages(int fd, uint64_t size, const PlanRange& range);

// Opens for reading what can be found without asking the storage, else -EAGAIN; where this kernel can't tell
// (RESOLVE_CACHED, Linux 5.12), too. A descriptor, or a negative errno.
int open_cached(const char* file, int flags);

}  // namespace ur
