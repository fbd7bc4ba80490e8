// `uring-runner --serve FD`: an arm's processes for the experiment, see bench/arms/runner-channel.ts.
// Starting Node takes some 80 ms, and a process from Node 2; this small process starts the next one in less
// than 1, so that each round can have a fresh one.
//
//   --serve FD            keeps: starts a process that replays, and waits for its end
//     --serve-one FD      replays: answers requests until "renew" (another one is started), or the end
#pragma once

namespace ur {

// Starts a process of `runner`, its own executable, with serve_one(), and another one after each that was
// asked to "renew"; sleeps meanwhile. Returns the exit status of the last one, or ends by the same signal.
int serve(const char* runner, const char* program_fd);

// Answers requests from standard input, one after the other, until "close", "renew" or its end. A request is
// some words, each ended by a zero byte, and an empty word; a reply is one line of JSON on standard output.
//
//   enter DIR                  only enters the root directory, to learn whether this host allows it
//   prepare BYTES [OPTIONS]    reads a program of BYTES bytes from the descriptor, enters --root, makes
//                              the engine ready; replies what it uses
//   run PASSES | count | profile | timeline | renew | close
//
// {"ok":true,"body":...} or {"ok":false,"code":...,"message":...,"remedy":...}. Returns the exit status.
int serve_one(int program_fd);

}  // namespace ur
