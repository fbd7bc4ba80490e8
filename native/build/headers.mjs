// Node's headers without the network: those beside the running node, else node-api-headers (Node-API is
// all that the addon uses) with a common.gypi of our own.
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buildDir, packageDir } from './paths.mjs';

const commonGypi = `{
  'target_defaults': {
    'default_configuration': 'Release',
    'cflags': ['-pthread', '-Wall', '-Wextra', '-Wno-unused-parameter'],
    'ldflags': ['-pthread'],
    'configurations': {
      'Debug': { 'cflags': ['-g', '-O0'] },
      'Release': { 'cflags': ['-O3', '-fno-omit-frame-pointer'] }
    },
    'target_conditions': [['_type=="loadable_module"', { 'cflags': ['-fPIC'] }]]
  }
}
`;

/** A directory for node-gyp's --nodedir, or null: then node-gyp downloads the headers itself. */
export function findNodeDir() {
  const prefix = dirname(dirname(process.execPath));
  const complete = ['node_api.h', 'common.gypi'].every((file) => existsSync(join(prefix, 'include', 'node', file)));
  return complete ? prefix : assembleNodeDir();
}

/** build/nodedir from node-api-headers; null when that package is not installed. */
export function assembleNodeDir() {
  const require = createRequire(join(packageDir, 'package.json'));
  let headers;
  try {
    headers = require('node-api-headers').include_dir;
  } catch {
    return null;
  }
  const include = join(buildDir, 'nodedir', 'include', 'node');
  mkdirSync(include, { recursive: true });
  cpSync(headers, include, { recursive: true });
  writeFileSync(join(include, 'common.gypi'), commonGypi);
  return join(buildDir, 'nodedir');
}
