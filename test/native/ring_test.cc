// Replays a program serially, then by another engine (the ring, unless told otherwise) while the kernel is
// made to misbehave, and compares call by call. `uring-native-test PROGRAM FAULT [--engine ...] [--order ...]
// [--batch N] ... [--seed N] [--passes N]`
//
//   none        nothing
//   short       io_uring_enter takes only a part of the entries
//   eintr, eagain, ebusy
//               io_uring_enter fails so, every now and then, having done nothing
//   canceled    chains become soft links, so that the kernel cancels what follows a short read or an error
//   completion  stat calls complete with EAGAIN, EINTR or EBUSY although they were carried out (links off)
//   unready     requests of all kinds really complete with EAGAIN, chains and all, the first two times
//   tiny        queues of two entries: both are full all the time
//   all         all of these but completion, at random
//   alarm       a signal every 50 us, after the serial pass: it breaks off the calls that look for one
//
// Prints one JSON object; exit status 0 when the outcomes are the same.
#include <dirent.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "ring_queue.h"
#include "session.h"

namespace ur {
namespace {

RingKernel real;
std::string fault;
uint64_t injected = 0;
uint64_t random_state = 1;
const Program* program = nullptr;
int empty_event = -1;                   // a descriptor that has nothing to read
std::vector<uint8_t> unready_attempts;  // per op, of this pass
unsigned completions_seen = 0;          // up to this tail, of the ring in use

uint32_t random_below(uint32_t limit) {
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  return static_cast<uint32_t>((random_state >> 33) % limit);
}

bool wants(const char* name) { return fault == name || (fault == "all" && random_below(3) == 0); }

void soften_chains(io_uring* ring, unsigned to_submit) {
  const unsigned mask = *ring->sq.kring_mask;
  const unsigned head = *ring->sq.khead;
  for (unsigned i = 0; i < to_submit; i++) {
    io_uring_sqe& sqe = ring->sq.sqes[(head + i) & mask];
    if (!(sqe.flags & IOSQE_IO_HARDLINK)) continue;
    sqe.flags = static_cast<uint8_t>((sqe.flags & ~IOSQE_IO_HARDLINK) | IOSQE_IO_LINK);
    injected++;
  }
}

void spoil_completions(io_uring* ring) {
  const unsigned mask = *ring->cq.kring_mask;
  const unsigned tail = io_uring_smp_load_acquire(ring->cq.ktail);
  for (; completions_seen != tail; completions_seen++) {
    io_uring_cqe& cqe = ring->cq.cqes[completions_seen & mask];
    const Code code = static_cast<Code>(program->ops[static_cast<uint32_t>(cqe.user_data)].code);
    const bool repeatable = code >= Code::kStat && code <= Code::kStatx;
    if (!repeatable || random_below(2) == 0) continue;
    const int errors[] = {-EAGAIN, -EINTR, -EBUSY};
    cqe.res = errors[random_below(3)];
    injected++;
  }
}

// In place of the request comes a read that has nothing to read and must not wait: its EAGAIN is the kernel's
// own, with all that it does to a chain. Over a hard link the rest would run; such requests are left alone.
void make_unready(io_uring* ring, unsigned to_submit) {
  static uint64_t nothing;
  const unsigned mask = *ring->sq.kring_mask;
  const unsigned head = *ring->sq.khead;
  for (unsigned i = 0; i < to_submit; i++) {
    io_uring_sqe& sqe = ring->sq.sqes[(head + i) & mask];
    uint8_t& attempts = unready_attempts[static_cast<uint32_t>(sqe.user_data)];
    if ((sqe.flags & IOSQE_IO_HARDLINK) || attempts == 2 || random_below(3) > 0) continue;
    attempts++;
    injected++;
    const io_uring_sqe old = sqe;
    sqe = {};
    sqe.opcode = IORING_OP_READ;
    sqe.fd = empty_event;
    sqe.addr = reinterpret_cast<uint64_t>(&nothing);
    sqe.len = sizeof(nothing);
    sqe.rw_flags = RWF_NOWAIT;
    sqe.flags = old.flags & IOSQE_IO_LINK;
    sqe.user_data = old.user_data;
  }
}

int faulty_enter(io_uring* ring, unsigned to_submit, unsigned min_complete, unsigned flags) {
  const bool turn = random_below(3) == 0;
  if (turn && (wants("eintr") || wants("eagain") || wants("ebusy"))) {
    injected++;
    if (fault == "all") return random_below(2) ? -EINTR : -EBUSY;
    return fault == "eintr" ? -EINTR : fault == "eagain" ? -EAGAIN : -EBUSY;
  }
  if (fault == "unready") make_unready(ring, to_submit);
  if (wants("canceled")) soften_chains(ring, to_submit);
  if (to_submit > 1 && wants("short")) {
    to_submit = 1 + random_below(to_submit - 1);
    min_complete = 0;  // as the kernel: it does not wait after a short submit
    injected++;
  }
  const int result = real.enter(ring, to_submit, min_complete, flags);
  if (fault == "completion") spoil_completions(ring);
  return result;
}

int faulty_setup(unsigned entries, io_uring_params* params) {
  completions_seen = 0;
  if (fault != "tiny" && fault != "all") return real.setup(entries, params);
  injected++;
  params->flags |= IORING_SETUP_CQSIZE;
  params->cq_entries = 2;
  return real.setup(2, params);
}

void start_alarm() {
  struct sigaction action = {};
  action.sa_handler = [](int) { injected++; };
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  const itimerval every = {{0, 50}, {0, 50}};
  setitimer(ITIMER_REAL, &every, nullptr);
}

size_t open_descriptors() {
  DIR* dir = opendir("/proc/self/fd");
  size_t count = 0;
  while (readdir(dir) != nullptr) count++;
  closedir(dir);
  return count;
}

std::vector<uint64_t> read_program(const char* path, size_t* size) {
  FILE* file = fopen(path, "rbe");
  if (file == nullptr) exit(2);
  fseek(file, 0, SEEK_END);
  *size = static_cast<size_t>(ftell(file));
  rewind(file);
  std::vector<uint64_t> words((*size + 7) / 8);
  if (fread(words.data(), 1, *size, file) != *size) exit(2);
  fclose(file);
  return words;
}

void fail(const Error& error) {
  if (error.ok()) return;
  fprintf(stderr, "%s: %s\n", error.code.c_str(), error.message.c_str());
  exit(2);
}

// Descriptor numbers differ between engines; whether there is one does not.
bool same(const Call& call, const Result& a, const Result& b) {
  if (call.effect == Effect::kOpens || call.effect == Effect::kDup2) return (a.value >= 0) == (b.value >= 0);
  if (call.nr == SYS_getppid) return true;  // a ring NOP returns 0
  if (a.value != b.value) return false;
  const bool stat = call.effect == Effect::kStat || call.effect == Effect::kStatx;
  return !stat || a.value < 0 || (a.size == b.size && a.mode == b.mode);
}

int main_of_test(int argc, char** argv) {
  if (argc < 3) return 2;
  EngineOptions options;
  options.engine = "ring";
  fault = argv[2];
  uint64_t passes = 10;
  for (int i = 3; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--order") options.order = value == "deps" ? Order::kDeps : Order::kTrace;
    if (name == "--window") options.window = value == "barrier" ? Window::kBarrier : Window::kSliding;
    if (name == "--batch") options.batch = static_cast<uint32_t>(atoi(value.c_str()));
    if (name == "--engine") options.engine = value;
    if (name == "--variant") options.variant = value;
    if (name == "--threads") options.threads = static_cast<uint32_t>(atoi(value.c_str()));
    if (name == "--seed") random_state = strtoull(value.c_str(), nullptr, 10);
    if (name == "--passes") passes = strtoull(value.c_str(), nullptr, 10);
    if (name == "--setup" && value == "coop") options.setup = RingSetup::kCoop;
    if (name == "--setup" && value == "default") options.setup = RingSetup::kDefault;
  }
  options.links = fault != "completion";
  size_t size = 0;
  const std::vector<uint64_t> words = read_program(argv[1], &size);
  if (options.engine == "hybrid") {
    Session counted(words, EngineOptions{});
    fail(counted.open(size));
    for (uint32_t i = 0; i < counted.op_count(); i++)
      options.lanes.push_back(random_below(2) ? kLaneRing : kLaneDirect);
  }
  real = ring_kernel();
  supported_setup_flags();  // asked while the kernel still behaves
  Session serial(words, EngineOptions{});
  fail(serial.open(size));
  fail(serial.prepare(false));
  RunReport report;
  fail(serial.run(1, &report));

  empty_event = eventfd(0, EFD_NONBLOCK);
  const size_t before = open_descriptors();
  uint64_t mismatches = 0;
  std::string first;
  {
    ring_kernel() = {faulty_setup, faulty_enter, real.reg};
    Session ring(words, options);
    fail(ring.open(size));
    program = &ring.program();
    fail(ring.prepare(false));
    if (fault == "alarm") start_alarm();
    for (uint64_t pass = 0; pass < passes; pass++) {
      unready_attempts.assign(ring.op_count(), 0);
      fail(ring.run(1, &report));
      for (uint32_t i = 0; i < ring.op_count(); i++) {
        if (same(ring.calls()[i], serial.results()[i], ring.results()[i])) continue;
        if (mismatches++ > 0) continue;
        first = "op " + std::to_string(i) + " " + code_name(ring.program().ops[i].code) + ": serial " +
                std::to_string(serial.results()[i].value) + ", " + options.engine + " " +
                std::to_string(ring.results()[i].value);
      }
    }
  }
  const itimerval never = {};
  setitimer(ITIMER_REAL, &never, nullptr);
  const size_t after = open_descriptors();
  printf("{\"injected\":%llu,\"mismatches\":%llu,\"leaked\":%lld,\"first\":\"%s\"}\n",
         static_cast<unsigned long long>(injected), static_cast<unsigned long long>(mismatches),
         static_cast<long long>(after) - static_cast<long long>(before), first.c_str());
  return mismatches == 0 && after == before ? 0 : 1;
}

}  // namespace
}  // namespace ur

int main(int argc, char** argv) { return ur::main_of_test(argc, argv); }
