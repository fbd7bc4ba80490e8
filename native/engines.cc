// The table of engines: a new one is a file of its own and a line here.
#include "engine.h"

namespace ur {
namespace {

struct Entry {
  const char* name;
  std::unique_ptr<Engine> (*make)(const EngineOptions&);
};

constexpr Entry kEngines[] = {
    {"serial", make_serial_engine}, {"ring", make_ring_engine}, {"threads", make_threads_engine},
    {"hybrid", make_hybrid_engine}, {"mmap", make_mmap_engine}, {"dedup", make_dedup_engine},
    {"nop", make_nop_engine},
};

}  // namespace

Error Engine::profile(Session&, uint64_t*) {
  return {"UR_USAGE", "this engine can't time its calls one by one", "profile the serial engine", 0};
}

std::unique_ptr<Engine> make_engine(const EngineOptions& options) {
  for (const Entry& entry : kEngines) {
    if (options.engine == entry.name) return entry.make(options);
  }
  return nullptr;
}

std::string engine_names() {
  std::string names;
  for (const Entry& entry : kEngines) names += (names.empty() ? "" : ", ") + std::string(entry.name);
  return names;
}

}  // namespace ur
