// Messages of the FUSE protocol (linux/fuse.h) as they go to the kernel, and the kinds of requests they
// answer.
#pragma once

#include <linux/fuse.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace ur {

// The kinds of requests that can be delayed and are counted. Names by fuse_kind_name().
// change: whatever makes, removes, renames or alters a name or attributes.
enum class FuseKind { kLookup, kGetattr, kReadlink, kRead, kReaddir, kStatfs, kChange, kWrite, kCount_ };
constexpr size_t kFuseKinds = static_cast<size_t>(FuseKind::kCount_);
const char* fuse_kind_name(FuseKind kind);

constexpr uint16_t kFusePagesMax = 256;  // of one read: 1 MiB

// Entries and attributes hold for as long as the kernel wants to keep them (it cuts this off at ~49 days).
constexpr uint64_t kFuseValidSeconds = 10ull * 365 * 24 * 3600;

constexpr uint32_t kFuseTmpfile = 51;  // FUSE_TMPFILE, protocol 7.37 (Linux 6.2)

// A message to the kernel: header and then bodies; sealing it sets its length.
std::vector<char> fuse_reply(uint64_t unique);
void fuse_seal(std::vector<char>* message);
template <typename Body>
void fuse_append(std::vector<char>* message, const Body& body) {
  const size_t begin = message->size();
  message->resize(begin + sizeof(body));
  memcpy(message->data() + begin, &body, sizeof(body));
}
fuse_attr fuse_attributes(const struct stat& stat);

}  // namespace ur
