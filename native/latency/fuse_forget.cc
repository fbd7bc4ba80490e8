// What the kernel forgets of the file system, of its own accord and because drop() asks it to.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "fuse_server.h"

namespace ur {
namespace {

constexpr auto kForgetPatience = std::chrono::seconds(2);
constexpr auto kForgetPoll = std::chrono::microseconds(200);

}  // namespace

void FuseServer::forget(const Request& request) {
  fuse_forget_in in;
  if (request.parse(&in)) nodes_.forget(request.header.nodeid, in.nlookup);
}

void FuseServer::batch_forget(const Request& request) {
  fuse_batch_forget_in in;
  if (!request.parse(&in)) return;
  for (size_t i = 0, at = sizeof(in); i < in.count && at + sizeof(fuse_forget_one) <= request.size; i++) {
    fuse_forget_one one;
    memcpy(&one, request.body + at, sizeof(one));
    nodes_.forget(one.nodeid, one.nlookup);
    at += sizeof(one);
  }
}

Error FuseServer::invalidate(int code, const void* body, size_t size, const std::string& name) const {
  fuse_out_header header = {};
  header.error = code;  // of a message without a request
  std::vector<char> message;
  fuse_append(&message, header);
  message.insert(message.end(), static_cast<const char*>(body), static_cast<const char*>(body) + size);
  if (!name.empty()) message.insert(message.end(), name.c_str(), name.c_str() + name.size() + 1);
  fuse_seal(&message);
  if (::write(device_, message.data(), message.size()) >= 0 || errno == ENOENT)
    return {};  // ENOENT: not cached
  return {"UR_LATENCY_FS", "the kernel refuses to forget \"" + name + "\" (" + errno_name(errno) + ")", "",
          errno};
}

// Invalidating an entry takes it out of the dentry cache with everything below it (fs/dcache.c,
// d_invalidate()); inodes that nobody uses go with their dentries, their pages with them, and each is told to
// us by a FORGET.
FuseDrop FuseServer::drop() {
  FuseDrop result;
  const auto deadline = std::chrono::steady_clock::now() + kForgetPatience;
  do {
    std::set<std::string> names;
    {
      const std::lock_guard<std::mutex> lock(names_mutex_);
      names = root_names_;
    }
    for (const std::string& name : names) {
      fuse_notify_inval_entry_out entry = {};
      entry.parent = kFuseRoot;
      entry.namelen = static_cast<uint32_t>(name.size());
      result.error = invalidate(FUSE_NOTIFY_INVAL_ENTRY, &entry, sizeof(entry), name);
      if (!result.error.ok()) return result;
    }
    // The root itself stays, without its listing and its attributes.
    fuse_notify_inval_inode_out root = {};
    root.ino = kFuseRoot;
    result.error = invalidate(FUSE_NOTIFY_INVAL_INODE, &root, sizeof(root), "");
    if (!result.error.ok()) return result;
    result.names = std::max(result.names, names.size());
    for (int i = 0; i < 50 && nodes_.remembered() > 0; i++) std::this_thread::sleep_for(kForgetPoll);
  } while (nodes_.remembered() > 0 && std::chrono::steady_clock::now() < deadline);
  result.remembered = nodes_.remembered();
  if (result.remembered == 0) {
    const std::lock_guard<std::mutex> lock(names_mutex_);
    root_names_.clear();
  }
  return result;
}

}  // namespace ur
