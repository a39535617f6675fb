/** Something that happens at a moment. It may wait for a real server. */
type Happening = () => void | Promise<void>;

interface Event {
  atMs: number;
  readonly order: number;
  readonly happen: Happening;
  /** Whose event it is: a process that is stopped gets it later. */
  readonly process: StoppedProcess | undefined;
  isCancelled: boolean;
}

/** A process that may be stopped for a while: its timers and what it receives wait until it goes on. */
export interface StoppedProcess {
  stoppedUntilMs: number;
}

/** A clock that moves from event to event, and the events to come. */
export class VirtualTime {
  /** Milliseconds since the beginning. */
  nowMs = 0;
  /** Events that happened. */
  happened = 0;
  /** Latest first. */
  readonly #events: Event[] = [];
  #order = 0;

  get pending(): number {
    return this.#events.length;
  }

  /** @returns a function that cancels it */
  after(delayMs: number, happen: Happening, process?: StoppedProcess): () => void {
    const event: Event = {
      atMs: this.nowMs + Math.max(0, delayMs),
      order: (this.#order += 1),
      happen,
      process,
      isCancelled: false,
    };
    this.#insert(event);
    return () => {
      event.isCancelled = true;
    };
  }

  /** Lets the next event happen. @returns false when there is none */
  step(): Promise<void> | boolean {
    for (;;) {
      const event = this.#events.pop();
      if (event === undefined) return false;
      if (event.isCancelled || event.process?.stoppedUntilMs === Number.POSITIVE_INFINITY) continue;
      this.nowMs = Math.max(this.nowMs, event.atMs);
      const { process } = event;
      if (process !== undefined && process.stoppedUntilMs > this.nowMs) {
        event.atMs = process.stoppedUntilMs;
        this.#insert(event);
        continue;
      }
      this.happened += 1;
      return event.happen() ?? true;
    }
  }

  #insert(inserted: Event): void {
    const events = this.#events;
    let i = events.length;
    for (; i > 0; i -= 1) {
      const later = events[i - 1];
      if (later === undefined || later.atMs > inserted.atMs) break;
      if (later.atMs === inserted.atMs && later.order > inserted.order) break;
    }
    events.splice(i, 0, inserted);
  }
}
