/** How long a read may take: until the last of those who wait for it gives up. */
export class ReadBudget {
  readonly #startMs = performance.now();
  #endMs: number;
  readonly #rearm = new Set<() => void>();

  /** @param timeoutMs milliseconds that the first one waits */
  constructor(timeoutMs: number) {
    this.#endMs = this.#startMs + timeoutMs;
  }

  /** Extends the budget for another scrape that waits from now on, for so many milliseconds. */
  join(timeoutMs: number): void {
    const endMs = performance.now() + timeoutMs;
    if (endMs <= this.#endMs) return;
    this.#endMs = endMs;
    for (const rearm of this.#rearm) rearm();
  }

  /**
   * Does some work when a share of the time is over, and again when it is over of a time that became longer.
   * @param work called with the length of the whole time, in milliseconds
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
