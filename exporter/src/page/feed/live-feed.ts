import type { ShownMetrics } from '../../scrape/scraper.js';
import { prepareReading, type PageReading } from '../reading/page-reading.js';
import { SeriesFilter } from '../series/series-filter.js';
import { Summaries } from '../reading/summaries.js';
import { Viewer } from './viewer.js';
import type { ViewerRequest } from './viewer-request.js';

/** The event stream of a viewer. */
export interface Events {
  /** Whether it accepts another event now. */
  readonly isReady: boolean;
  send(event: 'state' | 'down', data: unknown): void;
  end(): void;
}

/** Dependencies of a feed. */
export interface FeedOptions {
  /** Reads all metrics; it never rejects. */
  readonly read: () => Promise<ShownMetrics>;
  /** Minimum time between two readings, milliseconds. */
  readonly intervalMs: number;
  readonly maxViewers: number;
  /** A monotonic clock, milliseconds. */
  readonly now: () => number;
  /** Calls back after some milliseconds; returns a function that cancels it. */
  readonly later: (callback: () => void, ms: number) => () => void;
  /** Called when the number of viewers changes. */
  readonly onViewers: (count: number) => void;
  /** Called with unexpected errors. */
  readonly onError: (error: unknown) => void;
}

/** After a reading that took a second, the next one starts five seconds later, so that Redis and scrapers keep most of the time. */
const REST_FACTOR = 5;
/** Milliseconds of work after which the feed yields to other work. */
const MAX_TURN_MS = 8;

/** Reads the metrics once for all viewers, while there are any, and sends each one its changes. */
export class LiveFeed {
  readonly #options: FeedOptions;
  readonly #viewers = new Map<Events, Viewer>();
  readonly #waiting = new Set<Events>();
  #summaries = new Summaries(new SeriesFilter(''));
  #latest: PageReading | { readonly why: string } | undefined;
  #cancel: (() => void) | undefined;
  #isWorking = false;
  #isClosed = false;
  #release: () => void = () => undefined;
  #turnStartMs = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Whether there is room for one more. */
  get hasRoom(): boolean {
    return !this.#isClosed && this.#viewers.size < this.#options.maxViewers;
  }

  /** Sends a viewer everything from now on. */
  add(events: Events, request: ViewerRequest): void {
    this.#viewers.set(events, new Viewer(request));
    this.#waiting.add(events);
    this.#options.onViewers(this.#viewers.size);
    if (!this.#isWorking) void this.#work(this.#cancel === undefined);
  }

  /** Removes a viewer that has gone. */
  remove(events: Events): void {
    if (!this.#viewers.delete(events)) return;
    this.#waiting.delete(events);
    this.#options.onViewers(this.#viewers.size);
  }

  /** Ends all streams and stops reading. */
  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    for (const events of [...this.#viewers.keys()]) {
      events.end();
      this.remove(events);
    }
  }

  async #work(isReadDue: boolean): Promise<void> {
    this.#isWorking = true;
    try {
      if (isReadDue) await this.#read();
      // Viewers that came meanwhile get the same reading.
      while (this.#waiting.size > 0 && this.#latest !== undefined) await this.#send([...this.#waiting]);
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#isWorking = false;
    }
  }

  async #read(): Promise<void> {
    const startMs = this.#options.now();
    const shown = await this.#options.read();
    const tookMs = this.#options.now() - startMs;
    this.#turnStartMs = this.#options.now();
    try {
      if (shown.kind === 'failed') this.#latest = { why: shown.why };
      else {
        // Counts are kept by piece, so the pieces must not be overwritten before the next reading has seen them.
        const releaseBefore = this.#release;
        this.#release = shown.release;
        releaseBefore();
        this.#latest = await prepareReading(shown, tookMs, this.#summaries, async () => this.#yieldTurn());
      }
      await this.#send([...this.#viewers.keys()]);
    } finally {
      this.#plan(this.#options.now() - startMs);
    }
  }

  #plan(tookMs: number): void {
    if (this.#isClosed) return;
    this.#cancel = this.#options.later(
      () => {
        this.#cancel = undefined;
        if (this.#isWorking) this.#plan(0);
        else if (this.#viewers.size > 0) void this.#work(true);
        else this.#forget();
      },
      Math.max(this.#options.intervalMs, REST_FACTOR * tookMs),
    );
  }

  /** Frees the last reading when no viewer is left. */
  #forget(): void {
    this.#latest = undefined;
    this.#release();
    this.#release = () => undefined;
    this.#summaries = new Summaries(new SeriesFilter(''));
  }

  async #send(all: readonly Events[]): Promise<void> {
    const reading = this.#latest;
    if (reading === undefined) return;
    for (const events of all) {
      this.#waiting.delete(events);
      const viewer = this.#viewers.get(events);
      if (viewer === undefined || !events.isReady) continue;
      if ('why' in reading) events.send('down', reading);
      else {
        const update = await viewer.update(reading, async () => this.#yieldTurn());
        // The viewer may have disconnected meanwhile.
        if (this.#viewers.has(events)) events.send('state', update);
      }
    }
  }

  async #yieldTurn(): Promise<void> {
    if (this.#options.now() - this.#turnStartMs < MAX_TURN_MS) return;
    await new Promise<void>((resolve) => void setImmediate(resolve));
    this.#turnStartMs = this.#options.now();
  }
}
