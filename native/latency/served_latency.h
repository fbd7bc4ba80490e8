// How long delayed requests took, from their arrival here until their reply was handed to the kernel.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ur {

// Steps of the histogram: thousandths of the set latency. Later than twice the latency all goes into the
// last.
constexpr size_t kLatenessSteps = 1001;

struct ServedLatency {
  uint64_t replies = 0;
  uint64_t total_ns = 0;
  uint64_t max_ns = 0;
  // Replies by how much later than the set latency they were: step i holds [i, i + 1) thousandths of it.
  uint64_t lateness[kLatenessSteps] = {};

  void add(uint64_t took_ns, uint64_t set_ns);
};

}  // namespace ur
