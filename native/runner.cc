// The static door: takes a program file, replays it, prints JSON. For guests without Node, for sanitizers.
//
//   uring-runner PROGRAM [--engine serial|ring|threads|hybrid|mmap|dedup|nop] [--variant NAME] [--threads N]
//                [--order trace|deps] [--batch N] [--window sliding|barrier] [--workers N]
//                [--setup auto|defer|coop|default|sqpoll] [--affinity any|same|other] [--no-links]
//                [--no-direct] [--lanes 0101...]
//                [--passes N] [--root DIR] [--count]
//   uring-runner --probe
//   uring-runner --serve FD  replays by request, each time in a fresh process, see serve.h
//   uring-runner --time [...] CMD... times a command instead, see time_command.h
//
// Exit status: 0 done, 1 a pass diverged, 2 wrong usage, bad program, or no io_uring.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "confine.h"
#include "probe.h"
#include "report_json.h"
#include "runner_options.h"
#include "serve.h"
#include "session.h"
#include "time_command.h"
#include "tracepoint.h"

namespace ur {
namespace {

Error read_file(const char* path, std::vector<uint64_t>* words, size_t* size) {
  FILE* file = fopen(path, "rbe");
  if (file == nullptr)
    return {"UR_USAGE", std::string(path) + ": " + strerror(errno), "name a program file", errno};
  std::vector<char> bytes;
  char block[65536];
  for (size_t got; (got = fread(block, 1, sizeof(block), file)) > 0;)
    bytes.insert(bytes.end(), block, block + got);
  const bool failed = ferror(file);
  fclose(file);
  if (failed) return {"UR_USAGE", std::string(path) + ": " + strerror(errno), "name a program file", errno};
  words->resize((bytes.size() + 7) / 8);
  if (!bytes.empty()) memcpy(words->data(), bytes.data(), bytes.size());
  *size = bytes.size();
  return {};
}

Error replay(const RunnerOptions& options, JsonWriter& json, bool* diverged) {
  std::vector<uint64_t> words;
  size_t size = 0;
  Error error = read_file(options.program, &words, &size);
  if (!error.ok()) return error;
  Session session(std::move(words), options.engine);
  error = session.open(size);
  if (options.count) tracepoint_id();  // while /sys is in sight
  if (error.ok() && options.root != nullptr) error = enter_root(options.root);
  if (!error.ok()) return error;
  isolate_thread();
  if (in_root()) drop_capabilities();
  error = session.prepare(in_root());
  RunReport run;
  CountReport count;
  if (error.ok()) error = session.run(options.passes, &run);
  if (error.ok() && options.count) error = session.count(&count);
  if (!error.ok()) return error;
  json.open('{');
  write_run(json, run);
  if (options.count) {
    json.key("count").open('{');
    write_count(json, count);
    json.close('}');
  }
  json.key("engine").open('{');
  session.describe(json);
  json.close('}').close('}');
  for (const uint32_t divergences : run.divergences) *diverged |= divergences > 0;
  return {};
}

int main_of_runner(int argc, char** argv) {
  if (argc >= 3 && strcmp(argv[1], "--time") == 0) return time_command(argv + 2);
  if (argc == 3 && strcmp(argv[1], "--serve") == 0) return serve(argv[0], argv[2]);
  if (argc == 3 && strcmp(argv[1], "--serve-one") == 0) return serve_one(atoi(argv[2]));
  RunnerOptions options;
  const bool known = parse_options(argc - 1, argv + 1, &options);
  if (!known || (!options.probe && options.program == nullptr)) {
    fprintf(stderr, "usage: uring-runner PROGRAM [options], see native/runner.cc\n");
    return 2;
  }
  if (options.probe) {
    puts(probe_json().c_str());
    return 0;
  }
  JsonWriter json;
  bool diverged = false;
  Error error;
  try {
    error = replay(options, json, &diverged);
  } catch (const std::bad_alloc&) {
    error = {"UR_LIMIT", "not enough memory for this program", "replay a part of the log", ENOMEM};
  }
  if (!error.ok()) {
    fprintf(stderr, "%s: %s\n", error.code.c_str(), error.message.c_str());
    if (!error.remedy.empty()) fprintf(stderr, "remedy: %s\n", error.remedy.c_str());
    return 2;
  }
  puts(json.text().c_str());
  return diverged ? 1 : 0;
}

}  // namespace
}  // namespace ur

int main(int argc, char** argv) { return ur::main_of_runner(argc, argv); }
