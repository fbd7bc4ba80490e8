// A read-only FUSE file system that shows a directory with a set latency, straight on /dev/fuse (the protocol
// is linux/fuse.h; fs/fuse/ in the kernel). The way of a request:
//
//   kernel --/dev/fuse--> one of the reading threads: does the work at once
//                           |-- delayed kind ---> FuseReplies, sent `latency_ns` after the arrival
//                           '-- others ---------> replied at once
//
// Opens make no requests (ENOSYS to the first OPEN: the kernel then opens by itself), as on a local disk,
// where the price is in finding the file and reading it. Everything may be cached for good, absences too:
// a second walk over the same files makes no requests, and drop() makes the kernel forget it all.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "error.h"
#include "fuse_nodes.h"
#include "fuse_replies.h"

namespace ur {

// The kinds of requests that can be delayed and are counted. Names by fuse_kind_name().
enum class FuseKind { kLookup, kGetattr, kReadlink, kRead, kReaddir, kStatfs, kCount_ };
constexpr size_t kFuseKinds = static_cast<size_t>(FuseKind::kCount_);
const char* fuse_kind_name(FuseKind kind);

struct FuseCounts {
  uint64_t requests[kFuseKinds] = {};
  uint64_t read_bytes = 0;
  ServedLatency served;
};

struct FuseDrop {
  Error error;
  size_t names = 0;       // entries of the root that were invalidated, each with all below it
  size_t remembered = 0;  // nodes that are still in use: 0 = everything is cold
};

class FuseServer {
 public:
  struct Settings {
    uint64_t latency_ns = 0;
    bool delayed[kFuseKinds] = {};
    unsigned threads = 8;
  };

  // `device`: an open /dev/fuse, which mount() has bound to a mount point; owned from here on.
  FuseServer(int device, std::shared_ptr<FuseDirectory> root, const Settings& settings);
  FuseServer(const FuseServer&) = delete;
  FuseServer& operator=(const FuseServer&) = delete;

  // Starts the threads, which run until the process ends: a reading one can't be told to stop.
  Error start();
  // Whether the threads go before all ordinary ones: a device does not wait for a CPU either. Needs root or
  // RLIMIT_RTPRIO.
  bool realtime() const { return realtime_; }
  // Whether the file system is still mounted (false once the kernel has closed the connection).
  bool connected() const { return connected_; }
  // Makes the kernel forget every entry and page, and waits until it has.
  FuseDrop drop();
  // Since the last call.
  FuseCounts take_counts();

 private:
  struct Request;

  void read_requests();
  void serve(const Request& request);
  void initialise(const Request& request);
  void lookup(const Request& request);
  void getattr(const Request& request);
  void readlink(const Request& request);
  void read(const Request& request);
  void readdir(const Request& request);
  void statfs(const Request& request);
  void forget(const Request& request);
  void batch_forget(const Request& request);

  void reply(const Request& request, FuseKind kind, std::vector<char> message);
  void reply_error(const Request& request, int err);
  void reply_error(const Request& request, FuseKind kind, int err);
  Error invalidate(int code, const void* body, size_t size, const std::string& name) const;

  const int device_;
  const Settings settings_;
  FuseNodes nodes_;
  FuseReplies replies_;
  std::atomic<bool> connected_{true};
  bool realtime_ = false;
  std::atomic<uint64_t> requests_[kFuseKinds] = {};
  std::atomic<uint64_t> read_bytes_{0};
  std::mutex names_mutex_;
  std::set<std::string> root_names_;  // looked up in the root since the last drop, found or not
};

}  // namespace ur
