// Part of `npm run build:ts`: puts what src/cli/quick.ts imports, at once or later, into one script (dist/src/bundle/quick.js)
// and has V8's code cache made for it.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { publicNames } from './private-names.mjs';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));
const out = join(dist, 'src/bundle');

let classes = 0;

/** Modules find workers and files beside them; in the bundle they ask where they were. */
const asOneScript = {
  name: 'as one script',
  setup({ onLoad, onResolve }) {
    // Commander would start subcommands that are programs of their own, which we have none of.
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) => (importer.includes('commander') ? { path: 'none', namespace: 'none' } : undefined));
    onLoad({ filter: /./, namespace: 'none' }, () => ({ contents: '' }));
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const module = publicNames(readFileSync(path, 'utf8'), classes);
      classes = module.next;
      return { contents: module.code.replaceAll('import.meta.url', `urlOf(${JSON.stringify(relative(dist, path))})`) };
    });
  },
};

mkdirSync(out, { recursive: true });
for (const name of ['load.cjs', 'cache.cjs', 'start.cjs']) copyFileSync(join(here, name), join(out, name));
rmSync(join(out, 'quick.cache'), { force: true });
await build({
  entryPoints: [join(dist, 'src/cli/quick.js')],
  outfile: join(out, 'quick.js'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  supported: { 'dynamic-import': false }, // in a script that is run as ours is, there is none
  charset: 'ascii', // V8 keeps that with a byte per character
  legalComments: 'none',
  banner: { js: '(function (require, urlOf, module) {' },
  footer: { js: 'return module.exports; })' },
  plugins: [asOneScript],
  logLevel: 'warning',
});
const { status } = spawnSync(process.execPath, [join(out, 'cache.cjs')], { stdio: ['ignore', 'ignore', 'inherit'] });
process.exitCode = status ?? 1;
