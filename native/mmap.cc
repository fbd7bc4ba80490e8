// The mmap engine: a rewrite of the program, one by one as the serial engine, in which files are mapped and
// their pages touched in place of being read. The first read of a file asks for its size (unless an fstat of
// the program has done so) and maps all of it; reads and seeks are then answered from the mapping, close
// unmaps it. Touching is one load per page that the read would have copied.
//
// A slot is mapped when the program opens it for reading only and does nothing but fstat, read, seek, advise
// and close with it. Programs that write are left as they are: a file cut short under a mapping kills the
// process (SIGBUS). What turns out not to be mappable (a file of /proc, a directory) is read plainly.
#include <sys/mman.h>

#include <algorithm>

#include "session.h"

namespace ur {
namespace {

enum class Act : uint8_t { kPlain, kStat, kRead, kPread, kSeek, kClose };
enum class Way : uint8_t { kUnknown, kMapped, kPlain };

// Of one slot, within a pass.
struct Mapping {
  char* base;
  int64_t size;  // -1: not known
  int64_t cursor;
  Way way;
};

constexpr Mapping kNoMapping = {nullptr, -1, 0, Way::kUnknown};

class MmapEngine final : public Engine {
 public:
  Error prepare(Session& session) override {
    const Program& program = session.program();
    page_ = sysconf(_SC_PAGESIZE);
    acts_.assign(session.op_count(), Act::kPlain);
    mappings_.assign(program.header->slot_count, {});
    if (program.header->flags & kHeaderWrites) {
      obstacle_ = "the program writes, and a file cut short under a mapping kills the process";
      return {};
    }
    const std::vector<bool> eligible = eligible_slots(program);
    for (uint32_t i = 0; i < session.op_count(); i++) {
      const Op& op = program.ops[i];
      if (op.fd >= 0 && eligible[op.fd]) acts_[i] = act_of(op);
      if (acts_[i] == Act::kRead || acts_[i] == Act::kPread) replaced_++;
    }
    return {};
  }

  void before_pass(Session&) override {
    std::fill(mappings_.begin(), mappings_.end(), kNoMapping);
    syscalls_ = 0;
  }
  void after_pass(Session&) override {
    for (Mapping& mapping : mappings_) unmap(mapping);
  }

  Error run(Session& session) override {
    for (uint32_t i = 0; i < session.op_count() && !session.cancelled(); i++) step(session, i);
    return {};
  }

  Error timeline(Session& session, TimelineReport* report) override {
    return time_in_order(session, report, [&](uint32_t i) { step(session, i); });
  }

  Error count(Session& session, CountReport* report) override {
    counted_ = &report->direct;
    Error error = run(session);
    counted_ = nullptr;
    return error;
  }

  void describe(JsonWriter& json) const override {
    json.key("rewrite").string("files are mapped and their pages touched in place of reads");
    json.key("readsReplaced").number(static_cast<int64_t>(replaced_));
    if (obstacle_ != nullptr) json.key("nothingReplacedBecause").string(obstacle_);
  }
  uint64_t syscalls() const override { return syscalls_; }

 private:
  void step(Session& session, uint32_t i) {
    Result& result = session.results()[i];
    const Op& op = session.program().ops[i];
    switch (acts_[i]) {
      case Act::kPlain:
        plain(session, i);
        break;
      case Act::kStat:
        plain(session, i);
        if (result.value == 0 && S_ISREG(result.mode))
          mappings_[op.fd].size = static_cast<int64_t>(result.size);
        break;
      case Act::kRead:
        if (map(session, op.fd)) {
          Mapping& mapping = mappings_[op.fd];
          result.value = touch(mapping, mapping.cursor, op.len);
          mapping.cursor += result.value;
        } else {
          plain(session, i);
        }
        break;
      case Act::kPread:
        if (map(session, op.fd)) {
          result.value = touch(mappings_[op.fd], op.off, op.len);
        } else {
          plain(session, i);
        }
        break;
      case Act::kSeek:
        seek(session, i);
        break;
      case Act::kClose:
        unmap(mappings_[op.fd]);
        mappings_[op.fd] = kNoMapping;
        plain(session, i);
        break;
    }
  }

  // Slots that the program only reads, in ways that a mapping can stand in for.
  static std::vector<bool> eligible_slots(const Program& program) {
    std::vector<bool> eligible(program.header->slot_count, false);
    const uint32_t count = program.header->setup_count + program.header->op_count;
    for (uint32_t i = 0; i < count; i++) {
      const Op& op = program.setup[i];  // setup and main ops are one array
      const Code code = static_cast<Code>(op.code);
      const bool opens = code == Code::kOpen || code == Code::kOpenat || code == Code::kOpenat2;
      const uint32_t special = O_PATH | O_DIRECTORY | O_NONBLOCK | O_DIRECT;
      const bool reads = opens && (op.a & O_ACCMODE) == O_RDONLY && !(op.a & special);
      if (op.out >= 0) eligible[op.out] = reads && i >= program.header->setup_count;
    }
    for (uint32_t i = 0; i < count; i++) {
      const Op& op = program.setup[i];
      if (op.fd2 >= 0) eligible[op.fd2] = false;
      if (op.fd >= 0 && act_of(op) == Act::kPlain && static_cast<Code>(op.code) != Code::kFadvise64)
        eligible[op.fd] = false;
    }
    return eligible;
  }

  static Act act_of(const Op& op) {
    const bool fails = (op.check & kCheckValue) && op.expect < 0;
    switch (static_cast<Code>(op.code)) {
      case Code::kFstat:
        return Act::kStat;
      case Code::kNewfstatat:
      case Code::kStatx:
        return (op.a & AT_EMPTY_PATH) ? Act::kStat : Act::kPlain;
      case Code::kRead:
      case Code::kReadv:
        return fails ? Act::kPlain : Act::kRead;
      case Code::kPread64:
      case Code::kPreadv:
        return fails || op.off < 0 ? Act::kPlain : Act::kPread;
      case Code::kLseek:
        return fails || op.a > SEEK_END ? Act::kPlain : Act::kSeek;
      case Code::kClose:
        return Act::kClose;
      default:
        return Act::kPlain;
    }
  }

  void plain(Session& session, uint32_t index) {
    issue(session.calls()[index], session.slots(), session.buffers(), &session.results()[index]);
    entered(code_name(session.program().ops[index].code));
  }

  void entered(const char* call) {
    syscalls_++;
    if (counted_ != nullptr) (*counted_)[call]++;
  }

  // Whether reads of the slot are answered from a mapping; makes it when that is not known yet.
  bool map(Session& session, int32_t slot) {
    Mapping& mapping = mappings_[slot];
    if (mapping.way != Way::kUnknown) return mapping.way == Way::kMapped;
    mapping.way = Way::kPlain;
    const uint64_t fd = static_cast<uint64_t>(int64_t{session.slots()[slot]});
    if (mapping.size < 0) {
      struct stat* const stat = session.buffers().stat();
      entered("fstat");
      if (raw_syscall(SYS_fstat, fd, reinterpret_cast<uint64_t>(stat), 0, 0, 0, 0) != 0) return false;
      if (S_ISREG(stat->st_mode)) mapping.size = stat->st_size;
    }
    if (mapping.size <= 0) return false;  // nothing to map, or a file whose size says nothing
    entered("mmap");
    const int64_t base =
        raw_syscall(SYS_mmap, 0, static_cast<uint64_t>(mapping.size), PROT_READ, MAP_PRIVATE, fd, 0);
    if (base < 0 && base > -4096) return false;
    mapping.base = reinterpret_cast<char*>(base);
    mapping.way = Way::kMapped;
    return true;
  }

  void unmap(Mapping& mapping) {
    if (mapping.base == nullptr) return;
    raw_syscall(SYS_munmap, reinterpret_cast<uint64_t>(mapping.base), static_cast<uint64_t>(mapping.size), 0,
                0, 0, 0);
    entered("munmap");
    mapping.base = nullptr;
  }

  // What a read of `length` bytes at `from` would return, its pages touched.
  int64_t touch(const Mapping& mapping, int64_t from, uint64_t length) {
    if (from >= mapping.size) return 0;
    const int64_t bytes = std::min<int64_t>(static_cast<int64_t>(length), mapping.size - from);
    const volatile char* const base = mapping.base;
    for (int64_t at = from & ~(page_ - 1); at < from + bytes; at += page_) (void)base[at];
    return bytes;
  }

  void seek(Session& session, uint32_t index) {
    const Op& op = session.program().ops[index];
    Mapping& mapping = mappings_[op.fd];
    Result& result = session.results()[index];
    if (mapping.way != Way::kMapped) {
      plain(session, index);
      if (result.value >= 0) mapping.cursor = result.value;
      return;
    }
    const int64_t from = op.a == SEEK_CUR ? mapping.cursor : op.a == SEEK_END ? mapping.size : 0;
    int64_t target;
    const bool wrong = __builtin_add_overflow(from, op.off, &target) || target < 0;
    result.value = wrong ? -EINVAL : target;
    if (!wrong) mapping.cursor = target;
  }

  int64_t page_ = 4096;
  std::vector<Act> acts_;
  std::vector<Mapping> mappings_;
  uint64_t replaced_ = 0;
  uint64_t syscalls_ = 0;
  std::map<std::string, uint64_t>* counted_ = nullptr;  // while counting
  const char* obstacle_ = nullptr;
};

}  // namespace

std::unique_ptr<Engine> make_mmap_engine(const EngineOptions&) { return std::make_unique<MmapEngine>(); }

}  // namespace ur
