#include "tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace ur::guest {

namespace {

constexpr size_t kChunkBytes = 256 << 10;

std::string failed(const std::string& path) { return path + ": " + strerror(errno); }

std::string make_file(const std::string& path, unsigned mode, unsigned long long size) {
  static const std::string chunk(kChunkBytes, '.');
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return failed(path);
  std::string failure;
  for (unsigned long long left = size; left > 0 && failure.empty();) {
    const size_t want = left < kChunkBytes ? static_cast<size_t>(left) : kChunkBytes;
    const ssize_t wrote = write(fd, chunk.data(), want);
    if (wrote <= 0) {
      failure = failed(path);
    } else {
      left -= static_cast<unsigned long long>(wrote);
    }
  }
  close(fd);
  return failure;
}

std::string read_bytes(FILE* from, size_t length) {
  std::string bytes(length, '\0');
  bytes.resize(fread(&bytes[0], 1, length, from));
  return bytes;
}

std::string make_entry(char type, const std::string& path, unsigned mode, unsigned long long size,
                       const std::string& target) {
  if (type == 'f') return make_file(path, mode, size);
  if (type == 'l') return symlink(target.c_str(), path.c_str()) == 0 ? "" : failed(path);
  // The root itself and lost+found of mkfs are there already.
  if (mkdir(path.c_str(), mode) == 0) return "";
  if (errno != EEXIST) return failed(path);
  return chmod(path.c_str(), mode) == 0 ? "" : failed(path);
}

}  // namespace

std::string build_tree(const std::string& file, const std::string& root) {
  FILE* from = fopen(file.c_str(), "re");
  if (from == nullptr) return failed(file);
  std::string failure;
  char type;
  unsigned mode;
  unsigned long long size;
  size_t path_bytes, target_bytes;
  while (failure.empty() &&
         fscanf(from, "%c %o %llu %zu %zu", &type, &mode, &size, &path_bytes, &target_bytes) == 5) {
    fgetc(from);  // the newline; fscanf's own white space would swallow a path that starts with a blank
    const std::string path = read_bytes(from, path_bytes);
    const std::string target = read_bytes(from, target_bytes);
    failure = path.size() == path_bytes && target.size() == target_bytes
                  ? make_entry(type, root + "/" + path, mode, size, target)
                  : "tree cut short";
  }
  if (failure.empty() && !feof(from)) failure = "tree: not an entry at byte " + std::to_string(ftell(from));
  fclose(from);
  return failure;
}

}  // namespace ur::guest
