// What execve(2) reads of a program: the loadable segments of an ELF file, and who interprets it (PT_INTERP,
// or the first line of a script). Bounded, whatever the file holds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan.h"

namespace ur {

// What reading an image may read at most: the beginning of the file, its segments' table, the interpreter's
// path.
constexpr uint64_t kImageBytesMax = 12 << 10;

struct Image {
  std::vector<PlanRange> ranges;
  std::string interpreter;  // a path as the file has it; empty: none
};

// `fd`: a regular file, open for reading. Of what is no program the image is empty.
Image read_image(int fd);

}  // namespace ur
