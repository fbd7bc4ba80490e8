// Reads what /proc and /sys tell about the guest.
#pragma once

#include <string>

namespace ur::guest {

// A file's text, or one line "name<tab>text" per file of a directory, by name. What can't be read is empty:
// older kernels have fewer of these files.
std::string read_text(const std::string& path);

}  // namespace ur::guest
