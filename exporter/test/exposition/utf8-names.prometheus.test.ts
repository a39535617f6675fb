import { prometheus3, startPrometheus, waitFor, type PrometheusServer } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestExporter, type TestExporter } from '../test-exporter.js';

const redis = useRedisServer();
let exporter: TestExporter;
let newer: PrometheusServer;
let older: PrometheusServer;

beforeAll(async () => {
  await redis.client.mset({
    'metrics:counter:http.requests_total:http.method=GET': '5',
    'metrics:gauge:größe 🚀:a%22%0A%5C=x%2C%22': '6',
    'metrics:counter:jobs:queue.name=a': '7',
    'metrics:counter:jobs:queue_name=a': '8',
    'metrics:gauge:a.b': '9',
    'metrics:gauge:a_b': '10',
    'metrics:gauge:scrape.samples': '11',
    'metrics:gauge:job%3Arate': '12',
    'metrics:histogram:http.duration:http.method=GET': '{"count":3,"sum":7,"bounds":[5],"counts":[2,1]}',
  });
  exporter = await startTestExporter(redis.url, { withCreated: true });
  const static_configs = [{ targets: [exporter.url.replace('http://', '')] }];
  const global = { scrape_interval: '1s', scrape_timeout: '1s' };
  newer = await startPrometheus({
    program: prometheus3().prometheus,
    config: {
      global,
      scrape_configs: [
        { job_name: 'default', static_configs },
        { job_name: 'native', scrape_native_histograms: true, static_configs },
        { job_name: 'text', scrape_protocols: ['PrometheusText1.0.0'], static_configs },
        { job_name: 'dots', metric_name_escaping_scheme: 'dots', static_configs },
        { job_name: 'values', metric_name_escaping_scheme: 'values', static_configs },
        { job_name: 'legacy', metric_name_validation_scheme: 'legacy', static_configs },
        { job_name: 'old text', scrape_protocols: ['PrometheusText0.0.4'], static_configs },
      ],
    },
  });
  older = await startPrometheus({
    program: 'prometheus',
    config: { global, scrape_configs: [{ job_name: 'default', static_configs }] },
  });
});

afterAll(async () => {
  await Promise.all([newer.stop(), older.stop()]);
  await exporter.stop();
});

/** What a query finds, without the labels of the target; once the job is up. */
async function found({ client }: PrometheusServer, job: string, matchers: string): Promise<[object, number][]> {
  await waitFor(async () => (await client.value(`up{job="${job}"}`)) === 1, `${job} is up`);
  const series = await client.query(`{job="${job}",${matchers}}`);
  return series.map(({ labels, value }) => {
    const own = Object.entries(labels).filter(([label]) => label !== 'job' && label !== 'instance');
    return [Object.fromEntries(own.map(([label, text]) => [label === '__name__' ? 'name' : label, text])), value];
  });
}

const APPLICATION = '__name__!~"redmeter_.*|process_.*|nodejs_.*|up|scrape_.*|.*_created|.*(bucket|p50|p95|p99|_sum)"';
const byValue = (series: readonly [object, number][]): [object, number][] => [...series].sort((a, b) => a[1] - b[1]);

describe.each(['default', 'native', 'text'])('Prometheus 3 as the job %s', (job) => {
  it('has all names as they were recorded', async () => {
    expect(byValue(await found(newer, job, APPLICATION))).toEqual([
      [{ name: 'http.duration_count', 'http.method': 'GET' }, 3],
      [{ name: 'http.requests_total', 'http.method': 'GET' }, 5],
      [{ name: 'größe 🚀', 'a"\n\\': 'x,"' }, 6],
      [{ name: 'jobs', 'queue.name': 'a' }, 7],
      [{ name: 'jobs', queue_name: 'a' }, 8],
      [{ name: 'a.b' }, 9],
      [{ name: 'a_b' }, 10],
      [{ name: 'scrape.samples' }, 11],
      [{ name: 'job:rate' }, 12],
    ]);
    expect(await found(newer, job, '__name__="http.duration_bucket",le="5.0"')).toHaveLength(1);
    expect(await found(newer, job, '__name__="redmeter_escape_collisions"')).toEqual([]);
  });
});

describe.each<[string, string, () => PrometheusServer]>([
  ['Prometheus 2', 'default', () => older],
  ['Prometheus 3 with names of Prometheus 2', 'legacy', () => newer],
  ['Prometheus 3 that names no escaping', 'old text', () => newer],
])('%s', (_name, job, server) => {
  it('has names with underscores, each series once, and the number of those left out', async () => {
    expect(byValue(await found(server(), job, APPLICATION))).toEqual([
      [{ name: 'http_duration_count', http_method: 'GET' }, 3],
      [{ name: 'http_requests_total', http_method: 'GET' }, 5],
      [{ name: 'gr__e__', a___: 'x,"' }, 6],
      [{ name: 'jobs', queue_name: 'a' }, 8],
      [{ name: 'a_b' }, 10],
      [{ name: 'job:rate' }, 12],
    ]);
    const collisions = await found(server(), job, '__name__="redmeter_escape_collisions"');
    const left = collisions.map(([labels, value]) => [(labels as { family?: string }).family, value]);
    expect(Object.fromEntries(left)).toEqual({ 'a.b': 1, jobs: 1, 'scrape.samples': 1 });
  });
});

it.each([
  ['dots', { name: 'http_dot_requests__total', http_dot_method: 'GET' }],
  ['values', { name: 'U__http_2e_requests__total', U__http_2e_method: 'GET' }],
])('Prometheus 3 that asks for %s gets it', async (job, labels) => {
  const series = await found(newer, job, '__name__=~".*http.*requests.*_total"');
  expect(series).toEqual([[labels, 5]]);
});
