import type { ServerResponse } from 'node:http';

/** How long a browser may take to read what it was sent, milliseconds. */
const MAX_UNREAD_MS = 30_000;
/** What a browser waits before it connects again, milliseconds. */
const RETRY_MS = 2_000;

/** Server-sent events to one browser. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #now: () => number;
  #blockedSinceMs: number | undefined;

  /** @param now a monotonic clock, milliseconds */
  constructor(response: ServerResponse, now: () => number) {
    this.#response = response;
    this.#now = now;
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' });
    response.write(`retry: ${RETRY_MS}\n\n`);
  }

  /**
   * Whether the browser took all it was sent. As long as it did not, it is sent nothing more and nothing waits for it:
   * what it misses is in the next difference. One that takes too long is cut off.
   */
  get isReady(): boolean {
    if (!this.#response.writableNeedDrain) {
      this.#blockedSinceMs = undefined;
      return !this.#response.destroyed;
    }
    this.#blockedSinceMs ??= this.#now();
    if (this.#now() - this.#blockedSinceMs > MAX_UNREAD_MS) this.#response.destroy();
    return false;
  }

  /** Sends an event. */
  send(event: string, data: unknown): void {
    // JSON has no line breaks outside of texts, and none within.
    this.#response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Ends it. */
  end(): void {
    this.#response.end();
  }
}
