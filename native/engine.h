// The interface that every engine implements: one file per engine. An engine knows a prepared session
// (session.h) and fills its results; it never sees JavaScript values.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "error.h"
#include "json.h"

namespace ur {

class Session;

enum class Order : uint8_t { kTrace, kDeps };
enum class Window : uint8_t { kSliding, kBarrier };
enum class RingSetup : uint8_t { kAuto, kDefer, kCoop, kDefault, kSqpoll };
// Where io-wq's workers run: as the scheduler likes, on the submitter's CPU, or on all but that one.
enum class RingAffinity : uint8_t { kAny, kSame, kOther };

// As EngineOptions in replay/engine.ts.
struct EngineOptions {
  std::string engine = "serial";
  Order order = Order::kTrace;
  uint32_t batch = 0;  // calls in flight at most; 0 = all
  Window window = Window::kSliding;
  RingSetup setup = RingSetup::kAuto;
  uint32_t workers = 0;  // io-wq workers at most; 0 = the kernel's default
  RingAffinity affinity = RingAffinity::kAny;
  bool links = true;
  bool direct = true;
  uint32_t threads = 0;        // threads that issue calls, the replaying one among them; 0 = one per CPU
  std::string variant;         // nop: serial or ring; hybrid: lanes or threads
  std::vector<uint8_t> lanes;  // hybrid: per op, a Lane
};

// Which way the hybrid engine sends an op.
enum Lane : uint8_t { kLaneDirect = 0, kLaneRing = 1 };

// Calls of one pass by name, see CountReport in replay/engine.ts.
struct CountReport {
  std::map<std::string, uint64_t> inline_;
  std::map<std::string, uint64_t> punted;
  std::map<std::string, uint64_t> direct;
  std::string source = "none";       // tracepoint, completions or none
  std::vector<uint32_t> punted_ops;  // by completions: the ops that were not there when submission returned
};

// One pass over time, see TimelineReport in replay/engine.ts. CLOCK_MONOTONIC nanoseconds.
struct TimelineReport {
  // An io_uring_enter, in two: what is prepared is submitted, then completions are waited for and taken in.
  struct Entry {
    uint64_t begin_ns;
    uint64_t submitted_ns;
    uint64_t end_ns;
    uint32_t submitted;  // requests
  };
  uint64_t start_ns = 0;
  uint64_t wall_ns = 0;
  // Per op: called or submitted; returned, or its completion known.
  std::vector<uint64_t> begin_ns;
  std::vector<uint64_t> end_ns;
  std::vector<uint8_t> on_ring;  // 1: a request; 0: a plain call
  std::vector<uint16_t> thread;  // that issued it; 0 is the replaying thread
  std::vector<Entry> entries;
};

class Engine {
 public:
  virtual ~Engine() = default;

  // Once, on the thread that will run: everything that needs memory or set-up.
  virtual Error prepare(Session& session) = 0;
  // Untimed, before every pass.
  virtual void before_pass(Session& session) {}
  // The timed part: issues every op, leaves each outcome in session.results(). Allocates nothing.
  virtual Error run(Session& session) = 0;
  // Untimed, after every pass: gives back what the session does not know of.
  virtual void after_pass(Session& session) {}
  // As run(), counting how each call was carried out.
  virtual Error count(Session& session, CountReport* report) = 0;
  // As run(), timing each op on its own; `ns` has room for all. Only where ops run one after another.
  virtual Error profile(Session& session, uint64_t* ns);
  // As run(), noting when each op begins and ends; the vectors of ops have room for all.
  virtual Error timeline(Session& session, TimelineReport* report) = 0;
  virtual void describe(JsonWriter& json) const = 0;
  // Kernel entries of the last run().
  virtual uint64_t syscalls() const = 0;
  // Whether the calls are the program's, so that their results can be compared with the log.
  virtual bool replays() const { return true; }
};

// The table of engines (engines.cc). nullptr for a name that is not in it.
std::unique_ptr<Engine> make_engine(const EngineOptions& options);
// Their names, separated by commas.
std::string engine_names();

std::unique_ptr<Engine> make_serial_engine(const EngineOptions& options);
std::unique_ptr<Engine> make_ring_engine(const EngineOptions& options);
std::unique_ptr<Engine> make_threads_engine(const EngineOptions& options);
std::unique_ptr<Engine> make_hybrid_engine(const EngineOptions& options);
std::unique_ptr<Engine> make_mmap_engine(const EngineOptions& options);
std::unique_ptr<Engine> make_dedup_engine(const EngineOptions& options);
std::unique_ptr<Engine> make_nop_engine(const EngineOptions& options);

}  // namespace ur
