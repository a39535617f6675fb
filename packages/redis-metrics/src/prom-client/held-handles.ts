/**
 * Holds the handles of series that are read elsewhere, so that they stay alive while they are there although they do not change. Those
 * that are not named in a round are no longer held.
 */
export class HeldHandles {
  #last = new Map<string, unknown>();
  #now = new Map<string, unknown>();

  /** Starts a round in which each series is named once. */
  startRound(): void {
    this.#last = this.#now;
    this.#now = new Map();
  }

  /** Names a series; without handles, those of the last round. */
  hold(key: string, handles: unknown = this.#last.get(key)): void {
    this.#now.set(key, handles);
  }
}
