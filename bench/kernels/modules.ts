/**
 * Kernel modules of an unpacked kernel: which ones a guest needs and in what order. Packages hold no
 * modules.dep (depmod makes it when a package is installed), so dependencies are read from the modules
 * themselves: NUL-separated `key=value` strings in their .modinfo section.
 */
import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runTool } from './tools.js';

export interface KernelModule {
  readonly name: string;
  /** The uncompressed ELF object. */
  readonly data: Buffer;
}

const SUFFIX = /\.ko(\.xz|\.zst|\.gz)?$/;
const UNPACK: Readonly<Record<string, string>> = { '.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip' };

/** File names use - and _ freely; the kernel's own name has only _. */
function moduleName(file: string): string {
  return basename(file).replace(SUFFIX, '').replaceAll('-', '_');
}

/** name -> file, of every module below `dir`. */
async function indexModules(dir: string): Promise<ReadonlyMap<string, string>> {
  const files = await readdir(dir, { recursive: true });
  return new Map(files.filter((file) => SUFFIX.test(file)).sort().map((file) => [moduleName(file), join(dir, file)]));
}

/** Names of modules linked into the image. */
async function builtinModules(dir: string): Promise<ReadonlySet<string>> {
  const text = await readFile(join(dir, 'modules.builtin'), 'utf8').catch(() => '');
  return new Set(text.split('\n').filter((line) => line !== '').map(moduleName));
}

async function load(file: string): Promise<Buffer> {
  const packed = SUFFIX.exec(file)?.[1];
  return packed === undefined ? readFile(file) : runTool(UNPACK[packed], ['-dc', file]);
}

/** Values of `key` in the module's .modinfo. */
function modinfo(data: Buffer, key: string): string[] {
  const values: string[] = [];
  const needle = Buffer.from(`\0${key}=`, 'latin1');
  for (let at = data.indexOf(needle); at >= 0; at = data.indexOf(needle, at + 1)) {
    const start = at + needle.length;
    values.push(data.toString('latin1', start, data.indexOf(0, start)));
  }
  return values;
}

/** Hard dependencies, and the soft ones that must be there first (a crypto algorithm goes by its generic name). */
function needs(data: Buffer): { readonly hard: readonly string[]; readonly soft: readonly string[] } {
  const hard = modinfo(data, 'depends').flatMap((list) => list.split(',')).filter((name) => name !== '').map(moduleName);
  const soft = modinfo(data, 'softdep')
    .flatMap((text) => /pre:\s*([^:]*?)(?:\s+post:|$)/.exec(text)?.[1]?.split(/\s+/) ?? [])
    .map((name) => moduleName(name).replace(/^crypto_/, ''))
    .flatMap((name) => [name, `${name}_generic`, `${name.replace(/_?\d+$/, '')}_generic`]);
  return { hard, soft };
}

/**
 * The named modules with all that they depend on, in loading order. Names that are built in, or that this
 * kernel does not have at all, are left out; `missing` lists the latter.
 */
export async function collectModules(
  dir: string,
  wanted: readonly string[],
): Promise<{ readonly modules: readonly KernelModule[]; readonly missing: readonly string[] }> {
  const [files, builtin] = await Promise.all([indexModules(dir), builtinModules(dir)]);
  const done = new Map<string, KernelModule>();
  const missing: string[] = [];
  const visit = async (name: string, required: boolean): Promise<void> => {
    if (done.has(name) || builtin.has(name)) return;
    const file = files.get(name);
    if (file === undefined) {
      if (required) missing.push(name);
      return;
    }
    const data = await load(file);
    const { hard, soft } = needs(data);
    for (const dependency of hard) await visit(dependency, true);
    for (const dependency of soft) await visit(dependency, false);
    if (!done.has(name)) done.set(name, { name, data });
  };
  for (const name of wanted) await visit(moduleName(name), true);
  return { modules: [...done.values()], missing };
}
