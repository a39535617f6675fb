// Often enough to see what would show in a latency, seldom enough to cost nothing.
const TICK_MS = 10;
// A tick comes this late on a machine that has time.
const TOLERANCE_MS = 5;

/** Detects when the event loop of the load generator is blocked, so that responses are read late. */
export class GeneratorClock {
  #tickMs = performance.now();
  readonly #timer = setInterval(() => (this.#tickMs = performance.now()), TICK_MS);

  /** How long the event loop has stood still up to now; 0 when it runs. */
  standstillMs(nowMs: number): number {
    const lateMs = nowMs - this.#tickMs - TICK_MS;
    return lateMs > TOLERANCE_MS ? lateMs : 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
