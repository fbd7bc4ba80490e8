// Who waits for whom, turned around: op -> the later ops that depend on it. For order deps.
#pragma once

#include <cstdint>
#include <vector>

#include "program.h"

namespace ur {

class Dependents {
 public:
  Dependents() = default;
  explicit Dependents(const Program& program) {
    const uint32_t ops = program.header->op_count;
    start_.assign(ops + 1, 0);
    const auto each = [&](auto visit) {
      for (uint32_t i = 0; i < ops; i++) {
        const Op& op = program.ops[i];
        for (uint32_t k = 0; k < op.dep_count; k++) visit(i, program.edges[op.dep_start + k]);
      }
    };
    each([&](uint32_t, uint32_t before) { start_[before + 1]++; });
    for (uint32_t i = 0; i < ops; i++) start_[i + 1] += start_[i];
    ops_.resize(start_[ops]);
    std::vector<uint32_t> end(start_.begin(), start_.end());
    each([&](uint32_t op, uint32_t before) { ops_[end[before]++] = op; });
  }

  const uint32_t* begin(uint32_t op) const { return ops_.data() + start_[op]; }
  const uint32_t* end(uint32_t op) const { return ops_.data() + start_[op + 1]; }

 private:
  std::vector<uint32_t> start_;
  std::vector<uint32_t> ops_;
};

}  // namespace ur
