import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { findProgram, type ProgramName } from '@redmeter/stack';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import { startCuttingProxy, type CuttingProxy } from '../../packages/redis-metrics/test/service/cutting-proxy.js';

const run = promisify(execFile);
const folder = join(__dirname, '../../examples');
const CUTS = 4;
/** What each example records; its values run from 0 to 39 and on to 99 in rounds of a hundred. */
const RECORDED = 1000;
const SUM = 10 * Array.from({ length: 100 }, (_, job) => job % 40).reduce((sum, value) => sum + value, 0);
const COUNTS = [180, 150, 390, 280];

function interpreter(name: ProgramName): string {
  const found = findProgram(name, process.env['PATH'] ?? '');
  if (found === undefined)
    throw new Error(`${name}: expected its interpreter with the module on PATH; npm test installs it`);
  return found;
}

const languages = {
  Python: (port: number) =>
    run(interpreter('python-redis'), [join(folder, 'python/record.py'), `redis://127.0.0.1:${port}`]),
  PHP: (port: number) => run(interpreter('php-redis'), [join(folder, 'php/record.php'), '127.0.0.1', `${port}`]),
};

let server: RedisServer;
let redis: Redis;
let proxy: CuttingProxy;
beforeAll(async () => {
  server = await startRedisServer();
  redis = await server.connect();
});
afterAll(() => server.stop());
beforeEach(async () => {
  await redis.flushall();
  proxy = await startCuttingProxy(server.port);
});
afterEach(() => proxy.stop());

async function recordWithNode(): Promise<void> {
  const metrics = new RedisMetricsService({ redis: server.url, flushIntervalMs: 50 });
  const done = metrics.counter({ name: 'jobs_done', labelNames: ['queue'] }).labels({ queue: 'mail, urgent' });
  const took = metrics
    .histogram({ name: 'job_ms', labelNames: ['queue'], buckets: [5, 10, 25] })
    .labels({ queue: 'mail, urgent' });
  for (let job = 0; job < RECORDED; job += 1) {
    done.inc();
    took.observe((job % 100) % 40);
    if (job % 100 === 99) await metrics.flush();
  }
  await metrics.close();
}

async function stored(key: string): Promise<unknown> {
  return JSON.parse((await redis.get(key)) ?? 'null');
}

async function expectRecordedTimes(writers: number): Promise<void> {
  expect(await stored('metrics:counter:jobs_done:queue=mail%2C urgent')).toMatchObject({
    type: 'counter',
    value: writers * RECORDED,
  });
  expect(await stored('metrics:histogram:job_ms:queue=mail%2C urgent')).toMatchObject({
    type: 'histogram',
    bounds: [5, 10, 25],
    count: writers * RECORDED,
    sum: writers * SUM,
    counts: COUNTS.map((count) => writers * count),
  });
}

const names = Object.keys(languages) as (keyof typeof languages)[];

it('all write the same counter and histogram beside Node, and the sums are exact', async () => {
  const [printed] = await Promise.all([
    Promise.all(names.map(async (name) => (await languages[name](server.port)).stdout)),
    recordWithNode(),
  ]);
  expect(printed).toEqual(names.map(() => `recorded ${RECORDED}, lost 0\n`));
  await expectRecordedTimes(names.length + 1);
});

describe.each(names)('%s', (name) => {
  const record = (): ReturnType<(typeof languages)[typeof name]> => languages[name](Number(new URL(proxy.url).port));

  it('counts once what was applied though its answer was cut off', async () => {
    proxy.cutReplies(CUTS, /applied|duplicate/);
    const { stdout, stderr } = await record();
    expect([stdout, proxy.cuts]).toEqual([`recorded ${RECORDED}, lost 0\n`, CUTS]);
    expect(stderr.match(/sending again/g)).toHaveLength(CUTS);
    await expectRecordedTimes(1);
  });
});
