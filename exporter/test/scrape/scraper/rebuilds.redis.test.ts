import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedisServer, type RedisServer, waitFor } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import { newReader, referenceText, textOf } from '../../reading/application-text.js';
import { writeIndexed } from '../../reading/redis-state.js';
import { startHeldProxy, type HeldProxy } from '../../redis/held-proxy.js';
import { startTestExporter, type TestExporter, type TestOptions } from '../../test-exporter.js';
import { applicationLines, valueOf } from '../../topologies/scrape-text.js';

let server: RedisServer;
let redis: Redis;
/** Whether an answer to what was asked may go on; false cuts the connection. */
let pass: (request: string) => boolean;
let proxy: HeldProxy;
let exporter: TestExporter | undefined;
beforeEach(async () => {
  server = await startRedisServer();
  redis = await server.connect();
  await writeIndexed(redis, {
    'metrics:counter:jobs_total:q=a': '{"value":1}',
    'metrics:gauge:waiting': '{"value":2}',
  });
  pass = () => true;
  proxy = await startHeldProxy(server.port, (request) => Promise.resolve(pass(request)));
});
afterEach(async () => {
  await exporter?.stop();
  await proxy.stop();
  await server.stop();
});

async function start(options: TestOptions = {}): Promise<TestExporter> {
  exporter = await startTestExporter(proxy.url, options);
  expect(rebuilds(await exporter.metrics())).toEqual({ start: 1 });
  return exporter;
}

function rebuilds(text: string): Record<string, number> {
  const lines = [...text.matchAll(/^redmeter_exporter_rebuilds_total\{reason="(\w+)"\} (\d+)$/gm)];
  return Object.fromEntries(lines.map(([, reason = '', count]) => [reason, Number(count)]));
}

/** The next answer that has series: a connection may have to be made again first. */
const nextAnswer = async (from: TestExporter): Promise<string> =>
  waitFor(async () => {
    const text = await from.metrics();
    return valueOf(text, 'redmeter_up') === 1 ? text : undefined;
  });

const LINES = [
  '# HELP jobs_total Recorded without help text.',
  '# TYPE jobs_total counter',
  'jobs_total{q="a"} 5',
  '# HELP waiting Recorded without help text.',
  '# TYPE waiting gauge',
  'waiting 2',
];

describe('everything is read again, and counted by reason,', () => {
  it('after a reconnection', async () => {
    const one = await start();
    proxy.cut();
    await writeIndexed(redis, { 'metrics:counter:jobs_total:q=a': '{"value":5}' });
    const text = await waitFor(async () => {
      const next = await one.metrics();
      return rebuilds(next)['reconnect'] === undefined ? undefined : next;
    });
    expect(rebuilds(text)).toEqual({ start: 1, reconnect: 1 });
    expect(applicationLines(text)).toEqual(LINES);
  });

  it('when the database became too large to scan, and when it is small again', async () => {
    const one = await start({ scanLimitKeys: 20 });
    const others = Array.from({ length: 20 }, (_, i) => `other:${i}`);
    await redis.mset(others.flatMap((key) => [key, 'x']));
    await writeIndexed(redis, { 'metrics:counter:jobs_total:q=a': '{"value":5}' });
    const large = await one.metrics();
    expect(rebuilds(large)).toEqual({ start: 1, mode: 1 });
    expect(valueOf(large, 'redmeter_scan_disabled')).toBe(1);
    expect(applicationLines(large)).toEqual(LINES);
    await redis.del(others);
    const small = await one.metrics();
    expect(rebuilds(small)).toEqual({ start: 1, mode: 2 });
    expect(applicationLines(small)).toEqual(LINES);
  });

  it('after a reading whose connection was cut while values were read', async () => {
    const one = await start();
    await writeIndexed(redis, { 'metrics:counter:jobs_total:q=a': '{"value":5}' });
    let cuts = 0;
    pass = (request) => {
      if (cuts > 0 || !request.includes('MGET') || !request.includes('metrics:counter:jobs_total')) return true;
      cuts += 1;
      return false;
    };
    const failed = await one.metrics();
    expect([cuts, valueOf(failed, 'redmeter_up'), rebuilds(failed)]).toEqual([1, 0, { start: 1 }]);
    expect(applicationLines(failed)).toEqual([]);
    const text = await nextAnswer(one);
    // Of the two reasons the one about the read is reported.
    expect(rebuilds(text)).toEqual({ start: 1, failed_read: 1 });
    expect(applicationLines(text)).toEqual(LINES);
  });

  it('when the clock of Redis went back', async () => {
    let nowMs = Date.now();
    const reader = newReader(redis, { now: () => nowMs });
    expect((await reader.read()).rebuilt).toBe('start');
    await writeIndexed(redis, { 'metrics:counter:jobs_total:q=a': '{"value":5}' });
    nowMs -= 1;
    const result = await reader.read();
    expect(result.rebuilt).toBe('clock');
    expect(textOf(result)).toBe(await referenceText(redis, nowMs));
    expect((await reader.read()).rebuilt).toBeUndefined();
  });
});
