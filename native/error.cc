#include "error.h"

#include <cerrno>
#include <cstring>

namespace ur {
namespace {

struct Name {
  int err;
  const char* name;
};

// strerrorname_np() is glibc only (2.32), musl has none.
constexpr Name kNames[] = {
    {EPERM, "EPERM"},           {ENOENT, "ENOENT"},
    {EINTR, "EINTR"},           {EIO, "EIO"},
    {ENXIO, "ENXIO"},           {EBADF, "EBADF"},
    {EAGAIN, "EAGAIN"},         {ENOMEM, "ENOMEM"},
    {EACCES, "EACCES"},         {EFAULT, "EFAULT"},
    {EBUSY, "EBUSY"},           {EEXIST, "EEXIST"},
    {EXDEV, "EXDEV"},           {ENOTDIR, "ENOTDIR"},
    {EISDIR, "EISDIR"},         {EINVAL, "EINVAL"},
    {ENFILE, "ENFILE"},         {EMFILE, "EMFILE"},
    {ENOTTY, "ENOTTY"},         {ENOSPC, "ENOSPC"},
    {ESPIPE, "ESPIPE"},         {EROFS, "EROFS"},
    {ERANGE, "ERANGE"},         {ENAMETOOLONG, "ENAMETOOLONG"},
    {ENOSYS, "ENOSYS"},         {ELOOP, "ELOOP"},
    {EOPNOTSUPP, "EOPNOTSUPP"}, {ECANCELED, "ECANCELED"},
    {EOVERFLOW, "EOVERFLOW"},
};

}  // namespace

std::string errno_name(int err) {
  for (const Name& known : kNames) {
    if (known.err == err) return known.name;
  }
  return "errno " + std::to_string(err);
}

}  // namespace ur
