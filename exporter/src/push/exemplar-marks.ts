import type { BlockExemplar } from './encode/metric-reader.js';

interface Mark {
  readonly timestampMs: number;
  readonly round: number;
}

/** Rounds after which a series that has no exemplars any more is forgotten. */
const KEPT_ROUNDS = 100;

/**
 * The newest exemplar that was delivered of each series. Prometheus refuses one that is older than the newest it has, so those that were
 * delivered are not sent again.
 */
export class ExemplarMarks {
  readonly #marks = new Map<string, Mark>();
  #round = 0;
  #isFirst = true;

  /** Begins a round. */
  begin(): void {
    this.#round += 1;
    if (this.#round % KEPT_ROUNDS > 0) return;
    for (const [key, { round }] of this.#marks) if (this.#round - round > KEPT_ROUNDS) this.#marks.delete(key);
  }

  /**
   * Those that were not delivered, the oldest first. Before anything was, only the newest: an earlier process may have sent the others.
   * @param key of the series
   */
  newOf(key: string, exemplars: readonly BlockExemplar[]): BlockExemplar['exemplar'][] {
    const known = this.#marks.get(key);
    if (known !== undefined) this.#marks.set(key, { ...known, round: this.#round });
    const sorted = exemplars
      .map(({ exemplar }) => exemplar)
      .filter(({ timestampMs = 0 }) => timestampMs > (known?.timestampMs ?? 0))
      .sort((a, b) => (a.timestampMs ?? 0) - (b.timestampMs ?? 0));
    return known === undefined && this.#isFirst ? sorted.slice(-1) : sorted;
  }

  /** Notes what was delivered: the time of the newest, by series. */
  note(delivered: ReadonlyMap<string, number>): void {
    this.#isFirst = false;
    for (const [key, timestampMs] of delivered) this.#marks.set(key, { timestampMs, round: this.#round });
  }
}
