# Changes of every kind, and what they look like afterwards; run on the file system under test and on a plain one.
cd "$1" || exit 1
show() { find . -printf '%P %y %m %s %n %l\n' | sort; }
look() { for f in "$@"; do printf '%s: ' "$f"; cat "$f" 2>&1; echo; done; }
mkdir -m 750 d && mkdir -p d/e/f && echo one > d/one && printf 'two' > d/e/two && chmod 640 d/one
echo more >> d/one && ln d/one d/e/hard && echo hard >> d/e/hard && ln -s ../one d/e/link && mkfifo d/pipe
look d/one d/e/hard d/e/link d/e/two; show
mv d/one d/e/moved && mv d/e d/renamed && echo late >> d/renamed/moved && look d/renamed/moved d/renamed/hard
rm d/renamed/hard && look d/renamed/moved; stat -c %h d/renamed/moved
printf 'x%.0s' $(seq 9000) > big && truncate -s 5000 big && truncate -s 12000 big && cksum big
exec 8<> big && rm big && cksum <&8 && echo tail >&8 && ls big 2>&1; exec 8>&-
echo a > target && echo b > source && exec 7< target && mv source target && cat <&7 && cat target && exec 7<&-
touch -d '2001-02-03 04:05:06' target && stat -c '%Y' target
mkdir full && touch full/x && rmdir full 2>&1; rm -r full && mkdir full && show
dd if=/dev/zero of=blocks bs=300000 count=3 status=none && cksum blocks && fallocate -l 1000000 blocks && stat -c %s blocks
(set -C; echo no > blocks) 2>/dev/null || echo kept
for i in $(seq 300); do echo $i > f$i; done; ls | wc -l; rm f1*; ls | wc -l; sync blocks && mv f2 f3 && cat f3
python3 - <<'PY'
import os
fd = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o640)
os.write(fd, b'unnamed')
os.link(f'/proc/self/fd/{fd}', 'named', follow_symlinks=True)
os.write(fd, b' no more')
print(os.pread(fd, 100, 0), os.fstat(fd).st_nlink, open('named').read(), oct(os.stat('named').st_mode))
os.link('named', 'again'); os.rename('again', 'd/again'); os.unlink('named')
print(open('d/again').read(), os.fstat(fd).st_nlink)
os.rename('d', 'full/d'); os.rename('full/d', 'd')
PY
cp -r d copy && diff -r --no-dereference d/renamed copy/renamed; rm -r d; show
