#include "replayer.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "confine.h"

namespace ur {
namespace {

std::atomic<bool> started{false};

}  // namespace

bool replay_threads_started() { return started; }

Replayer::~Replayer() { close(); }

Error Replayer::open(const uint8_t* data, size_t size, const EngineOptions& options) {
  std::vector<uint64_t> bytes((size + 7) / 8);
  if (size > 0) memcpy(bytes.data(), data, size);
  session_ = std::make_unique<Session>(std::move(bytes), options);
  return session_->open(size);
}

Error Replayer::on_thread(const std::function<Error()>& job) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (closed_) return {"UR_CLOSED", "this replay is closed", "", 0};
  if (busy_) return {"UR_BUSY", "another pass of this replay is under way", "wait for it, or cancel it", 0};
  busy_ = true;
  if (!thread_.joinable()) {
    started = true;
    thread_ = std::thread([this] { loop(); });
  }
  job_ = &job;
  changed_.notify_all();
  changed_.wait(lock, [this] { return job_ == nullptr; });
  busy_ = false;
  return job_error_;
}

void Replayer::loop() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  pthread_setname_np(pthread_self(), "uring-replay");
  isolated_ = isolate_thread();
  if (in_root()) drop_capabilities();
  thread_id_ = static_cast<int>(syscall(SYS_gettid));
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return job_ != nullptr || stopping_; });
    if (job_ == nullptr) break;
    const std::function<Error()>& job = *job_;
    lock.unlock();
    Error error;
    try {
      if (!prepared_) prepare_error_ = session_->prepare(in_root());
      prepared_ = true;
      error = prepare_error_;
      if (error.ok()) error = job();
    } catch (const std::bad_alloc&) {
      error = {"UR_LIMIT", "not enough memory for this program", "replay a part of the log, or fewer calls",
               ENOMEM};
    }
    lock.lock();
    job_error_ = error;
    job_ = nullptr;
    changed_.notify_all();
  }
  session_.reset();  // a ring is torn down by the thread that made it
}

Error Replayer::run(uint64_t passes, RunReport* report) {
  return on_thread([&] { return session_->run(passes, report); });
}

Error Replayer::count(CountReport* report) {
  return on_thread([&] { return session_->count(report); });
}

Error Replayer::profile(std::vector<uint64_t>* ns) {
  return on_thread([&] { return session_->profile(ns); });
}

Error Replayer::timeline(TimelineReport* report) {
  return on_thread([&] { return session_->timeline(report); });
}

Error Replayer::describe(std::string* text) {
  return on_thread([&] {
    JsonWriter json;
    json.open('{').key("threadId").number(thread_id_).key("isolated").boolean(isolated_);
    session_->describe(json);
    json.close('}');
    *text = json.text();
    return Error{};
  });
}

void Replayer::cancel() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (session_ != nullptr) session_->cancel();
}

void Replayer::clear_cancel() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (session_ != nullptr && !busy_) session_->clear_cancel();
}

void Replayer::close() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (closed_) return;
  closed_ = true;
  if (session_ != nullptr) session_->cancel();
  stopping_ = true;
  changed_.notify_all();
  lock.unlock();
  if (thread_.joinable()) thread_.join();
  session_.reset();
}

}  // namespace ur
