import { beforeEach, expect, it } from '@jest/globals';
import { NEW_SERIES_MS } from '@redmeter/metric-format';
import { NewCounts } from '../../src/series/entries/new-counts.js';
import { Scrapers, type ScrapeOrigin } from '../../src/scrape/scrapers.js';

let nowMs: number;
let scrapers: Scrapers;
beforeEach(() => {
  nowMs = 1_000_000;
  scrapers = new Scrapers(() => nowMs);
});

function origin(
  remoteAddress: string,
  isPrometheus = true,
): ScrapeOrigin & { readonly socket: { destroyed: boolean } } {
  return { socket: { remoteAddress, destroyed: false }, isPrometheus };
}

/** A scrape at a time. @returns the number of its reading, and what all had got before it */
function scrape(from: ScrapeOrigin, atMs: number): { reading: number; seenByAll: number; newMs: number } {
  nowMs = 1_000_000 + atMs;
  scrapers.begin(from);
  const { reading, seenByAll, newMs } = scrapers;
  scrapers.note(from, reading);
  return { reading, seenByAll, newMs };
}

it('one scraper has seen all but what the next reading brings', () => {
  const a = origin('10.0.0.1');
  expect(scrape(a, 0)).toEqual({ reading: 1, seenByAll: Number.POSITIVE_INFINITY, newMs: NEW_SERIES_MS });
  expect(scrape(a, 30_000)).toEqual({ reading: 2, seenByAll: 1, newMs: 45_000 });
  expect(scrape(a, 60_000)).toEqual({ reading: 3, seenByAll: 2, newMs: 45_000 });
});

it('at the start nothing is new to one who is no Prometheus', () => {
  expect(scrape(origin('10.0.0.1', false), 0).newMs).toBe(0);
});

it.each([
  ['from two addresses', '10.0.0.2'],
  ['from one address, by two connections', '10.0.0.1'],
])('two scrapers wait for each other: %s', (_, second) => {
  const [a, b] = [origin('10.0.0.1'), origin(second)];
  scrape(a, 0);
  scrape(b, 2500);
  scrape(a, 5000);
  scrape(b, 7500);
  expect(scrape(a, 10_000)).toMatchObject({ reading: 5, seenByAll: 3 });
  expect(scrape(b, 12_500)).toMatchObject({ reading: 6, seenByAll: 4 });
});

it('one that opens a connection for each scrape is one', () => {
  for (let i = 0; i < 5; i += 1) {
    const a = origin('10.0.0.1');
    const { reading, seenByAll } = scrape(a, 5000 * i);
    if (i > 0) expect(seenByAll).toBe(reading - 1);
    a.socket.destroyed = true;
  }
});

it('no scraper is waited for that came once, or no longer comes', () => {
  const [a, once] = [origin('10.0.0.1'), origin('10.0.0.9', false)];
  scrape(a, 0);
  scrape(a, 5000);
  scrape(once, 6000);
  expect(scrape(a, 10_000)).toMatchObject({ seenByAll: 2 });
  scrape(once, 11_000);
  expect(scrape(a, 15_000)).toMatchObject({ reading: 6, seenByAll: 4 });
  expect(scrape(a, 30_000)).toMatchObject({ reading: 7, seenByAll: 6 });
});

it('remembers a bounded number of them', () => {
  for (let i = 0; i < 1000; i += 1) scrape(origin(`10.0.${Math.floor(i / 256)}.${i % 256}`), i);
  // The first is forgotten, and so a stranger.
  expect(scrape(origin('10.0.0.0', false), 2000).newMs).toBe(0);
});

it('a count is new by its age, also one that began while it was read', () => {
  const counts = new NewCounts({ reading: 1, newMs: 7500, seenByAll: 0 });
  const ages = [7500, 7499, 0, -5000, -3_600_000, Number.NaN];
  expect(ages.map((ageMs) => counts.isNew(nowMs - ageMs, nowMs))).toEqual([false, true, true, true, false, false]);
});
