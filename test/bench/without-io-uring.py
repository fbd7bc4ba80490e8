"""Runs a command with io_uring refused by seccomp, as containers do: without-io-uring.py ERRNO COMMAND..."""
import ctypes
import os
import platform
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
IO_URING_SETUP = 425  # the same on every architecture

assert platform.machine() in ("x86_64", "aarch64", "riscv64")
instructions = [
    (0x20, 0, 0, 0),  # load the number of the call
    (0x15, 0, 1, IO_URING_SETUP),  # next if equal, else skip one
    (0x06, 0, 0, ERRNO | int(sys.argv[1])),
    (0x06, 0, 0, ALLOW),
]
code = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
code = ctypes.create_string_buffer(code, len(code))
filter_ = struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
assert libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_, 0, 0) == 0, os.strerror(ctypes.get_errno())
os.execvp(sys.argv[2], sys.argv[2:])
