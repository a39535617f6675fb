/** The time for a read: until the last of the waiting scrapes times out. */
export class ReadBudget {
  readonly #startMs = performance.now();
  #endMs: number;
  readonly #rearm = new Set<() => void>();

  /** @param timeoutMs timeout of the first scrape, in milliseconds */
  constructor(timeoutMs: number) {
    this.#endMs = this.#startMs + timeoutMs;
  }

  /** Extends the budget for another scrape that waits `timeoutMs` milliseconds from now on. */
  join(timeoutMs: number): void {
    const endMs = performance.now() + timeoutMs;
    if (endMs <= this.#endMs) return;
    this.#endMs = endMs;
    for (const rearm of this.#rearm) rearm();
  }

  /**
   * Calls `work` when a share of the time has passed, and again if the time was extended.
   * @param work called with the whole time in milliseconds
   * @returns a function that stops it
   */
  whenOver(share: number, work: (totalMs: number) => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    const arm = (): void => {
      clearTimeout(timer);
      const totalMs = this.#endMs - this.#startMs;
      timer = setTimeout(() => work(totalMs), this.#startMs + totalMs * share - performance.now());
    };
    arm();
    this.#rearm.add(arm);
    return () => {
      clearTimeout(timer);
      this.#rearm.delete(arm);
    };
  }
}
