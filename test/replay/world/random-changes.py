"""Random changes to the files of the current directory: random-changes.py SEED STEPS. Looks at everything there first."""
import ctypes
import itertools
import os
import random
import sys

rnd = random.Random(int(sys.argv[1]))
libc = ctypes.CDLL(None)
NAMES = 'abcd'
fds = []
KINDS = [os.O_RDONLY, os.O_RDWR, os.O_RDWR | os.O_CREAT, os.O_RDWR | os.O_CREAT | os.O_TRUNC, os.O_WRONLY | os.O_APPEND,
         os.O_RDWR | os.O_CREAT | os.O_EXCL, os.O_PATH, os.O_RDONLY | os.O_DIRECTORY]


def path():
    return '/'.join(rnd.choices(NAMES, k=rnd.randint(1, 3)))


def fd():
    return rnd.choice(fds) if fds else 99


def opened(*args, **kw):
    fds.append(os.open(*args, **kw))


def closed():
    if fds:
        os.close(fds.pop(rnd.randrange(len(fds))))


def renamed(flags):
    libc.renameat2(-100, path().encode(), -100, path().encode(), flags)


STEPS = [
    lambda: os.rename(path(), path()),
    lambda: renamed(2), lambda: renamed(2), lambda: renamed(1),
    lambda: os.mkdir(path()), lambda: os.rmdir(path()), lambda: os.unlink(path()),
    lambda: os.symlink(rnd.choice(['', '../', os.getcwd() + '/']) + path(), path()),
    lambda: os.link(path(), path(), follow_symlinks=False),
    lambda: opened(path(), rnd.choice(KINDS), 0o644), lambda: opened(path(), rnd.choice(KINDS), 0o644),
    lambda: opened(rnd.choice(NAMES), os.O_RDWR | os.O_CREAT, 0o600, dir_fd=fd()),
    closed,
    lambda: fds.append(os.dup(fd())),
    lambda: os.write(fd(), b'x' * rnd.choice([1, 100, 5000])), lambda: os.write(fd(), b'x' * rnd.choice([1, 100, 5000])),
    lambda: os.read(fd(), rnd.choice([10, 8192])), lambda: os.pread(fd(), 100, 50),
    lambda: os.lseek(fd(), rnd.choice([0, 5, 300]), rnd.choice([0, 0, 1, 2])),
    lambda: os.copy_file_range(fd(), fd(), rnd.choice([1, 50, 4000, 1 << 20]), rnd.choice([None, 0, 10, 6000]), rnd.choice([None, 0, 70, 9000])),
    lambda: os.copy_file_range(fd(), fd(), rnd.choice([1, 50, 4000, 1 << 20]), rnd.choice([None, 0, 10, 6000]), rnd.choice([None, 0, 70, 9000])),
    lambda: os.ftruncate(fd(), rnd.choice([0, 20, 7000])), lambda: os.truncate(path(), 30),
    lambda: os.stat(path()), lambda: os.lstat(path()), lambda: os.stat(fd()), lambda: os.stat(rnd.choice(NAMES), dir_fd=fd()),
    lambda: os.listdir(rnd.choice([path(), '.', 'a'])),
]


def tried(step):
    try:
        step()
    except OSError:
        pass


for depth in (1, 2, 3):
    for parts in itertools.product(NAMES, repeat=depth):
        tried(lambda: os.lstat('/'.join(parts)))
        tried(lambda: os.readlink('/'.join(parts)))
for _ in range(int(sys.argv[2])):
    tried(rnd.choice(STEPS))
