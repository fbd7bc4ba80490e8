// Errors of the core: a stable code, what happened, what to do. An empty code means success.
#pragma once

#include <string>

namespace ur {

struct Error {
  std::string code;     // UR_BAD_PROGRAM, UR_NO_URING, UR_LIMIT, UR_SETUP, ...
  std::string message;  // what and where
  std::string remedy;   // what the user can do; may be empty
  int err = 0;          // positive errno where a system call failed

  bool ok() const { return code.empty(); }
};

// "EPERM" for 1; the number itself for those that the C library does not name.
std::string errno_name(int err);

}  // namespace ur
