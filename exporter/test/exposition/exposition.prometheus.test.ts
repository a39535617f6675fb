import { prometheus3, startPrometheus, waitFor, type PrometheusServer } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestExporter, type TestExporter } from '../test-exporter.js';

const redis = useRedisServer();
const createdMs = Date.now() - 45_000;
let exporter: TestExporter;
let prometheus: PrometheusServer;

beforeAll(async () => {
  const times = `"created":${createdMs},"timestamp":${createdMs + 1000}`;
  await redis.client.mset({
    'metrics:counter:jobs_total:q=a': `{"type":"counter","value":5,${times}}`,
    'metrics:counter:signups': '7',
    'metrics:gauge:odd:q=x%2Cy%22%5C%0A': '{"value":"NaN"}',
    'metrics:gauge:depth': '-Infinity',
    'metrics:gauge:level': '{"value":"-Inf"}',
    'metrics:histogram:wait_ms:q=a': `{"count":7,"sum":812.5,"bounds":[5,10],"counts":[1,2,4],${times}}`,
    'metrics-meta:family:wait_ms': '{"type":"histogram","help":"Time of waiting.","unit":"ms"}',
  });
  exporter = await startTestExporter(redis.url);
  const targets = [exporter.url.replace('http://', '')];
  prometheus = await startPrometheus({
    program: prometheus3().prometheus,
    config: {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        { job_name: 'protobuf', scrape_protocols: ['PrometheusProto'], static_configs: [{ targets }] },
        { job_name: 'native', scrape_native_histograms: true, static_configs: [{ targets }] },
        { job_name: 'default', static_configs: [{ targets }] },
      ],
    },
    args: ['--enable-feature=created-timestamp-zero-ingestion'],
  });
});

afterAll(async () => {
  await prometheus.stop();
  await exporter.stop();
});

describe.each(['protobuf', 'native', 'default'])('Prometheus 3, as the job %s', (job) => {
  const value = (series: string): Promise<number | undefined> =>
    prometheus.client.value(series.includes('{') ? series.replace('{', `{job="${job}",`) : `${series}{job="${job}"}`);

  it('stores counters, gauges and histograms with buckets', async () => {
    await waitFor(async () => (await value('up')) === 1, `${job} is up`);
    expect(await value('jobs_total{q="a"}')).toBe(5);
    expect(await value('signups')).toBe(7);
    expect(await value('odd{q="x,y\\"\\\\\\n"}')).toBeNaN();
    expect(await value('level')).toBe(-Infinity);
    expect(await value('wait_ms_bucket{q="a",le="5.0"}')).toBe(1);
    expect(await value('wait_ms_bucket{q="a",le="10.0"}')).toBe(3);
    expect(await value('wait_ms_bucket{q="a",le="+Inf"}')).toBe(7);
    expect(await value('wait_ms_sum{q="a"}')).toBe(812.5);
    expect(await value('wait_ms_count{q="a"}')).toBe(7);
    expect(await value('wait_ms_p50{q="a"}')).toBeGreaterThan(5);
    expect(await value('redmeter_up')).toBe(1);
    expect(await value('redmeter_exporter_read_duration_seconds_count')).toBeGreaterThan(0);
    expect(await value('redmeter_skipped_keys{reason="invalid_json"}')).toBe(1);
  });
});

it('counts begin with 0 at their beginning', async () => {
  const { client } = prometheus;
  for (const series of ['jobs_total', 'wait_ms_count', 'wait_ms_sum', 'wait_ms_bucket{le="5.0"}']) {
    const selector = series.includes('{')
      ? series.replace('}', ',job="protobuf"}[5m]')
      : `${series}{job="protobuf"}[5m]`;
    const [first, second] = await waitFor(async () => {
      const samples = await client.timedSamples(selector);
      return samples.length > 1 && samples;
    }, `${selector} has two samples`);
    expect(first).toEqual([createdMs / 1000, 0]);
    expect(second?.[1]).toBeGreaterThan(0);
  }
});

it('types and help come along', async () => {
  const response = await fetch(`${prometheus.url}/api/v1/targets/metadata?match_target={job="protobuf"}`);
  const { data } = (await response.json()) as { data: { metric: string; type: string; help: string; unit: string }[] };
  const of = (metric: string): unknown => data.find((one) => one.metric === metric);
  expect(of('wait_ms')).toMatchObject({ type: 'histogram', help: 'Time of waiting.', unit: 'ms' });
  expect(of('jobs_total')).toMatchObject({ type: 'counter' });
  expect(of('level')).toMatchObject({ type: 'gauge' });
});
