import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadNative } from '../../replay/native.js';
import { ADDON, RUNNER, runBinary } from './binaries.js';

const linkedStatically = !loadNative().probe().liburing.endsWith('(shared)');
const hasNm = runBinary('nm', ['--version']).status === 0;

test('the addon exports its Node-API entry points and nothing else', { skip: hasNm ? false : 'nm (binutils) is not installed' }, () => {
  const names = runBinary('nm', ['-D', '--defined-only', ADDON]).stdout.trim().split('\n').map((line) => line.split(' ').at(-1));
  assert.deepEqual(names, ['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
});

test('the addon does not need liburing.so', { skip: linkedStatically ? false : 'this host has only the shared liburing' }, () => {
  assert.doesNotMatch(runBinary('ldd', [ADDON]).stdout, /liburing/);
});

test('the runner is static and holds no Node', { skip: linkedStatically ? false : 'this host has only the shared liburing' }, () => {
  assert.match(runBinary('ldd', [RUNNER]).stdout + runBinary('ldd', [RUNNER]).stderr, /not a dynamic executable|statically linked/);
});
