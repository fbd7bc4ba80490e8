/** A measurement of warming as text for the terminal: a pure function of the document. */
import pc from 'picocolors';
import type { Estimate } from '../../bench/result/result.js';
import type { WarmingArm, WarmingDocument, WarmingPhase } from '../../bench/warm/document.js';
import { plainColumns, renderColumns } from './columns.js';
import { terminalWidth, wrapLines } from './prose.js';
import { bytes, count, duration, durationWithInterval, ratioWithInterval, tally } from './units.js';

/** Ends with the verdict. */
export function renderWarming(document: WarmingDocument): string {
  const { log, command, host, storage, phases, warnings, verdict } = document;
  const parts = [
    [
      `${command.join(' ')}: without and with warming by ${log}`,
      pc.dim(`${host.cpu}, ${host.cpus} CPUs, Linux ${host.kernel}, ${host.fileSystem}`),
      pc.dim(storage === null ? 'on the disks as they are' : `${storage.latencyNs === null ? '' : `${duration(storage.latencyNs)} per ${storage.delayed.join(', ')}: `}${storage.how}`),
      ...(storage === null ? [] : [pc.dim(`shown to be cold: ${storage.coldness}`)]),
    ].join('\n'),
    ...phases.map(phaseText),
    ...warnings.map(({ message, remedy }) => `${pc.yellow('Warning:')} ${message}\n  ${remedy}`),
    pc.bold(verdict),
  ];
  return wrapLines(parts.join('\n\n') + '\n');
}

function phaseText(phase: WarmingPhase): string {
  const { cache, alone, warmed, rounds, seconds, speedup, addedNs, cpuRatio } = phase;
  const columns = plainColumns([`${cache} cache`, 'without', 'with', 'paired']);
  const rows = [
    ['wall', durationWithInterval(alone.wallNs), durationWithInterval(warmed.wallNs), `${coloured(phase, ratioWithInterval(speedup))} as fast, ${signed(addedNs)}`],
    ['CPU', durationWithInterval(alone.cpuNs), durationWithInterval(warmed.cpuNs), `${ratioWithInterval(cpuRatio)} the CPU time`],
    ['read', read(alone), read(warmed), ''],
    ['requests', requests(alone), requests(warmed), ''],
  ];
  return `${renderColumns(columns, rows, terminalWidth())}\n${pc.dim(`${rounds} interleaved rounds in ${seconds.toFixed(1)} s; medians with 95 % intervals`)}`;
}

function coloured({ verdict }: WarmingPhase, text: string): string {
  return verdict === 'faster' ? pc.green(text) : verdict === 'slower' ? pc.red(text) : text;
}

function signed(ns: Estimate): string {
  return `${ns.median < 0 ? '' : '+'}${durationWithInterval(ns)}`;
}

function read({ storage }: WarmingArm): string {
  return storage?.deviceBytes == null ? '-' : bytes(Math.round(storage.deviceBytes.median));
}

function requests({ storage }: WarmingArm): string {
  if (storage?.requests != null) return tally(storage.requests);
  return storage?.deviceReads == null ? '-' : `${count(storage.deviceReads.median)} device reads`;
}
