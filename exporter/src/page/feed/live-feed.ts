import type { Look } from '../../scrape/scraper.js';
import { prepareReading, type PageReading } from '../reading/page-reading.js';
import { SeriesFilter } from '../series/series-filter.js';
import { Summaries } from '../reading/summaries.js';
import { Viewer } from './viewer.js';
import type { ViewerRequest } from './viewer-request.js';

/** Where a viewer's events go. */
export interface Events {
  /** Whether it takes another event now. */
  readonly isReady: boolean;
  send(event: 'state' | 'down', data: unknown): void;
  end(): void;
}

/** What a feed needs of the world. */
export interface FeedOptions {
  /** Looks at everything; it never rejects. */
  readonly look: () => Promise<Look>;
  /** Least time between two looks, milliseconds. */
  readonly intervalMs: number;
  readonly mostViewers: number;
  /** A monotonic clock, milliseconds. */
  readonly now: () => number;
  /** Calls back after some milliseconds; what it answers takes that back. */
  readonly later: (callback: () => void, ms: number) => () => void;
  /** Told whenever somebody comes or goes. */
  readonly onViewers: (count: number) => void;
  /** Told of what should not happen. */
  readonly onError: (error: unknown) => void;
}

/** After a look that took a second, the next is five later: most of the time is Redis's and the scrapers' own. */
const REST = 5;
/** How long work goes on before everything else gets a turn, milliseconds. */
const BREATH_MS = 8;

/** Looks for all viewers at once, as long as there are any, and tells each what changed for it. */
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
  #breathedMs = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Whether there is room for one more. */
  get hasRoom(): boolean {
    return !this.#isClosed && this.#viewers.size < this.#options.mostViewers;
  }

  /** Tells a viewer of everything from now on. */
  add(events: Events, request: ViewerRequest): void {
    this.#viewers.set(events, new Viewer(request));
    this.#waiting.add(events);
    this.#options.onViewers(this.#viewers.size);
    if (!this.#isWorking) void this.#work(this.#cancel === undefined);
  }

  /** Forgets a viewer that went. */
  remove(events: Events): void {
    if (!this.#viewers.delete(events)) return;
    this.#waiting.delete(events);
    this.#options.onViewers(this.#viewers.size);
  }

  /** Ends all streams and looks no more. */
  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    for (const events of [...this.#viewers.keys()]) {
      events.end();
      this.remove(events);
    }
  }

  async #work(isLookDue: boolean): Promise<void> {
    this.#isWorking = true;
    try {
      if (isLookDue) await this.#look();
      // Who came meanwhile is told of the same look.
      while (this.#waiting.size > 0 && this.#latest !== undefined) await this.#tell([...this.#waiting]);
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#isWorking = false;
    }
  }

  async #look(): Promise<void> {
    const startMs = this.#options.now();
    const look = await this.#options.look();
    const tookMs = this.#options.now() - startMs;
    this.#breathedMs = this.#options.now();
    try {
      if (look.kind === 'failed') this.#latest = { why: look.why };
      else {
        // What was counted stands by pieces, so these must not be written over before the next look knows them.
        const releaseBefore = this.#release;
        this.#release = look.release;
        releaseBefore();
        this.#latest = await prepareReading(look, tookMs, this.#summaries, async () => this.#breathe());
      }
      await this.#tell([...this.#viewers.keys()]);
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
      Math.max(this.#options.intervalMs, REST * tookMs),
    );
  }

  /** Keeps nothing for nobody. */
  #forget(): void {
    this.#latest = undefined;
    this.#release();
    this.#release = () => undefined;
    this.#summaries = new Summaries(new SeriesFilter(''));
  }

  async #tell(all: readonly Events[]): Promise<void> {
    const reading = this.#latest;
    if (reading === undefined) return;
    for (const events of all) {
      this.#waiting.delete(events);
      const viewer = this.#viewers.get(events);
      if (viewer === undefined || !events.isReady) continue;
      if ('why' in reading) events.send('down', reading);
      else {
        const update = await viewer.update(reading, async () => this.#breathe());
        // It may have gone while its answer was made.
        if (this.#viewers.has(events)) events.send('state', update);
      }
    }
  }

  async #breathe(): Promise<void> {
    if (this.#options.now() - this.#breathedMs < BREATH_MS) return;
    await new Promise<void>((resolve) => void setImmediate(resolve));
    this.#breathedMs = this.#options.now();
  }
}
