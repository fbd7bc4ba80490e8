#include "served_latency.h"

#include <algorithm>

namespace ur {

void ServedLatency::add(uint64_t took_ns, uint64_t set_ns) {
  replies++;
  total_ns += took_ns;
  max_ns = std::max(max_ns, took_ns);
  const uint64_t late_ns = took_ns > set_ns ? took_ns - set_ns : 0;
  const uint64_t step = set_ns > 0 ? late_ns * 1000 / set_ns : 0;
  lateness[std::min<uint64_t>(step, kLatenessSteps - 1)]++;
}

}  // namespace ur
