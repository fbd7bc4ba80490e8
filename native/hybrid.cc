// The hybrid engine: each op goes the way that a calibration found to pay (bench/calibrate.ts): to the ring,
// or directly as a plain call. Where nothing pays on the ring it is the serial engine, instruction for
// instruction; where direct calls pay most when several threads make them, it is the threads engine. The
// decision is given as `lanes` (one Lane per op) and `variant`; nothing is measured here.
#include <algorithm>

#include "session.h"

namespace ur {
namespace {

class HybridEngine final : public Engine {
 public:
  explicit HybridEngine(const EngineOptions& options) : options_(options) {
    const bool ring = std::count(options.lanes.begin(), options.lanes.end(), kLaneRing) > 0;
    threads_ = options.variant == "threads";
    inner_ = threads_ ? make_threads_engine(options)
             : ring   ? make_ring_engine(options)
                      : make_serial_engine(options);
    way_ = threads_ ? "threads" : ring ? "ring" : "direct";
  }

  Error prepare(Session& session) override { return inner_->prepare(session); }
  void before_pass(Session& session) override { inner_->before_pass(session); }
  Error run(Session& session) override { return inner_->run(session); }
  void after_pass(Session& session) override { inner_->after_pass(session); }
  Error count(Session& session, CountReport* report) override { return inner_->count(session, report); }
  Error timeline(Session& session, TimelineReport* report) override {
    return inner_->timeline(session, report);
  }
  void describe(JsonWriter& json) const override {
    json.key("way").string(way_);
    inner_->describe(json);
  }
  uint64_t syscalls() const override { return inner_->syscalls(); }

 private:
  EngineOptions options_;
  std::unique_ptr<Engine> inner_;
  bool threads_ = false;
  const char* way_ = "direct";
};

}  // namespace

std::unique_ptr<Engine> make_hybrid_engine(const EngineOptions& options) {
  return std::make_unique<HybridEngine>(options);
}

}  // namespace ur
