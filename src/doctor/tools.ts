/** Programs that some commands call. A replay itself needs none of them. */
import { findProgram } from '../../bench/find-program.js';
import { INSTALL_STRACE, ptraceRemedy, straceVersion, whyNotTrace } from '../../bench/record/strace.js';
import { ok, warn, type Finding } from './finding.js';

interface Tool {
  readonly name: string;
  /** Any of these will do. */
  readonly programs: readonly string[];
  readonly purpose: string;
  readonly remedy: string;
}

const TOOLS: readonly Tool[] = [
  { name: 'xz', programs: ['xz'], purpose: '.xz logs', remedy: 'Debian, Ubuntu: apt install xz-utils; Fedora, Alpine, Arch: xz' },
  { name: 'zstd', programs: ['zstd'], purpose: '.zst logs', remedy: 'Install zstd (apt install zstd).' },
  { name: 'C compiler', programs: ['cc', 'gcc', 'clang'], purpose: 'the exported C programs', remedy: 'Debian, Ubuntu: apt install gcc' },
  { name: 'C++ compiler', programs: ['c++', 'g++', 'clang++'], purpose: 'building the addon', remedy: 'Debian, Ubuntu: apt install g++' },
  { name: 'make', programs: ['make', 'gmake'], purpose: 'building the addon and the exported C programs', remedy: 'Debian, Ubuntu: apt install make' },
];

export async function toolFindings(): Promise<Finding[]> {
  return [...(await straceFindings()), ...TOOLS.map(toolFinding)];
}

function toolFinding({ name, programs, purpose, remedy }: Tool): Finding {
  const path = programs.map((program) => findProgram(program)).find((found) => found !== null);
  return path === undefined ? warn(name, `not installed; needed for ${purpose}`, remedy) : ok(name, path);
}

async function straceFindings(): Promise<Finding[]> {
  if (findProgram('strace') === null) return [warn('strace', 'not installed; needed by record', INSTALL_STRACE)];
  const refusal = await whyNotTrace();
  return [
    ok('strace', `version ${await straceVersion()}`),
    refusal === null ? ok('ptrace', 'permitted') : warn('ptrace', `${refusal}; needed by record`, await ptraceRemedy()),
  ];
}
