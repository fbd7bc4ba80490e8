// The Node-API door: registers, converts, and nothing else. The only file that includes napi.h.
#include <napi.h>

#include "program.h"

namespace ur {
namespace {

// Layout of the format as compiled, for the test that compares it with replay/plan/format.ts.
Napi::Value Layout(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Napi::Object layout = Napi::Object::New(env);
  layout["magic"] = kMagic;
  layout["version"] = kVersion;
  layout["headerBytes"] = static_cast<uint32_t>(sizeof(Header));
  layout["opBytes"] = static_cast<uint32_t>(sizeof(Op));
  Napi::Array codes = Napi::Array::New(env);
  for (uint16_t code = 0; code < static_cast<uint16_t>(Code::kCount_); code++) codes[code] = code_name(code);
  layout["codes"] = codes;
  Napi::Object op = Napi::Object::New(env);
#define UR_FIELD(name, field) op[name] = static_cast<uint32_t>(offsetof(Op, field))
  UR_FIELD("code", code);
  UR_FIELD("flags", flags);
  UR_FIELD("fd", fd);
  UR_FIELD("fd2", fd2);
  UR_FIELD("out", out);
  UR_FIELD("path", path);
  UR_FIELD("path2", path2);
  UR_FIELD("a", a);
  UR_FIELD("b", b);
  UR_FIELD("len", len);
  UR_FIELD("off", off);
  UR_FIELD("expect", expect);
  UR_FIELD("expectSize", expect_size);
  UR_FIELD("expectMode", expect_mode);
  UR_FIELD("check", check);
  UR_FIELD("depStart", dep_start);
  UR_FIELD("depCount", dep_count);
  UR_FIELD("line", line);
  UR_FIELD("reserved", reserved);
#undef UR_FIELD
  layout["op"] = op;
  Napi::Object header = Napi::Object::New(env);
#define UR_FIELD(name, field) header[name] = static_cast<uint32_t>(offsetof(Header, field))
  UR_FIELD("magic", magic);
  UR_FIELD("version", version);
  UR_FIELD("headerBytes", header_bytes);
  UR_FIELD("opBytes", op_bytes);
  UR_FIELD("flags", flags);
  UR_FIELD("setupCount", setup_count);
  UR_FIELD("opCount", op_count);
  UR_FIELD("slotCount", slot_count);
  UR_FIELD("edgeCount", edge_count);
  UR_FIELD("reservedFds", reserved_fds);
  UR_FIELD("arenaBytes", arena_bytes);
  UR_FIELD("ioBytesMax", io_bytes_max);
  UR_FIELD("totalBytes", total_bytes);
#undef UR_FIELD
  layout["header"] = header;
  return layout;
}

Napi::Object Register(Napi::Env env, Napi::Object exports) {
  exports["layout"] = Napi::Function::New(env, Layout, "layout");
  return exports;
}

}  // namespace
}  // namespace ur

static Napi::Object RegisterAddon(Napi::Env env, Napi::Object exports) { return ur::Register(env, exports); }

NODE_API_MODULE(uring_replay, RegisterAddon)
