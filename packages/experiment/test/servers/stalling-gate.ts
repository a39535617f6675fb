/** When a server stands still: so long after its first request, for so long. */
export type PlannedStall = { readonly atMs: number; readonly forMs: number };

/** What holds the answers of a server that stands still now and then, and remembers when it did. */
export class StallingGate {
  readonly #planned: readonly PlannedStall[];
  readonly #stalls: { readonly fromMs: number; toMs: number }[] = [];
  readonly #held: (() => void)[] = [];
  readonly #arrivalsMs: number[] = [];
  #isStalled = false;

  constructor(planned: readonly PlannedStall[]) {
    this.#planned = planned;
  }

  /** Lets an answer through, at once or when the server goes on. */
  readonly pass = (answer: () => void): void => {
    if (this.#arrivalsMs.push(performance.now()) === 1) {
      for (const { atMs, forMs } of this.#planned) setTimeout(() => this.#stall(forMs), atMs);
    }
    if (this.#isStalled) this.#held.push(answer);
    else answer();
  };

  /**
   * The latencies of an open loop: requests that are due at a rate, each of which waits for a server that stands still when it is due, by the clock
   * that the server had. The schedule began so that no request came before it was due. One that was due before a stall and came during it, since
   * the machine was busy, waits from when it came.
   */
  openLoopLatenciesMs(ratePerSecond: number, count: number): number[] {
    const intervalMs = 1000 / ratePerSecond;
    const firstMs = Math.min(...this.#arrivalsMs.map((arrivalMs, index) => arrivalMs - index * intervalMs));
    return Array.from({ length: count }, (_, request) => {
      const dueMs = firstMs + request * intervalMs;
      const arrivalMs = this.#arrivalsMs[request] ?? Number.NaN;
      const stall = this.#stalls.find(({ fromMs, toMs }) => dueMs < toMs && arrivalMs >= fromMs);
      if (stall === undefined) return 0;
      return stall.toMs - (dueMs < stall.fromMs ? arrivalMs : dueMs);
    });
  }

  #stall(forMs: number): void {
    this.#isStalled = true;
    const stall = { fromMs: performance.now(), toMs: Infinity };
    this.#stalls.push(stall);
    setTimeout(() => {
      this.#isStalled = false;
      stall.toMs = performance.now();
      for (const answer of this.#held.splice(0)) answer();
    }, forMs);
  }
}

/** The value that so many percent of the values do not exceed: the order statistic, without interpolation. */
export function percentileOf(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1] ?? Number.NaN;
}
