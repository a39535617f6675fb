import { beforeEach, describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import type { RedisMetricsService } from '../../../src/index.js';
import { increment, keys, merge } from '../../lua/merge-call.js';
import { RecordedLog } from '../recorded-log.js';
import { useServices } from '../use-services.js';

const server = useRedisServer({ flushBeforeEach: true });
let log: RecordedLog;
const { startService } = useServices(() => ({
  redis: server.url,
  flushIntervalMs: 600_000,
  ttlSeconds: 3600,
  logger: log,
}));

beforeEach(() => {
  log = new RecordedLog();
});

interface Case {
  readonly what: string;
  /** What others left in Redis. */
  readonly before: () => Promise<unknown>;
  readonly record: (metrics: RedisMetricsService) => void;
  readonly message: string;
}

const family = (name: string, record: string) => (): Promise<unknown> => server.client.set(keys.family(name), record);

const CASES: Case[] = [
  {
    what: 'a name that is another type in Redis',
    before: family('events', '{"type":"gauge","declared":1}'),
    record: (metrics) => metrics.incrementCounter('events', 1, { a: 'b' }),
    message:
      'the counter events are dropped: type_conflict: Redis has it as a gauge (metrics-meta:family:events), this process as a counter (metrics:counter:events:a=b); rename',
  },
  {
    what: 'a gauge whose family has another mode in Redis',
    before: family('jobs', '{"type":"gauge","mode":"process","declared":1}'),
    record: (metrics) => metrics.gauge({ name: 'jobs', mode: 'sum' }).labels().inc(),
    message:
      'the gauge jobs are dropped: mode_conflict: Redis has mode process (metrics-meta:family:jobs, metrics:gauge:jobs), this process mode sum; declare',
  },
  {
    what: 'a gauge whose record has another mode in Redis',
    before: () => server.client.set('metrics:gauge:jobs', '{"type":"gauge","value":1}'),
    record: (metrics) => metrics.gauge({ name: 'jobs', mode: 'sum' }).labels().inc(),
    message:
      'mode_conflict: Redis has mode last (metrics-meta:family:jobs, metrics:gauge:jobs), this process mode sum;',
  },
  {
    what: 'buckets that do not fit beside those in Redis',
    before: family('took_ms', `{"type":"histogram","bounds":[${Array.from({ length: 200 }, (_, i) => i).join(',')}]}`),
    record: (metrics) =>
      metrics
        .histogram({ name: 'took_ms', buckets: [0.5, 2] })
        .labels()
        .observe(1),
    message:
      'the histogram took_ms are dropped: bounds_changed: Redis has the bounds of other processes, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …, … (metrics-meta:family:took_ms), this process 0.5, 2 (metrics:histogram:took_ms); they are not compatible',
  },
  {
    what: 'a value that is no record, whatever bytes it has',
    before: () => server.client.set('metrics:counter:events', Buffer.from('sec\r\n\x1b[31m:% ret\xff', 'latin1')),
    record: (metrics) => metrics.incrementCounter('events'),
    message:
      'unreadable_value: Redis has "sec\\r\\n\\u001b[31m:% ret\ufffd" (17 bytes) under metrics:counter:events, this process expects a record of a counter; correct',
  },
  {
    what: 'a value longer than a record may be',
    before: () => server.client.set('metrics:counter:events', '1'.repeat(70_000)),
    record: (metrics) => metrics.incrementCounter('events'),
    message:
      '… (more than 65536 bytes) under metrics:counter:events, this process expects a record of a counter; correct',
  },
  {
    what: 'a key of another Redis type',
    before: () => server.client.lpush('metrics:gauge:level', 'x'),
    record: (metrics) => metrics.setGauge('level', 1),
    message: 'wrong_redis_type: Redis has a list under metrics:gauge:level, this process needs a string; delete',
  },
  {
    what: 'a hash that readers take for a metric',
    before: () => server.client.hset('metrics:counter:events', { value: '5', timestamp: '1763600012345' }),
    record: (metrics) => metrics.incrementCounter('events'),
    message: 'wrong_redis_type: Redis has a hash under metrics:counter:events, this process needs a string; delete',
  },
  {
    what: 'a sum that would be infinite',
    before: () => server.client.set('metrics:counter:events', '{"type":"counter","value":1.7e308}'),
    record: (metrics) => metrics.incrementCounter('events', 1.7e308),
    message:
      'overflow: Redis has "{\\"type\\":\\"counter\\",\\"value\\":1.7e308}" under metrics:counter:events, and adding',
  },
  {
    what: 'a bare number that would be more than 64 bits hold',
    before: () => server.client.set('metrics:counter:events', '9223372036854775807'),
    record: (metrics) => metrics.incrementCounter('events'),
    message: 'overflow: Redis has "9223372036854775807" under metrics:counter:events, and adding',
  },
];

describe('a refused recording is logged with what Redis has, what this process has, the key and what to do', () => {
  it.each(CASES)('$what', async ({ before, record, message }) => {
    await before();
    const metrics = startService();
    record(metrics);
    await metrics.flush();
    expect(log.warnings).toEqual([expect.stringContaining(message)]);
    expect(log.warnings[0]).toMatch(/^redmeter: recordings of [^\p{C}]{1,700}$/u);
  });

  it('a value, a key and a name as long as they may be', async () => {
    const name = 'n'.repeat(10_000);
    const labels = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`l${i}`, '\u{1f600}'.repeat(256)]));
    const metrics = startService();
    metrics.incrementCounter(name, 1, labels);
    await metrics.flush();
    const [key = ''] = await server.client.keys('metrics:counter:nnn*');
    await server.client.set(key, '\u{1f600}'.repeat(10_000));
    metrics.incrementCounter(name, 1, labels);
    await metrics.flush();
    expect(log.warnings).toEqual([expect.stringMatching(/^.{300,900}$/u)]);
  });

  it('an error of Redis', async () => {
    const [user, password] = ['writer', 'pass'];
    await server.client.acl('SETUSER', user, 'on', `>${password}`, '~*', '+@all', '-incrby', '-type');
    await server.client.set('metrics:counter:events', 5);
    await server.client.lpush('metrics:gauge:level', 'x');
    const metrics = startService({ redis: server.url.replace('//', `//${user}:${password}@`) });
    metrics.incrementCounter('events');
    metrics.setGauge('level', 1);
    await metrics.flush();
    expect(log.warnings).toEqual([
      expect.stringMatching(
        /the counter events .*refused: Redis answered ".*" to the write of metrics:counter:events; check/,
      ),
      expect.stringContaining(
        'wrong_redis_type: Redis has a key of another type under metrics:gauge:level, this process',
      ),
    ]);
    expect(log.warnings[0]).toMatch(/can't run this command|no permissions/);
  });
});

it('logs once per metric and reason, with the first series', async () => {
  await server.client.mset('metrics:counter:a:i=1', 'x', 'metrics:counter:a:i=2', 'y', 'metrics:counter:b', 'z');
  const metrics = startService();
  for (const i of [1, 2]) metrics.incrementCounter('a', 1, { i });
  metrics.incrementCounter('b');
  await metrics.flush();
  expect(log.warnings).toEqual([
    expect.stringContaining('Redis has "x" (1 byte) under metrics:counter:a:i=1'),
    expect.stringContaining('Redis has "z" (1 byte) under metrics:counter:b'),
  ]);
});

it('answers callers that do not ask for it with the reason alone, now and when they ask again', async () => {
  await server.client.set('metrics:counter:events', 'garbage');
  const plain = increment(1);
  for (const kind of ['applied', 'duplicate']) {
    const answer = await merge(server.client, plain);
    expect(answer).toMatchObject({ kind, refusals: new Map([[1, 'unreadable_value']]), found: new Map() });
  }
  const asking = { ...plain, incarnation: 'w2', families: { events: { type: 'counter', declared: 1, explain: true } } };
  for (const kind of ['applied', 'duplicate']) {
    const answer = await merge(server.client, asking);
    expect(answer).toMatchObject({ kind, found: new Map([[1, '7 garbage']]) });
  }
});
