// A file tree as bench/kernels/tree.ts packs it, in an order where parents come first:
//   <type d|f|l> <mode, octal> <size> <bytes of path> <bytes of target>\n<path><target>
// Paths are relative to the tree's root. Files are filled, not sparse: reads then find real blocks.
#pragma once

#include <string>

namespace ur::guest {

// Returns an empty string, or what went wrong.
std::string build_tree(const std::string& file, const std::string& root);

}  // namespace ur::guest
