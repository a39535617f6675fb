/**
 * Holds handles of the series of a registry, so that unchanged series do not expire. Handles of series that are missing in a round are
 * released.
 */
export class HeldHandles {
  #last = new Map<string, unknown>();
  #now = new Map<string, unknown>();

  /** Starts a round, in which `hold` is called once for each series. */
  startRound(): void {
    this.#last = this.#now;
    this.#now = new Map();
  }

  /** Holds the handles of a series, by default those of the last round. */
  hold(key: string, handles: unknown = this.#last.get(key)): void {
    this.#now.set(key, handles);
  }
}
