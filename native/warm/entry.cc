// The way into this executable: before anything of it runs, the kernel is asked for all its pages.
//
// On a cold storage each page that the C library and we touch first would be a wait of its own, some twenty
// one after another while a static executable starts; asked for beforehand they come side by side. Nothing is
// set up yet: no thread-local storage, no relocations, no library, so this may use nothing but itself and the
// kernel.
#include <asm/unistd.h>

extern "C" {
// Of the linker: where the file begins in memory, and where it ends.
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));
__attribute__((visibility("hidden"))) void ur_read_ahead();
}

namespace {

constexpr long kWindowBytes = 128 << 10;  // a call asks for no more (force_page_cache_ra() in mm/readahead.c)
constexpr long kWillNeed = 3;             // MADV_WILLNEED

inline __attribute__((always_inline)) void advise(const char* start) {
#if defined(__x86_64__)
  long result = __NR_madvise;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(start), "S"(kWindowBytes), "d"(kWillNeed)
               : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long result asm("x0") = reinterpret_cast<long>(start);
  register long bytes asm("x1") = kWindowBytes;
  register long advice asm("x2") = kWillNeed;
  register long number asm("x8") = __NR_madvise;
  asm volatile("svc 0" : "+r"(result) : "r"(bytes), "r"(advice), "r"(number) : "memory");
#else
  (void)start;
#endif
}

}  // namespace

// The advice is given to whatever is mapped; holes between the segments are no hindrance (madvise(2),
// ENOMEM).
__attribute__((no_stack_protector, noinline)) void ur_read_ahead() {
  for (const char* at = __ehdr_start; at < _end; at += kWindowBytes) advise(at);
}

// The entry point of the executable where these are the machine's instructions (binding.gyp, CMakeLists.txt),
// else _start remains it. Hands on what it was given.
#if defined(__x86_64__)
asm(".globl ur_start\n"
    ".type ur_start, @function\n"
    "ur_start:\n"
    "  push %rdx\n"  // what the dynamic linker wants called at exit
    "  sub $8, %rsp\n"
    "  call ur_read_ahead\n"
    "  add $8, %rsp\n"
    "  pop %rdx\n"
    "  jmp _start\n");
#elif defined(__aarch64__)
asm(".globl ur_start\n"
    ".type ur_start, %function\n"
    "ur_start:\n"
    "  stp x0, x30, [sp, #-16]!\n"
    "  bl ur_read_ahead\n"
    "  ldp x0, x30, [sp], #16\n"
    "  b _start\n");
#endif
