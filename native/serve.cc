#include "serve.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "confine.h"
#include "report_json.h"
#include "runner_options.h"
#include "session.h"

namespace ur {
namespace {

using Words = std::vector<std::string>;

constexpr int kRenew = 64;  // exit status: another process is to go on

// false at the end of the input, or where it breaks off in a request.
bool next_request(Words* words) {
  words->clear();
  std::string word;
  for (int byte; (byte = getc(stdin)) != EOF;) {
    if (byte != '\0') {
      word += static_cast<char>(byte);
    } else if (word.empty()) {
      return true;
    } else {
      words->push_back(std::move(word));
      word.clear();
    }
  }
  return false;
}

class Server {
 public:
  explicit Server(int program_fd) : program_fd_(program_fd) {}

  // Adds the reply's body, where there is one.
  Error answer(const Words& words, JsonWriter& body) {
    const std::string& name = words[0];
    if (name == "enter" && words.size() == 2) return enter_root(words[1].c_str());
    if (name == "prepare" && words.size() >= 2) return prepare(words, body);
    if (session_ == nullptr)
      return {"UR_NOT_PREPARED", "the arm was asked to " + name + " before it was prepared", "", 0};
    Error error;
    uint64_t passes = 0;
    if (name == "run" && words.size() == 2 && parse_number(words[1].c_str(), &passes)) {
      RunReport report;
      error = session_->run(passes, &report);
      if (error.ok()) write_run(body, report);
    } else if (name == "count") {
      CountReport report;
      error = session_->count(&report);
      if (!error.ok()) return error;
      write_count(body, report);
      write_numbers(body, "puntedOps", report.punted_ops);
    } else if (name == "profile") {
      std::vector<uint64_t> ns;
      error = session_->profile(&ns);
      if (error.ok()) write_numbers(body, "ns", ns);
    } else if (name == "timeline") {
      TimelineReport report;
      error = session_->timeline(&report);
      if (error.ok()) write_timeline(body, report);
    } else {
      return {"UR_USAGE", "the runner's server knows no request " + name, "", 0};
    }
    return error;
  }

 private:
  // Everything that is read from outside is read before the root directory changes.
  Error prepare(const Words& words, JsonWriter& body) {
    RunnerOptions options;
    uint64_t bytes = 0;
    std::vector<const char*> rest;
    for (size_t i = 2; i < words.size(); i++) rest.push_back(words[i].c_str());
    if (!parse_number(words[1].c_str(), &bytes) ||
        !parse_options(static_cast<int>(rest.size()), rest.data(), &options))
      return {"UR_USAGE", "the runner's server does not know these options", "", 0};
    std::vector<uint64_t> program((bytes + 7) / 8);
    Error error = read_program(reinterpret_cast<char*>(program.data()), bytes);
    if (!error.ok()) return error;
    auto session = std::make_unique<Session>(std::move(program), options.engine);
    error = session->open(bytes);
    if (error.ok() && options.root != nullptr) error = enter_root(options.root);
    if (!error.ok()) return error;
    const bool isolated = isolate_thread();
    if (in_root()) drop_capabilities();
    error = session->prepare(in_root());
    if (!error.ok()) return error;
    body.key("threadId").number(getpid()).key("isolated").boolean(isolated);
    session->describe(body);
    session_ = std::move(session);
    return {};
  }

  // By position: all arms share the open file and so its cursor.
  Error read_program(char* to, uint64_t bytes) const {
    for (uint64_t at = 0; at < bytes;) {
      const ssize_t got = pread(program_fd_, to + at, bytes - at, static_cast<off_t>(at));
      if (got < 0) return {"UR_BAD_PROGRAM", "the program can't be read: " + errno_name(errno), "", errno};
      if (got == 0)
        return {"UR_BAD_PROGRAM",
                "the program ends after " + std::to_string(at) + " of " + std::to_string(bytes) + " bytes",
                "", 0};
      at += static_cast<uint64_t>(got);
    }
    return {};
  }

  int program_fd_;
  std::unique_ptr<Session> session_;
};

std::string reply_to(Server& server, const Words& words) {
  JsonWriter json;
  json.open('{');
  Error error;
  try {
    JsonWriter body;
    body.open('{');
    error = server.answer(words, body);
    body.close('}');
    if (error.ok()) return "{\"ok\":true,\"body\":" + body.text() + "}\n";
  } catch (const std::bad_alloc&) {
    error = {"UR_LIMIT", "not enough memory for this program", "replay a part of the log, or fewer calls",
             ENOMEM};
  }
  json.key("ok").boolean(false).key("code").string(error.code).key("message").string(error.message);
  json.key("remedy").string(error.remedy).close('}');
  return json.text() + "\n";
}

// No parent, no purpose, not even in the middle of a pass.
void end_with_parent() { prctl(PR_SET_PDEATHSIG, SIGKILL); }

// Never returns. An image of its own, so that its memory comes to lie anew.
void become_server(const char* runner, const char* program_fd, pid_t parent) {
  end_with_parent();
  if (getppid() != parent) _exit(2);
  execl(runner, runner, "--serve-one", program_fd, static_cast<char*>(nullptr));
  fprintf(stderr, "%s: %s\n", runner, strerror(errno));
  _exit(2);
}

}  // namespace

int serve(const char* runner, const char* program_fd) {
  end_with_parent();
  sigset_t all;  // a pass is not to be interrupted; a reply that nobody reads is an error of fflush
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  signal(SIGCHLD, SIG_DFL);  // inherited as ignored, ends would go unseen
  const pid_t own = getpid();
  for (;;) {
    const pid_t child = fork();
    if (child < 0) {
      fprintf(stderr, "fork: %s\n", strerror(errno));
      return 2;
    }
    if (child == 0) become_server(runner, program_fd, own);
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
      if (errno != EINTR) return 2;
    }
    if (WIFSIGNALED(status)) {
      signal(WTERMSIG(status), SIG_DFL);
      raise(WTERMSIG(status));
      sigprocmask(SIG_UNBLOCK, &all, nullptr);
    }
    if (!WIFEXITED(status)) return 2;
    if (WEXITSTATUS(status) != kRenew) return WEXITSTATUS(status);
  }
}

int serve_one(int program_fd) {
  Server server(program_fd);
  for (Words words; next_request(&words) && !words.empty();) {
    const bool renew = words[0] == "renew";
    const bool last = renew || words[0] == "close";
    const std::string reply = last ? "{\"ok\":true,\"body\":{}}\n" : reply_to(server, words);
    if (fwrite(reply.data(), 1, reply.size(), stdout) != reply.size() || fflush(stdout) != 0) return 2;
    if (last) return renew ? kRenew : 0;
  }
  return 0;
}

}  // namespace ur
