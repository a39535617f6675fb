import { setImmediate, setTimeout as timeout } from 'node:timers/promises';
import type { Label } from '@redmeter/metric-format';
import type { Logger } from '../logger.js';
import type { ReadMessages } from '../scrape/scraper.js';
import type { EncodedRequest } from './encode/request-builder.js';
import { RoundEncoder } from './encode/round-encoder.js';
import { ExemplarMarks } from './exemplar-marks.js';
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
  #lastTimestampMs = 0;
  #isFailing = false;
  #isRejecting = false;

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
      const { isWhole, pauseMs } = await this.#round(isLast ? this.#cut.signal : signal, isLast);
      // Counts that are new in the last round are in it as 0.
      if (isLast && isWhole) await this.#round(this.#cut.signal, isLast);
      const waitMs = Math.max(this.#settings.intervalMs - (performance.now() - startMs), pauseMs);
      if (!signal.aborted && waitMs > 0) await pause(waitMs, signal);
    }
  }

  /**
   * @param hurry ends pauses
   * @returns whether all of it has arrived, and milliseconds for which the endpoint wants no other request
   */
  async #round(hurry: AbortSignal, isLast: boolean): Promise<{ readonly isWhole: boolean; readonly pauseMs: number }> {
    const { read, sender, metrics, logger } = this.#parts;
    try {
      const messages = await read();
      // Who stops knows nothing of series that cannot be read: they are not gone.
      if (isLast && !messages.isUp) {
        messages.release();
        return { isWhole: false, pauseMs: 0 };
      }
      const requests = await this.#encode(messages);
      metrics.pendingSamples.set(samplesOf(requests));
      const delivered = await deliver(
        requests,
        { sender, metrics },
        { patienceMs: this.#settings.intervalMs, signal: this.#cut.signal, hurry },
      );
      const isWhole = delivered.dropped.length === 0 && delivered.refused.length === 0;
      if (isWhole) messages.noteShown();
      this.#note(delivered);
      return { isWhole, pauseMs: delivered.pauseMs };
    } catch (error) {
      logger.error(`pushing failed: ${String(error)}`);
      return { isWhole: false, pauseMs: 0 };
    }
  }

  /** Makes requests of all series, and lets other work run in between. */
  async #encode({ families, release }: ReadMessages): Promise<EncodedRequest[]> {
    try {
      // A series has one sample at a time.
      const timestampMs = Math.max(Date.now(), this.#lastTimestampMs + 1);
      this.#lastTimestampMs = timestampMs;
      this.#marks.begin();
      const encoder = new RoundEncoder(this.#settings.maxSamples, timestampMs, this.#marks);
      let turnEndsMs = performance.now() + MAX_TURN_MS;
      for (const family of families) {
        for (const piece of family.messages ?? []) {
          const layout = this.#known.layoutOf(piece, family);
          encoder.add(layout, piece, (block) => this.#known.noteChanged(layout, block));
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

  #note({ settled, refused, dropped, rejection, failure }: Delivered): void {
    const { metrics, logger } = this.#parts;
    const { shown } = this.#settings;
    for (const { marks } of settled) this.#marks.note(marks);
    for (const request of settled) {
      if (refused.includes(request)) continue;
      for (const { layout, start, end } of request.blocks) layout.noteDelivered(start, end);
    }
    this.#known.takeBack([...dropped, ...refused].flatMap(({ gone }) => gone));
    metrics.pendingSamples.set(0);
    metrics.droppedSamples.inc(samplesOf(dropped));
    if (failure !== undefined && !this.#isFailing) {
      logger.error(`cannot push to ${shown}: ${failure}; older samples give place to newer ones until it answers`);
    } else if (failure === undefined && this.#isFailing) logger.info(`pushing to ${shown} again`);
    this.#isFailing = failure !== undefined;
    if (rejection !== undefined && !this.#isRejecting) {
      logger.error(`${shown} rejected samples, they are not sent again: ${rejection}`);
    }
    this.#isRejecting ||= rejection !== undefined;
    if (dropped.length > 0 || rejection !== undefined) return;
    if (this.#isRejecting) logger.info(`${shown} takes all samples again`);
    this.#isRejecting = false;
    metrics.lastSuccess.set(Date.now() / 1000);
  }
}

async function pause(pauseMs: number, signal: AbortSignal): Promise<void> {
  // It ends early when the signal says so.
  await timeout(pauseMs, undefined, { signal }).catch(() => undefined);
}

function samplesOf(requests: readonly EncodedRequest[]): number {
  return requests.reduce((sum, { samples, histograms }) => sum + samples + histograms, 0);
}
