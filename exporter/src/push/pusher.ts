import { setImmediate, setTimeout as timeout } from 'node:timers/promises';
import type { Label } from '@redmeter/metric-format';
import type { Logger } from '../logger.js';
import type { ReadMessages } from '../scrape/scraper.js';
import type { EncodedRequest } from './encode/request-builder.js';
import { RoundEncoder } from './encode/round-encoder.js';
import { ExemplarMarks } from './exemplar-marks.js';
import type { GoneBlock } from './gone-block.js';
import { KnownSeries } from './known-series.js';
import type { PushMetrics } from './push-metrics.js';
import { deliver, type Delivered, type RequestSender } from './send/delivery.js';

/** How series are pushed. */
export interface PusherSettings {
  readonly intervalMs: number;
  readonly maxSamples: number;
  /** Labels added to every series. */
  readonly targetLabels: readonly Label[];
  /** The endpoint as it is logged. */
  readonly shown: string;
}

/** What a pusher works with. */
export interface PusherParts {
  /** Reads all series as a scrape does. */
  readonly read: () => Promise<ReadMessages>;
  readonly sender: RequestSender;
  readonly metrics: PushMetrics;
  readonly logger: Logger;
}

const MAX_TURN_MS = 25;
/** For what was cut off to end. */
const CUT_MS = 250;

/**
 * Pushes all series, interval by interval. It keeps one round at most: what cannot be delivered gives place to a newer reading. Counts and
 * histograms are cumulative, so the next round has all of them; only the points in between are missing.
 */
export class Pusher {
  readonly #settings: PusherSettings;
  readonly #parts: PusherParts;
  readonly #known: KnownSeries;
  readonly #marks = new ExemplarMarks();
  readonly #stopping = new AbortController();
  readonly #cut = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #failure = '';
  #rejection = '';

  constructor(settings: PusherSettings, parts: PusherParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#known = new KnownSeries(settings.targetLabels);
  }

  /** Begins with the first round. */
  start(): void {
    this.#running = this.#run();
  }

  /** Pushes once more what the series are now, and ends, at the latest after `graceMs` milliseconds. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    const cut = setTimeout(() => this.#cut.abort(), graceMs);
    // A reading that nobody answers is not waited for.
    const late = new AbortController();
    await Promise.race([this.#running, pause(graceMs + CUT_MS, late.signal)]);
    clearTimeout(cut);
    late.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let isLast = false; !isLast;) {
      isLast = signal.aborted;
      const startMs = performance.now();
      const pauseMs = await this.#round(isLast ? this.#cut.signal : signal);
      const waitMs = Math.max(this.#settings.intervalMs - (performance.now() - startMs), pauseMs);
      if (!signal.aborted && waitMs > 0) await pause(waitMs, signal);
    }
  }

  /**
   * @param hurry ends pauses
   * @returns milliseconds for which the endpoint wants no other request
   */
  async #round(hurry: AbortSignal): Promise<number> {
    const { sender, metrics, logger } = this.#parts;
    try {
      const requests = await this.#encode();
      metrics.pendingSamples.set(samplesOf(requests));
      const delivered = await deliver(
        requests,
        { sender, metrics },
        { patienceMs: this.#settings.intervalMs, signal: this.#cut.signal, hurry },
      );
      this.#note(delivered);
      return delivered.pauseMs;
    } catch (error) {
      logger.error(`pushing failed: ${String(error)}`);
      return 0;
    }
  }

  /** Reads all series and makes requests of them, and lets other work run in between. */
  async #encode(): Promise<EncodedRequest[]> {
    const { families, release } = await this.#parts.read();
    try {
      const timestampMs = Date.now();
      this.#marks.begin();
      const encoder = new RoundEncoder(this.#settings.maxSamples, timestampMs, this.#marks);
      let turnEndsMs = performance.now() + MAX_TURN_MS;
      for (const family of families) {
        for (const piece of family.messages ?? []) {
          const layout = this.#known.layoutOf(piece, family);
          encoder.add(layout, piece, (block, before) => this.#known.noteChanged(layout, block, before));
          if (performance.now() < turnEndsMs) continue;
          await setImmediate();
          turnEndsMs = performance.now() + MAX_TURN_MS;
        }
      }
      for (const gone of this.#known.finish(timestampMs)) encoder.addGone(gone);
      return encoder.take();
    } finally {
      release();
    }
  }

  #note({ settled, dropped, rejection, failure }: Delivered): void {
    const { metrics, logger } = this.#parts;
    const { shown } = this.#settings;
    for (const { marks } of settled) this.#marks.note(marks);
    const gone: GoneBlock[] = dropped.flatMap((request) => request.gone);
    this.#known.takeBack(gone);
    metrics.pendingSamples.set(0);
    metrics.droppedSamples.inc(samplesOf(dropped));
    if (failure !== undefined && this.#failure === '') {
      logger.error(`cannot push to ${shown}: ${failure}; older samples give place to newer ones until it answers`);
    } else if (failure === undefined && this.#failure !== '') logger.info(`pushing to ${shown} again`);
    this.#failure = failure ?? '';
    if (rejection !== undefined && rejection !== this.#rejection) {
      logger.error(`${shown} rejected samples, they are not sent again: ${rejection}`);
    }
    this.#rejection = rejection ?? '';
    if (dropped.length === 0 && rejection === undefined) metrics.lastSuccess.set(Date.now() / 1000);
  }
}

async function pause(pauseMs: number, signal: AbortSignal): Promise<void> {
  // It ends early when the signal says so.
  await timeout(pauseMs, undefined, { signal }).catch(() => undefined);
}

function samplesOf(requests: readonly EncodedRequest[]): number {
  return requests.reduce((sum, { samples, histograms }) => sum + samples + histograms, 0);
}
