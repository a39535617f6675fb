/** A task that runs one at a time; calls during a run share the next one. */
export class SharedRuns {
  readonly #task: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(task: () => Promise<void>) {
    this.#task = task;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Starts a run after this call. */
  run(): Promise<void> {
    if (this.#running === undefined && this.#next === undefined) return this.#start();
    this.#next ??= Promise.resolve(this.#running)
      .catch(() => undefined)
      .then(() => this.#start());
    return this.#next;
  }

  /** The current run, or a new one. */
  join(): Promise<void> {
    return this.#running ?? this.run();
  }

  #start(): Promise<void> {
    this.#next = undefined;
    this.#running = this.#task().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }
}
