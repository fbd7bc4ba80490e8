/**
 * `run` as a program, for tests that need a process of its own: node run-main.js SETTINGS-JSON. Prints the
 * result, or {"error": {code, message, remedy}}. SIGINT and SIGTERM end the measuring early.
 */
import { DEFAULTS, run, type RunSettings } from '../../bench/run.js';
import { packError } from '../../bench/arms/arm-protocol.js';

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => { abort.abort(); });

const settings = JSON.parse(process.argv[2]) as Partial<RunSettings> & Pick<RunSettings, 'file'>;
const onProgress = (message: string): void => { process.stderr.write(`${message}\n`); };
try {
  process.stdout.write(JSON.stringify(await run({ ...DEFAULTS, ...settings, onProgress, signal: abort.signal })));
} catch (error) {
  process.stdout.write(JSON.stringify({ error: packError(error) }));
  process.exitCode = 2;
}
