import { NEW_SERIES_MS } from '@redmeter/metric-format';
import type { NewCountRule } from '../series/entries/new-counts.js';

/** The connection that a scrape came by. */
export interface ScrapeOrigin {
  readonly socket: { readonly remoteAddress?: string | undefined; readonly destroyed: boolean };
  /** Whether it says that it is a Prometheus, by the timeout that it names. */
  readonly isPrometheus: boolean;
}

interface Known {
  readonly address: string;
  socket: ScrapeOrigin['socket'];
  lastReading: number;
  lastAtMs: number;
  /** The last times between two of its scrapes, in milliseconds. */
  readonly gapsMs: number[];
}

const MAX_SCRAPERS = 100;
const KEPT_GAPS = 10;
/** Scrape intervals for which a count is new: one scrape at least must come in that time. */
const NEW_INTERVALS = 1.5;
/** Intervals after which one who came no more is not waited for. */
const PATIENCE_INTERVALS = 2;

/**
 * Who scrapes, and which reading each of them got last, so that each sees the 0 of a new count before its value. One who keeps the
 * connection open, as Prometheus does, is known by it; else by the address.
 */
export class Scrapers implements NewCountRule {
  reading = 0;
  newMs = 0;
  seenByAll = Number.POSITIVE_INFINITY;
  readonly #clock: () => number;
  #known: Known[] = [];

  /** @param clock milliseconds that never go back */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /**
   * Begins a reading.
   * @param origin undefined where it is not for a scrape
   */
  begin(origin: ScrapeOrigin | undefined): void {
    const nowMs = this.#clock();
    this.reading += 1;
    const asking = origin === undefined ? undefined : this.#find(origin);
    const waiting = this.#known.filter((one) => one === asking || isRegular(one, nowMs));
    this.seenByAll = Math.min(...waiting.map(({ lastReading }) => lastReading));
    const intervals = waiting.map((one) =>
      shortestGap(one === asking ? [...one.gapsMs, nowMs - one.lastAtMs] : one.gapsMs),
    );
    // Never so long that a scrape of a second exporter of the same Redis could have shown the value before.
    this.newMs = waiting.length > 0 ? Math.max(NEW_SERIES_MS, NEW_INTERVALS * Math.max(...intervals)) : 0;
    // One of the first scrapes after a restart: a Prometheus has seen older counts before it.
    if (waiting.length === 0 && origin?.isPrometheus === true) this.newMs = NEW_SERIES_MS;
  }

  /** Notes that a scrape is answered by a reading. */
  note(origin: ScrapeOrigin, reading: number): void {
    const nowMs = this.#clock();
    const known = this.#find(origin);
    if (known === undefined) {
      if (this.#known.length >= MAX_SCRAPERS) this.#forgetOldest();
      const address = addressOf(origin);
      this.#known.push({ address, socket: origin.socket, lastReading: reading, lastAtMs: nowMs, gapsMs: [] });
      return;
    }
    known.gapsMs.push(nowMs - known.lastAtMs);
    if (known.gapsMs.length > KEPT_GAPS) known.gapsMs.shift();
    known.socket = origin.socket;
    known.lastReading = reading;
    known.lastAtMs = nowMs;
  }

  #find(origin: ScrapeOrigin): Known | undefined {
    const sameAddress = this.#known.filter(({ address }) => address === addressOf(origin));
    return (
      sameAddress.find(({ socket }) => socket === origin.socket) ?? sameAddress.find(({ socket }) => socket.destroyed)
    );
  }

  #forgetOldest(): void {
    const oldest = this.#known.reduce((a, b) => (b.lastAtMs < a.lastAtMs ? b : a));
    this.#known = this.#known.filter((one) => one !== oldest);
  }
}

function addressOf({ socket }: ScrapeOrigin): string {
  return socket.remoteAddress ?? '';
}

function shortestGap(gapsMs: readonly number[]): number {
  return Math.min(...gapsMs);
}

/** Whether somebody scrapes again and again, and will come back. */
function isRegular({ gapsMs, lastAtMs }: Known, nowMs: number): boolean {
  const gapMs = gapsMs.at(-1);
  return gapMs !== undefined && nowMs - lastAtMs <= PATIENCE_INTERVALS * gapMs;
}
