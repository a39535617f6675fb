import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { valueOf } from '../../lua/merge-call.js';
import { startCuttingProxy } from '../cutting-proxy.js';
import { RecordedLog } from '../recorded-log.js';
import { useServices } from '../use-services.js';

const FLUSH_INTERVAL_MS = 500;
const LEASE_MS = 3 * FLUSH_INTERVAL_MS;
const server = useRedisServer({ flushBeforeEach: true });
let log: RecordedLog;
const { startService, closeServices } = useServices(() => ({
  redis: server.url,
  flushIntervalMs: 600_000,
  ttlSeconds: 3600,
  logger: log,
}));
const processes: ChildProcess[] = [];

beforeEach(() => {
  log = new RecordedLog();
});
afterEach(() => {
  for (const process of processes.splice(0)) process.kill('SIGKILL');
});

it('of mode process, each process has its own, gone three flush intervals after it was killed', async () => {
  const [dying, living] = ['dying', 'living'].map((name) => {
    const child = fork(join(__dirname, '../gauge-process.ts'), [server.url, String(FLUSH_INTERVAL_MS), name], {
      execArgv: ['--conditions=redmeter-source', '--import', 'tsx'],
    });
    processes.push(child);
    return child;
  });
  const keyOf = (name: string): string => `metrics:gauge:heap:process=${name},space=old`;
  await waitFor(
    async () => (await server.client.exists(keyOf('dying'), keyOf('living'))) === 2,
    'both are there',
    30_000,
  );
  // Set once, it lives on with its process.
  const leaseEndsMs = await server.client.pexpiretime(keyOf('dying'));
  await waitFor(
    async () => (await server.client.pexpiretime(keyOf('dying'))) > leaseEndsMs + LEASE_MS,
    'it is renewed',
  );
  if (dying === undefined || living === undefined) throw new Error('expected two processes');
  const exit = once(dying, 'exit');
  dying.kill('SIGKILL');
  await exit;
  const goneAtMs = Date.now() + LEASE_MS;
  expect(await server.client.pexpiretime(keyOf('dying'))).toBeLessThanOrEqual(goneAtMs);
  await waitFor(async () => (await server.client.exists(keyOf('dying'))) === 0, 'it is gone');
  await waitFor(async () => (await server.client.pexpiretime(keyOf('living'))) > goneAtMs, 'the other goes on');
});

it('of mode process, they come back after an outage that was longer than the lease', async () => {
  const metrics = startService({ flushIntervalMs: 10, ttlSeconds: 60, writerId: 'p1' });
  metrics.gauge({ name: 'heap', mode: 'process' }).labels().set(7);
  await metrics.flush();
  await server.client.flushall();
  // One read, since its lease may end before another.
  let record = null as string | null;
  await waitFor(async () => (record = await server.client.get('metrics:gauge:heap:process=p1')) !== null, 'it is back');
  expect(JSON.parse(record ?? '')).toMatchObject({ type: 'gauge', mode: 'process', value: 7 });
});

it('of mode sum, what several processes add is in it once, whatever is sent twice', async () => {
  const proxy = await startCuttingProxy(server.port);
  const writers = [startService(), startService({ redis: proxy.url })];
  const gauges = writers.map((metrics) => metrics.gauge({ name: 'in_flight', mode: 'sum' }).labels());
  try {
    for (let round = 1; round <= 5; round += 1) {
      for (const gauge of gauges) {
        gauge.inc(3);
        gauge.dec();
      }
      proxy.cutReplies(1, /applied/);
      await Promise.all(
        writers.map((metrics) =>
          waitFor(async () => (await Promise.allSettled([metrics.flush()]))[0].status === 'fulfilled', 'it is flushed'),
        ),
      );
      expect(await valueOf(server.client, 'gauge', 'metrics:gauge:in_flight')).toBe(4 * round);
    }
    expect(proxy.cuts).toBe(5);
    for (const metrics of writers) {
      expect(metrics.stats().gauge).toEqual({ recorded: 10, flushed: 10, pending: 0, coalesced: 0, dropped: {} });
    }
  } finally {
    await closeServices();
    await proxy.stop();
  }
});

it('of a mode that differs from the one in Redis are dropped, and counted', async () => {
  const first = startService();
  first.gauge({ name: 'level', mode: 'sum' }).labels().inc(2);
  await first.flush();
  const second = startService();
  second.setGauge('level', 5);
  await second.flush();
  expect(await valueOf(server.client, 'gauge', 'metrics:gauge:level')).toBe(2);
  expect(second.stats().gauge).toEqual({
    recorded: 1,
    flushed: 0,
    pending: 0,
    coalesced: 0,
    dropped: { mode_conflict: 1 },
  });
  expect(log.warnings).toEqual([expect.stringContaining('the gauge level are dropped: mode_conflict')]);
});
