import { buildSeriesKey, internalKeys } from '@redmeter/metric-format';
import { freePort, startRedisServer } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { extname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Progress, Result } from './benchmark.js';
import { median } from './statistics.js';
import { workload, writeToRedis } from './workload.js';

const SERIES = 100_000;
const FOREIGN_KEYS = 1_000_000;
const ROUNDS = 9;
/** Until both programs' code is compiled. */
const WARM_UP_ROUNDS = 5;
const EXPORTER = fileURLToPath(new URL('../../exporter/bin/redmeter-exporter.mjs', import.meta.url));
const PEER = fileURLToPath(new URL(`prom-client-server${extname(import.meta.url)}`, import.meta.url));
const INTERNAL = internalKeys({ prefix: 'metrics' });

type Encoding = 'identity' | 'gzip';

interface Row {
  readonly changed: string;
  readonly foreignKeys: number;
  readonly encoding: Encoding;
  readonly exporterMs: number;
  readonly promClientMs: number;
  readonly bytes: number;
}

/** The native exporter beside prom-client, which has its series in memory: one scrape over HTTP. */
export const exporterBesidePromClient: Benchmark = {
  name: 'exporter',
  async run(progress) {
    const server = await startRedisServer({ args: ['--enable-debug-command', 'local'] });
    const redis = await server.connect();
    const series = workload(SERIES, ['counter']);
    const children: ChildProcess[] = [];
    try {
      progress('writing series');
      await writeToRedis(redis, series);
      const keys = series.map((one) =>
        buildSeriesKey({ prefix: 'metrics' }, one.type, one.name, Object.entries(one.labels)),
      );
      await change(redis, keys);
      const port = await freePort();
      // Built, as its users run it: what runs TypeScript from its source lowers private fields, and more than doubles it.
      children.push(spawn(process.execPath, [EXPORTER, '--redis', server.url, '--listen', `127.0.0.1:${port}`]));
      const peer = spawn(process.execPath, [...process.execArgv, PEER, String(SERIES)]);
      children.push(peer);
      const [peerPort] = (await once(peer.stdout, 'data')) as [Buffer];
      const urls = { exporter: `http://127.0.0.1:${port}`, peer: `http://127.0.0.1:${Number(peerPort)}` };
      await untilHealthy(urls.exporter);
      const some = keys.filter((_key, i) => i % 100 === 0);
      const rows: Row[] = [];
      for (const encoding of ['identity', 'gzip'] as const) {
        rows.push(await measure('1 %', 0, encoding, urls, () => change(redis, some), progress));
        rows.push(await measure('all', 0, encoding, urls, () => change(redis, keys), progress));
      }
      progress('writing foreign keys');
      await redis.call('DEBUG', 'POPULATE', String(FOREIGN_KEYS), 'foreign', '8');
      rows.push(await measure('1 %', FOREIGN_KEYS, 'gzip', urls, () => change(redis, some), progress));
      return result(rows);
    } finally {
      for (const child of children) child.kill();
      await server.stop();
    }
  },
};

async function untilHealthy(url: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (
    !(await fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (Date.now() > deadline) throw new Error('the exporter does not answer; is it built? npm run build');
    await delay(50);
  }
}

let round = 0;

/** Gives series new values, a hundred in a batch, as the merge script does. */
async function change(redis: Redis, keys: readonly string[]): Promise<void> {
  round += 1;
  const now = Date.now();
  for (let start = 0; start < keys.length; start += 10_000) {
    const pipeline = redis.pipeline();
    let revision = await redis.incr(INTERNAL.revision);
    keys.slice(start, start + 10_000).forEach((key, i) => {
      if (i % 100 === 99) {
        pipeline.incr(INTERNAL.revision);
        revision += 1;
      }
      const value = { type: 'counter', value: round * 1000 + start + i, created: now - 600_000, timestamp: now };
      pipeline.set(key, JSON.stringify(value), 'PX', 3_600_000);
      pipeline.zadd(INTERNAL.changed, revision, key);
    });
    await pipeline.exec();
  }
}

async function measure(
  changed: string,
  foreignKeys: number,
  encoding: Encoding,
  urls: { readonly exporter: string; readonly peer: string },
  write: () => Promise<void>,
  progress: Progress,
): Promise<Row> {
  const exporterMs: number[] = [];
  const promClientMs: number[] = [];
  let bytes = 0;
  // They take turns, so that a slow moment of the machine falls on both; the first rounds only warm up.
  for (let i = 0; i < WARM_UP_ROUNDS + ROUNDS; i += 1) {
    progress(`${changed} changed, ${encoding}, round ${i + 1} of ${WARM_UP_ROUNDS + ROUNDS}`);
    await write();
    const ours = await scrape(urls.exporter, encoding);
    const theirs = await scrape(urls.peer, encoding);
    if (i < WARM_UP_ROUNDS) continue;
    exporterMs.push(ours.ms);
    promClientMs.push(theirs.ms);
    bytes = ours.bytes;
  }
  return { changed, foreignKeys, encoding, exporterMs: median(exporterMs), promClientMs: median(promClientMs), bytes };
}

async function scrape(url: string, encoding: Encoding): Promise<{ readonly ms: number; readonly bytes: number }> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    get(`${url}/metrics`, { headers: { 'accept-encoding': encoding } }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
      answer.on('end', () => resolve({ ms: performance.now() - start, bytes }));
      answer.on('error', reject);
    }).on('error', reject);
  });
}

function result(rows: readonly Row[]): Result {
  const of = (changed: string, encoding: Encoding, foreignKeys = 0): Row => {
    const row = rows.find((r) => r.changed === changed && r.encoding === encoding && r.foreignKeys === foreignKeys);
    if (row === undefined) throw new Error(`${changed}, ${encoding} was not measured`);
    return row;
  };
  const ratio = ({ exporterMs, promClientMs }: Row): number => exporterMs / promClientMs;
  const claim = (text: string, measured: number, atMost: number): Result['claims'][number] => ({
    text,
    measured,
    atMost,
    unit: '',
  });
  const crowded = of('1 %', 'gzip', FOREIGN_KEYS);
  return {
    name: 'exporter',
    method:
      `One scrape over HTTP of ${SERIES} counters, the exporter reading Redis beside prom-client's metrics() with the ` +
      'same series in memory, taking turns; medians.',
    columns: [
      'changed',
      'foreign keys',
      'encoding',
      'bytes',
      'exporter ms',
      'prom-client ms',
      'exporter / prom-client',
    ],
    rows: rows.map((row) => [
      row.changed,
      row.foreignKeys,
      row.encoding,
      row.bytes,
      row.exporterMs.toFixed(1),
      row.promClientMs.toFixed(1),
      ratio(row).toFixed(3),
    ]),
    claims: [
      claim('1 % changed, times prom-client', ratio(of('1 %', 'identity')), 0.1),
      claim('1 % changed, gzip, times prom-client', ratio(of('1 %', 'gzip')), 0.2),
      claim('all changed, times prom-client', ratio(of('all', 'identity')), 2),
      claim('all changed, gzip, times prom-client', ratio(of('all', 'gzip')), 2),
      claim('with 1,000,000 foreign keys, times without', crowded.exporterMs / of('1 %', 'gzip').exporterMs, 1.2),
    ],
  };
}
