/** Keeps the account: every call of the log is either an op or has a reason. */
import { LEDGER_REASONS, type LedgerEntry, type LedgerReason } from './ledger.js';

const REASONS = Object.keys(LEDGER_REASONS) as LedgerReason[];
const NUMBERS = new Map(REASONS.map((reason, i) => [reason, i + 1]));

/** Whom a call without an op is told to. */
export interface LedgerKeeper {
  skip(call: number, reason: LedgerReason): void;
}

class LedgerCounts {
  /** Of each syscall: by reason. */
  private readonly counts: Float64Array[] = [];
  /** What has been counted, in the order of first appearance. */
  private readonly seen: { readonly nameId: number; readonly reason: LedgerReason; readonly number: number }[] = [];

  /** Returns 1 + the reason's position in the closed list. */
  add(nameId: number, reason: LedgerReason): number {
    const number = NUMBERS.get(reason)!;
    while (nameId >= this.counts.length) this.counts.push(new Float64Array(REASONS.length + 1));
    if (this.counts[nameId][number]++ === 0) this.seen.push({ nameId, reason, number });
    return number;
  }

  /** The most frequent first. */
  entries(names: readonly string[]): LedgerEntry[] {
    return this.seen
      .map(({ nameId, reason, number }) => ({ reason, syscall: names[nameId], count: this.counts[nameId][number] }))
      .sort((a, b) => b.count - a.count || a.syscall.localeCompare(b.syscall));
  }
}

/** Which call has which reason. */
export class LedgerBook implements LedgerKeeper {
  /** Per call: 0 = replayed, else 1 + the reason's position in the closed list. */
  private readonly reasons: Uint8Array;
  private readonly counts = new LedgerCounts();
  private readonly nameId: Uint16Array;

  /** `nameId`: of each call. */
  constructor(nameId: Uint16Array) {
    this.reasons = new Uint8Array(nameId.length);
    this.nameId = nameId;
  }

  skip(call: number, reason: LedgerReason): void {
    this.reasons[call] = this.counts.add(this.nameId[call], reason);
  }

  reasonOf(call: number): LedgerReason | null {
    return REASONS[this.reasons[call] - 1] ?? null;
  }

  /** Counts per syscall and reason, the most frequent first. */
  entries(names: readonly string[]): LedgerEntry[] {
    return this.counts.entries(names);
  }
}

/** Only how many calls have which reason. */
export class LedgerTally implements LedgerKeeper {
  private readonly counts = new LedgerCounts();
  /** Of the call that is being resolved. */
  nameId = 0;

  skip(_call: number, reason: LedgerReason): void {
    this.counts.add(this.nameId, reason);
  }

  entries(names: readonly string[]): LedgerEntry[] {
    return this.counts.entries(names);
  }
}
