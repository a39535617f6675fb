import type { DownEvent, StateEvent } from './protocol.js';

/** What becomes of the connection. */
export interface ConnectionListener {
  state(event: StateEvent): void;
  down(event: DownEvent): void;
  /** `lost`: the exporter does not answer, or has no room; it is tried again. */
  changed(connection: 'open' | 'lost'): void;
}

/** Without an event for so long, the connection is taken for broken; the server sends one every few seconds. */
const SILENT_MS = 30_000;
const RETRY_MS = 5_000;

/** The stream of events, opened again when something else is asked for. */
export class EventConnection {
  readonly #listener: ConnectionListener;
  #query: string | undefined;
  #current: EventSource | undefined;
  /** Opened, and to take the place of the current one with its first event: what is shown stays until then. */
  #next: EventSource | undefined;
  #retry: number | undefined;
  #watchdog: number | undefined;

  constructor(listener: ConnectionListener) {
    this.#listener = listener;
  }

  /** Asks for something, unless it is what comes already. */
  watch(query: string): void {
    if (query === this.#query) return;
    this.#query = query;
    this.#open(query);
  }

  /** Ends the stream. */
  stop(): void {
    this.#query = undefined;
    window.clearTimeout(this.#retry);
    window.clearTimeout(this.#watchdog);
    this.#current?.close();
    this.#next?.close();
    this.#current = undefined;
    this.#next = undefined;
  }

  #open(query: string): void {
    window.clearTimeout(this.#retry);
    this.#next?.close();
    const source = new EventSource(`/page/events?${query}`);
    this.#next = source;
    const on = (name: string, take: (data: unknown) => void): void => {
      source.addEventListener(name, (event) => {
        if (source === this.#next) {
          this.#current?.close();
          this.#current = source;
          this.#next = undefined;
        }
        if (source !== this.#current) return;
        this.#listen(query);
        this.#listener.changed('open');
        take(JSON.parse((event as MessageEvent<string>).data));
      });
    };
    on('state', (data) => this.#listener.state(data as StateEvent));
    on('down', (data) => this.#listener.down(data as DownEvent));
    source.addEventListener('error', () => {
      if (source !== this.#next && source !== this.#current) return;
      this.#listener.changed('lost');
      // A browser tries again by itself, unless the answer was no stream of events.
      if (source.readyState === EventSource.CLOSED) this.#reopen(query, RETRY_MS);
    });
    this.#listen(query);
  }

  #listen(query: string): void {
    window.clearTimeout(this.#watchdog);
    this.#watchdog = window.setTimeout(() => {
      this.#listener.changed('lost');
      this.#reopen(query, 0);
    }, SILENT_MS);
  }

  #reopen(query: string, afterMs: number): void {
    window.clearTimeout(this.#retry);
    this.#retry = window.setTimeout(() => {
      if (query === this.#query) this.#open(query);
    }, afterMs);
  }
}
