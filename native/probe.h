// What this kernel can do with io_uring, asked once.
#pragma once

#include <string>

namespace ur {

// ProbeReport of replay/engine.ts, as JSON.
std::string probe_json();

}  // namespace ur
