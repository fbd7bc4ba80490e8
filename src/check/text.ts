/** The result of `check` as text and JSON. */
import { LEDGER_REASONS, LEDGER_REMEDIES, type LedgerReason } from '../../replay/world/ledger.js';
import { standInsText } from '../report/standins-text.js';
import type { CheckResult } from './check.js';

const DIFFERENT_SHOWN = 20;

export function checkJson(result: CheckResult): string {
  const { lines, kinds, unrecognised, calls, replayable, ledger, standIns, roundtrip } = result;
  return `${JSON.stringify({ lines, kinds, unrecognised, calls, replayable, ledger, standIns, ...(roundtrip && { roundtrip }) })}\n`;
}

export function checkText(result: CheckResult, list: boolean): string {
  return [linesText(result), notUnderstoodText(result, list), replayText(result), roundTripText(result)].join('');
}

function linesText({ lines, kinds, calls }: CheckResult): string {
  const rows = Object.entries(kinds).map(([kind, count]) => `  ${kind.padEnd(14)}${String(count).padStart(10)}\n`);
  return `lines ${lines}, calls ${calls}\n${rows.join('')}`;
}

function notUnderstoodText({ unrecognised, unrecognisedLines }: CheckResult, list: boolean): string {
  if (unrecognised.length === 0) return 'every line is understood\n';
  const rows = unrecognised.flatMap(({ reason, count, firstLine }) => {
    const first = unrecognisedLines.find(({ line, reason: its }) => line === firstLine && its === reason);
    return [`  ${String(count).padStart(8)}  ${reason}, first in line ${firstLine}\n`, ...(first && !list ? [`            ${printable(first.text)}\n`] : [])];
  });
  const lines = list ? unrecognisedLines.map(({ line, reason, text }) => `  line ${line}: ${reason}: ${printable(text)}\n`) : [];
  return `not understood:\n${rows.join('')}${lines.join('')}`;
}

/** Control characters would act on the terminal. */
const printable = (text: string): string => text.replace(/[^ -~]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);

function replayText({ calls, replayable, ledger, standIns }: CheckResult): string {
  if (replayable === null) return 'the log is too large to plan a replay of it\n';
  const reasons = [...new Set(ledger.map(({ reason }) => reason))];
  const rows = reasons.map((reason) => {
    const sorted = ledger.filter((entry) => entry.reason === reason).sort((x, y) => y.count - x.count);
    const count = sorted.reduce((sum, entry) => sum + entry.count, 0);
    const names = sorted.map((entry) => `${entry.syscall} ${entry.count}`).join(', ');
    return { count, text: `  ${String(count).padStart(8)}  ${reason}: ${LEDGER_REASONS[reason]}\n            ${names}\n${remedyText(reason)}` };
  });
  const ledgerText = rows.sort((x, y) => y.count - x.count).map(({ text }) => text).join('');
  const standIn = standInsText(standIns);
  const standInText = standIn === null ? '' : `of those replayed ${standIn}\n`;
  return `run would replay ${replayable} of ${calls} calls${rows.length > 0 ? '; not these:\n' : '\n'}${ledgerText}${standInText}`;
}

function remedyText(reason: LedgerReason): string {
  const remedy = LEDGER_REMEDIES[reason];
  return remedy === undefined ? '' : `            ${remedy}\n`;
}

function roundTripText({ roundtrip }: CheckResult): string {
  if (roundtrip === null) return '';
  const { lines, different, callLines, verbatim } = roundtrip;
  const printed = `arguments printed again from their values in ${callLines - verbatim} of ${callLines} lines of calls`;
  if (different.length === 0) return `rebuilt: all ${lines} lines are the same byte for byte; ${printed}\n`;
  const shown = different.slice(0, DIFFERENT_SHOWN).join(', ');
  return `rebuilt: ${different.length} of ${lines} lines differ: ${shown}${different.length > DIFFERENT_SHOWN ? ', ...' : ''}\n`;
}
