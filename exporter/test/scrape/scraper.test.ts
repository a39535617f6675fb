import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { SkipCounts } from '@redmeter/metric-reader';
import { Gauge } from 'prom-client';
import type { UnionReading } from '../../src/reading/union-reader.js';
import { OwnMetrics } from '../../src/scrape/own-metrics.js';
import { Scraper } from '../../src/scrape/scraper.js';
import type { ShownFamily } from '../../src/series/shown-family.js';
import { TextPiece } from '../../src/text/text-piece.js';

let metrics: OwnMetrics;
let piece: TextPiece;
let scraper: Scraper;
beforeEach(() => {
  metrics = new OwnMetrics(() => ({ commands: 0, roundTrips: 0 }));
  piece = TextPiece.of(['jobs 1\n']);
  const jobs: ShownFamily = {
    name: 'jobs',
    type: 'gauge',
    help: 'Jobs.',
    unit: undefined,
    pieces: [piece],
    openMetrics: undefined,
  };
  const reading: UnionReading = {
    snapshot: { families: [jobs], seriesByType: new Map(), skipped: new SkipCounts(), lastWriteMs: undefined },
    ...{ nowMs: 1_000_000, isScanDisabled: false, maxSeries: 10, truncated: [], keysRead: 1, keysKnown: 1 },
    ...{ rebuilt: [], held: 0, failure: undefined, nodes: [], unservedSlots: new Map() },
  };
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  scraper = new Scraper({ read: async () => Promise.resolve(reading) }, metrics, logger, false);
});
afterEach(() => {
  metrics.registry.clear();
});

/** Whether somebody needs the text: a change then makes another piece. */
function isHeld(): boolean {
  return piece.with([{ index: 0, text: 'jobs 2\n' }]) !== piece;
}

function breakMetrics(): void {
  const collect = (): never => {
    throw new Error('no memory');
  };
  metrics.registry.registerMetric(new Gauge({ name: 'broken', help: 'Broken.', registers: [], collect }));
}

it('keeps the text of the page until it is released', async () => {
  const shown = await scraper.readForPage(1000);
  if (shown.kind === 'failed') throw new Error(shown.why);
  expect(isHeld()).toBe(true);
  shown.release();
  expect(isHeld()).toBe(false);
});

it('shows on the page that metrics of its own fail, and keeps no text', async () => {
  breakMetrics();
  expect(await scraper.readForPage(1000)).toEqual({ kind: 'failed', why: 'no memory' });
  expect(isHeld()).toBe(false);
});

it('keeps no text of a scrape that fails', async () => {
  breakMetrics();
  const asked = { format: 'text', escaping: 'allow-utf-8' } as const;
  await expect(scraper.scrape({ asked, encoding: 'identity', timeoutMs: 1000 })).rejects.toThrow('no memory');
  expect(isHeld()).toBe(false);
});
