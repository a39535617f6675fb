const SHOWN_EVERY_MS = 100;

/** One line of a terminal that is written over and over; elsewhere nothing is written. */
export class ProgressLine {
  readonly #terminal: NodeJS.WriteStream;
  #shownAtMs = 0;

  constructor(terminal: NodeJS.WriteStream) {
    this.#terminal = terminal;
  }

  show(text: string): void {
    if (!this.#terminal.isTTY || performance.now() - this.#shownAtMs < SHOWN_EVERY_MS) return;
    this.#shownAtMs = performance.now();
    this.#terminal.write(`\r\u001b[K${text.slice(0, this.#terminal.columns - 1)}`);
  }

  clear(): void {
    if (this.#terminal.isTTY) this.#terminal.write('\r\u001b[K');
  }
}
