// A session on a thread of its own. The thread has its own descriptors and working directory, blocks all
// signals and, inside a sandbox, holds no capabilities: nothing of that touches the threads of the host
// program (Node's pool in particular). An io_uring with SINGLE_ISSUER wants to stay on one thread anyway.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "session.h"

namespace ur {

class Replayer {
 public:
  Replayer() = default;
  ~Replayer();
  Replayer(const Replayer&) = delete;
  Replayer& operator=(const Replayer&) = delete;

  // Copies and validates the program; the thread starts with the first pass.
  Error open(const uint8_t* data, size_t size, const EngineOptions& options);

  // These block until the thread has done it. UR_BUSY while another one is under way.
  Error run(uint64_t passes, RunReport* report);
  Error count(CountReport* report);
  Error profile(std::vector<uint64_t>* ns);
  Error timeline(TimelineReport* report);
  Error describe(std::string* json);
  void close();

  void cancel();
  // To be called before run() or count() is handed to another thread.
  void clear_cancel();

 private:
  Error on_thread(const std::function<Error()>& job);
  void loop();

  std::unique_ptr<Session> session_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<Error()>* job_ = nullptr;
  Error job_error_;
  bool busy_ = false;
  bool stopping_ = false;
  bool closed_ = false;
  bool prepared_ = false;
  Error prepare_error_;
  bool isolated_ = false;
  int thread_id_ = 0;
};

// Whether any replayer has started its thread: enter_root() comes too late then.
bool replay_threads_started();

}  // namespace ur
