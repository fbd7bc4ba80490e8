#include "report_json.h"

namespace ur {

void write_run(JsonWriter& json, const RunReport& report) {
  write_numbers(json, "wallNs", report.wall_ns);
  write_numbers(json, "cpuNs", report.cpu_ns);
  write_numbers(json, "divergences", report.divergences);
  json.key("divergent").open('[');
  for (const Divergence& one : report.divergent) {
    json.open('{').key("op").number(one.op).key("line").number(one.line).key("what").string(one.what);
    json.key("expected").number(one.expected).key("got").number(one.got).close('}');
  }
  json.close(']');
  json.key("syscalls").number(static_cast<int64_t>(report.syscalls));
  json.key("voluntarySwitches").number(static_cast<int64_t>(report.voluntary_switches));
  json.key("involuntarySwitches").number(static_cast<int64_t>(report.involuntary_switches));
  json.key("minorFaults").number(static_cast<int64_t>(report.minor_faults));
  json.key("majorFaults").number(static_cast<int64_t>(report.major_faults));
  json.key("blocksRead").number(static_cast<int64_t>(report.blocks_read));
  json.key("passes").number(static_cast<int64_t>(report.wall_ns.size()));
}

void write_count(JsonWriter& json, const CountReport& report) {
  const auto names = [&](const char* key, const std::map<std::string, uint64_t>& counts) {
    json.key(key).open('{');
    for (const auto& [name, count] : counts) json.key(name).number(static_cast<int64_t>(count));
    json.close('}');
  };
  names("inline", report.inline_);
  names("punted", report.punted);
  names("direct", report.direct);
  json.key("source").string(report.source);
}

// Nanoseconds since the pass began.
void write_timeline(JsonWriter& json, const TimelineReport& report) {
  const auto since = [&](uint64_t ns) { return static_cast<int64_t>(ns - report.start_ns); };
  const auto times = [&](const char* key, const std::vector<uint64_t>& values) {
    json.key(key).open('[');
    for (const uint64_t ns : values) json.number(since(ns));
    json.close(']');
  };
  json.key("wallNs").number(static_cast<int64_t>(report.wall_ns));
  times("beginNs", report.begin_ns);
  times("endNs", report.end_ns);
  write_numbers(json, "onRing", report.on_ring);
  write_numbers(json, "thread", report.thread);
  json.key("entries").open('[');
  for (const TimelineReport::Entry& entry : report.entries) {
    json.number(since(entry.begin_ns)).number(since(entry.submitted_ns)).number(since(entry.end_ns));
    json.number(entry.submitted);
  }
  json.close(']');
}

}  // namespace ur
