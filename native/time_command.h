// Times a command as the kernel accounts it: for `record`, whose Node process has no way to ask for the
// resource usage of one child.
#pragma once

namespace ur {

// Runs argv[0] (found by PATH) with argv, waits for it, and writes one line of JSON to descriptor 3:
//   {"wallNs":n,"userNs":n,"systemNs":n,"status":n,"signal":n}   it ran; one of status and signal is null
//   {"error":n}                                                  it could not be started: errno
// User and system time include the descendants that it waited for (getrusage(2), RUSAGE_CHILDREN), in steps
// of a microsecond. Standard input, output and error are passed on, descriptor 3 is not. Returns 0 when it
// wrote a line, else 2.
int time_command(char** argv);

}  // namespace ur
