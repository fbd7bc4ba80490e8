/** Keeps the account: every call of the log is either an op or has a reason. */
import { LEDGER_REASONS, type LedgerEntry, type LedgerReason } from './ledger.js';

const REASONS = Object.keys(LEDGER_REASONS) as LedgerReason[];
const NUMBERS = new Map(REASONS.map((reason, i) => [reason, i + 1]));

export class LedgerBook {
  /** Per call: 0 = replayed, else 1 + the reason's position in the closed list. */
  private readonly reasons: Uint8Array;

  constructor(calls: number) {
    this.reasons = new Uint8Array(calls);
  }

  skip(call: number, reason: LedgerReason): void {
    this.reasons[call] = NUMBERS.get(reason)!;
  }

  reasonOf(call: number): LedgerReason | null {
    return REASONS[this.reasons[call] - 1] ?? null;
  }

  /** Counts per syscall and reason, the most frequent first. */
  entries(names: readonly string[], nameId: Uint16Array): LedgerEntry[] {
    const counts = new Map<number, number>();
    for (let call = 0; call < this.reasons.length; call++) {
      const reason = this.reasons[call];
      if (reason === 0) continue;
      const key = nameId[call] * 256 + reason;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return [...counts]
      .map(([key, count]) => ({ reason: REASONS[(key % 256) - 1], syscall: names[Math.floor(key / 256)], count }))
      .sort((a, b) => b.count - a.count || a.syscall.localeCompare(b.syscall));
  }
}
