// The interface that every engine implements: one file per engine. An engine knows a prepared session
// (session.h) and fills its results; it never sees JavaScript values.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "error.h"
#include "json.h"

namespace ur {

class Session;

enum class Order : uint8_t { kTrace, kDeps };
enum class Window : uint8_t { kSliding, kBarrier };
enum class RingSetup : uint8_t { kAuto, kDefer, kCoop, kDefault, kSqpoll };

// As EngineOptions in replay/engine.ts.
struct EngineOptions {
  std::string engine = "serial";
  Order order = Order::kTrace;
  uint32_t batch = 0;  // calls in flight at most; 0 = all
  Window window = Window::kSliding;
  RingSetup setup = RingSetup::kAuto;
  uint32_t workers = 0;  // io-wq workers at most; 0 = the kernel's default
  bool links = true;
  bool direct = true;
};

// Calls of one pass by name, see CountReport in replay/engine.ts.
struct CountReport {
  std::map<std::string, uint64_t> inline_;
  std::map<std::string, uint64_t> punted;
  std::map<std::string, uint64_t> direct;
  std::string source = "none";  // tracepoint, completions or none
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
  virtual void describe(JsonWriter& json) const = 0;
  // Kernel entries of the last run().
  virtual uint64_t syscalls() const = 0;
};

std::unique_ptr<Engine> make_serial_engine();
std::unique_ptr<Engine> make_ring_engine(const EngineOptions& options);

}  // namespace ur
