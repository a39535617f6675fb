import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freePorts, PrometheusClient, startRedisServer, waitFor, type RedisServer } from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { checkout } from '@redmeter/stack';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { join } from 'node:path';

/** What a scraper may ask for, and what it is answered. Prometheus 2.42 itself asks for OpenMetrics first. */
const FORMATS = [
  { job: 'own', accept: undefined, contentType: 'application/openmetrics-text' },
  {
    job: 'openmetrics-1',
    accept: 'application/openmetrics-text;version=1.0.0',
    contentType: 'application/openmetrics',
  },
  { job: 'openmetrics-0', accept: 'application/openmetrics-text;version=0.0.1', contentType: 'text/plain' },
  { job: 'text', accept: 'text/plain;version=0.0.4', contentType: 'text/plain' },
  {
    job: 'protobuf-of-nothing',
    accept: 'application/vnd.google.protobuf;encoding=delimited',
    contentType: 'text/plain',
  },
  {
    job: 'protobuf',
    accept: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
    contentType: 'application/vnd.google.protobuf',
  },
] as const;

const exemplarMs = Date.now() - 1000;
const exemplar = (name: string, value: number): string =>
  JSON.stringify({ labels: { [name]: 'of a "trace" é' }, value, timestamp: exemplarMs });
const folder = temporaryFolder();
const answered = new Map<string, string>();
const children: ChildProcess[] = [];
const proxies: Server[] = [];
let redis: RedisServer;
let prometheus: PrometheusClient;

beforeAll(async () => {
  redis = await startRedisServer();
  const client = await redis.connect();
  await client.mset({
    'metrics:counter:jobs_total:q=a': '5',
    'metrics:counter:signups': '7',
    'metrics:counter:traced_total': `{"value":3,"exemplars":[${exemplar('a.b', 2)}]}`,
    'metrics:counter:traced_unnamed': `{"value":3,"exemplars":[${exemplar('a', 2)}]}`,
    'metrics:histogram:traced_ms': `{"count":3,"sum":17,"bounds":[5,10],"counts":[1,1,1],"exemplars":[${exemplar('b', 4)},${exemplar('c', 11)}]}`,
    'metrics:gauge:odd:q=x%2Cy%22%5C%0A': '{"value":"NaN"}',
    'metrics:histogram:wait_ms': '{"count":7,"sum":812.5,"bounds":[5,10],"counts":[1,2,4],"created":1763600000123}',
  });
  const ports = await freePorts('exporter', 'prometheus', ...FORMATS.map(({ job }) => job));
  const run = (file: string, ...args: string[]): void => void children.push(spawn(file, args, { stdio: 'ignore' }));
  run(
    process.execPath,
    join(checkout, 'exporter/bin/redmeter-exporter.mjs'),
    ...['--redis', redis.url, '--listen', `127.0.0.1:${ports.exporter}`, '--openmetrics.created'],
  );
  for (const { job, accept } of FORMATS) {
    // Passes scrapes on as they are, but for what they ask for.
    const proxy = createServer((incoming, outgoing) => {
      const headers = { ...incoming.headers, ...(accept === undefined ? {} : { accept }) };
      const onward = request({ port: ports.exporter, host: '127.0.0.1', path: '/metrics', headers }, (answer) => {
        answered.set(job, `${answer.headers['content-encoding'] ?? 'plain'} ${answer.headers['content-type'] ?? ''}`);
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      onward.end();
    });
    await once(proxy.listen(ports[job], '127.0.0.1'), 'listening');
    proxies.push(proxy);
  }
  const scrapes = FORMATS.map(({ job }) => ({
    job_name: job,
    static_configs: [{ targets: [`127.0.0.1:${ports[job]}`] }],
  }));
  // JSON is YAML.
  writeFileSync(
    join(folder, 'prometheus.yaml'),
    JSON.stringify({ global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: scrapes }),
  );
  run(
    'prometheus',
    ...[`--config.file=${join(folder, 'prometheus.yaml')}`, `--storage.tsdb.path=${join(folder, 'data')}`],
    ...[`--web.listen-address=127.0.0.1:${ports.prometheus}`, '--enable-feature=exemplar-storage'],
  );
  const url = `http://127.0.0.1:${ports.prometheus}`;
  const isReady = async (): Promise<boolean> => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true;
  await waitFor(isReady, 'Prometheus is ready');
  prometheus = new PrometheusClient(url);
});

afterAll(async () => {
  for (const child of children) {
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
  }
  for (const proxy of proxies) proxy.close().closeAllConnections();
  await redis.stop();
});

it.each(FORMATS)('Prometheus takes what it is answered when it asks as $job', async ({ job, contentType }) => {
  const of = (series: string): string => series.replace('}', `,job="${job}"}`);
  await waitFor(async () => (await prometheus.value(of('up{}').replace('{,', '{'))) === 1, `${job} is up`);
  expect(answered.get(job)).toMatch(new RegExp(`^gzip ${contentType}`));
  expect(await prometheus.value(of('jobs_total{q="a"}'))).toBe(5);
  expect(await prometheus.value(`signups{job="${job}"}`)).toBe(7);
  expect(await prometheus.value(of('odd{q="x,y\\"\\\\\\n"}'))).toBeNaN();
  expect(await prometheus.value(`wait_ms_count{job="${job}"}`)).toBe(7);
  expect(await prometheus.value(of('wait_ms_bucket{le="5.0"}'))).toBe(1);
  expect(await prometheus.value(of('wait_ms_bucket{le="+Inf"}'))).toBe(7);
  expect(await prometheus.value(`redmeter_up{job="${job}"}`)).toBe(1);
  expect(await prometheus.value(`traced_total{job="${job}"}`)).toBe(3);
  const traced = async (name: string): Promise<unknown[]> =>
    (await prometheus.exemplars(`${name}{job="${job}"}`)).flatMap(({ labels, exemplars }) =>
      exemplars.map(({ value, time, labels: own }) => [labels['le'], value, time, Object.keys(own)]),
    );
  const time = exemplarMs / 1000;
  if (contentType === 'text/plain') {
    expect(await traced('traced_total')).toEqual([]);
    return;
  }
  // OpenMetrics has no dots in names.
  const name = contentType.includes('protobuf') ? 'a.b' : 'a_b';
  expect(await traced('traced_total')).toEqual([[undefined, 2, time, [name]]]);
  expect(await traced('traced_ms_bucket')).toEqual([
    ['+Inf', 11, time, ['c']],
    ['5.0', 4, time, ['b']],
  ]);
});
