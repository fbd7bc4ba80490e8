/* The same calls through io_uring. What io_uring has no opcode for is a plain call at its place.
 *
 *   queued ---- io_uring_enter ----> submitted ---> completed inline, or by a worker thread ---> reaped
 *   `---------------- in flight: at most --batch -----------------------------------------------'
 *
 * Order trace: ops start in the order of the log. Order deps: every op as early as its dependencies allow, which
 * a real program reaches only by guessing what it will ask for next; an upper bound.
 *
 * An op whose dependencies have completed is queued alone. An op whose other dependencies are all in the chain at
 * the end of the queue is linked to it, unless it needs the number of a descriptor that the chain has yet to open.
 * Files that only io_uring touches (open, read, close) have no number: they are opened into a registered table.
 *
 * A link is soft (IOSQE_IO_LINK) after an op that succeeds by the log: should it answer EAGAIN instead, the kernel
 * cancels its followers, and all of them start again, in order. After an op that fails or comes back short by the
 * log the link is hard (IOSQE_IO_HARDLINK), because the traced program went on, too. */
#include "common.h"

#include <liburing.h>
#include <limits.h>

static struct io_uring ring;
static unsigned window;    /* calls in flight at most */
static unsigned in_flight; /* queued or submitted, not reaped */

static bool on_ring[OPS];
static bool is_direct[SLOTS + 1]; /* slot -> its file lives in the registered table, under the slot's number */
static bool direct_open[SLOTS + 1];

static bool done[OPS];
static unsigned chain_of[OPS];          /* op -> number of the chain that it was queued in */
static unsigned chain;                  /* number of the chain at the end of the queue; 0: none */
static unsigned chains;                 /* made so far in this pass */
static struct io_uring_sqe *chain_tail; /* not submitted yet */
static unsigned chain_tail_op;

/* Ops that were not carried out and start again as soon as their dependencies are done. */
#define AGAIN UINT_MAX /* in chain_of: waiting here */
#define ATTEMPTS_MAX 100
static unsigned again[OPS], again_count;
static unsigned char attempts[OPS];
static bool linked_op[OPS], leads_hard[OPS];

static bool no_ops; /* --nop */

/* Where the kernel finds or puts an op's structure: one per op in flight. */
union argument {
  struct statx stx;
  struct open_how how;
};
static union argument *arguments;
static unsigned *free_arguments, free_count;
static unsigned argument_of[OPS];

/* For order deps: op -> the later ops that wait for it, and the queue of those that may start. */
static unsigned *dependents, dependents_start[OPS + 1];
static unsigned waiting_for[OPS];
static unsigned startable[OPS], startable_head, startable_tail;

/* Whether an op can be asked of io_uring: it has an opcode, and its arguments mean the same there. */
static bool goes_to_ring(const struct op *op) {
  switch (op->code) {
    case OP_STAT:
    case OP_LSTAT:
    case OP_FSTAT:
    case OP_NEWFSTATAT:
    case OP_STATX:
    case OP_OPEN:
    case OP_OPENAT:
    case OP_OPENAT2:
    case OP_READ:
    case OP_READV:
    case OP_CLOSE: return true;
    case OP_PREAD64:
    case OP_PREADV:
    case OP_PREADV2: return op->off >= 0; /* -1 would be the cursor */
    case OP_FADVISE64: return op->len <= UINT32_MAX;
    default: return false;
  }
}

static bool is_read(enum code code) { return code >= OP_READ && code <= OP_PREADV2; }

static unsigned char link_after(const struct op *op) {
  bool fails = (op->check & VALUE) && op->expect < 0;
  bool is_short = (op->check & VALUE) && is_read(op->code) && (size_t)op->expect != op->len;
  return fails || is_short ? IOSQE_IO_HARDLINK : IOSQE_IO_LINK;
}

/* Whether the result says nothing of the call: its chain was cancelled, or it could not be carried out just now.
 * What followed over a hard link has run, so that there is no order to go back to. */
static bool starts_again(unsigned i, long value) {
  const struct op *op = &ops[i];
  if ((op->check & VALUE) && op->expect == value) return false;
  if (value == -ECANCELED) return linked_op[i];
  return value == -EAGAIN && !leads_hard[i] && ++attempts[i] < ATTEMPTS_MAX;
}

static void completed(unsigned i, long value) {
  outcomes[i].value = value;
  done[i] = true;
  for (unsigned k = dependents_start[i]; k < dependents_start[i + 1]; k++)
    if (--waiting_for[dependents[k]] == 0 && chain_of[dependents[k]] == 0) startable[startable_tail++] = dependents[k];
}

static void reap(unsigned i, long value) {
  const struct op *op = &ops[i];
  in_flight--;
  if (!no_ops && (is_stat(op->code) || op->code == OP_OPENAT2)) free_arguments[free_count++] = argument_of[i];
  if (starts_again(i, value)) {
    chain_of[i] = AGAIN;
    again[again_count++] = i;
    return;
  }
  if (no_ops) {
    completed(i, value);
    return;
  }
  if (is_stat(op->code)) {
    const struct statx *stx = &arguments[argument_of[i]].stx;
    outcomes[i].size = value == 0 ? (off_t)stx->stx_size : 0;
    outcomes[i].mode = value == 0 ? stx->stx_mode : 0;
  } else if (is_open(op->code)) {
    if (is_direct[op->out])
      direct_open[op->out] = value >= 0;
    else
      made(op, value);
  } else if (op->code == OP_CLOSE) {
    if (op->fd > NONE && is_direct[op->fd])
      direct_open[op->fd] = false;
    else if (op->fd > NONE)
      fd_of[op->fd] = -1;
  }
  completed(i, value);
}

static bool can_start(const struct op *op);
static void queue(unsigned i, bool linked);

/* Submits what is queued, waits until `least` calls have completed, and takes in all that have. */
static void submit_and_reap(unsigned least) {
  unsigned queued = io_uring_sq_ready(&ring);
  int submitted = io_uring_submit_and_wait(&ring, least);
  while (submitted == -EINTR || submitted == -EAGAIN) submitted = io_uring_submit_and_wait(&ring, least);
  /* A short submit would cut a chain and start its rest too early. */
  if (submitted < 0 || (unsigned)submitted < queued) die("io_uring_enter", submitted < 0 ? -submitted : EBUSY);
  chain = 0;
  struct io_uring_cqe *cqe;
  unsigned head, count = 0;
  io_uring_for_each_cqe(&ring, head, cqe) {
    reap((unsigned)cqe->user_data, cqe->res);
    count++;
  }
  io_uring_cq_advance(&ring, count);
  unsigned kept = 0;
  for (unsigned k = 0; k < again_count; k++) {
    if (in_flight < window && can_start(&ops[again[k]]))
      queue(again[k], false);
    else
      again[kept++] = again[k];
  }
  again_count = kept;
}

static void queue(unsigned i, bool linked) {
  const struct op *op = &ops[i];
  struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
  if (sqe == NULL) die("submission queue", ENOSPC);
  union argument *argument = NULL;
  if (!no_ops && (is_stat(op->code) || op->code == OP_OPENAT2)) {
    argument_of[i] = free_arguments[--free_count];
    argument = &arguments[argument_of[i]];
  }
  bool direct = is_direct[op->fd < 0 ? NONE : op->fd];
  int file = direct ? op->fd : fd(op->fd);
  if (no_ops)
    io_uring_prep_nop(sqe);
  else switch (op->code) {
    case OP_STAT: io_uring_prep_statx(sqe, AT_FDCWD, op->path, 0, STATX_BASIC_STATS, &argument->stx); break;
    case OP_LSTAT:
      io_uring_prep_statx(sqe, AT_FDCWD, op->path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &argument->stx);
      break;
    case OP_FSTAT: io_uring_prep_statx(sqe, file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &argument->stx); break;
    case OP_NEWFSTATAT:
      io_uring_prep_statx(sqe, file, op->path, (int)op->flags, STATX_BASIC_STATS, &argument->stx);
      break;
    case OP_STATX: io_uring_prep_statx(sqe, file, op->path, (int)op->flags, op->mode, &argument->stx); break;
    case OP_OPEN:
    case OP_OPENAT:
      if (op->code == OP_OPEN) file = AT_FDCWD;
      if (is_direct[op->out]) /* these refuse O_CLOEXEC: an exec does not inherit them anyway */
        io_uring_prep_openat_direct(sqe, file, op->path, (int)op->flags & ~O_CLOEXEC, op->mode, (unsigned)op->out);
      else
        io_uring_prep_openat(sqe, file, op->path, (int)op->flags, op->mode);
      break;
    case OP_OPENAT2:
      argument->how = (struct open_how){.flags = op->flags, .mode = op->mode, .resolve = op->len};
      if (is_direct[op->out]) {
        argument->how.flags &= ~(unsigned)O_CLOEXEC;
        io_uring_prep_openat2_direct(sqe, file, op->path, &argument->how, (unsigned)op->out);
      } else {
        io_uring_prep_openat2(sqe, file, op->path, &argument->how);
      }
      break;
    case OP_READ: io_uring_prep_read(sqe, file, buffer, (unsigned)op->len, (__u64)-1); break;
    case OP_PREAD64: io_uring_prep_read(sqe, file, buffer, (unsigned)op->len, (__u64)op->off); break;
    case OP_READV: io_uring_prep_readv(sqe, file, vectors[i], op->mode, (__u64)-1); break;
    case OP_PREADV: io_uring_prep_readv(sqe, file, vectors[i], op->mode, (__u64)op->off); break;
    case OP_PREADV2:
      io_uring_prep_readv2(sqe, file, vectors[i], op->mode, (__u64)op->off, (int)op->flags);
      break;
    case OP_CLOSE:
      if (direct)
        io_uring_prep_close_direct(sqe, (unsigned)file);
      else
        io_uring_prep_close(sqe, file);
      direct = false; /* the number is in another field */
      break;
    case OP_FADVISE64: io_uring_prep_fadvise(sqe, file, (__u64)op->off, (off_t)op->len, (int)op->flags); break;
    default: die(code_names[op->code], ENOSYS);
  }
  if (direct && !no_ops) sqe->flags |= IOSQE_FIXED_FILE;
  sqe->user_data = i;
  if (linked) {
    chain_tail->flags |= link_after(&ops[chain_tail_op]);
    leads_hard[chain_tail_op] = link_after(&ops[chain_tail_op]) == IOSQE_IO_HARDLINK;
  } else {
    chain = ++chains;
  }
  chain_tail = sqe;
  chain_tail_op = i;
  linked_op[i] = linked;
  leads_hard[i] = false;
  chain_of[i] = chain;
  in_flight++;
}

static bool can_start(const struct op *op) {
  for (unsigned k = 0; k < op->dep_count; k++)
    if (!done[op->deps[k]]) return false;
  return true;
}

static bool can_link(unsigned i) {
  const struct op *op = &ops[i];
  if (!on_ring[i] || chain == 0 || in_flight == window || chain_of[i] != 0) return false;
  if (op->fd > NONE && !is_direct[op->fd] && fd_of[op->fd] < 0) return false;
  for (unsigned k = 0; k < op->dep_count; k++)
    if (!done[op->deps[k]] && chain_of[op->deps[k]] != chain) return false;
  return true;
}

static long plain(unsigned i) { return no_ops ? syscall(SYS_getppid) : call(&ops[i], vectors[i], &outcomes[i]); }

static void begin(void) {
  memset(done, 0, sizeof done);
  memset(chain_of, 0, sizeof chain_of);
  memset(attempts, 0, sizeof attempts);
  chain = chains = again_count = 0;
}

static void pass_in_trace_order(void) {
  for (unsigned i = 0; i < OPS; i++) {
    bool linked = false;
    while (!can_start(&ops[i]) && !(linked = can_link(i))) submit_and_reap(1);
    if (!on_ring[i]) {
      completed(i, plain(i));
      continue;
    }
    while (in_flight == window) submit_and_reap(1);
    queue(i, linked);
  }
  while (in_flight > 0) submit_and_reap(in_flight);
}

static void queue_with_followers(unsigned i) {
  queue(i, false);
  for (bool found = true; found;) {
    found = false;
    for (unsigned k = dependents_start[i]; k < dependents_start[i + 1] && !found; k++) {
      if (!can_link(dependents[k])) continue;
      i = dependents[k];
      queue(i, true);
      found = true;
    }
  }
}

static void begin_in_deps_order(void) {
  begin();
  startable_head = startable_tail = 0;
  for (unsigned i = 0; i < OPS; i++) {
    waiting_for[i] = ops[i].dep_count;
    if (waiting_for[i] == 0) startable[startable_tail++] = i;
  }
}

static void pass_in_deps_order(void) {
  while (startable_head < startable_tail || in_flight > 0) {
    while (startable_head < startable_tail && in_flight < window) {
      unsigned i = startable[startable_head++];
      if (on_ring[i])
        queue_with_followers(i);
      else
        completed(i, plain(i));
    }
    if (in_flight > 0) submit_and_reap(1);
  }
}

/* A slot is direct when io_uring opens its file and nothing but its read, advice and close use it. */
static void choose_direct_slots(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  int table = SLOTS + 1 < 32768 ? SLOTS + 1 : 32768; /* IORING_MAX_FIXED_FILES of 5.15 */
  if ((rlim_t)table > limit.rlim_cur) table = (int)limit.rlim_cur;
  if (io_uring_register_files_sparse(&ring, (unsigned)table) < 0) return; /* before 5.19 */
  for (int i = 0; i < OPS; i++)
    if (is_open(ops[i].code) && ops[i].out != NONE && ops[i].out < table) is_direct[ops[i].out] = true;
  for (int i = 0; i < OPS; i++) {
    const struct op *op = &ops[i];
    bool fits = on_ring[i] && !is_stat(op->code) && !is_open(op->code);
    if (!fits && op->fd > NONE) is_direct[op->fd] = false;
    if (op->fd2 > NONE) is_direct[op->fd2] = false;
  }
}

/* After a pass, untimed. */
static void close_direct_files(void) {
  int empty = -1;
  for (int slot = 1; slot <= SLOTS; slot++)
    if (direct_open[slot]) io_uring_register_files_update(&ring, (unsigned)slot, &empty, 1);
  memset(direct_open, 0, sizeof direct_open);
}

static void list_dependents(void) {
  unsigned count = 0;
  for (int i = 0; i < OPS; i++) {
    count += ops[i].dep_count;
    for (unsigned k = 0; k < ops[i].dep_count; k++) dependents_start[ops[i].deps[k] + 1]++;
  }
  for (int i = 0; i < OPS; i++) dependents_start[i + 1] += dependents_start[i];
  dependents = calloc(count + 1, sizeof *dependents);
  unsigned *end = calloc(OPS, sizeof *end);
  if (dependents == NULL || end == NULL) die("dependents", ENOMEM);
  for (unsigned i = 0; i < OPS; i++)
    for (unsigned k = 0; k < ops[i].dep_count; k++) {
      unsigned dep = ops[i].deps[k];
      dependents[dependents_start[dep] + end[dep]++] = i;
    }
  free(end);
}

/* The best set-up that this kernel takes: one thread that runs completions when it asks for them (6.1), else when
 * it enters the kernel anyway (5.19), else the default. */
static void make_ring(long batch) {
  const unsigned setups[] = {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL,
                             IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL, 0};
  window = batch == 0 || batch > OPS ? OPS : (unsigned)batch;
  if (window > 32768) window = 32768;
  int r = -EINVAL;
  for (unsigned k = 0; k < 3 && r == -EINVAL; k++) r = io_uring_queue_init(window, &ring, setups[k]);
  if (r < 0) die("io_uring_setup (see sysctl kernel.io_uring_disabled, and seccomp in containers)", -r);

  arguments = calloc(window, sizeof *arguments);
  free_arguments = calloc(window, sizeof *free_arguments);
  if (arguments == NULL || free_arguments == NULL) die("arguments", ENOMEM);
  memset(arguments, 0, window * sizeof *arguments);
  while (free_count < window) free_arguments[free_count] = free_count, free_count++;

  for (int i = 0; i < OPS; i++) on_ring[i] = goes_to_ring(&ops[i]);
  choose_direct_slots();
}

int main(int argc, char **argv) {
  struct options o = parse_options(argc, argv, true);
  no_ops = o.nop;
  prepare();
  make_ring(o.batch);
  if (o.deps_order) list_dependents();
  enter_root(o.root);
  char arm[64];
  snprintf(arm, sizeof arm, "\"arm\":\"ring\",\"order\":\"%s\",\"batch\":%ld", o.deps_order ? "deps" : "trace",
           o.batch);
  return run_passes(&o, &(struct replay){
                            .arm = arm,
                            .begin = o.deps_order ? begin_in_deps_order : begin,
                            .pass = o.deps_order ? pass_in_deps_order : pass_in_trace_order,
                            .end = close_direct_files,
                        });
}
