/** A log of path stats, as strace would write it: the storage experiments' workload, where each call is one lookup. */

/** `count` files in directories of a hundred; each is looked at once. */
export function statLog(count: number): string {
  const lines = [`100 1700000000.000000 execve("/bin/stat", ["stat"], 0x7ffd /* 0 vars */) = 0 <0.000100>`];
  for (let i = 0; i < count; i++) {
    const time = (1_700_000_000 + (i + 1) / 1e5).toFixed(6);
    const name = `/data/d${String(Math.floor(i / 100)).padStart(3, '0')}/f${String(i).padStart(6, '0')}`;
    lines.push(`100 ${time} newfstatat(AT_FDCWD, "${name}", {st_mode=S_IFREG|0644, st_size=${i % 4096}, ...}, 0) = 0 <0.000002>`);
  }
  lines.push(`100 1700000100.000000 +++ exited with 0 +++`);
  return `${lines.join('\n')}\n`;
}
