// Part of `npm run build:ts`: puts what src/cli/quick.ts imports, at once or later, into one script (dist/src/bundle/quick.js)
// and has V8's code cache made for it. Modules become functions that are called when they are first imported.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const entry = join(dist, 'src/cli/quick.js');
const here = fileURLToPath(new URL('.', import.meta.url));
const out = join(dist, 'src/bundle');

/** What a module is called in the bundle: its path below dist/, or below node_modules/, wherever that is. */
const idOf = (file) => relative(dist, file).replace(/^.*(?=node_modules\/)/, '');

/** ES module or CommonJS -> CommonJS, in ASCII: V8 keeps that with a byte per character. */
function commonJs(file) {
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023, esModuleInterop: true, allowJs: true, removeComments: true };
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), { fileName: file, compilerOptions: options });
  const url = `urlOf(${JSON.stringify(idOf(file))})`;
  return outputText
    .replace(/^\/\/# sourceMappingURL=.*$/m, '')
    .replaceAll('import.meta.url', url)
    .replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function bundle() {
  const modules = [];
  const seen = new Set();
  const add = (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = commonJs(file).replace(/\brequire\((["'])(.+?)\1\)/g, (call, _quote, name) => {
      if (isBuiltin(name)) return call;
      const target = name.startsWith('.') && file.startsWith(dist) ? resolve(dirname(file), name) : createRequire(file).resolve(name);
      add(target);
      return `load(${JSON.stringify(idOf(target))})`;
    });
    modules.push(`${JSON.stringify(idOf(file))}: function (exports, module) {\n${text}}`);
  };
  add(entry);
  return `(function (require, urlOf) {
const modules = {\n${modules.join(',\n')}\n};
const loaded = Object.create(null);
function load(id) {
  if (loaded[id] !== undefined) return loaded[id].exports;
  const module = (loaded[id] = { exports: {} });
  modules[id](module.exports, module);
  return module.exports;
}
return load(${JSON.stringify(idOf(entry))});
})`;
}

mkdirSync(out, { recursive: true });
for (const name of ['load.cjs', 'cache.cjs', 'start.cjs']) copyFileSync(join(here, name), join(out, name));
rmSync(join(out, 'quick.cache'), { force: true });
writeFileSync(join(out, 'quick.js'), bundle());
const { status } = spawnSync(process.execPath, [join(out, 'cache.cjs')], { stdio: ['ignore', 'ignore', 'inherit'] });
process.exitCode = status ?? 1;
