#include "probe.h"

#include <sys/utsname.h>

#include "json.h"
#include "ring_queue.h"
#include "tracepoint.h"

namespace ur {
namespace {

// IORING_FEAT_*, in bit order (include/uapi/linux/io_uring.h).
constexpr const char* kFeatureNames[] = {
    "SINGLE_MMAP", "NODROP",          "SUBMIT_STABLE",   "RW_CUR_POS",     "CUR_PERSONALITY", "FAST_POLL",
    "POLL_32BITS", "SQPOLL_NONFIXED", "EXT_ARG",         "NATIVE_WORKERS", "RSRC_TAGS",       "CQE_SKIP",
    "LINKED_FILE", "REG_REG_RING",    "RECVSEND_BUNDLE", "MIN_TIMEOUT",    "RW_ATTR",         "NO_IOWAIT",
};

void strings(JsonWriter& json, const char* key, const std::vector<std::string>& values) {
  json.key(key).open('[');
  for (const std::string& value : values) json.string(value);
  json.close(']');
}

}  // namespace

std::string probe_json() {
  utsname system;
  uname(&system);
  RingQueue queue;
  EngineOptions plain;
  plain.setup = RingSetup::kDefault;
  const Error error = queue.open(8, plain);
  std::vector<std::string> features;
  std::vector<std::string> opcodes;
  bool direct = false;
  if (error.ok()) {
    constexpr unsigned kKnown = sizeof(kFeatureNames) / sizeof(kFeatureNames[0]);
    for (unsigned bit = 0; bit < 32; bit++) {
      if (!(queue.features() & (1u << bit))) continue;
      features.push_back(bit < kKnown ? kFeatureNames[bit] : "bit " + std::to_string(bit));
    }
    const std::vector<bool> supported = probe_opcodes(queue.fd());
    for (unsigned op = 0; op < supported.size(); op++) {
      if (supported[op]) opcodes.push_back(opcode_name(static_cast<uint8_t>(op)));
    }
    // Opening into the table came with 5.15, as did LINKAT.
    direct = supported[IORING_OP_LINKAT] && queue.register_sparse_files(2);
  }
  JsonWriter json;
  json.open('{').key("kernel").string(system.release).key("available").boolean(error.ok());
  const auto text = [&](const char* key, const std::string& value) {
    json.key(key);
    if (error.ok()) {
      json.null();
    } else {
      json.string(value);
    }
  };
  text("errno", errno_name(error.err));
  text("cause", error.message);
  text("remedy", error.remedy);
  strings(json, "features", features);
  strings(json, "setupFlags", setup_flag_names(error.ok() ? supported_setup_flags() : 0));
  strings(json, "opcodes", opcodes);
  json.key("directDescriptors").boolean(direct).key("liburing").string(UR_LIBURING);
  json.key("tracepoint").boolean(PuntCounters().open({IORING_OP_STATX}));
  return json.close('}').text();
}

}  // namespace ur
