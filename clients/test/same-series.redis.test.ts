import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSeriesKey, parseSeriesKey } from '@redmeter/metric-format';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { startRedisCluster, type RedisCluster } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { clients, newestPython, php, runProgram } from './run-program.js';

/** An increment of a counter. */
interface Recording {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const INSTALL_TIMEOUT_MS = 900_000;
const SHARDS = 3;
const vectors = join(clients, '../packages/metric-format/vectors');

let python: string;
beforeAll(async () => {
  python = await newestPython();
}, INSTALL_TIMEOUT_MS);

/** Lets the writers in Python and PHP record the same at the same time; returns their statistics. */
async function recordInBoth(port: number, recordings: readonly Recording[], shards: number): Promise<unknown[]> {
  const commands = [
    [python, join(clients, 'python/test/record_series.py'), `redis://127.0.0.1:${port}`, `${shards}`],
    php('test/record-series.php', `${port}`, `${shards}`),
  ];
  const printed = await Promise.all(commands.map((command) => runProgram(command, JSON.stringify(recordings))));
  return printed.map(({ out }) => JSON.parse(out) as unknown);
}

const allFlushed = (recorded: number): unknown => expect.objectContaining({ recorded, flushed: recorded, pending: 0 });

describe('the keys of the test vectors', () => {
  const server = useRedisServer();

  /** The label sets of all keys in the vectors that a writer may write, once each. */
  function labelSets(): Recording['labels'][] {
    const found = new Map<string, Recording['labels']>();
    for (const file of readdirSync(vectors).filter((name) => name.endsWith('.json'))) {
      const { cases = [] } = JSON.parse(readFileSync(join(vectors, file), 'utf8')) as {
        cases?: { redis?: { key: unknown }[] }[];
      };
      for (const { key } of cases.flatMap(({ redis = [] }) => redis)) {
        if (typeof key !== 'string' || !key.startsWith('metrics:')) continue;
        const parsed = parseSeriesKey(Buffer.from(key), 'metrics');
        if (parsed.kind !== 'series' || parsed.id.labels.length === 0) continue;
        found.set(JSON.stringify(parsed.id.labels), Object.fromEntries(parsed.id.labels));
      }
    }
    return [...found.values()];
  }

  it('are written alike in Python and PHP, as the format says', async () => {
    const sets = labelSets();
    expect(sets.length).toBeGreaterThan(40);
    const recordings = sets.map((labels) => ({ name: 'vectors', labels, value: 0.1 }));
    const statistics = await recordInBoth(server.port, recordings, 1);
    expect(statistics).toEqual([allFlushed(sets.length), allFlushed(sets.length)]);

    const expected = sets.map((labels) =>
      buildSeriesKey({ prefix: 'metrics' }, 'counter', 'vectors', Object.entries(labels)),
    );
    expect((await server.client.keys('metrics:*')).sort()).toEqual([...new Set(expected)].sort());
    for (const key of expected) expect(await server.client.get(key)).toContain('"value":0.2');
  });
});

describe('a Redis Cluster', () => {
  const SERIES = 60;
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  it('has one key for each series of writers in Node, Python and PHP, with the sum of all', async () => {
    const recordings = Array.from({ length: SERIES }, (_, i) => ({
      ...{ name: 'shared_total', value: i + 1 },
      labels: { shop: `shop ${i}` },
    }));
    const node = new RedisMetricsService({ redis: { cluster: cluster.urls }, shards: SHARDS });
    const family = node.counter({ name: 'shared_total', labelNames: ['shop'] });
    for (const { labels, value } of recordings) family.labels(labels).inc(value);
    const port = Number(new URL(cluster.urls[0] ?? '').port);
    const [statistics] = await Promise.all([recordInBoth(port, recordings, SHARDS), node.flush()]);
    await node.close();
    expect(statistics).toEqual([allFlushed(SERIES), allFlushed(SERIES)]);

    const stored = new Map<string, number>();
    for (const { client } of cluster.nodes) {
      if (!(await client.info('replication')).includes('role:master')) continue;
      for (const key of await client.keys('metrics:{*}:counter:shared_total:*')) {
        stored.set(key, (JSON.parse((await client.get(key)) ?? '') as { value: number }).value);
      }
    }
    const sums = [...stored.values()].sort((a, b) => a - b);
    expect(sums).toEqual(recordings.map(({ value }) => 3 * value));
  });
});
