import { afterEach, expect, test } from '@jest/globals';
import { startRedisCluster, startRedisServer, startTlsRedisServer } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import { userRules } from '../../../../test/configs/user-rules.js';
import { attributes, minute, requestOf, sumMetric } from '../otlp-body.js';
import { startTestReceiver, type TestReceiver } from '../test-receiver.js';

const READER = { user: 'redmeter-reader', password: 'read-it' } as const;
const WRITER = { user: 'redmeter-writer', password: 'write-it' } as const;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Gives a server the users of configs/redis/users.acl, and nobody else. */
async function setUsers(redis: Redis, more: readonly string[] = []): Promise<void> {
  for (const { user, password } of [READER, WRITER]) {
    const rules = [...userRules(user), ...(user === WRITER.user ? more : [])];
    await redis.acl('SETUSER', user, 'reset', 'on', `>${password}`, ...rules);
  }
  await redis.acl('SETUSER', 'default', 'resetpass', '>only-people');
  await redis.acl('LOG', 'RESET');
}

/** What users were refused: commands and keys. */
async function refused(redis: Redis): Promise<string[]> {
  const log = (await redis.acl('LOG')) as string[][];
  return log.map((entry) => `${entry[entry.indexOf('username') + 1]}: ${entry[entry.indexOf('object') + 1]}`);
}

/** A point of each kind, in many series. */
function body(i: number): Readonly<Record<string, unknown>> {
  const histogram = { ...minute(i), count: 3, sum: 6, bucketCounts: [1, 2], explicitBounds: [1] };
  const exponential = { ...minute(i), count: 2, sum: 3, scale: 0, positive: { offset: 0, bucketCounts: [1, 1] } };
  const counters = Array.from({ length: 300 }, (_, n) => ({
    ...minute(i),
    asInt: '2',
    attributes: attributes({ n }),
    exemplars: [{ timeUnixNano: minute(i).timeUnixNano, asDouble: 1, traceId: '0'.repeat(31) + '1' }],
  }));
  return requestOf([
    sumMetric('orders', counters),
    sumMetric('queued', [{ ...minute(i), asInt: '-1' }], { isMonotonic: false }),
    sumMetric('served', [{ ...minute(i), startTimeUnixNano: minute().startTimeUnixNano, asInt: `${i + 5}` }], {
      temporality: 2,
    }),
    { name: 'load', gauge: { dataPoints: [{ ...minute(i), asInt: '7' }] } },
    { name: 'took', histogram: { aggregationTemporality: 1, dataPoints: [histogram] } },
    { name: 'size', exponentialHistogram: { aggregationTemporality: 1, dataPoints: [exponential] } },
  ]);
}

async function expectAddedUp(receiver: TestReceiver): Promise<void> {
  const lines = (await receiver.metrics()).split('\n');
  expect(lines.filter((line) => /^orders\{.*\} 4$/.test(line))).toHaveLength(300);
  expect(lines).toEqual(
    expect.arrayContaining([
      'queued -2',
      'served 6',
      'load 7',
      'took_count 6',
      'took_sum 12',
      'size_count 4',
      'size_sum 6',
    ]),
  );
}

test('over TLS, the receiver writes as redmeter-writer what the exporter reads as redmeter-reader', async () => {
  const server = await startTlsRedisServer();
  cleanups.push(async () => server.stop());
  const people = await server.connect();
  await setUsers(people);
  const receiver = await startTestReceiver(server.tlsUrl, WRITER, {
    access: { ...READER, tlsCaFile: server.certificates.caFile },
  });
  cleanups.push(async () => receiver.stop());
  expect((await receiver.post(body(0))).json).toEqual({});
  // Redis may forget the script at any time.
  await people.script('FLUSH');
  expect((await receiver.post(body(1))).json).toEqual({});
  await expectAddedUp(receiver);
  expect(await refused(people)).toEqual([]);
});

test('in a cluster, it needs one right more', async () => {
  const cluster = await startRedisCluster();
  cleanups.push(async () => cluster.stop());
  const people = cluster.nodes.map(({ client }) => client);
  for (const client of people) await setUsers(client, ['+cluster|slots']);
  const receiver = await startTestReceiver(
    `redis://127.0.0.1:${cluster.nodes[0]?.port ?? 0}`,
    { ...WRITER, shards: 3 },
    { access: READER },
  );
  cleanups.push(async () => receiver.stop());
  expect((await receiver.post(body(0))).json).toEqual({});
  expect((await receiver.post(body(1))).json).toEqual({});
  await expectAddedUp(receiver);
  expect((await Promise.all(people.map(refused))).flat()).toEqual([]);
});

test('a user who may not write is named in the log, and senders are to try again', async () => {
  const server = await startRedisServer();
  cleanups.push(async () => server.stop());
  const people = await server.connect();
  await setUsers(people);
  const receiver = await startTestReceiver(server, READER, { access: READER });
  cleanups.push(async () => receiver.stop());
  expect((await receiver.post(body(0))).status).toBe(503);
  expect(receiver.log.join('\n')).toMatch(/cannot be written to Redis: NOPERM/);
  await people.acl('SETUSER', READER.user, ...userRules('redmeter-writer'));
  expect((await receiver.post(body(0))).status).toBe(200);
});
