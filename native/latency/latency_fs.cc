// uring-latency-fs: shows a directory, read-only unless --writable, behind a set latency, so that slow and
// network storage can be studied on any machine. See fuse_server.h for what is delayed and docs/conditions.md
// for how it is used.
//
//   uring-latency-fs --source DIR --mount DIR [--latency 1ms] [--delay KIND,...] [--threads N]
//   [--allow-other]
//                    [--writable] [--control]
//
// `--mount` may be the source itself, which is then covered. Once mounted it prints one JSON line. It ends,
// and unmounts, on SIGINT, SIGTERM, SIGHUP, when it is unmounted by others, and with --control at the end of
// its standard input, from which it takes one command per line, answering each with one JSON line:
//
//   drop    make the kernel forget every entry and page -> {"names":n,"remembered":0}
//   count   requests by kind since the last count       -> {"requests":{...},"readBytes":n,"served":{...}}
//
// Exit status: 0 done, 2 wrong usage, or it cannot be mounted (one line of JSON with code, message and
// remedy).
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "fuse_mount.h"
#include "fuse_server.h"
#include "json.h"

namespace ur {
namespace {

constexpr uint64_t kLatencyMaxNs = 60ull * 1000000000u;
constexpr int kPollMs = 500;

struct Options {
  std::string source;
  std::string mount;
  bool others = false;
  bool control = false;
  FuseServer::Settings settings;
};

// 500us, 1ms, 1.5ms, 2s, 300ns; 0 without a unit.
bool parse_latency(const char* text, uint64_t* ns) {
  char* unit = nullptr;
  const double value = strtod(text, &unit);
  if (unit == text || !(value >= 0)) return false;
  double scale = -1;
  if (strcmp(unit, "ns") == 0) scale = 1;
  if (strcmp(unit, "us") == 0) scale = 1e3;
  if (strcmp(unit, "ms") == 0) scale = 1e6;
  if (strcmp(unit, "s") == 0) scale = 1e9;
  if (*unit == '\0' && value == 0) scale = 1;
  if (scale < 0 || value * scale > static_cast<double>(kLatencyMaxNs)) return false;
  *ns = static_cast<uint64_t>(value * scale + 0.5);
  return true;
}

bool parse_kinds(const std::string& text, bool (&delayed)[kFuseKinds]) {
  for (bool& kind : delayed) kind = false;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    const std::string word = text.substr(at, comma - at);
    size_t kind = 0;
    while (kind < kFuseKinds && word != fuse_kind_name(static_cast<FuseKind>(kind))) kind++;
    if (kind == kFuseKinds) return false;
    delayed[kind] = true;
    at = comma + 1;
  }
  return true;
}

bool parse(int argc, char** argv, Options* options) {
  parse_kinds("lookup,readlink,read,readdir", options->settings.delayed);
  for (int i = 1; i < argc; i++) {
    const auto is = [&](const char* known) { return strcmp(argv[i], known) == 0; };
    if (is("--allow-other")) {
      options->others = true;
    } else if (is("--writable")) {
      options->settings.writable = true;
    } else if (is("--control")) {
      options->control = true;
    } else if (i + 1 == argc) {
      return false;
    } else if (is("--source")) {
      options->source = argv[++i];
    } else if (is("--mount")) {
      options->mount = argv[++i];
    } else if (is("--latency")) {
      if (!parse_latency(argv[++i], &options->settings.latency_ns)) return false;
    } else if (is("--delay")) {
      if (!parse_kinds(argv[++i], options->settings.delayed)) return false;
    } else if (is("--threads")) {
      const int threads = atoi(argv[++i]);
      if (threads < 1 || threads > 256) return false;
      options->settings.threads = static_cast<unsigned>(threads);
    } else {
      return false;
    }
  }
  return !options->source.empty() && !options->mount.empty();
}

void print(JsonWriter& json) {
  json.close('}');
  printf("%s\n", json.text().c_str());
  fflush(stdout);
}

int fail(const Error& error) {
  JsonWriter json;
  json.open('{')
      .key("code")
      .string(error.code)
      .key("message")
      .string(error.message)
      .key("remedy")
      .string(error.remedy);
  print(json);
  return 2;
}

void answer_drop(FuseServer& server) {
  const FuseDrop drop = server.drop();
  if (!drop.error.ok()) {
    fail(drop.error);
    return;
  }
  JsonWriter json;
  json.open('{').key("names").number(drop.names).key("remembered").number(drop.remembered);
  print(json);
}

// [thousandths of the set latency, replies that much later], where there were any.
void put_lateness(JsonWriter& json, const ServedLatency& served) {
  json.open('[');
  for (size_t step = 0; step < kLatenessSteps; step++) {
    if (served.lateness[step] == 0) continue;
    json.open('[').number(static_cast<int64_t>(step)).number(static_cast<int64_t>(served.lateness[step]));
    json.close(']');
  }
  json.close(']');
}

void answer_count(FuseServer& server) {
  const FuseCounts counts = server.take_counts();
  JsonWriter json;
  json.open('{').key("requests").open('{');
  for (size_t i = 0; i < kFuseKinds; i++) {
    json.key(fuse_kind_name(static_cast<FuseKind>(i))).number(counts.requests[i]);
  }
  json.close('}').key("readBytes").number(counts.read_bytes).key("served").open('{');
  json.key("replies").number(counts.served.replies).key("totalNs").number(counts.served.total_ns);
  json.key("maxNs").number(counts.served.max_ns).key("lateness");
  put_lateness(json, counts.served);
  json.close('}');
  print(json);
}

// Until a signal, an unmount, or with --control the end of standard input.
void serve(FuseServer& server, int signals, bool control) {
  pollfd watched[2] = {{signals, POLLIN, 0}, {control ? 0 : -1, POLLIN, 0}};
  std::string input;
  while (server.connected()) {
    if (poll(watched, 2, kPollMs) < 0 && errno != EINTR) return;
    if (watched[0].revents != 0) return;
    if (watched[1].revents == 0) continue;
    char buffer[256];
    const ssize_t got = read(0, buffer, sizeof(buffer));
    if (got <= 0) return;
    input.append(buffer, static_cast<size_t>(got));
    for (size_t end = input.find('\n'); end != std::string::npos; end = input.find('\n')) {
      const std::string line = input.substr(0, end);
      input.erase(0, end + 1);
      if (line == "drop") {
        answer_drop(server);
      } else if (line == "count") {
        answer_count(server);
      } else {
        fail({"UR_USAGE", "unknown command \"" + line + "\"", "drop or count", 0});
      }
    }
  }
}

// Before any thread is started, so that all of them block these.
int block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &set, SFD_CLOEXEC);
}

// Each directory that the kernel knows is held open.
void raise_descriptor_limit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main_of(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, &options)) {
    return fail({"UR_USAGE", "wrong usage of uring-latency-fs",
                 "uring-latency-fs --source DIR --mount DIR [--latency 1ms] [--delay "
                 "lookup,getattr,readlink,read,readdir,statfs,change,write] [--threads N] [--allow-other] "
                 "[--writable] [--control]",
                 0});
  }
  const int signals = block_signals();
  umask(0);  // the kernel has applied the caller's
  raise_descriptor_limit();
  // Replies are up to 1 MiB: from the heap rather than from a mapping of their own each, and the heap keeps
  // its pages, which would cost half as much again as the reads themselves to get back.
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  // Opened before the mount covers it, where source and mount point are the same directory.
  const int fd = open(options.source.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct stat root;
  if (fd < 0 || fstat(fd, &root) != 0) {
    return fail(
        {"UR_LATENCY_FS", options.source + ": " + errno_name(errno), "name a directory that exists", errno});
  }
  FuseMount mounted;
  Error error = fuse_mount(options.mount, root.st_mode & S_IFMT, options.others, &mounted);
  if (!error.ok()) return fail(error);
  FuseServer server(mounted.device, std::make_shared<FuseDescriptor>(fd), options.settings);
  error = server.start();
  if (error.ok()) {
    JsonWriter json;
    json.open('{')
        .key("mounted")
        .string(options.mount)
        .key("how")
        .string(mounted.how)
        .key("realtime")
        .boolean(server.realtime());
    print(json);
    serve(server, signals, options.control);
  }
  fuse_unmount(options.mount, mounted);
  if (!error.ok()) fail(error);
  fflush(stdout);
  _exit(error.ok() ? 0 : 2);  // the server's threads are never joined, see FuseServer::start()
}

}  // namespace
}  // namespace ur

int main(int argc, char** argv) { return ur::main_of(argc, argv); }
