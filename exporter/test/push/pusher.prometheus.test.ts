import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { prometheus3, startPrometheus, waitFor, type PrometheusServer } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { nativeRecord } from '../exposition/native-record.js';
import { startTestExporter, type TestExporter } from '../test-exporter.js';
import { pushOptions } from './push-options.js';

const redis = useRedisServer();
const createdMs = Date.now() - 45_000;
const JOB = 'redmeter-exporter';
const LATENCIES = Array.from({ length: 500 }, (_, i) => 0.001 * 1.02 ** i);
let exporter: TestExporter;
let prometheus: PrometheusServer;
/** Scrapes what is pushed to the other one. */
let scraping: PrometheusServer;

const FEATURES = 'exemplar-storage,created-timestamp-zero-ingestion,type-and-unit-labels';

beforeAll(async () => {
  const times = `"created":${createdMs},"timestamp":${createdMs + 1000}`;
  const exemplar = (trace: string, value: number): unknown => ({
    labels: { trace_id: trace },
    value,
    timestamp: createdMs + (trace === 'old' ? 1000 : 2000),
  });
  await redis.client.mset({
    'metrics:counter:jobs_total:q=a': `{"type":"counter","value":5,"exemplars":[${JSON.stringify(exemplar('c', 2))}],${times}}`,
    'metrics:counter:signups': '7',
    'metrics:gauge:odd:q=x%2Cy%22%5C%0A': '{"value":"NaN"}',
    'metrics:gauge:depth:Zone=b,q=a': '-1.5',
    'metrics:gauge:level': '{"value":"-Inf"}',
    'metrics:counter:http.requests:http.method=GET': '3',
    'metrics:histogram:wait_ms:q=a': `{"count":7,"sum":812.5,"bounds":[5,10],"counts":[1,2,4],${times}}`,
    'metrics:histogram:lat_seconds:q=a': nativeRecord(LATENCIES, {
      schema: 3,
      createdMs,
      exemplars: [exemplar('old', 0.25), exemplar('new', 3)],
    }),
    'metrics-meta:family:wait_ms': '{"type":"histogram","help":"Time of waiting.","unit":"ms"}',
  });
  prometheus = await startPrometheus({
    program: prometheus3().prometheus,
    args: ['--web.enable-remote-write-receiver', `--enable-feature=${FEATURES}`],
  });
  exporter = await startTestExporter(redis.url, { push: pushOptions({ url: `${prometheus.url}/api/v1/write` }) });
  scraping = await startPrometheus({
    program: prometheus3().prometheus,
    config: {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        {
          job_name: JOB,
          scrape_native_histograms: true,
          static_configs: [
            {
              targets: [exporter.url.replace('http://', '')],
              labels: { instance: redis.url.replace('redis://', '') },
            },
          ],
        },
      ],
    },
    args: [`--enable-feature=${FEATURES}`],
  });
  await scraping.client.nextScrape(90_000, `up{job="${JOB}"}`);
  await waitFor(async () => (await value('redmeter_up')) === 1, 'the series are pushed');
});

afterAll(async () => {
  await exporter.stop();
  await Promise.all([prometheus.stop(), scraping.stop()]);
});

const value = (expression: string): Promise<number | undefined> => prometheus.client.value(expression);

describe('a Prometheus 3 that is pushed to', () => {
  it('has counters, gauges and classic histograms', async () => {
    expect(await value('jobs_total{q="a"}')).toBe(5);
    expect(await value('signups')).toBe(7);
    expect(await value('odd{q="x,y\\"\\\\\\n"}')).toBeNaN();
    expect(await value('depth{q="a",Zone="b"}')).toBe(-1.5);
    expect(await value('level')).toBe(-Infinity);
    expect(await value('wait_ms_bucket{q="a",le="5.0"}')).toBe(1);
    expect(await value('wait_ms_bucket{q="a",le="+Inf"}')).toBe(7);
    expect(await value('wait_ms_sum{q="a"}')).toBe(812.5);
    expect(await value('histogram_quantile(0.25, wait_ms_bucket)')).toBeCloseTo(6.875, 9);
  });

  it('has native histograms', async () => {
    expect(await value('histogram_count(lat_seconds)')).toBe(500);
    expect(await value('histogram_sum(lat_seconds)')).toBeCloseTo(
      LATENCIES.reduce((sum, one) => sum + one, 0),
      9,
    );
    const median = (await value('histogram_quantile(0.5, lat_seconds)')) ?? NaN;
    expect(median).toBeGreaterThan((LATENCIES[249] ?? NaN) / 2 ** (1 / 8));
    expect(median).toBeLessThan((LATENCIES[250] ?? NaN) * 2 ** (1 / 8));
    expect(await value('histogram_fraction(-Inf, 1, lat_seconds)')).toBeCloseTo(
      LATENCIES.filter((one) => one <= 1).length / 500,
      9,
    );
  });

  it('has UTF-8 names as they were recorded', async () => {
    expect(await value('{"http.requests","http.method"="GET"}')).toBe(3);
  });

  it('has types and units', async () => {
    expect(await value('jobs_total{__type__="counter"}')).toBe(5);
    expect(await value('wait_ms_count{__type__="histogram",__unit__="ms"}')).toBe(7);
    expect(await value('depth{__type__="gauge"}')).toBe(-1.5);
  });

  it('has a 0 where counts began', async () => {
    for (const series of ['jobs_total', 'wait_ms_count', 'wait_ms_bucket{le="5.0"}']) {
      const [first] = await prometheus.client.timedSamples(`${series}[5m]`);
      expect(first).toEqual([createdMs / 1000, 0]);
    }
  });

  it('has exemplars, each once', async () => {
    const traces = async (selector: string): Promise<unknown> =>
      (await prometheus.client.exemplars(selector)).flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels));
    expect(await traces('jobs_total')).toEqual([{ trace_id: 'c' }]);
    // The first push has the newest only: an earlier process may have sent the others.
    expect(await traces('lat_seconds')).toEqual([{ trace_id: 'new' }]);
    await redis.client.set(
      'metrics:histogram:lat_seconds:q=b',
      nativeRecord([0.25, 3], {
        schema: 3,
        createdMs,
        exemplars: [
          { labels: { trace_id: 'x' }, value: 0.25, timestamp: Date.now() - 2000 },
          { labels: { trace_id: 'y' }, value: 3, timestamp: Date.now() - 1000 },
        ],
      }),
    );
    await waitFor(async () => (await value('histogram_count(lat_seconds{q="b"})')) === 2, 'the histogram is pushed');
    expect(await traces('lat_seconds{q="b"}')).toEqual([{ trace_id: 'x' }, { trace_id: 'y' }]);
    expect(await value('redmeter_push_rejected_exemplars_total')).toBe(0);
  });

  it('has the same series as one that scrapes, but for those of the scrape', async () => {
    const all = async ({ client }: PrometheusServer): Promise<string[]> => {
      const selector = `{job="${JOB}",__name__!~"up|scrape_.*|redmeter_push_.*|redmeter_exporter_.*"}`;
      const [numbers, histograms] = await Promise.all([client.query(selector), client.histograms(selector)]);
      return [
        ...numbers.map(
          ({ labels, value: number }) => `${JSON.stringify(labels, Object.keys(labels).sort())} ${number}`,
        ),
        ...histograms.map(({ labels, ...rest }) => JSON.stringify([labels, rest])),
      ].sort();
    };
    await waitFor(
      async () => JSON.stringify(await all(prometheus)) === JSON.stringify(await all(scraping)),
      'both have the same',
    );
    expect((await all(prometheus)).length).toBeGreaterThan(20);
  });

  it('got nothing that it rejected', async () => {
    expect(await value('redmeter_push_rejected_samples_total')).toBe(0);
    expect(await value('redmeter_push_requests_total{outcome=~"partial|refused"} > 0')).toBeUndefined();
    expect(prometheus.log).not.toContain('Out of order');
    expect(exporter.log.filter((line) => line.startsWith('error'))).toEqual([]);
  });
});

describe('a series that is gone', () => {
  it('is shown no longer, and all of a histogram with it', async () => {
    await redis.client.del(
      'metrics:gauge:depth:Zone=b,q=a',
      'metrics:histogram:wait_ms:q=a',
      'metrics:histogram:lat_seconds:q=a',
    );
    await waitFor(async () => (await value('depth')) === undefined, 'the gauge is gone');
    expect(await prometheus.client.query('{__name__=~"wait_ms.*"}')).toEqual([]);
    expect(await prometheus.client.histograms('lat_seconds{q="a"}')).toEqual([]);
    expect(await value('signups')).toBe(7);
    expect(await value('redmeter_up')).toBe(1);
  });

  it('is shown again when it is back', async () => {
    await redis.client.set('metrics:gauge:depth:Zone=b,q=a', '4');
    await waitFor(async () => (await value('depth')) === 4, 'the gauge is back');
  });
});
