/**
 * Debian's kernel packages without root and without installing anything: apt's own client, with lists and
 * cache of our own below the cache directory, finds and downloads them (signatures and checksums checked as
 * always). The mirror is the one that this system uses; suites beyond the system's own are added, so that
 * older and newer kernels can be had as well.
 */
import { existsSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UringReplayError } from '../../replay/errors.js';
import { makeFolders } from '../../replay/folders.js';
import { CACHE_REMEDY } from './cache.js';
import { needTool, runTool } from './tools.js';

/** From the oldest with io_uring in full use (5.10) to the newest. One that a mirror lacks does no harm. */
const SUITES = ['bullseye', 'bookworm', 'bookworm-backports', 'trixie', 'trixie-backports', 'sid'];
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const LISTS_AGE_MS_MAX = 24 * 3600 * 1000;
const MIRROR_VARIABLE = 'URING_REPLAY_DEBIAN_MIRROR';

export interface KernelPackage {
  /** linux-image-6.12.43+deb12-amd64 */
  readonly name: string;
  /** The kernel's own release without the architecture: 6.12.43+deb12, 6.1.0-50-cloud. */
  readonly release: string;
  readonly flavour: '' | 'cloud' | 'rt';
}

export interface DownloadedPackage {
  readonly name: string;
  readonly version: string;
  /** Of the .deb file, as the archive's signed index has it. */
  readonly sha256: string;
  readonly file: string;
}

/** `<URI> <suite>` of the system's Debian sources; works without downloaded lists. */
async function systemSources(): Promise<{ readonly uri: string; readonly suite: string }[]> {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)';
  const text = (await runTool('apt-get', ['indextargets', '--no-release-info', '--format', format, 'Created-By: Packages'])).toString('utf8');
  const rows = text.split('\n').map((line) => line.split(' ')).filter((row) => row.at(2) === 'main');
  const debian = rows.filter(([uri]) => /\/debian(-security)?\/?$/.test(uri));
  return debian.map(([uri, suite]) => ({ uri: uri.replace(/\/$/, ''), suite }));
}

async function sourceLines(): Promise<string> {
  if (!existsSync(KEYRING)) {
    throw new UringReplayError('UR_NO_KEYRING', `${KEYRING} is missing, so nothing that Debian's archive sends could be trusted`,
      'Install it: apt-get install debian-archive-keyring; or name a kernel by file.');
  }
  const system = await systemSources();
  const mirror = process.env[MIRROR_VARIABLE] ?? system.find((s) => s.uri.endsWith('/debian'))?.uri;
  if (mirror === undefined) {
    throw new UringReplayError('UR_NO_MIRROR', 'this system has no Debian mirror among its package sources',
      `Set ${MIRROR_VARIABLE} to the address of one, or name a kernel by file.`);
  }
  const wanted = new Set([...system.map((s) => `${s.uri} ${s.suite}`), ...SUITES.map((suite) => `${mirror} ${suite}`)]);
  return [...wanted].map((source) => `deb [arch=amd64 signed-by=${KEYRING}] ${source} main\n`).join('');
}

/** apt's client with a state of its own below `cacheDir`. */
export class KernelArchive {
  readonly #dir: string;
  readonly #options: readonly string[];

  private constructor(dir: string) {
    this.#dir = dir;
    const set = {
      'Dir::State': join(dir, 'state'), 'Dir::State::status': '/dev/null', 'Dir::Cache': join(dir, 'cache'),
      'Dir::Etc::SourceList': join(dir, 'sources.list'), 'Dir::Etc::SourceParts': '/dev/null',
      'Dir::Etc::Preferences': '/dev/null', 'Dir::Etc::PreferencesParts': '/dev/null',
      'APT::Sandbox::User': '', 'APT::Architecture': 'amd64', 'APT::Architectures': 'amd64', 'Debug::NoLocking': '1',
      'Acquire::Languages': 'none',
    };
    this.#options = Object.entries(set).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  }

  /** Refreshes the package lists where they are older than a day. Throws UR_TOOL_MISSING, UR_NO_KEYRING, UR_NO_MIRROR or UR_NO_LISTS. */
  static async open(cacheDir: string): Promise<KernelArchive> {
    for (const tool of ['apt-get', 'apt-cache', 'dpkg-deb']) needTool(tool);
    const dir = join(cacheDir, 'apt');
    const archive = new KernelArchive(dir);
    const lists = join(dir, 'state', 'lists');
    const age = Date.now() - (await stat(join(dir, 'updated')).then((s) => s.mtimeMs, () => 0));
    if (age < LISTS_AGE_MS_MAX) return archive;
    for (const sub of [join(lists, 'partial'), join(dir, 'cache', 'archives', 'partial')]) await makeFolders(sub, CACHE_REMEDY);
    await writeFile(join(dir, 'sources.list'), await sourceLines());
    // A suite that this mirror lacks makes apt-get fail though the others arrived: what arrived decides.
    let said = '';
    const onError = (text: string): void => { said = text; };
    await runTool('apt-get', [...archive.#options, '-qq', 'update'], { tolerant: true, timeoutMs: 300_000, onError });
    if (!(await readdir(lists)).some((name) => name.includes('_Packages'))) {
      throw new UringReplayError('UR_NO_LISTS', `no package lists could be fetched from the Debian mirror: ${said.trim().split('\n')[0]}`,
        'Kernels fetched before still work. Is the network there? Else name a kernel by file.');
    }
    await writeFile(join(dir, 'updated'), '');
    return archive;
  }

  async #query(...args: string[]): Promise<string> {
    return (await runTool('apt-cache', [...this.#options, ...args])).toString('utf8');
  }

  /** Every signed kernel image for this architecture, newest first. */
  async kernels(): Promise<KernelPackage[]> {
    const names = (await this.#query('search', '--names-only', '^linux-image-[0-9]')).split('\n').map((line) => line.split(' ')[0]);
    const found = names.flatMap((name) => {
      const match = /^linux-image-(\d+\.\d+\.\d.*?)(-cloud|-rt)?-amd64$/.exec(name);
      return match === null ? [] : [{ name, release: match[1], flavour: (match.at(2)?.slice(1) ?? '') as KernelPackage['flavour'] }];
    });
    const unique = new Map(found.map((kernel) => [kernel.name, kernel]));
    return [...unique.values()].sort((a, b) => compareReleases(b.release, a.release));
  }

  /** The kernel's packages (from 7.0 on the image and its modules are packages of their own), in `dir`. */
  async download(kernel: KernelPackage, dir: string): Promise<DownloadedPackage[]> {
    const records = [await this.#record(kernel.name)];
    const flavoured = kernel.name.slice('linux-image-'.length);
    const parts = dependencies(records[0]).filter((name) => name === `linux-binary-${flavoured}` || name === `linux-modules-${flavoured}`);
    records.push(...(await Promise.all(parts.map((name) => this.#record(name)))));
    const wanted = records.map((record) => `${field(record, 'Package')}=${field(record, 'Version')}`);
    await runTool('apt-get', [...this.#options, '-q', 'download', ...wanted], { cwd: dir, timeoutMs: 900_000 });
    const files = await readdir(dir);
    return records.map((record) => {
      const name = field(record, 'Package');
      return { name, version: field(record, 'Version'), sha256: field(record, 'SHA256'), file: join(dir, files.find((file) => file.startsWith(`${name}_`))!) };
    });
  }

  /** One paragraph of the index: the newest version. */
  async #record(name: string): Promise<string> {
    return (await this.#query('--no-all-versions', 'show', name)).trim();
  }

  get dir(): string {
    return this.#dir;
  }
}

function field(record: string, key: string): string {
  return new RegExp(`^${key}: (.*)$`, 'm').exec(record)?.[1] ?? '';
}

function dependencies(record: string): string[] {
  return field(record, 'Depends').split(',').map((part) => part.trim().split(/[ |]/)[0]);
}

/** By their numbers, left to right: 6.1.0-50 < 6.12.43+deb12 < 6.12.43+deb13. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => (text.match(/\d+/g) ?? []).map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? -1) - (right[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The newest kernel that `version` is a prefix of, cut at a dot, + or -. */
export function matchKernel(kernels: readonly KernelPackage[], version: string, flavour: KernelPackage['flavour']): KernelPackage | null {
  const fits = (release: string): boolean => release === version || ['.', '+', '-'].some((cut) => release.startsWith(version + cut));
  const found = kernels.filter((kernel) => kernel.flavour === flavour && fits(kernel.release));
  return found.sort((a, b) => compareReleases(b.release, a.release))[0] ?? null;
}
