// A FUSE file system that shows a directory with a set latency, straight on /dev/fuse (the protocol is
// linux/fuse.h; fs/fuse/ in the kernel). Read-only unless told otherwise. The way of a request:
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
#include <cstring>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "error.h"
#include "fuse_message.h"
#include "fuse_nodes.h"
#include "fuse_replies.h"

namespace ur {

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
    // That read requests and do their work; 0: as many as pay. What is only looked at comes from the page
    // cache in microseconds: one thread then serves a burst without being woken for each of its requests,
    // which costs half the CPU time of eight that are. Changes may wait for a disk (fsync).
    unsigned threads = 0;
    bool writable = false;  // changes reach the source; otherwise EROFS
  };

  // `device`: an open /dev/fuse, which mount() has bound to a mount point; owned from here on.
  FuseServer(int device, std::shared_ptr<FuseDescriptor> root, const Settings& settings);
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
  struct Request {
    uint64_t arrived_ns;
    fuse_in_header header;
    const char* body;
    size_t size;  // of the body

    template <typename Body>
    bool parse(Body* to) const {
      if (size < sizeof(Body)) return false;
      memcpy(to, body, sizeof(Body));
      return true;
    }
  };

  void read_requests();
  void serve(const Request& request);
  void initialise(const Request& request);
  void reply(const Request& request, FuseKind kind, std::vector<char> message);
  void reply_error(const Request& request, int err);
  void reply_error(const Request& request, FuseKind kind, int err);
  // In fuse_looks.cc.
  void lookup(const Request& request);
  void getattr(const Request& request);
  void readlink(const Request& request);
  void read(const Request& request);
  void readdir(const Request& request);
  void statfs(const Request& request);
  bool named(const Request& request, size_t fixed_bytes, FusePlace* parent, std::string* name) const;
  void reply_entry(const Request& request, FuseKind kind, uint64_t parent, FusePlace place);
  void reply_attributes(const Request& request, FuseKind kind, const FusePlace& place);
  // In fuse_forget.cc.
  void forget(const Request& request);
  void batch_forget(const Request& request);
  Error invalidate(int code, const void* body, size_t size, const std::string& name) const;
  // In fuse_changes.cc. change() answers 0 or a positive errno for those without a body.
  void serve_change(const Request& request);
  int change(const Request& request);
  int rename(const Request& request, size_t fixed_bytes, unsigned flags);
  void make(const Request& request);
  void make_unnamed(const Request& request);
  void setattr(const Request& request);
  void write(const Request& request);

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
