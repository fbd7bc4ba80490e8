// Running a command beside a warming, or after it. This process becomes the command, so that its process id,
// signals, terminal and exit status are the command's own; the warming runs in a process apart that is no
// child of the command's and ends with it.
#pragma once

#include "settings.h"

namespace ur {

// `warming(fd)`: nullptr for none, else it runs in the other process, which ends when it returns; `fd` is a
// pidfd of the command, or -1 where the command waits for the warming. Becomes the command, or returns the
// exit status that a shell would give.
int run_with_command(const WarmSettings& settings, void (*warming)(const WarmSettings&, int));

}  // namespace ur
