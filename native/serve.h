// `uring-runner --serve FD`: an arm's process for the experiment, see bench/arms/runner-channel.ts. Starting
// Node takes some 80 ms, starting this takes 2, so that arms can be started anew every few rounds.
#pragma once

namespace ur {

// Answers requests from standard input, one after the other, until "close" or its end. A request is some
// words, each ended by a zero byte, and an empty word; a reply is one line of JSON on standard output.
//
//   enter DIR                  only enters the root directory, to learn whether this host allows it
//   prepare BYTES [OPTIONS]    reads a program of BYTES bytes from the descriptor, enters --root, makes the
//   engine
//                              ready; replies what it uses
//   run PASSES | count | profile | timeline | close
//
// {"ok":true,"body":...} or {"ok":false,"code":...,"message":...,"remedy":...}. Returns the exit status.
int serve(int program_fd);

}  // namespace ur
