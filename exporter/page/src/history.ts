/** What is kept and drawn, milliseconds. */
export const HISTORY_MS = 5 * 60_000;
/** Writers send every five seconds and the page looks every two: a rate over less would jump between zero and double. */
const RATE_WINDOW_MS = 15_000;

/** As much as a chart spans, the least that holds everything. */
const SPANS_MS = [60_000, 120_000, HISTORY_MS];

/** How much time a chart of these points spans, milliseconds: a page that was just opened has no five minutes to show. */
export function spanOf(points: readonly Point[], nowMs: number): number {
  const ageMs = nowMs - (points[0]?.atMs ?? nowMs);
  return SPANS_MS.find((spanMs) => ageMs <= spanMs) ?? HISTORY_MS;
}

/** A value at a time, milliseconds since the epoch. */
export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** The last minutes of one number. */
export class History {
  readonly #points: Point[] = [];

  /** When it was last added to. */
  get lastMs(): number {
    return this.#points.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Adds a value; what is too old goes. */
  add(atMs: number, value: number): void {
    if (!Number.isFinite(value)) return;
    // Redis's clock went back: what was before cannot be drawn beside what is now.
    if (atMs < this.lastMs) this.#points.length = 0;
    if (atMs === this.lastMs) this.#points.pop();
    this.#points.push({ atMs, value });
    const old = this.#points.findIndex((point) => point.atMs >= atMs - HISTORY_MS - RATE_WINDOW_MS);
    if (old > 0) this.#points.splice(0, old);
  }

  /** The values as they were. */
  values(): readonly Point[] {
    return this.#points.filter(({ atMs }) => atMs >= this.lastMs - HISTORY_MS);
  }

  /** Of a count: how much it grew per second, each over some seconds before. A count that falls began again. */
  rates(): Point[] {
    const rates: Point[] = [];
    let from = 0;
    const grown: number[] = [];
    let total = 0;
    this.#points.forEach(({ atMs, value }, i) => {
      const before = this.#points[i - 1]?.value;
      if (before !== undefined) total += value >= before ? value - before : value;
      grown.push(total);
      while (from < i - 1 && (this.#points[from + 1]?.atMs ?? atMs) <= atMs - RATE_WINDOW_MS) from += 1;
      const start = this.#points[from];
      if (start === undefined || start.atMs >= atMs) return;
      rates.push({ atMs, value: ((total - (grown[from] ?? 0)) * 1000) / (atMs - start.atMs) });
    });
    return rates.filter(({ atMs }) => atMs >= this.lastMs - HISTORY_MS);
  }
}
