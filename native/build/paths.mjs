import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's own directory, which holds binding.gyp. */
export const packageDir = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const buildDir = join(packageDir, 'build');
