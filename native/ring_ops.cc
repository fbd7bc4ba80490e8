#include "ring_ops.h"

#include <cstring>

#include "ring_opcodes.h"
#include "ring_queue.h"

namespace ur {
namespace {

constexpr uint64_t kCursor = ~uint64_t{0};  // offset -1: at the file's own cursor (IORING_FEAT_RW_CUR_POS)
constexpr size_t kAddr3Bytes = 48;          // io_uring_sqe.addr3, Linux 5.19
constexpr uint32_t kRwfNowait = 8;          // RWF_NOWAIT, Linux 4.14
constexpr uint64_t kResolveCached = 0x20;   // RESOLVE_CACHED, Linux 5.12

uint64_t word(const void* pointer) { return reinterpret_cast<uint64_t>(pointer); }

// Whether the log says that the call fails, or transfers less than was asked for: a soft link would break.
bool breaks_soft_link(const Op& op) {
  if (!(op.check & kCheckValue)) return false;
  if (op.expect < 0) return true;
  return transfers(static_cast<Code>(op.code)) && static_cast<uint64_t>(op.expect) != op.len;
}

class Planner {
 public:
  Planner(Session& session, const std::vector<bool>& supported, uint32_t direct_max,
          const std::vector<uint8_t>& lanes)
      : session_(session), program_(session.program()), supported_(supported), lanes_(lanes) {
    plan_.ops.resize(session.op_count());
    plan_.sqes.resize(session.op_count());
    find_nonblocking_slots();
    for (uint32_t i = 0; i < session.op_count(); i++) choose(i);
    choose_direct_slots(direct_max);
    for (uint32_t i = 0; i < session.op_count(); i++) {
      if (plan_.ops[i].on_ring) fill(i);
    }
  }

  RingPlan take() { return std::move(plan_); }

 private:
  void choose(uint32_t index) {
    const Op& op = program_.ops[index];
    RingOp& ring_op = plan_.ops[index];
    ring_op = {};
    memset(&plan_.sqes[index], 0, sizeof(io_uring_sqe));
    ring_op.direct_fd = ring_op.direct_out = -1;
    const int opcode = opcode_of(op);
    if (opcode == kNoOpcode || (!lanes_.empty() && lanes_[index] != kLaneRing)) return;
    const char* obstacle = inexpressible(op);
    if (!supported_[static_cast<size_t>(opcode)]) obstacle = "this kernel lacks the opcode";
    if (obstacle != nullptr) {
      plan_.fallbacks[code_name(op.code)] = obstacle;
      return;
    }
    sqe_of(ring_op).opcode = static_cast<uint8_t>(opcode);
    ring_op.on_ring = true;
    ring_op.link = link_after(op);
    plan_.ring_ops++;
  }

  // A soft link is cancelled with its predecessor, so that both can be tried again in order. What fails by
  // the log has to be followed by a hard link, after which nothing can be tried again: it must not answer
  // EAGAIN.
  uint8_t link_after(const Op& op) const {
    if (!breaks_soft_link(op)) return IOSQE_IO_LINK;
    return may_answer_again(op) ? 0 : IOSQE_IO_HARDLINK;
  }

  bool may_answer_again(const Op& op) const {
    const Code code = static_cast<Code>(op.code);
    if ((code == Code::kPreadv2 || code == Code::kPwritev2) && (op.a & kRwfNowait)) return true;
    if (code == Code::kOpenat2 && (op.len & kResolveCached)) return true;
    return transfers(code) && op.fd >= 0 && nonblocking_[op.fd];
  }

  void find_nonblocking_slots() {
    const Header& header = *program_.header;
    nonblocking_.assign(header.slot_count, false);
    for (uint32_t i = 0; i < header.setup_count + header.op_count; i++) {
      const Op& op = program_.setup[i];  // setup and main ops are one array
      const Code code = static_cast<Code>(op.code);
      const bool opens = code == Code::kOpen || code == Code::kOpenat || code == Code::kOpenat2;
      if (opens && op.out >= 0 && (op.a & O_NONBLOCK)) nonblocking_[op.out] = true;
      const bool sets = code == Code::kFcntl && op.a == F_SETFL && (op.len & O_NONBLOCK);
      if (sets && op.fd >= 0) nonblocking_[op.fd] = true;
      const bool copies =
          code == Code::kDup || code == Code::kDup2 || code == Code::kDup3 || code == Code::kFcntl;
      if (copies && op.fd >= 0 && op.out >= 0 && nonblocking_[op.fd]) nonblocking_[op.out] = true;
    }
  }

  // A slot is direct when the ring opens its file and only opcodes that take fixed files use it: then the
  // descriptor's number is known before the open has run, and open, read, close can be one chain. Not with
  // O_NONBLOCK: there a read may answer EAGAIN whatever one does, and is then made plainly.
  void choose_direct_slots(uint32_t direct_max) {
    direct_.assign(program_.header->slot_count, -1);
    if (direct_max == 0) return;
    std::vector<bool> eligible(program_.header->slot_count, false);
    for (uint32_t i = 0; i < session_.op_count(); i++) {
      const Op& op = program_.ops[i];
      const bool opens = session_.calls()[i].effect == Effect::kOpens;
      const uint8_t opcode = plan_.sqes[i].opcode;
      // What is found through the table is not refused for O_PATH, as descriptors are with EBADF.
      const bool ring_open =
          opens && (opcode == IORING_OP_OPENAT || opcode == IORING_OP_OPENAT2) && !(op.a & O_PATH);
      if (op.out >= 0) eligible[op.out] = ring_open && plan_.ops[i].on_ring && !nonblocking_[op.out];
    }
    for (uint32_t i = 0; i < session_.op_count(); i++) {
      const Op& op = program_.ops[i];
      const bool fits = plan_.ops[i].on_ring && takes_fixed_file(static_cast<Code>(op.code));
      if (op.fd >= 0 && !fits) eligible[op.fd] = false;
      if (op.fd2 >= 0) eligible[op.fd2] = false;
    }
    for (size_t slot = 0; slot < direct_.size() && plan_.direct_slots < direct_max; slot++) {
      if (eligible[slot]) direct_[slot] = static_cast<int32_t>(plan_.direct_slots++);
    }
  }

  void fill(uint32_t index) {
    const Op& op = program_.ops[index];
    RingOp& ring_op = plan_.ops[index];
    io_uring_sqe& sqe = sqe_of(ring_op);
    const bool bare_path = op.path != kNoPath && !takes_directory(op.code);
    sqe.fd = bare_path ? AT_FDCWD : op.fd;
    sqe.addr = op.path == kNoPath ? 0 : word(program_.path(op.path));
    if (op.fd >= 0) ring_op.patch |= kPatchFd;
    arguments(op, ring_op);
    if (op.out >= 0 && direct_[op.out] >= 0) open_directly(op, ring_op, direct_[op.out]);
    if (op.fd >= 0 && direct_[op.fd] >= 0) use_directly(op, ring_op, direct_[op.fd]);
  }

  void arguments(const Op& op, RingOp& ring_op) {
    io_uring_sqe& sqe = sqe_of(ring_op);
    Buffers& buffers = session_.buffers();
    switch (static_cast<Code>(op.code)) {
      case Code::kStat:
        return stat(ring_op, 0, STATX_BASIC_STATS);
      case Code::kLstat:
        return stat(ring_op, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS);
      case Code::kFstat:
        sqe.addr = word("");
        return stat(ring_op, AT_EMPTY_PATH, STATX_BASIC_STATS);
      case Code::kNewfstatat:
        return stat(ring_op, op.a, STATX_BASIC_STATS);
      case Code::kStatx:
        return stat(ring_op, op.a, op.b);
      case Code::kOpen:
      case Code::kOpenat:
        sqe.rw_flags = static_cast<int>(op.a);
        sqe.len = op.b;
        return;
      case Code::kOpenat2:
        sqe.off = word(buffers.open_how(op.a, op.b, op.len));
        sqe.len = 3 * sizeof(uint64_t);
        return;
      case Code::kRead:
        return transfer(sqe, buffers.scratch(), op.len, kCursor);
      case Code::kPread64:
        return transfer(sqe, buffers.scratch(), op.len, static_cast<uint64_t>(op.off));
      case Code::kReadv:
        return transfer(sqe, buffers.vector(op.len, op.b, false), op.b, kCursor);
      case Code::kPreadv:
        return transfer(sqe, buffers.vector(op.len, op.b, false), op.b, static_cast<uint64_t>(op.off));
      case Code::kPreadv2:
        sqe.rw_flags = static_cast<int>(op.a);
        return transfer(sqe, buffers.vector(op.len, op.b, false), op.b, static_cast<uint64_t>(op.off));
      case Code::kWrite:
        return transfer(sqe, buffers.pattern(), op.len, kCursor);
      case Code::kPwrite64:
        return transfer(sqe, buffers.pattern(), op.len, static_cast<uint64_t>(op.off));
      case Code::kWritev:
        return transfer(sqe, buffers.vector(op.len, op.b, true), op.b, kCursor);
      case Code::kPwritev2:
        sqe.rw_flags = static_cast<int>(op.a);
        [[fallthrough]];
      case Code::kPwritev:
        return transfer(sqe, buffers.vector(op.len, op.b, true), op.b, static_cast<uint64_t>(op.off));
      case Code::kFadvise64:
        sqe.off = static_cast<uint64_t>(op.off);
        sqe.len = static_cast<uint32_t>(op.len);
        sqe.rw_flags = static_cast<int>(op.a);
        return;
      case Code::kMkdir:
      case Code::kMkdirat:
        sqe.len = op.b;
        return;
      case Code::kUnlinkat:
        sqe.rw_flags = static_cast<int>(op.a);
        return;
      case Code::kRmdir:
        sqe.rw_flags = AT_REMOVEDIR;
        return;
      case Code::kRename:
      case Code::kLink:
        return two_paths(op, ring_op, AT_FDCWD, 0);
      case Code::kRenameat:
        return two_paths(op, ring_op, op.fd2, 0);
      case Code::kRenameat2:
      case Code::kLinkat:
        return two_paths(op, ring_op, op.fd2, op.a);
      case Code::kSymlink:
      case Code::kSymlinkat:
        sqe.off = word(program_.path(op.path2));
        sqe.fd = static_cast<Code>(op.code) == Code::kSymlink ? AT_FDCWD : op.fd2;
        if (op.fd2 >= 0) ring_op.patch |= kPatchFd2Fd;
        return;
      case Code::kFtruncate:
        sqe.off = static_cast<uint64_t>(op.off);
        return;
      case Code::kFallocate:
        sqe.off = static_cast<uint64_t>(op.off);
        sqe.addr = op.len;
        sqe.len = op.a;
        return;
      case Code::kFdatasync:
        sqe.rw_flags = IORING_FSYNC_DATASYNC;
        return;
      case Code::kGetxattr:
      case Code::kFgetxattr:
        sqe.addr = word(program_.path(op.path2));
        sqe.off = word(buffers.scratch());  // addr2
        sqe.len = static_cast<uint32_t>(op.len);
        if (op.path != kNoPath) set_addr3(sqe, word(program_.path(op.path)));
        return;
      default:
        return;
    }
  }

  void stat(RingOp& ring_op, uint32_t flags, uint32_t mask) {
    sqe_of(ring_op).rw_flags = static_cast<int>(flags);
    sqe_of(ring_op).len = mask;
    ring_op.patch |= kPatchStatx;
  }
  io_uring_sqe& sqe_of(const RingOp& ring_op) {
    return plan_.sqes[static_cast<size_t>(&ring_op - plan_.ops.data())];
  }

  // Older headers have no name for it.
  static void set_addr3(io_uring_sqe& sqe, uint64_t value) {
    memcpy(reinterpret_cast<char*>(&sqe) + kAddr3Bytes, &value, sizeof(value));
  }
  static void transfer(io_uring_sqe& sqe, const void* memory, uint64_t length, uint64_t offset) {
    sqe.addr = word(memory);
    sqe.len = static_cast<uint32_t>(length);
    sqe.off = offset;
  }
  void two_paths(const Op& op, RingOp& ring_op, int32_t directory, uint32_t flags) {
    sqe_of(ring_op).off = word(program_.path(op.path2));
    sqe_of(ring_op).len = static_cast<uint32_t>(directory);
    sqe_of(ring_op).rw_flags = static_cast<int>(flags);
    if (op.fd2 >= 0) ring_op.patch |= kPatchFd2Len;
  }

  void open_directly(const Op& op, RingOp& ring_op, int32_t index) {
    ring_op.direct_out = index;
    sqe_of(ring_op).splice_fd_in = index + 1;  // file_index
    // Fixed files refuse O_CLOEXEC; an exec does not inherit them anyway.
    const uint32_t flags = op.a & ~uint32_t{O_CLOEXEC};
    if (static_cast<Code>(op.code) == Code::kOpenat2) {
      sqe_of(ring_op).off = word(session_.buffers().open_how(flags, op.b, op.len));
    } else {
      sqe_of(ring_op).rw_flags = static_cast<int>(flags);
    }
  }
  void use_directly(const Op& op, RingOp& ring_op, int32_t index) {
    ring_op.direct_fd = index;
    ring_op.patch &= static_cast<uint8_t>(~kPatchFd);
    if (static_cast<Code>(op.code) == Code::kClose) {
      sqe_of(ring_op).fd = 0;
      sqe_of(ring_op).splice_fd_in = index + 1;
    } else {
      sqe_of(ring_op).fd = index;
      sqe_of(ring_op).flags = IOSQE_FIXED_FILE;
    }
  }

  Session& session_;
  const Program& program_;
  const std::vector<bool>& supported_;
  const std::vector<uint8_t>& lanes_;
  RingPlan plan_;
  std::vector<bool> nonblocking_;  // per slot
  std::vector<int32_t> direct_;    // slot -> index in the table, or -1
};

}  // namespace

RingPlan plan_ring_ops(Session& session, const std::vector<bool>& supported, uint32_t direct_max,
                       const std::vector<uint8_t>& lanes) {
  return Planner(session, supported, direct_max, lanes).take();
}

}  // namespace ur
