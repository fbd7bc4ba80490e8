// What has changed on disk since a plan was recorded.
#pragma once

#include "settings.h"

namespace ur {

// Prints a line for each difference, and with --report all of them as JSON. The exit status: 0 none, 1 some,
// 2 failed.
int check_plan(const WarmSettings& settings);

}  // namespace ur
