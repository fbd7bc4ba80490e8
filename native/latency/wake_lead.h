// How long before a deadline to have oneself woken, so as to be there in time. A timer wakes late: its
// interrupt has to reach an idle or virtual CPU, and the thread to be scheduled; 20 to 60 us on a virtual
// machine, several times that where its host is busy. What is left until the deadline is spun away.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ur {

class WakeLead {
 public:
  uint64_t ns() const { return lead_ns_; }

  // A wake-up came `late_ns` after its time. The steps up and down balance where one wake-up in fifty is
  // later than the lead (stochastic approximation of a quantile); no single one moves it far.
  void learn(uint64_t late_ns) {
    lead_ns_ = late_ns > lead_ns_ ? std::min(lead_ns_ + 49 * kStepNs, kMaxNs)
                                  : lead_ns_ - std::min(lead_ns_, kStepNs);
  }

 private:
  static constexpr uint64_t kStepNs = 200;
  static constexpr uint64_t kMaxNs = 500000;  // bounds what is spun for one reply
  uint64_t lead_ns_ = 50000;
};

}  // namespace ur
