/* What serial.c and ring.c share: the shape of the table in ops.h, one function that issues an op as a plain
 * system call, verification against the log, timing, options, and entering the tree.
 *
 * Convention: results are a value or a negative errno, as the kernel returns them. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(long) == 8, "offsets are passed in one register: build on a 64-bit system");

enum code {
  OP_STAT, OP_LSTAT, OP_FSTAT, OP_NEWFSTATAT, OP_STATX, OP_ACCESS, OP_FACCESSAT, OP_FACCESSAT2, OP_OPEN, OP_OPENAT,
  OP_OPENAT2, OP_READ, OP_PREAD64, OP_READV, OP_PREADV, OP_PREADV2, OP_LSEEK, OP_CLOSE, OP_READLINK, OP_READLINKAT,
  OP_GETDENTS64, OP_DUP, OP_DUP2, OP_DUP3, OP_FCNTL, OP_FADVISE64, OP_STATFS, OP_FSTATFS, OP_GETCWD, OP_CHDIR,
  OP_FCHDIR, OP_GETXATTR, OP_LGETXATTR, OP_FGETXATTR, OP_LISTXATTR, OP_LLISTXATTR, OP_FLISTXATTR, OP_CODES
};
static const char *const code_names[OP_CODES] = {
  "stat", "lstat", "fstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "open", "openat",
  "openat2", "read", "pread64", "readv", "preadv", "preadv2", "lseek", "close", "readlink", "readlinkat",
  "getdents64", "dup", "dup2", "dup3", "fcntl", "fadvise64", "statfs", "fstatfs", "getcwd", "chdir", "fchdir",
  "getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr",
};

/* Slots stand for descriptors: each call that made a descriptor in the log fills a slot of its own, numbered from
 * 1, so the numbers in the log do not matter. */
#define NONE 0
#define CWD AT_FDCWD

/* What must hold of the result. */
#define VALUE 1   /* the returned value (or -errno) is .expect */
#define SUCCESS 2 /* not an error: a descriptor, whose number differs from run to run */
#define SIZE 4    /* st_size is .size */
#define ATTRIBUTE 16 /* not an error, or ENODATA, or EOPNOTSUPP: extended attributes are the file system's */
#define TYPE 8    /* the S_IFMT bits of st_mode are .type */

struct op {
  enum code code;
  int fd;           /* slot of the file or of the directory that the path starts in; CWD */
  int fd2;          /* dup2, dup3: slot that holds the target number; NONE: the .mode-th reserved number */
  int out;          /* slot that the call fills */
  const char *path;
  const char *name; /* of an extended attribute */
  unsigned flags;   /* O_, AT_ or RWF_ flags; command of fcntl; whence of lseek; advice */
  unsigned mode;    /* mode; mask of statx; number of segments of a vector */
  size_t len;       /* bytes to read, buffer size; argument of fcntl; RESOLVE_ flags of openat2 */
  off_t off;
  unsigned check;
  unsigned type;
  long expect;
  off_t size;
  const unsigned *deps; /* indices of the earlier ops that this one must wait for */
  unsigned dep_count;
  unsigned line;        /* in the strace log */
};
#define DEPS(...) \
  .deps = (const unsigned[]){__VA_ARGS__}, .dep_count = sizeof((unsigned[]){__VA_ARGS__}) / sizeof(unsigned)

#include "ops.h" /* setup[SETUP], ops[OPS], SLOTS, RESERVED_FDS, IO_BYTES_MAX, SOURCE */

struct outcome {
  long value;
  off_t size;
  unsigned mode;
};
static struct outcome outcomes[OPS];

static int fd_of[SLOTS + 1];       /* slot -> descriptor, -1 when empty */
static int reserved_fd;            /* first of the numbers set aside for dup2 and dup3 */
static char *buffer;               /* what is read is not looked at, so all reads share one buffer */
static struct iovec *vectors[OPS]; /* of readv and its kin: equal segments of the buffer */
static int start_directory;

static void die(const char *what, int error) {
  fprintf(stderr, "%s%s%s\n", what, error ? ": " : "", error ? strerror(error) : "");
  exit(2);
}

static inline int fd(int slot) { return slot == CWD ? AT_FDCWD : fd_of[slot]; }

static inline bool is_stat(enum code code) { return code <= OP_STATX; }

static inline bool is_open(enum code code) { return code == OP_OPEN || code == OP_OPENAT || code == OP_OPENAT2; }

static inline long made(const struct op *op, long descriptor) {
  if (descriptor >= 0 && op->out != NONE) fd_of[op->out] = (int)descriptor;
  return descriptor;
}

#define CALL(name, ...) ((r = syscall(SYS_##name, __VA_ARGS__)) == -1 ? -(long)errno : r)
#define CALL_STAT(name, ...)       \
  do {                             \
    st.st_size = st.st_mode = 0;   \
    r = CALL(name, __VA_ARGS__);   \
    outcome->size = st.st_size;    \
    outcome->mode = st.st_mode;    \
    return r;                      \
  } while (0)

/* Issues an op as the system call that the log shows. Architectures without the old calls take their heirs. */
static inline long call(const struct op *op, const struct iovec *vector, struct outcome *outcome) {
  struct stat st;
  long r;
  switch (op->code) {
#ifdef SYS_stat
    case OP_STAT: CALL_STAT(stat, op->path, &st);
    case OP_LSTAT: CALL_STAT(lstat, op->path, &st);
    case OP_ACCESS: return CALL(access, op->path, op->mode);
    case OP_OPEN: return made(op, CALL(open, op->path, op->flags, op->mode));
    case OP_READLINK: return CALL(readlink, op->path, buffer, op->len);
#else
    case OP_STAT: CALL_STAT(newfstatat, AT_FDCWD, op->path, &st, 0);
    case OP_LSTAT: CALL_STAT(newfstatat, AT_FDCWD, op->path, &st, AT_SYMLINK_NOFOLLOW);
    case OP_ACCESS: return CALL(faccessat, AT_FDCWD, op->path, op->mode);
    case OP_OPEN: return made(op, CALL(openat, AT_FDCWD, op->path, op->flags, op->mode));
    case OP_READLINK: return CALL(readlinkat, AT_FDCWD, op->path, buffer, op->len);
#endif
    case OP_FSTAT: CALL_STAT(fstat, fd(op->fd), &st);
    case OP_NEWFSTATAT: CALL_STAT(newfstatat, fd(op->fd), op->path, &st, op->flags);
    case OP_STATX: {
      struct statx stx;
      stx.stx_size = stx.stx_mode = 0;
      r = CALL(statx, fd(op->fd), op->path, op->flags, op->mode, &stx);
      outcome->size = (off_t)stx.stx_size;
      outcome->mode = stx.stx_mode;
      return r;
    }
    case OP_FACCESSAT: return CALL(faccessat, fd(op->fd), op->path, op->mode);
    case OP_FACCESSAT2: return CALL(faccessat2, fd(op->fd), op->path, op->mode, op->flags);
    case OP_OPENAT: return made(op, CALL(openat, fd(op->fd), op->path, op->flags, op->mode));
    case OP_OPENAT2: {
      struct open_how how = {.flags = op->flags, .mode = op->mode, .resolve = op->len};
      return made(op, CALL(openat2, fd(op->fd), op->path, &how, sizeof how));
    }
    case OP_READ: return CALL(read, fd(op->fd), buffer, op->len);
    case OP_PREAD64: return CALL(pread64, fd(op->fd), buffer, op->len, op->off);
    case OP_READV: return CALL(readv, fd(op->fd), vector, op->mode);
    case OP_PREADV: return CALL(preadv, fd(op->fd), vector, op->mode, op->off, 0);
    case OP_PREADV2: return CALL(preadv2, fd(op->fd), vector, op->mode, op->off, 0, op->flags);
    case OP_LSEEK: return CALL(lseek, fd(op->fd), op->off, op->flags);
    case OP_CLOSE: {
      int descriptor = fd(op->fd);
      fd_of[op->fd] = -1;
      return CALL(close, descriptor);
    }
    case OP_READLINKAT: return CALL(readlinkat, fd(op->fd), op->path, buffer, op->len);
    case OP_GETDENTS64: {
      r = CALL(getdents64, fd(op->fd), buffer, op->len);
      /* How much one call of several hands out depends on the names; the longest take 280 bytes. */
      long least = op->check & VALUE ? op->expect : op->expect - 272;
      /* io_uring notifies its thread as a signal does, and that ends this call early: the rest, if there is any. */
      for (long more = r; more > 0 && r < least; r += more > 0 ? more : 0)
        more = CALL(getdents64, fd(op->fd), buffer, op->len - (size_t)r);
      return r;
    }
    case OP_DUP: return made(op, CALL(dup, fd(op->fd)));
    case OP_DUP2:
    case OP_DUP3: {
      int target = op->fd2 != NONE ? fd_of[op->fd2] : reserved_fd + (int)op->mode;
#ifdef SYS_dup2
      if (op->code == OP_DUP2)
        r = CALL(dup2, fd(op->fd), target);
      else
#endif
        r = CALL(dup3, fd(op->fd), target, op->flags);
      if (r >= 0 && op->fd2 != op->fd) fd_of[op->fd2] = -1;
      return made(op, r);
    }
    case OP_FCNTL: return made(op, CALL(fcntl, fd(op->fd), op->flags, op->len));
    case OP_FADVISE64: return CALL(fadvise64, fd(op->fd), op->off, op->len, op->flags);
    case OP_STATFS: return CALL(statfs, op->path, buffer);
    case OP_FSTATFS: return CALL(fstatfs, fd(op->fd), buffer);
    case OP_GETCWD: return CALL(getcwd, buffer, op->len);
    case OP_CHDIR: return CALL(chdir, op->path);
    case OP_FCHDIR: return CALL(fchdir, fd(op->fd));
    case OP_GETXATTR: return CALL(getxattr, op->path, op->name, buffer, op->len);
    case OP_LGETXATTR: return CALL(lgetxattr, op->path, op->name, buffer, op->len);
    case OP_FGETXATTR: return CALL(fgetxattr, fd(op->fd), op->name, buffer, op->len);
    case OP_LISTXATTR: return CALL(listxattr, op->path, buffer, op->len);
    case OP_LLISTXATTR: return CALL(llistxattr, op->path, buffer, op->len);
    case OP_FLISTXATTR: return CALL(flistxattr, fd(op->fd), buffer, op->len);
    case OP_CODES: break;
  }
  return -ENOSYS;
}

/* Before a pass, untimed: empty slots, the directory that the program started in, what the log found open. */
static void set_up(void) {
  for (int slot = 0; slot <= SLOTS; slot++) fd_of[slot] = -1;
  if (fchdir(start_directory) != 0) die("start directory", errno);
  for (int i = 0; i < SETUP; i++) {
    struct outcome unused;
    long r = call(&setup[i], NULL, &unused);
    if (r < 0) die(setup[i].path ? setup[i].path : "setup", (int)-r);
  }
}

/* After a pass, untimed: closes what the log left open, compares every outcome with the log. */
static unsigned verify(bool nothing_called) {
  static bool told;
  unsigned divergences = 0;
  for (int slot = 1; slot <= SLOTS; slot++)
    if (fd_of[slot] >= 0) close(fd_of[slot]);
  for (int i = 0; i < OPS && !nothing_called; i++) {
    const struct op *op = &ops[i];
    const struct outcome *got = &outcomes[i];
    if (is_open(op->code) && op->out == NONE && got->value >= 0) close((int)got->value); /* failed in the log */
    const char *what = (op->check & VALUE) && got->value != op->expect ? "value"
                       : (op->check & SUCCESS) && got->value < 0      ? "success"
                       : (op->check & ATTRIBUTE) && got->value < 0 && got->value != -ENODATA &&
                               got->value != -EOPNOTSUPP
                           ? "value"
                       : (op->check & SIZE) && got->size != op->size  ? "size"
                       : (op->check & TYPE) && (got->mode & S_IFMT) != op->type ? "type"
                                                                                : NULL;
    if (what == NULL) continue;
    if (!told && divergences < 20)
      fprintf(stderr, "line %u: %s %s: %s differs: expected %ld, size %ld, type 0%o; got %ld, size %ld, type 0%o\n",
              op->line, code_names[op->code], op->path ? op->path : "", what, op->expect, (long)op->size, op->type,
              got->value, (long)got->size, got->mode & S_IFMT);
    divergences++;
  }
  told = told || divergences > 0;
  return divergences;
}

static long long now_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* CLOCK_PROCESS_CPUTIME_ID counts every thread of the process, io_uring's workers too. */
struct times {
  long long wall, cpu;
};
static struct times start_clocks(void) {
  struct times t;
  t.cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
  t.wall = now_ns(CLOCK_MONOTONIC);
  return t;
}
static struct times stop_clocks(struct times start) {
  struct times t;
  t.wall = now_ns(CLOCK_MONOTONIC) - start.wall;
  t.cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - start.cpu;
  return t;
}

struct options {
  long passes;
  const char *root;
  long batch;      /* 0 = all */
  bool deps_order; /* else the order of the log */
  bool nop;        /* getppid and NOPs in place of the calls: what calling costs */
};

static long number(const char *text, const char *option, long least) {
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno || end == text || *end || value < least) {
    fprintf(stderr, "%s %s: expected a whole number from %ld\n", option, text, least);
    exit(2);
  }
  return value;
}

static struct options parse_options(int argc, char **argv, bool ring_options) {
  static const struct option known[] = {{"passes", required_argument, NULL, 'p'},
                                        {"root", required_argument, NULL, 'r'},
                                        {"batch", required_argument, NULL, 'b'},
                                        {"order", required_argument, NULL, 'o'},
                                        {"nop", no_argument, NULL, 'n'},
                                        {NULL, 0, NULL, 0}};
  struct options o = {.passes = 100, .root = "tree", .batch = 32, .deps_order = false};
  for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    if (c == 'p') {
      o.passes = number(optarg, "--passes", 1);
    } else if (c == 'r') {
      o.root = optarg;
    } else if (c == 'n') {
      o.nop = true;
    } else if (c == 'b' && ring_options) {
      o.batch = strcmp(optarg, "all") == 0 ? 0 : number(optarg, "--batch", 1);
    } else if (c == 'o' && ring_options && (strcmp(optarg, "trace") == 0 || strcmp(optarg, "deps") == 0)) {
      o.deps_order = strcmp(optarg, "deps") == 0;
    } else {
      fprintf(stderr, "usage: %s [--passes N] [--root DIR] [--nop]%s\n", argv[0],
              ring_options ? " [--batch N|all] [--order trace|deps]" : "");
      exit(2);
    }
  }
  return o;
}

/* Makes the tree the root directory, so that paths keep their exact length and depth, and gives up all
 * capabilities, so that permissions hold as for anybody. */
static void enter_root(const char *root) {
  if (chroot(root) != 0) {
    int error = errno;
    fprintf(stderr, "cannot make %s the root directory: %s%s\n", root, strerror(error),
            error == EPERM ? "; use: unshare --user --map-root-user ./serial ... (or: make run)" : "");
    exit(2);
  }
  start_directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (start_directory < 0) die("/", errno);
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[2] = {{0}};
  if (syscall(SYS_capset, &header, none) != 0) die("capset", errno);
}

/* What passes must not wait for: memory and descriptor numbers. */
static void prepare(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  /* Out of the way of the numbers that the kernel gives: the lowest free ones, from F_DUPFD's argument on. */
  reserved_fd = SLOTS + 64;
  for (int i = 0; i < OPS; i++)
    if (ops[i].code == OP_FCNTL && ops[i].out != NONE && ops[i].len + SLOTS + 64 > (size_t)reserved_fd)
      reserved_fd = (int)ops[i].len + SLOTS + 64;
  if (RESERVED_FDS > 0 && (rlim_t)reserved_fd + RESERVED_FDS > limit.rlim_cur) die("RLIMIT_NOFILE", EMFILE);

  size_t bytes = IO_BYTES_MAX < 65536 ? 65536 : IO_BYTES_MAX;
  buffer = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  if (buffer == NULL) die("read buffer", ENOMEM);
  memset(buffer, 1, bytes);
  for (int i = 0; i < OPS; i++) {
    const struct op *op = &ops[i];
    if (op->code != OP_READV && op->code != OP_PREADV && op->code != OP_PREADV2) continue;
    vectors[i] = calloc(op->mode + 1, sizeof(struct iovec));
    if (vectors[i] == NULL) die("vectors", ENOMEM);
    for (unsigned k = 0; k < op->mode; k++) {
      size_t from = op->len / op->mode * k, to = k + 1 == op->mode ? op->len : op->len / op->mode * (k + 1);
      vectors[i][k] = (struct iovec){buffer + from, to - from};
    }
  }
}

static void print_array(const char *name, const long long *values, long count) {
  printf("\"%s\":[", name);
  for (long i = 0; i < count; i++) printf("%s%lld", i ? "," : "", values[i]);
  printf("]");
}

/* What a program does in each pass; `begin` and `end` are not timed and may be NULL. */
struct replay {
  const char *arm; /* members of the report */
  void (*begin)(void);
  void (*pass)(void); /* sets outcomes[] */
  void (*end)(void);
};

/* Runs the passes and prints the report. A first pass warms the cache and is only verified. The exit status is 1
 * when any outcome differed from the log. */
static int run_passes(const struct options *o, const struct replay *replay) {
  long long *wall = calloc((size_t)o->passes, sizeof *wall), *cpu = calloc((size_t)o->passes, sizeof *cpu);
  if (wall == NULL || cpu == NULL) die("times", ENOMEM);
  unsigned divergences = 0;
  for (long p = -1; p < o->passes; p++) {
    set_up();
    if (replay->begin) replay->begin();
    struct times start = start_clocks();
    replay->pass();
    struct times spent = stop_clocks(start);
    if (replay->end) replay->end();
    unsigned differing = verify(o->nop);
    if (differing > divergences) divergences = differing;
    if (p < 0) continue;
    wall[p] = spent.wall;
    cpu[p] = spent.cpu;
  }
  printf("{%s,\"calls\":%d,\"divergences\":%u,", replay->arm, OPS, divergences);
  print_array("wallNs", wall, o->passes);
  printf(",");
  print_array("cpuNs", cpu, o->passes);
  printf("}\n");
  return divergences > 0;
}
