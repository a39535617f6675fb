import type { CounterRecord, HistogramRecord } from '@redmeter/metric-format';
import type { SeriesEntry } from './series-entry.js';

/** A count as Redis has it: of a counter or a histogram. */
export interface CountedRecord {
  readonly record: CounterRecord | HistogramRecord;
  /** Of a histogram the JSON that it was read from; else empty. */
  readonly json: string;
}

/** What a series showed before. */
export interface ShownCount {
  /** Milliseconds since the epoch; NaN when unknown. */
  readonly createdMs: number;
  readonly count: number;
  /** When a hold of it ends, in milliseconds since the epoch; undefined when it is not held. */
  readonly heldUntilMs: number | undefined;
}

interface Hold extends CountedRecord {
  readonly untilMs: number;
}

/**
 * Counts that Redis has lower than they were although they began at the same moment: a replica that lagged took over.
 * Prometheus would take each for a restart and count all of it again, so the higher count stays for a while, until the
 * writers have sent the rest again or the time is up.
 */
export class CounterHolds {
  readonly #holdMs: number;
  readonly #holds = new Map<SeriesEntry, Hold>();

  /** @param holdMs the longest time, in milliseconds, that a count is held; 0 holds none */
  constructor(holdMs: number) {
    this.#holdMs = holdMs;
  }

  /** How many counts are held now. */
  get size(): number {
    return this.#holds.size;
  }

  /** Whether what was shown stays, as the count read now is lower than it may be. */
  keeps(entry: SeriesEntry, read: CountedRecord, shown: ShownCount | undefined, nowMs: number): boolean {
    const { record } = read;
    const count = record.type === 'counter' ? record.value : record.count;
    const isLower = shown !== undefined && record.createdMs === shown.createdMs && count < shown.count;
    if (!isLower || this.#holdMs === 0) {
      if (this.#holds.size > 0) this.#holds.delete(entry);
      return false;
    }
    // A hold goes on where its series was read again: else one connection lost after the other would hold it forever.
    const untilMs = this.#holds.get(entry)?.untilMs ?? shown.heldUntilMs ?? nowMs + this.#holdMs;
    this.#holds.set(entry, { ...read, untilMs });
    return true;
  }

  /** When the hold of a series ends, in milliseconds since the epoch; undefined when it is not held. */
  untilMs(entry: SeriesEntry): number | undefined {
    return this.#holds.size === 0 ? undefined : this.#holds.get(entry)?.untilMs;
  }

  /** Lets a series go that is gone. */
  drop(entry: SeriesEntry): void {
    this.#holds.delete(entry);
  }

  /** Ends the holds whose time is up: what Redis has is what is to be shown. */
  takeOverdue(nowMs: number): (readonly [SeriesEntry, CountedRecord])[] {
    const overdue = [...this.#holds].filter(([, { untilMs }]) => nowMs >= untilMs);
    for (const [entry] of overdue) this.#holds.delete(entry);
    return overdue;
  }
}
