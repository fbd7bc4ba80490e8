/** Which kernels are at hand and which can be had. */
import { KernelCache, cacheDirectory } from './cache.js';
import { KernelArchive } from './packages.js';
import { UringReplayError } from '../../replay/errors.js';

export interface KernelList {
  readonly cached: readonly { readonly id: string; readonly release: string; readonly specs: readonly string[] }[];
  /** What `--kernel` takes, newest first. */
  readonly available: readonly { readonly spec: string; readonly package: string }[];
  /** Why there are none to be had; null otherwise. */
  readonly unavailable: string | null;
}

/** `all`: every version; else the newest of each series. Never rejects for want of a network. */
export async function listKernels(all: boolean): Promise<KernelList> {
  const base = cacheDirectory();
  const cached = (await new KernelCache(base).list()).map(({ record, specs }) => ({ id: record.id, release: record.release, specs }));
  try {
    const kernels = await (await KernelArchive.open(base)).kernels();
    const seen = new Set<string>();
    const available = kernels.flatMap(({ name, release, flavour }) => {
      const series = release.split('.').slice(0, 2).join('.');
      const spec = `debian:${all ? release : series}${flavour === '' ? '' : `-${flavour}`}`;
      if (seen.has(spec)) return [];
      seen.add(spec);
      return [{ spec, package: name }];
    });
    return { cached, available, unavailable: null };
  } catch (error) {
    if (!(error instanceof UringReplayError)) throw error;
    return { cached, available: [], unavailable: `${error.message}. ${error.remedy ?? ''}`.trim() };
  }
}
