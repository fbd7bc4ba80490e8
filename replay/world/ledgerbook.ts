/** Keeps the account: every call of the log is either an op or has a reason. */
import { LEDGER_REASONS, type LedgerEntry, type LedgerReason } from './ledger.js';

const REASONS = Object.keys(LEDGER_REASONS) as LedgerReason[];
const NUMBERS = new Map(REASONS.map((reason, i) => [reason, i + 1]));

/** Whom a call without an op is told to. */
export interface LedgerKeeper {
  skip(call: number, reason: LedgerReason): void;
}

export class LedgerBook implements LedgerKeeper {
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
    const counts = new LedgerCounts();
    for (let call = 0; call < this.reasons.length; call++) {
      const reason = this.reasons[call];
      if (reason !== 0) counts.add(nameId[call], reason);
    }
    return counts.entries(names);
  }
}

class LedgerCounts {
  private readonly counts = new Map<number, number>();

  /** `reason`: 1 + its position in the closed list. */
  add(nameId: number, reason: number): void {
    const key = nameId * 256 + reason;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  /** The most frequent first. */
  entries(names: readonly string[]): LedgerEntry[] {
    return [...this.counts]
      .map(([key, count]) => ({ reason: REASONS[(key % 256) - 1], syscall: names[Math.floor(key / 256)], count }))
      .sort((a, b) => b.count - a.count || a.syscall.localeCompare(b.syscall));
  }
}

/** Only how many calls have which reason. */
export class LedgerTally implements LedgerKeeper {
  private readonly counts = new LedgerCounts();
  /** Of the call that is being resolved. */
  nameId = 0;

  skip(_call: number, reason: LedgerReason): void {
    this.counts.add(this.nameId, NUMBERS.get(reason)!);
  }

  entries(names: readonly string[]): LedgerEntry[] {
    return this.counts.entries(names);
  }
}
