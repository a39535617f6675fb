import {
  freePort,
  startPrometheus,
  startRedisServer,
  waitFor,
  type PrometheusServer,
  type RedisServer,
} from '@redmeter/test-servers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { checkout } from '@redmeter/stack';

import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

let redis: RedisServer;
let exporter: ChildProcess;
let prometheus: PrometheusServer;

beforeAll(async () => {
  redis = await startRedisServer();
  const client = await redis.connect();
  await client.mset({
    'metrics:counter:jobs_total:q=a': '5',
    'metrics:histogram:wait_ms':
      '{"type":"histogram","count":7,"sum":812.5,"schema":0,"zeroCount":1,"positive":{"indexes":[1,2],"counts":[2,3]},"negative":{"indexes":[4],"counts":[1]}}',
  });
  const port = await freePort();
  exporter = spawn(
    process.execPath,
    [join(checkout, 'exporter/bin/redmeter-exporter.mjs'), '--redis', redis.url, '--listen', `127.0.0.1:${port}`],
    { stdio: 'ignore' },
  );
  prometheus = await startPrometheus({
    config: {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [{ job_name: 'own', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
    },
    args: ['--enable-feature=native-histograms'],
  });
});

afterAll(async () => {
  await prometheus.stop();
  exporter.kill('SIGKILL');
  await redis.stop();
});

it('Prometheus 2.42 stores native histograms where it is told to', async () => {
  const { client } = prometheus;
  await waitFor(async () => (await client.value('up')) === 1, 'the exporter is up');
  expect(await client.value('jobs_total{q="a"}')).toBe(5);
  expect(await client.value('histogram_count(wait_ms)')).toBe(7);
  expect(await client.value('histogram_sum(wait_ms)')).toBe(812.5);
  expect(await client.value('histogram_fraction(1, 4, wait_ms)')).toBeCloseTo(5 / 7, 12);
});
