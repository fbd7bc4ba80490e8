// Which opcode each call has, and where it does not mean the same.
#pragma once

#include "program.h"

namespace ur {

constexpr int kNoOpcode = -1;

// IORING_OP_*, or kNoOpcode. The kernel may lack it.
int opcode_of(const Op& op);

// Why these arguments cannot be put to the opcode; nullptr: they can.
const char* inexpressible(const Op& op);

// Whether the opcode takes a fixed file in place of a descriptor.
bool takes_fixed_file(Code code);

// Reads and writes.
bool transfers(Code code);

}  // namespace ur
