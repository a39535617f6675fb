import { beforeAll, describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseResult } from '../../../src/spec/result-text.js';
import { makeCommandFolder, type CommandFolder } from '../../cli/command-run.js';

const server = useRedisServer();
let folder: CommandFolder;

beforeAll(async () => {
  folder = makeCommandFolder({ READER_PASSWORD: 'r3ad-me' });
  const redis = await server.connect();
  const now = Date.now();
  const histogram = (counts: readonly number[], sum: number): string =>
    JSON.stringify({
      type: 'histogram',
      count: counts.reduce((total, count) => total + count, 0),
      sum,
      bounds: [5, 10, 25],
      counts,
      window: [{ since: now - 1000, counts: counts.map(() => 0) }],
      created: now - 1000,
      timestamp: now,
    });
  await redis.mset({
    'metrics:histogram:api_request_duration_ms:endpoint=join,method=GET': histogram([60, 30, 10, 0], 500),
    'metrics:histogram:api_request_duration_ms:endpoint=error,method=GET': histogram([0, 0, 10, 0], 200),
    'metrics:counter:api_errors:endpoint=error': JSON.stringify({
      type: 'counter',
      value: 10,
      created: now,
      timestamp: now,
    }),
    'metrics:gauge:users_waiting:service=store': JSON.stringify({
      type: 'gauge',
      mode: 'last',
      value: 3,
      timestamp: now,
    }),
    'metrics:gauge:broken:a=b': 'not JSON',
  });
  await redis.acl('SETUSER', 'reader', 'on', '>r3ad-me', '~metrics*', '+@read', '+time', '+info', '+dbsize', '+scan');
});

async function collect(values: string): Promise<string> {
  await folder.write(
    'experiment.yaml',
    `- task: collect-metrics\n  with:\n    templates: {redis: redis}\n    values: ${values}\n    over: total\n    timeout: 2s\n`,
  );
  const { code, err } = await folder.run('run');
  expect([code, err]).toEqual([0, expect.any(String)]);
  return readFile(join(folder.path, 'result.yaml'), 'utf8');
}

describe('the redis back end with totals', () => {
  it("reads the application's own metrics, percentiles among them", async () => {
    const { insights } = parseResult(await collect(`{redis: "${server.url}"}`), 'result.yaml');
    expect(insights?.metricValues).toEqual([
      {
        'redis/request-count': 110,
        'redis/error-count': 10,
        'redis/error-rate': expect.closeTo(1 / 11, 9),
        'redis/latency/count': 110,
        'redis/latency/mean': expect.closeTo(700 / 110, 9),
        'redis/latency/p50.0': expect.closeTo((5 * 55) / 60, 9),
        'redis/latency/p95.0': expect.closeTo(10 + (15 * 14.5) / 20, 9),
        'redis/latency/p99.0': expect.closeTo(10 + (15 * 18.9) / 20, 9),
        // The slowest endpoint: ten answers in ]10, 25], its 95th percentile 0.95 of the way.
        'redis/p95': expect.closeTo(24.25, 6),
        'redis/users-waiting': 3,
      },
    ]);
  });

  it('reads one endpoint, as a user of its own whose password stays out of the result', async () => {
    const text = await collect(
      `{redis: "redis://reader:\${READER_PASSWORD}@127.0.0.1:${server.port}", endpoint: join}`,
    );
    expect(parseResult(text, 'result.yaml').insights?.metricValues[0]).toMatchObject({
      'redis/request-count': 100,
      'redis/error-count': 0,
    });
    expect(text).not.toContain('r3ad-me');
  });

  it('skips what it cannot read, and reports why', async () => {
    const refused = await collect(`{redis: "redis://reader:wrong@127.0.0.1:${server.port}"}`);
    expect(refused).toMatch(/expected metrics from Redis at 127\.0\.0\.1:\d+, got WRONGPASS/);
    expect(await collect('{redis: "redis://127.0.0.1:1"}')).toMatch(
      /expected metrics from Redis at 127\.0\.0\.1:1, got connect ECONNREFUSED/,
    );
    expect(
      parseResult(await collect(`{redis: "${server.url}?prefix=other"}`), 'result.yaml').insights?.skippedMetrics,
    ).toHaveLength(5);
  });
});
