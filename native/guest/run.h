// Runs one program in the guest and sends what it printed.
#pragma once

#include <string>
#include <vector>

#include "frame.h"

namespace ur::guest {

// Ended with SIGKILL after `seconds`. Output beyond 8 MB is cut (and the frame's status is then 254).
// Returns an empty string even where the program failed: its status is in the frames; else why it could
// not be started.
std::string run(const std::string& name, int seconds, const std::string& root,
                const std::vector<std::string>& arguments, Link* link);

}  // namespace ur::guest
