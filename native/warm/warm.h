// A warming from beginning to end: is it needed at all, who does it, how widely, and until when.
#pragma once

#include "error.h"
#include "json.h"
#include "settings.h"

namespace ur {

struct WarmReport {
  std::string json;
  Error error;
};

// Warms what the plan names. `command_fd`: a pidfd of the process beside which it runs, or -1: when that ends
// the warming does too. Ends in any case at the budget. Threads may be left waiting for the storage: the
// process has to end (or to become another) soon after.
WarmReport warm(const WarmSettings& settings, int command_fd);

// Whether the plan, and all of it that is looked at first, is in memory already. Never waits for the storage.
bool warm_is_needless(const WarmSettings& settings);

}  // namespace ur
