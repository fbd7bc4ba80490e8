#include "inode_note.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace ur {
namespace {

constexpr size_t kNoteBytes = 24;  // 20 digits of 64 bits and a NUL

int64_t number_at(const char* path, char (&text)[kNoteBytes]) {
  struct stat found;
  if (lstat(path, &found) != 0) return -errno;
  snprintf(text, sizeof text, "%llu", static_cast<unsigned long long>(found.st_ino));
  return 0;
}

}  // namespace

int64_t note_inode(const char* path, const char* note) {
  char number[kNoteBytes];
  const int64_t found = number_at(path, number);
  if (found < 0) return found;
  if (unlink(note) != 0 && errno != ENOENT) return -errno;
  return symlink(number, note) == 0 ? 0 : -errno;
}

int64_t has_inode(const char* path, const char* note) {
  char number[kNoteBytes];
  char noted[kNoteBytes] = {};
  const int64_t found = number_at(path, number);
  if (found < 0 || note == nullptr) return found;
  if (readlink(note, noted, sizeof noted - 1) < 0) return -errno;
  return strcmp(number, noted) == 0 ? 0 : -ESTALE;
}

}  // namespace ur
