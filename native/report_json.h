// Reports of a session as JSON members, for the runner's output and its server's replies.
#pragma once

#include "json.h"
#include "session.h"

namespace ur {

template <typename Values>
void write_numbers(JsonWriter& json, const char* key, const Values& values) {
  json.key(key).open('[');
  for (const auto value : values) json.number(static_cast<int64_t>(value));
  json.close(']');
}

// Each adds members to the object that is open in `json`; names as in replay/engine.ts.
void write_run(JsonWriter& json, const RunReport& report);
void write_count(JsonWriter& json, const CountReport& report);
void write_timeline(JsonWriter& json, const TimelineReport& report);

}  // namespace ur
