/** `kernels LOG`: boot kernels in small guests, replay the same log in each, compare. */
import type { Command } from 'commander';
import type { KernelsReport } from '../../bench/kernels/report.js';
import type { KernelsFlags } from './kernels-flags.js';

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

export function addKernelsCommand(program: Command): void {
  const kernels = program
    .command('kernels')
    .description('boot kernels in small guests, replay the same log in each, and compare')
    .argument('[LOG]', 'strace log (- for standard input)')
    .option('--kernel <kernel>', 'debian:6.12, ./linux-image.deb, ./bzImage[,MODULES_DIR] or host; repeatable, the first is the baseline', collect)
    .option('--cmdline <words>', 'added to the guest\'s kernel command line, e.g. pti=on; repeatable, each is a variant of every kernel ("" is the plain one)', collect)
    .option('--tier <tier>', 'kvm (time), icount (guest instructions) or functional (no figures); default: the best that works here')
    .option('--engine <list>', 'arms: serial, ring (comma separated)', 'serial,ring')
    .option('--batch <list>', 'ring: calls in flight at most; numbers or "all" (comma separated)', '32')
    .option('--order <list>', 'ring: trace and/or deps', 'trace')
    .option('--window <kind>', 'ring: sliding or barrier', 'sliding')
    .option('--ring-setup <kind>', 'ring: auto, defer, coop, default or sqpoll', 'auto')
    .option('--ring-workers <n>', 'ring: io-wq workers at most (0 = the kernel\'s default)', '0')
    .option('--cache <kind>', 'warm or cold: dropped before every pass', 'warm')
    .option('--latency <time>', 'of every request to the guest\'s disk (--cache cold), e.g. 1ms', '0')
    .option('--fs <kind>', 'of the tree in the guest: ext4, xfs, btrfs or tmpfs', 'ext4')
    .option('--scattered', 'ext4: one inode per block, so that every cold stat reads from the disk')
    .option('--pid <pid...>', 'replay only these processes')
    .option('--parallel <n>', 'guests at a time (default: one per CPU)')
    .option('--deadline <seconds>', 'end a guest after this long', '240')
    .option('--no-node', 'functional: leave out the guest with a real Node')
    .option('--json [dir]', 'the comparison as JSON to standard output, or into a folder with one ordinary result per kernel')
    .addHelpText(
      'after',
      `
Examples:
  $ uring-replay kernels my.strace --kernel debian:6.1 --kernel debian:6.12
  $ uring-replay kernels my.strace --kernel debian:6.12 --cmdline mitigations=off --cmdline pti=on
  $ uring-replay kernels list
  $ uring-replay kernels fetch debian:6.1 debian:6.12

Needs qemu-system-x86_64 and mke2fs. No root; nothing is installed; kernels are kept below
$XDG_CACHE_HOME/uring-replay. Instruction counts are exact and repeatable, but they are not time.`,
    )
    .action(async (log: string | undefined, flags: KernelsFlags, command: Command) => {
      if (log === undefined && typeof flags.json === 'string') [log, flags.json] = [flags.json, true];
      if (log === undefined) command.error("error: missing required argument 'LOG'");
      await compare(log, flags);
    });
  addListCommand(kernels);
  addFetchCommand(kernels);
}

async function compare(log: string, flags: KernelsFlags): Promise<void> {
  const { kernelsSettings } = await import('./kernels-settings.js');
  const { compareKernels } = await import('../../bench/kernels/compare.js');
  const { interruptible } = await import('./interruptible.js');
  const report = await interruptible((signal, progress) => compareKernels({ ...kernelsSettings(log, flags), onProgress: progress.update, signal }));
  await print(report, flags.json);
  const trouble = report.rows.some((row) => row.missing.some(({ reason }) => !reason.startsWith('unsupported')) || row.arms.some((arm) => arm.divergences > 0)
    || (row.node !== null && (row.node.failures.length > 0 || Object.values(row.node.divergences).some((n) => n !== 0))));
  if (trouble) process.exitCode = 1;
}

async function print(report: KernelsReport, json: string | true | undefined): Promise<void> {
  if (json === true) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  if (json !== undefined) {
    const { writeKernelsReport } = await import('../report/kernels-files.js');
    await writeKernelsReport(json, report);
  }
  const { renderKernels } = await import('../report/kernels.js');
  process.stdout.write(renderKernels(report));
}

function addListCommand(kernels: Command): void {
  kernels
    .command('list')
    .description('which kernels are in the cache and which can be had from Debian\'s archive')
    .option('--all', 'every version, not only the newest of each series')
    .option('--json', 'machine output')
    .addHelpText('after', '\nExample:\n  $ uring-replay kernels list --all')
    .action(async (flags: { all?: boolean; json?: boolean }) => {
      const { listKernels } = await import('../../bench/kernels/list.js');
      const { renderKernelList } = await import('../report/kernel-list.js');
      const list = await listKernels(flags.all === true);
      process.stdout.write(flags.json !== true ? renderKernelList(list) : `${JSON.stringify(list, null, 2)}\n`);
    });
}

function addFetchCommand(kernels: Command): void {
  kernels
    .command('fetch')
    .description('fetch kernels into the cache, so that comparing needs no network afterwards')
    .argument('<KERNEL...>', 'as for --kernel')
    .option('--update', 'fetch the newest that fits, though another is in the cache')
    .option('--json', 'machine output')
    .addHelpText('after', '\nExample:\n  $ uring-replay kernels fetch debian:6.1 debian:6.12')
    .action(async (specs: string[], flags: { update?: boolean; json?: boolean }) => {
      const { fetchKernel } = await import('../../bench/kernels/fetch.js');
      const { progressLine } = await import('../report/progress.js');
      const progress = progressLine(process.stderr);
      const records = [];
      try {
        for (const spec of specs) records.push((await fetchKernel(spec, { update: flags.update === true, say: progress.update })).record);
      } finally {
        progress.clear();
      }
      const text = records.map((record) => `${record.spec}: ${record.release} (${record.sources.map(({ name, version, sha256 }) => `${name} ${version ?? ''} sha256 ${sha256.slice(0, 16)}...`).join(', ')})\n`).join('');
      process.stdout.write(flags.json !== true ? text : `${JSON.stringify(records, null, 2)}\n`);
    });
}
