/** The bytes of all bodies in memory, which are bounded together. */
export class BodyBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether there is room for so many more bytes; if so, they are taken. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Gives bytes back. */
  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}
