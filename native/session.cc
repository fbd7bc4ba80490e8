#include "session.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstring>

#include "clock.h"
#include "inode_note.h"

namespace ur {
namespace {

bool makes_descriptor(const Op& op) {
  switch (static_cast<Code>(op.code)) {
    case Code::kOpen:
    case Code::kOpenat:
    case Code::kOpenat2:
    case Code::kDup:
    case Code::kDup2:
    case Code::kDup3:
      return true;
    case Code::kFcntl:
      return op.a == F_DUPFD || op.a == F_DUPFD_CLOEXEC;
    default:
      return false;
  }
}

// The kernel's own descriptors of an engine (ring, perf events, tables) stay below this many.
constexpr uint64_t kEngineFds = 128;

}  // namespace

Session::Session(std::vector<uint64_t> bytes, const EngineOptions& options)
    : bytes_(std::move(bytes)), options_(options) {}

Session::~Session() {
  if (home_ >= 0) close(home_);
}

Error Session::open(size_t size_bytes) {
  const std::string wrong = decode(reinterpret_cast<const uint8_t*>(bytes_.data()), size_bytes, &program_);
  if (!wrong.empty()) return {"UR_BAD_PROGRAM", "the replay program is damaged: " + wrong, "", 0};
  const bool lanes_fit = options_.lanes.empty() || options_.lanes.size() == op_count();
  if (!lanes_fit) {
    return {"UR_USAGE",
            std::to_string(options_.lanes.size()) + " lanes for a program of " + std::to_string(op_count()) +
                " ops",
            "give one lane per op", 0};
  }
  engine_ = make_engine(options_);
  if (engine_ == nullptr) {
    return {"UR_USAGE", "unknown engine " + options_.engine, "use one of " + engine_names(), 0};
  }
  return {};
}

// Numbers that dup2 and dup3 aim at must be out of the way of those that the kernel gives out, which are
// the lowest free ones (or the lowest from F_DUPFD's argument on).
Error Session::choose_descriptors(int32_t* reserved_base) {
  const Header& header = *program_.header;
  uint64_t made = 0;
  uint64_t floor = 0;
  for (uint32_t i = 0; i < header.setup_count + header.op_count; i++) {
    const Op& op = program_.setup[i];  // setup and main ops are one array
    if (!makes_descriptor(op)) continue;
    made++;
    if (static_cast<Code>(op.code) == Code::kFcntl) floor = std::max(floor, op.len);
  }
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return {"UR_LIMIT", "getrlimit(RLIMIT_NOFILE)", "", errno};
  // F_DUPFD with an argument beyond the limit fails in the log, and shall fail here.
  if (floor >= limit.rlim_cur) floor = 0;
  const uint64_t base = floor + kEngineFds + made;
  const uint64_t wanted = base + header.reserved_fds;
  if (wanted > limit.rlim_cur && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted);
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  // A program closes most of what it opens; only the reserved numbers need their room for certain.
  if (header.reserved_fds > 0 && wanted > limit.rlim_cur) {
    return {"UR_LIMIT",
            "the replay needs up to " + std::to_string(wanted) +
                " descriptor numbers, RLIMIT_NOFILE allows " + std::to_string(limit.rlim_cur),
            "raise the limit: ulimit -Hn " + std::to_string(wanted), EMFILE};
  }
  *reserved_base = static_cast<int32_t>(std::min<uint64_t>(base, INT32_MAX - header.reserved_fds));
  return {};
}

Error Session::prepare(bool in_root) {
  const Header& header = *program_.header;
  if ((header.flags & kHeaderWrites) && !in_root) {
    return {"UR_NOT_IN_ROOT", "the program writes, and this process is not inside a sandbox",
            "enter the sandbox's directory first, or replay a program that only reads", 0};
  }
  int32_t reserved_base = 0;
  Error error = choose_descriptors(&reserved_base);
  if (!error.ok()) return error;
  buffers_ = std::make_unique<Buffers>(header.io_bytes_max, header.flags & kHeaderWrites);
  bool moves = false;
  const auto make = [&](const Op& op) {
    const Code code = static_cast<Code>(op.code);
    moves |= code == Code::kChdir || code == Code::kFchdir || code == Code::kSetCwdSlot;
    return make_call(program_, op, *buffers_, reserved_base);
  };
  setup_calls_.reserve(header.setup_count);
  for (uint32_t i = 0; i < header.setup_count; i++) setup_calls_.push_back(make(program_.setup[i]));
  calls_.reserve(header.op_count);
  for (uint32_t i = 0; i < header.op_count; i++) {
    calls_.push_back(make(program_.ops[i]));
    if (makes_descriptor(program_.ops[i]) && program_.ops[i].out == kNoSlot) strays_.push_back(i);
  }
  results_.assign(header.op_count, Result{});
  slots_.assign(header.slot_count, -1);
  if (moves) {
    home_ = ::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (home_ < 0)
      return {"UR_SETUP", "the current directory can't be opened", "start in a directory that exists", errno};
  }
  return engine_->prepare(*this);
}

int64_t Session::set_up(uint32_t index) {
  const Op& op = program_.setup[index];
  const Code code = static_cast<Code>(op.code);
  if (code == Code::kNoteInode) return note_inode(program_.path(op.path), program_.path(op.path2));
  if (code == Code::kSetupIf) {
    return has_inode(program_.path(op.path), op.path2 == kNoPath ? nullptr : program_.path(op.path2));
  }
  Result result = {};
  issue(setup_calls_[index], slots_.data(), *buffers_, &result);
  return result.value;
}

Error Session::begin_pass(bool leaving) {
  for (const uint32_t index : strays_) results_[index].value = -1;
  if (home_ >= 0 && fchdir(home_) != 0) return {"UR_SETUP", "fchdir to the starting directory", "", errno};
  for (uint64_t i = 0; i < program_.header->setup_count; i++) {
    const Op& op = program_.setup[i];
    if ((op.flags & kOpBeforePass) && (leaving || !engine_->replays())) continue;
    const int64_t value = set_up(static_cast<uint32_t>(i));
    if (value < 0 && static_cast<Code>(op.code) == Code::kSetupIf)
      i += std::min<uint64_t>(op.len, UINT32_MAX);
    if (value >= 0 || op.check == kCheckNone) continue;
    const int err = static_cast<int>(-value);
    const std::string path = op.path == kNoPath ? "" : std::string(" \"") + program_.path(op.path) + "\"";
    return {"UR_SETUP",
            "setup op " + std::to_string(i) + " (" + code_name(op.code) + path + ", log line " +
                std::to_string(op.line) + ") failed with " + errno_name(err),
            "the tree that the program is replayed in does not hold what it starts from", err};
  }
  engine_->before_pass(*this);
  return {};
}

void Session::close_strays() {
  if (!engine_->replays()) return;  // its results are no descriptors
  for (const uint32_t index : strays_) {
    const Result& result = results_[index];
    const Call& call = calls_[index];
    const bool same = call.effect == Effect::kDup2 && call.fd >= 0 && call.fd == call.fd2;
    if (result.value >= 0 && !same) close(static_cast<int>(result.value));
  }
}

void Session::end_pass() {
  engine_->after_pass(*this);
  close_strays();
  for (int32_t& slot : slots_) {
    if (slot >= 0) close(slot);
    slot = -1;
  }
  // Where the thread could not get a working directory of its own, it is the whole process's.
  if (home_ >= 0 && fchdir(home_) != 0) return;
}

uint32_t Session::verify(std::vector<Divergence>* divergent) const {
  uint32_t count = 0;
  const auto note = [&](uint32_t index, const char* what, int64_t expected, int64_t got) {
    if (count == 0) divergent->clear();
    count++;
    if (divergent->size() < kDivergencesKept) {
      divergent->push_back({index, program_.ops[index].line, what, expected, got});
    }
  };
  for (uint32_t i = 0; i < program_.header->op_count; i++) {
    const Op& op = program_.ops[i];
    const Result& result = results_[i];
    if (!engine_->replays()) {
      if (result.value < 0) note(i, "success", 0, result.value);
    } else if ((op.check & kCheckValue) && result.value != op.expect) {
      note(i, "value", op.expect, result.value);
    } else if ((op.check & kCheckAttribute) && result.value < 0 && result.value != -ENODATA &&
               result.value != -EOPNOTSUPP) {
      note(i, "value", op.expect, result.value);
    } else if ((op.check & kCheckSuccess) && result.value < 0) {
      note(i, "success", op.expect, result.value);
    } else if (result.value < 0) {
      continue;
    } else if ((op.check & kCheckSize) && result.size != op.expect_size) {
      note(i, "size", static_cast<int64_t>(op.expect_size), static_cast<int64_t>(result.size));
    } else if ((op.check & kCheckType) && ((result.mode ^ op.expect_mode) & S_IFMT)) {
      note(i, "type", op.expect_mode, result.mode);
    }
  }
  return count;
}

Error Session::run(uint64_t passes, RunReport* report) {
  for (uint64_t pass = 0; pass < passes && !cancelled(); pass++) {
    Error error = begin_pass();
    if (!error.ok()) {
      end_pass();
      return error;
    }
    rusage before;
    rusage after;
    getrusage(RUSAGE_SELF, &before);
    const uint64_t cpu_start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    const uint64_t wall_start = clock_ns(CLOCK_MONOTONIC);
    error = engine_->run(*this);
    const uint64_t wall_end = clock_ns(CLOCK_MONOTONIC);
    const uint64_t cpu_end = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    getrusage(RUSAGE_SELF, &after);
    // A cancelled pass is not a figure.
    const bool complete = error.ok() && !cancelled();
    if (complete) {
      report->wall_ns.push_back(wall_end - wall_start);
      report->cpu_ns.push_back(cpu_end - cpu_start);
      report->divergences.push_back(verify(&report->divergent));
      report->syscalls = engine_->syscalls();
      report->voluntary_switches += static_cast<uint64_t>(after.ru_nvcsw - before.ru_nvcsw);
      report->involuntary_switches += static_cast<uint64_t>(after.ru_nivcsw - before.ru_nivcsw);
      report->minor_faults += static_cast<uint64_t>(after.ru_minflt - before.ru_minflt);
      report->major_faults += static_cast<uint64_t>(after.ru_majflt - before.ru_majflt);
      report->blocks_read += static_cast<uint64_t>(after.ru_inblock - before.ru_inblock);
    }
    end_pass();
    if (!error.ok()) return error;
  }
  return leave();
}

// A program that writes leaves the tree as it was before the first pass: its setup ops put it back.
Error Session::leave() {
  if (!(program_.header->flags & kHeaderWrites)) return {};
  Error error = begin_pass(true);
  end_pass();
  return error;
}

Error Session::count(CountReport* report) {
  Error error = begin_pass();
  if (error.ok()) error = engine_->count(*this, report);
  end_pass();
  return error.ok() ? leave() : error;
}

Error Session::profile(std::vector<uint64_t>* ns) {
  ns->assign(op_count(), 0);
  Error error = begin_pass();
  if (error.ok()) error = engine_->profile(*this, ns->data());
  end_pass();
  return error.ok() ? leave() : error;
}

Error Session::timeline(TimelineReport* report) {
  report->begin_ns.assign(op_count(), 0);
  report->end_ns.assign(op_count(), 0);
  report->on_ring.assign(op_count(), 0);
  report->thread.assign(op_count(), 0);
  Error error = begin_pass();
  report->start_ns = now_ns();
  if (error.ok()) error = engine_->timeline(*this, report);
  report->wall_ns = now_ns() - report->start_ns;
  end_pass();
  return error.ok() ? leave() : error;
}

void Session::describe(JsonWriter& json) const {
  json.key("engine").string(options_.engine);
  json.key("ops").number(program_.header->op_count);
  engine_->describe(json);
}

}  // namespace ur
