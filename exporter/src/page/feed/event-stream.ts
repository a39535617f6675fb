import type { ServerResponse } from 'node:http';

/** Milliseconds in which a browser must read an event. */
const MAX_UNREAD_MS = 30_000;
/** Milliseconds before a browser reconnects. */
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
   * Whether the browser has read all events. Until then nothing more is sent, and nothing is buffered for it:
   * the next difference contains what it missed. A browser that takes too long is disconnected.
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
    // JSON.stringify writes no line breaks.
    this.#response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Ends it. */
  end(): void {
    this.#response.end();
  }
}
