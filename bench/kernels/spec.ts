/** What `--kernel` takes. */
import { existsSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { basename, resolve } from 'node:path';
import { UringReplayError } from '../../replay/errors.js';

export type KernelSpec =
  /** A version from Debian's archive: `version` is a prefix of the kernel's own release, cut at a dot, + or -. */
  | { readonly kind: 'debian'; readonly text: string; readonly version: string; readonly flavour: '' | 'cloud' | 'rt' }
  /** Package files: the image, and its modules where they are in a package of their own. */
  | { readonly kind: 'packages'; readonly text: string; readonly files: readonly string[] }
  /** A bzImage or vmlinux; modules is the folder that holds modules.builtin and kernel/. */
  | { readonly kind: 'image'; readonly text: string; readonly image: string; readonly modules: string | null };

const FORMS = 'debian:6.1, debian:6.12.43, debian:6.1-cloud, ./linux-image.deb, ./bzImage, ./bzImage,MODULES_DIR or host';
const DEBIAN = /^debian:(\d+\.\d+[0-9a-z.+~-]*?)(?:-(cloud|rt))?$/;

function needFile(text: string, file: string): string {
  if (!existsSync(file)) throw new UringReplayError('UR_NO_SUCH_KERNEL', `--kernel ${text}: there is no ${file}`, `Kernels are named as ${FORMS}.`);
  return resolve(file);
}

function hostSpec(): KernelSpec {
  const image = ['/boot', `/lib/modules/${release()}`, `/usr/lib/modules/${release()}`]
    .map((dir) => `${dir}/vmlinuz${dir === '/boot' ? `-${release()}` : ''}`)
    .find((file) => existsSync(file));
  if (image === undefined) {
    throw new UringReplayError('UR_NO_HOST_KERNEL', `--kernel host: the image of the running kernel ${release()} is not in /boot`,
      'In a container or a virtual machine the kernel lies outside. Name it by file: --kernel ./bzImage,MODULES_DIR.');
  }
  const modules = `/lib/modules/${release()}`;
  return { kind: 'image', text: 'host', image, modules: existsSync(modules) ? modules : null };
}

/** Throws UR_BAD_KERNEL, UR_NO_SUCH_KERNEL or UR_NO_HOST_KERNEL. */
export function parseKernelSpec(text: string): KernelSpec {
  if (text === 'host') return hostSpec();
  const debian = DEBIAN.exec(text);
  if (debian !== null) return { kind: 'debian', text, version: debian[1], flavour: (debian.at(2) ?? '') as '' | 'cloud' | 'rt' };
  if (text.startsWith('debian:') || text === '') throw new UringReplayError('UR_BAD_KERNEL', `--kernel '${text}' is not a Debian kernel version`, `Kernels are named as ${FORMS}.`);
  const files = text.split(',');
  if (files[0].endsWith('.deb')) return { kind: 'packages', text, files: files.map((file) => needFile(text, file)) };
  if (files.length > 2) throw new UringReplayError('UR_BAD_KERNEL', `--kernel '${text}' names more than an image and a folder of modules`, `Kernels are named as ${FORMS}.`);
  const [image, modules] = [needFile(text, files[0]), files.at(1)];
  if (!statSync(image).isFile()) throw new UringReplayError('UR_BAD_KERNEL', `--kernel ${text}: ${basename(image)} is a folder, not a kernel image`, `Kernels are named as ${FORMS}.`);
  return { kind: 'image', text, image, modules: modules === undefined ? null : needFile(text, modules) };
}
