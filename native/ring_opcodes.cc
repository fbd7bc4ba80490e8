#include "ring_opcodes.h"

#include "ring_queue.h"

namespace ur {

int opcode_of(const Op& op) {
  switch (static_cast<Code>(op.code)) {
    case Code::kNop:
      return IORING_OP_NOP;
    case Code::kStat:
    case Code::kLstat:
    case Code::kFstat:
    case Code::kNewfstatat:
    case Code::kStatx:
      return IORING_OP_STATX;
    case Code::kOpen:
    case Code::kOpenat:
      return IORING_OP_OPENAT;
    case Code::kOpenat2:
      return IORING_OP_OPENAT2;
    case Code::kRead:
    case Code::kPread64:
      return IORING_OP_READ;
    case Code::kReadv:
    case Code::kPreadv:
    case Code::kPreadv2:
      return IORING_OP_READV;
    case Code::kClose:
      return IORING_OP_CLOSE;
    case Code::kFadvise64:
      return IORING_OP_FADVISE;
    case Code::kWrite:
    case Code::kPwrite64:
      return IORING_OP_WRITE;
    case Code::kWritev:
    case Code::kPwritev:
    case Code::kPwritev2:
      return IORING_OP_WRITEV;
    case Code::kMkdir:
    case Code::kMkdirat:
      return IORING_OP_MKDIRAT;
    case Code::kUnlink:
    case Code::kRmdir:
    case Code::kUnlinkat:
      return IORING_OP_UNLINKAT;
    case Code::kRename:
    case Code::kRenameat:
    case Code::kRenameat2:
      return IORING_OP_RENAMEAT;
    case Code::kLink:
    case Code::kLinkat:
      return IORING_OP_LINKAT;
    case Code::kSymlink:
    case Code::kSymlinkat:
      return IORING_OP_SYMLINKAT;
    case Code::kFtruncate:
      return kOpFtruncate;
    case Code::kFallocate:
      return IORING_OP_FALLOCATE;
    case Code::kFsync:
    case Code::kFdatasync:
      return IORING_OP_FSYNC;
    case Code::kGetxattr:
      return kOpGetxattr;
    case Code::kFgetxattr:
      return kOpFgetxattr;
    default:
      return kNoOpcode;
  }
}

// Arguments that the opcode takes otherwise than the call does: offset -1 means the cursor, lengths are
// 32 bits wide.
const char* inexpressible(const Op& op) {
  const Code code = static_cast<Code>(op.code);
  const bool reads = code == Code::kRead || code == Code::kPread64 || code == Code::kReadv ||
                     code == Code::kPreadv || code == Code::kPreadv2;
  if (reads && op.len == 0) return "a read of nothing succeeds there on what can't be read, a directory say";
  switch (code) {
    case Code::kPread64:
    case Code::kPreadv:
    case Code::kPreadv2:
    case Code::kPwrite64:
    case Code::kPwritev:
    case Code::kPwritev2:
      return op.off < 0 ? "a negative offset means the file's cursor to the ring" : nullptr;
    case Code::kFadvise64:
      return op.len > UINT32_MAX ? "the opcode's length has 32 bits" : nullptr;
    default:
      return nullptr;
  }
}

// STATX answers EBADF.
bool takes_fixed_file(Code code) {
  switch (code) {
    case Code::kRead:
    case Code::kPread64:
    case Code::kReadv:
    case Code::kPreadv:
    case Code::kPreadv2:
    case Code::kClose:
    case Code::kFadvise64:
    case Code::kWrite:
    case Code::kPwrite64:
    case Code::kWritev:
    case Code::kPwritev:
    case Code::kPwritev2:
    case Code::kFtruncate:
    case Code::kFallocate:
    case Code::kFsync:
    case Code::kFdatasync:
      return true;
    default:
      return false;
  }
}

bool transfers(Code code) {
  return (code >= Code::kRead && code <= Code::kPreadv2) || (code >= Code::kWrite && code <= Code::kWritev) ||
         code == Code::kPwritev || code == Code::kPwritev2;
}

}  // namespace ur
