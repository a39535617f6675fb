import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { buildSeriesKey } from '@redmeter/metric-format';
import { longestTurnMs } from '@redmeter/test-servers';
import { Redis } from 'ioredis';
import { AggregatorRegistry, Counter } from 'prom-client';
import { newService } from './instruments.js';

// Four workers of node:cluster count in the same 50,000 series: `library <url>` or `prom-client`. Prints how long the event loop
// was held in any process while they flushed, or in the primary while it aggregated; and whether the totals are exact.
const WORKERS = 4;
const SERIES = 50_000;
const ROUNDS = 3;

const [, , peer, url = ''] = process.argv;
const labels = Array.from({ length: SERIES }, (_, i) => ({ user: `user-${i}` }));

interface WorkerTurns {
  readonly flushMs: number[];
  readonly controlMs: number[];
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
  const turns: WorkerTurns[] = [];
  for (let round = 0; round < ROUNDS; round += 1) turns.push(...(await inEachWorker<WorkerTurns>(workers)));
  const redis = new Redis(url);
  let exact = 0;
  for (let at = 0; at < SERIES; at += 1000) {
    const keys = labels
      .slice(at, at + 1000)
      .map(({ user }) => buildSeriesKey({ prefix: 'metrics' }, 'counter', 'requests_total', [['user', user]]));
    for (const record of await redis.mget(keys)) {
      if ((JSON.parse(record ?? '{}') as { value?: number }).value === WORKERS * ROUNDS) exact += 1;
    }
  }
  return {
    longestTurnMs: Math.max(...turns.flatMap(({ flushMs }) => flushMs)),
    controlTurnMs: Math.max(...turns.flatMap(({ controlMs }) => controlMs)),
    exactSeries: exact,
    series: SERIES,
  };
}

async function libraryWorker(): Promise<void> {
  const service = newService(url);
  const family = service.counter({ name: 'requests_total', labelNames: ['user'] });
  const counters = labels.map((each) => family.labels(each));
  process.send?.('ready');
  for (;;) {
    await once(process, 'message');
    for (const counter of counters) counter.inc();
    await new Promise((resolve) => setImmediate(resolve));
    const startedAtMs = performance.now();
    const flushMs = await longestTurnMs(service.flush());
    const tookMs = performance.now() - startedAtMs;
    const controlMs = await longestTurnMs(new Promise((resolve) => setTimeout(resolve, tookMs)));
    process.send?.({ flushMs: [flushMs], controlMs: [controlMs] });
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
