// A file system image without its holes, as bench/kernels/image.ts packs it: records of
// { uint64_t offset; uint64_t bytes; data[bytes] }, little-endian, until the end of the file.
#pragma once

#include <string>

namespace ur::guest {

// Writes the records of `file` to `device`, whose other blocks are zero already. Returns an empty
// string, or what went wrong.
std::string write_image(const std::string& file, const std::string& device);

}  // namespace ur::guest
