#include "image.h"

#include <elf.h>
#include <unistd.h>

#include <cstring>

namespace ur {
namespace {

constexpr size_t kHeadBytes = 4096;
constexpr size_t kSegmentsMax = 64;
static_assert(kHeadBytes + kSegmentsMax * sizeof(Elf64_Phdr) + kPlanPathBytesMax + 1 <= kImageBytesMax,
              "all that is read");
constexpr size_t kScriptLineBytes = 255;  // BINPRM_BUF_SIZE of the kernel, without the NUL

#if __BYTE_ORDER == __BIG_ENDIAN
constexpr unsigned char kByteOrder = ELFDATA2MSB;
#else
constexpr unsigned char kByteOrder = ELFDATA2LSB;
#endif

template <typename Header, typename Segment>
void read_elf(int fd, const char* head, size_t size, Image* image) {
  Header header;
  if (size < sizeof(header)) return;
  memcpy(&header, head, sizeof(header));
  if (header.e_phentsize != sizeof(Segment) || header.e_phnum > kSegmentsMax || header.e_phoff > INT32_MAX)
    return;
  Segment segments[kSegmentsMax];
  const size_t bytes = header.e_phnum * sizeof(Segment);
  if (pread(fd, segments, bytes, static_cast<off_t>(header.e_phoff)) != static_cast<ssize_t>(bytes)) return;
  bool sought = false;
  for (size_t i = 0; i < header.e_phnum; i++) {
    const Segment& segment = segments[i];
    const uint64_t offset = segment.p_offset;
    const uint64_t length = segment.p_filesz;
    if (offset > INT64_MAX || length > INT64_MAX - offset) continue;
    if (segment.p_type == PT_LOAD) image->ranges.push_back({offset, length});
    if (segment.p_type != PT_INTERP || sought) continue;
    sought = true;  // the kernel takes the first, too
    if (length < 2 || length > kPlanPathBytesMax + 1) continue;
    std::string path(length, '\0');
    if (pread(fd, path.data(), length, static_cast<off_t>(offset)) != static_cast<ssize_t>(length)) continue;
    path.resize(strnlen(path.c_str(), length));
    image->interpreter = path;
  }
}

void read_script(const char* head, size_t size, Image* image) {
  const char* end = head + (size < kScriptLineBytes ? size : kScriptLineBytes);
  const char* at = head + 2;
  while (at < end && (*at == ' ' || *at == '\t')) at++;
  const char* from = at;
  while (at < end && *at != ' ' && *at != '\t' && *at != '\n' && *at != '\0') at++;
  image->interpreter.assign(from, at);
  image->ranges.push_back({0, size});
}

}  // namespace

Image read_image(int fd) {
  Image image;
  char head[kHeadBytes];
  const ssize_t got = pread(fd, head, sizeof(head), 0);
  const size_t size = got < 0 ? 0 : static_cast<size_t>(got);
  if (size > EI_NIDENT && memcmp(head, ELFMAG, SELFMAG) == 0 && head[EI_DATA] == kByteOrder) {
    if (head[EI_CLASS] == ELFCLASS64) read_elf<Elf64_Ehdr, Elf64_Phdr>(fd, head, size, &image);
    if (head[EI_CLASS] == ELFCLASS32) read_elf<Elf32_Ehdr, Elf32_Phdr>(fd, head, size, &image);
  } else if (size > 2 && head[0] == '#' && head[1] == '!') {
    read_script(head, size, &image);
  }
  if (image.interpreter.empty() || image.interpreter[0] != '/') image.interpreter.clear();
  return image;
}

}  // namespace ur
