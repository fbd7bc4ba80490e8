// The Node-API door: registers, converts, and nothing else. The only file that includes napi.h.
#include <napi.h>

#include <memory>
#include <vector>

#include "confine.h"
#include "probe.h"
#include "program.h"
#include "replayer.h"
#include "syscall_counter.h"

namespace ur {
namespace {

// An Error object with code, remedy and errno, for replay/native.ts.
Napi::Error js_error(Napi::Env env, const Error& error) {
  Napi::Error thrown = Napi::Error::New(env, error.message);
  thrown.Set("code", error.code);
  thrown.Set("remedy", error.remedy);
  thrown.Set("errno", Napi::Number::New(env, error.err));
  return thrown;
}

Napi::Array divergences_to_js(Napi::Env env, const std::vector<Divergence>& divergent) {
  Napi::Array list = Napi::Array::New(env, divergent.size());
  for (uint32_t i = 0; i < divergent.size(); i++) {
    const Divergence& one = divergent[i];
    Napi::Object object = Napi::Object::New(env);
    object["op"] = one.op;
    object["line"] = one.line;
    object["what"] = one.what;
    object["expected"] = static_cast<double>(one.expected);
    object["got"] = static_cast<double>(one.got);
    list[i] = object;
  }
  return list;
}

Napi::Object to_js(Napi::Env env, const RunReport& report) {
  const size_t passes = report.wall_ns.size();
  auto wall = Napi::Float64Array::New(env, passes);
  auto cpu = Napi::Float64Array::New(env, passes);
  auto divergences = Napi::Uint32Array::New(env, passes);
  for (size_t i = 0; i < passes; i++) {
    wall[i] = static_cast<double>(report.wall_ns[i]);
    cpu[i] = static_cast<double>(report.cpu_ns[i]);
    divergences[i] = report.divergences[i];
  }
  Napi::Object object = Napi::Object::New(env);
  object["wallNs"] = wall;
  object["cpuNs"] = cpu;
  object["divergences"] = divergences;
  object["divergent"] = divergences_to_js(env, report.divergent);
  object["syscalls"] = static_cast<double>(report.syscalls);
  object["voluntarySwitches"] = static_cast<double>(report.voluntary_switches);
  object["involuntarySwitches"] = static_cast<double>(report.involuntary_switches);
  object["minorFaults"] = static_cast<double>(report.minor_faults);
  object["majorFaults"] = static_cast<double>(report.major_faults);
  object["blocksRead"] = static_cast<double>(report.blocks_read);
  object["passes"] = static_cast<double>(passes);
  return object;
}

Napi::Value to_js(Napi::Env env, const std::vector<uint64_t>& values) {
  auto numbers = Napi::Float64Array::New(env, values.size());
  for (size_t i = 0; i < values.size(); i++) numbers[i] = static_cast<double>(values[i]);
  return numbers;
}

Napi::Object to_js(Napi::Env env, const CountReport& report) {
  const auto names = [&](const std::map<std::string, uint64_t>& counts) {
    Napi::Object object = Napi::Object::New(env);
    for (const auto& [name, count] : counts) object[name] = static_cast<double>(count);
    return object;
  };
  Napi::Object object = Napi::Object::New(env);
  object["inline"] = names(report.inline_);
  object["punted"] = names(report.punted);
  object["direct"] = names(report.direct);
  object["source"] = report.source;
  auto punted = Napi::Uint32Array::New(env, report.punted_ops.size());
  for (size_t i = 0; i < report.punted_ops.size(); i++) punted[i] = report.punted_ops[i];
  object["puntedOps"] = punted;
  return object;
}

// Nanoseconds since the pass began.
Napi::Object to_js(Napi::Env env, const TimelineReport& report) {
  const auto since = [&](uint64_t ns) { return static_cast<double>(ns - report.start_ns); };
  const size_t ops = report.on_ring.size();
  auto begin = Napi::Float64Array::New(env, ops);
  auto end = Napi::Float64Array::New(env, ops);
  auto on_ring = Napi::Uint8Array::New(env, ops);
  auto thread = Napi::Uint16Array::New(env, ops);
  for (size_t i = 0; i < ops; i++) {
    begin[i] = since(report.begin_ns[i]);
    end[i] = since(report.end_ns[i]);
    on_ring[i] = report.on_ring[i];
    thread[i] = report.thread[i];
  }
  auto entries = Napi::Float64Array::New(env, 4 * report.entries.size());
  for (size_t i = 0; i < report.entries.size(); i++) {
    const TimelineReport::Entry& entry = report.entries[i];
    entries[4 * i] = since(entry.begin_ns);
    entries[4 * i + 1] = since(entry.submitted_ns);
    entries[4 * i + 2] = since(entry.end_ns);
    entries[4 * i + 3] = entry.submitted;
  }
  Napi::Object object = Napi::Object::New(env);
  object["wallNs"] = static_cast<double>(report.wall_ns);
  object["beginNs"] = begin;
  object["endNs"] = end;
  object["onRing"] = on_ring;
  object["thread"] = thread;
  object["entries"] = entries;
  return object;
}

// Waits for a job of the replayer on a thread of Node's pool and settles a promise with its report.
template <typename Report>
class Waiter final : public Napi::AsyncWorker {
 public:
  using Job = std::function<Error(Replayer&, Report*)>;
  Waiter(Napi::Env env, std::shared_ptr<Replayer> replayer, Job job)
      : Napi::AsyncWorker(env),
        deferred_(Napi::Promise::Deferred::New(env)),
        replayer_(std::move(replayer)),
        job_(std::move(job)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }
  void Execute() override { error_ = job_(*replayer_, &report_); }
  void OnOK() override {
    if (error_.ok()) {
      deferred_.Resolve(to_js(Env(), report_));
    } else {
      deferred_.Reject(js_error(Env(), error_).Value());
    }
  }

 private:
  Napi::Promise::Deferred deferred_;
  std::shared_ptr<Replayer> replayer_;
  Job job_;
  Report report_;
  Error error_;
};

class Replay final : public Napi::ObjectWrap<Replay> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Replay",
        {InstanceMethod<&Replay::Run>("run"), InstanceMethod<&Replay::Count>("count"),
         InstanceMethod<&Replay::Profile>("profile"), InstanceMethod<&Replay::Timeline>("timeline"),
         InstanceMethod<&Replay::Cancel>("cancel"), InstanceMethod<&Replay::Describe>("describe"),
         InstanceMethod<&Replay::Close>("close")});
  }

  // (program: Uint8Array, options: all fields of EngineOptions set)
  explicit Replay(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<Replay>(info), replayer_(std::make_shared<Replayer>()) {
    if (info.Length() < 2 || !info[0].IsTypedArray() || !info[1].IsObject()) {
      throw Napi::TypeError::New(info.Env(), "expected a Uint8Array and options");
    }
    const auto bytes = info[0].As<Napi::Uint8Array>();
    const auto given = info[1].As<Napi::Object>();
    const auto text = [&](const char* key) { return given.Get(key).ToString().Utf8Value(); };
    const auto number = [&](const char* key) { return given.Get(key).ToNumber().Uint32Value(); };
    EngineOptions options;
    options.engine = text("engine");
    options.order = text("order") == "deps" ? Order::kDeps : Order::kTrace;
    options.batch = number("batch");
    options.window = text("window") == "barrier" ? Window::kBarrier : Window::kSliding;
    const std::string setup = text("setup");
    options.setup = setup == "defer"     ? RingSetup::kDefer
                    : setup == "coop"    ? RingSetup::kCoop
                    : setup == "default" ? RingSetup::kDefault
                    : setup == "sqpoll"  ? RingSetup::kSqpoll
                                         : RingSetup::kAuto;
    options.workers = number("workers");
    const std::string affinity = text("affinity");
    options.affinity = affinity == "same"    ? RingAffinity::kSame
                       : affinity == "other" ? RingAffinity::kOther
                                             : RingAffinity::kAny;
    options.links = given.Get("links").ToBoolean();
    options.direct = given.Get("direct").ToBoolean();
    options.threads = number("threads");
    options.variant = text("variant");
    const auto lanes = given.Get("lanes").As<Napi::Uint8Array>();
    options.lanes.assign(lanes.Data(), lanes.Data() + lanes.ElementLength());
    Error error;
    try {
      error = replayer_->open(bytes.Data(), bytes.ByteLength(), options);
    } catch (const std::bad_alloc&) {
      error = {"UR_LIMIT", "not enough memory for this program", "replay a part of the log", ENOMEM};
    }
    if (!error.ok()) throw js_error(info.Env(), error);
  }

 private:
  Napi::Value Run(const Napi::CallbackInfo& info) {
    const uint64_t passes = static_cast<uint64_t>(info[0].ToNumber().Int64Value());
    return start<RunReport>(
        info.Env(), [passes](Replayer& replayer, RunReport* report) { return replayer.run(passes, report); });
  }
  Napi::Value Count(const Napi::CallbackInfo& info) {
    return start<CountReport>(info.Env(),
                              [](Replayer& replayer, CountReport* report) { return replayer.count(report); });
  }
  Napi::Value Profile(const Napi::CallbackInfo& info) {
    return start<std::vector<uint64_t>>(
        info.Env(), [](Replayer& replayer, std::vector<uint64_t>* ns) { return replayer.profile(ns); });
  }
  Napi::Value Timeline(const Napi::CallbackInfo& info) {
    return start<TimelineReport>(
        info.Env(), [](Replayer& replayer, TimelineReport* report) { return replayer.timeline(report); });
  }
  template <typename Report>
  Napi::Value start(Napi::Env env, typename Waiter<Report>::Job job) {
    replayer_->clear_cancel();
    auto* waiter = new Waiter<Report>(env, replayer_, std::move(job));
    const Napi::Promise promise = waiter->promise();
    waiter->Queue();
    return promise;
  }
  void Cancel(const Napi::CallbackInfo&) { replayer_->cancel(); }
  Napi::Value Describe(const Napi::CallbackInfo& info) {
    std::string json;
    const Error error = replayer_->describe(&json);
    if (!error.ok()) throw js_error(info.Env(), error);
    return Napi::String::New(info.Env(), json);
  }
  void Close(const Napi::CallbackInfo&) { replayer_->close(); }

  std::shared_ptr<Replayer> replayer_;
};

// (tracepoint, threads)
class SyscallCount final : public Napi::ObjectWrap<SyscallCount> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "SyscallCount",
        {InstanceMethod<&SyscallCount::Total>("total"), InstanceMethod<&SyscallCount::Close>("close")});
  }

  explicit SyscallCount(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SyscallCount>(info) {
    const auto list = info[1].As<Napi::Array>();
    std::vector<int> threads;
    for (uint32_t i = 0; i < list.Length(); i++) threads.push_back(list.Get(i).ToNumber().Int32Value());
    const int result = counter_.open(info[0].ToNumber().Int64Value(), threads);
    if (result == 0) return;
    throw js_error(info.Env(), {"UR_PERF", "perf_event_open failed with " + errno_name(-result),
                                "run as root, or set kernel.perf_event_paranoid to -1", -result});
  }

 private:
  Napi::Value Total(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(counter_.total()));
  }
  void Close(const Napi::CallbackInfo&) { counter_.close(); }

  SyscallCounter counter_;
};

Napi::Value Probe(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), probe_json()); }

void EnterRoot(const Napi::CallbackInfo& info) {
  Error error;
  if (replay_threads_started()) {
    error = {"UR_ROOT", "a replay has already started outside the sandbox", "enter it before the first pass",
             0};
  } else {
    error = enter_root(info[0].ToString().Utf8Value().c_str());
  }
  if (!error.ok()) throw js_error(info.Env(), error);
}

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
  exports["probe"] = Napi::Function::New(env, Probe, "probe");
  exports["enterRoot"] = Napi::Function::New(env, EnterRoot, "enterRoot");
  exports["Replay"] = Replay::define(env);
  exports["SyscallCount"] = SyscallCount::define(env);
  return exports;
}

}  // namespace
}  // namespace ur

static Napi::Object RegisterAddon(Napi::Env env, Napi::Object exports) { return ur::Register(env, exports); }

NODE_API_MODULE(uring_replay, RegisterAddon)
