import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { buildSeriesKey } from '@redmeter/metric-format';
import { longestTurnMs } from '@redmeter/test-servers';
import { Redis } from 'ioredis';
import { AggregatorRegistry, Counter } from 'prom-client';
import { newService } from './instruments.js';

// Four workers of node:cluster count in the same 50,000 series: `library <url>`, where the primary counts beside them, or
// `prom-client`. Prints how long the event loop was held in any process while they flushed, or in the primary while it aggregated;
// how long that took; and whether the totals are exact.
const WORKERS = 4;
const SERIES = 50_000;
const ROUNDS = 3;

const [, , peer, url = ''] = process.argv;
const labels = Array.from({ length: SERIES }, (_, i) => ({ user: `user-${i}` }));

/** One flush of one process. */
export interface FlushTurn {
  readonly tookMs: number;
  readonly longestTurnMs: number;
  /** The same process's, idle for as long right after that. */
  readonly idleTurnMs: number;
}

/** Lets each worker do its round, and hands out what they answer. */
async function inEachWorker<T>(workers: readonly Worker[]): Promise<T[]> {
  return Promise.all(
    workers.map(async (worker) => {
      worker.send('round');
      const [answer] = (await once(worker, 'message')) as [T];
      return answer;
    }),
  );
}

async function startWorkers(): Promise<Worker[]> {
  const workers = Array.from({ length: WORKERS }, () => cluster.fork());
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return workers;
}

async function libraryPrimary(): Promise<unknown> {
  const workers = await startWorkers();
  const ownRound = libraryRounds();
  const turns: FlushTurn[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [own, others] = await Promise.all([ownRound(), inEachWorker<FlushTurn>(workers)]);
    turns.push(own, ...others);
  }
  const redis = new Redis(url);
  const total = (WORKERS + 1) * ROUNDS;
  let exact = 0;
  for (let at = 0; at < SERIES; at += 1000) {
    const keys = labels
      .slice(at, at + 1000)
      .map(({ user }) => buildSeriesKey({ prefix: 'metrics' }, 'counter', 'requests_total', [['user', user]]));
    for (const record of await redis.mget(keys)) {
      if ((JSON.parse(record ?? '{}') as { value?: number }).value === total) exact += 1;
    }
  }
  return { turns, exactSeries: exact, series: SERIES };
}

/** Rounds of a process that uses the library: each counts once in every series, and flushes. */
function libraryRounds(): () => Promise<FlushTurn> {
  const service = newService(url);
  const family = service.counter({ name: 'requests_total', labelNames: ['user'] });
  const counters = labels.map((each) => family.labels(each));
  return async () => {
    for (const counter of counters) counter.inc();
    await new Promise((resolve) => setImmediate(resolve));
    const startedAtMs = performance.now();
    const longest = await longestTurnMs(service.flush());
    const tookMs = performance.now() - startedAtMs;
    const idle = await longestTurnMs(new Promise((resolve) => setTimeout(resolve, tookMs)));
    return { tookMs, longestTurnMs: longest, idleTurnMs: idle };
  };
}

async function libraryWorker(): Promise<void> {
  const round = libraryRounds();
  process.send?.('ready');
  for (;;) {
    await once(process, 'message');
    process.send?.(await round());
  }
}

async function promClientPrimary(): Promise<unknown> {
  const registry = new AggregatorRegistry();
  const workers = await startWorkers();
  const stalls: number[] = [];
  const scrapes: number[] = [];
  let exact = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    await inEachWorker(workers);
    const startedAtMs = performance.now();
    const scrape = registry.clusterMetrics();
    stalls.push(await longestTurnMs(scrape));
    scrapes.push(performance.now() - startedAtMs);
    const total = String(WORKERS * (round + 1));
    exact = (await scrape)
      .split('\n')
      .filter((line) => line.startsWith('requests_total{') && line.endsWith(` ${total}`)).length;
  }
  return {
    longestTurnMs: Math.max(...stalls),
    scrapeMs: Math.max(...scrapes),
    exactSeries: exact,
    series: SERIES,
  };
}

async function promClientWorker(): Promise<void> {
  // What answers the primary's question.
  new AggregatorRegistry();
  const counter = new Counter({ name: 'requests_total', help: 'Requests.', labelNames: ['user'] });
  for (const each of labels) counter.inc(each, 0);
  process.send?.('ready');
  process.on('message', (message) => {
    if (message !== 'round') return;
    for (const each of labels) counter.inc(each);
    process.send?.('done');
  });
  return Promise.resolve();
}

if (cluster.isPrimary) {
  const result = await (peer === 'library' ? libraryPrimary() : promClientPrimary());
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill();
  process.stdout.write(JSON.stringify(result), () => process.exit());
} else {
  await (peer === 'library' ? libraryWorker() : promClientWorker());
}
