// What of a program goes through the ring, and how: one prepared submission entry per op, chosen once.
#pragma once

#include <liburing.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "session.h"

namespace ur {

// What start() still has to fill in.
enum Patch : uint8_t {
  kPatchFd = 1,      // fd: the descriptor in the call's slot `fd`
  kPatchFd2Fd = 2,   // fd: the one in slot `fd2` (symlinkat)
  kPatchFd2Len = 4,  // len: the one in slot `fd2` (renameat, linkat)
  kPatchStatx = 8,   // off: a statx buffer
};

// Apart from its entry, so that a pass finds what it asks of every op in few cache lines.
struct RingOp {
  bool on_ring;   // false: a plain call at its place
  uint8_t patch;  // Patch
  uint8_t link;   // how a follower is linked to it: IOSQE_IO_LINK, IOSQE_IO_HARDLINK, or 0: it leads nobody
  Effect effect;  // the call's own, kept here: most completions then need nothing else of the call
  int32_t direct_fd;   // index of the fixed file that it uses, or -1
  int32_t direct_out;  // index of the fixed file that it opens, or -1
};

struct RingPlan {
  std::vector<RingOp> ops;
  std::vector<io_uring_sqe> sqes;  // per op; of those on the ring
  uint32_t ring_ops = 0;
  uint32_t direct_slots = 0;
  std::map<std::string, std::string> fallbacks;  // call -> why it is plain although there is an opcode
};

// `supported`: by opcode, from probe_opcodes(). `direct_max`: entries of the fixed file table, 0 = none.
// `lanes`: a Lane per op; empty: all that can go to the ring do.
RingPlan plan_ring_ops(Session& session, const std::vector<bool>& supported, uint32_t direct_max,
                       const std::vector<uint8_t>& lanes);

}  // namespace ur
