// Times a command as the kernel accounts it: Node has no way to ask for the resource usage of one child.
#pragma once

namespace ur {

// [OPTIONS] [--] CMD ARGS...: runs CMD (found by PATH), waits for it, and writes one line of JSON to
// descriptor 3:
//   {"wallNs":n,"userNs":n,"systemNs":n,"killed":n,"status":n,"signal":n}   it ran; status or signal is null
//   {"error":n}                                                             it could not be started: errno
//   {"refused":n}                                                           --root or --cwd failed: errno
// User and system time include the descendants that were waited for (getrusage(2), RUSAGE_CHILDREN), in steps
// of a microsecond. Standard input, output and error are passed on, descriptor 3 is not. Returns 0 when it
// wrote a line, else 2.
//
//   --descendants  waits for what the command has left running, too: its CPU time counts, its wall time does
//   not.
//                  Whatever still runs after five seconds is killed, and `killed` says how often.
//   --root DIR     the command's root directory, in a mount namespace of its own (bound_root.h)
//   --bind DIR     a directory of ours that is to be seen in it, under the same path; may be given several
//   times
//   --cwd DIR      the command's current directory
int time_command(char** argv);

}  // namespace ur
