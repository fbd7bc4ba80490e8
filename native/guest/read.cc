#include "read.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace ur::guest {

namespace {

std::string read_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  std::string text;
  char block[4096];
  for (ssize_t got; (got = read(fd, block, sizeof(block))) > 0;) text.append(block, static_cast<size_t>(got));
  close(fd);
  return text;
}

}  // namespace

std::string read_text(const std::string& path) {
  DIR* dir = opendir(path.c_str());
  if (dir == nullptr) return read_file(path);
  std::vector<std::string> names;
  while (const dirent* entry = readdir(dir)) {
    if (entry->d_name[0] != '.') names.push_back(entry->d_name);
  }
  closedir(dir);
  std::sort(names.begin(), names.end());
  std::string lines;
  for (const std::string& name : names) {
    std::string text = read_file(path + "/" + name);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    lines += name + "\t" + text + "\n";
  }
  return lines;
}

}  // namespace ur::guest
