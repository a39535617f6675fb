import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort, startRedisServer, waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import type { PushOptions } from '../../src/push/push-options.js';
import { startTestExporter, type TestExporter } from '../test-exporter.js';
import { pushOptions } from './push-options.js';
import {
  countsOf,
  startTestEndpoint,
  valuesOf,
  type EndpointAnswer,
  type GotRequest,
  type TestEndpoint,
} from './test-endpoint.js';

const redis = useRedisServer();
const JOBS = 'metrics:counter:jobs_total';
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await redis.client.flushall();
});

/** A counter that has just begun. */
const newCount = (value: number): string =>
  JSON.stringify({ type: 'counter', value, created: Date.now(), timestamp: Date.now() });

const OK: EndpointAnswer = { status: 204 };
const isOwn = ({ labels }: GotRequest['series'][number]): boolean =>
  labels.some(([label, value]) => label === '__name__' && value.startsWith('redmeter_'));

async function startEndpoint(...args: Parameters<typeof startTestEndpoint>): Promise<TestEndpoint> {
  const endpoint = await startTestEndpoint(...args);
  stops.push(async () => endpoint.stop());
  return endpoint;
}

async function push(
  url: string,
  options: Partial<PushOptions> = {},
  from: string | readonly string[] = redis.url,
): Promise<TestExporter> {
  const exporter = await startTestExporter(from, { push: pushOptions({ url, intervalMs: 200, ...options }) });
  let isStopped = false;
  const stop = async (graceMs?: number): Promise<void> => {
    if (!isStopped) await exporter.stop(graceMs);
    isStopped = true;
  };
  stops.unshift(async () => stop(0));
  return { ...exporter, stop };
}

/** Own metrics of the push, with the labels that stand in the name. */
async function own(exporter: TestExporter, name: string): Promise<number> {
  return ownIn(await exporter.metrics(), name);
}

function ownIn(text: string, name: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`redmeter_push_${name} `));
  return Number(line?.split(' ').at(-1));
}

// A machine with other work to do has warnings about slow readings.
const errorsOf = ({ log }: TestExporter): string[] => log.filter((line) => line.startsWith('error'));
const hasPushed = (endpoint: TestEndpoint, count = 1): Promise<unknown> =>
  waitFor(() => valuesOf(endpoint.requests, 'redmeter_up').length >= count, `${count} pushes`);
// A slow machine may give up a push before its answer comes: then nothing counts as delivered.
const hasWritten = (exporter: TestExporter, count = 1): Promise<unknown> =>
  waitFor(async () => (await own(exporter, 'requests_total{outcome="written"}')) >= count, `${count} written`);

describe('a request', () => {
  it('is remote write 2.0, and has labels that tell who pushes', async () => {
    await redis.client.set(JOBS, '5');
    const endpoint = await startEndpoint(() => OK);
    await push(`${endpoint.url}?tenant=a`, { headers: ['X-Scope-OrgID=team'], labels: ['instance=eu-1', 'zone=b'] });
    await hasPushed(endpoint);
    const [request] = endpoint.requests;
    expect(request?.url).toBe('/api/v1/write?tenant=a');
    expect(request?.headers).toMatchObject({
      'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '2.0.0',
      'user-agent': expect.stringMatching(/^redmeter-exporter/),
      'x-scope-orgid': 'team',
    });
    expect(request?.headers.authorization).toBeUndefined();
    const jobs = request?.series.find(({ labels }) => labels.some(([, value]) => value === 'jobs_total'));
    expect(jobs?.labels).toEqual([
      ['__name__', 'jobs_total'],
      ['instance', 'eu-1'],
      ['job', 'redmeter-exporter'],
      ['zone', 'b'],
    ]);
  });

  it('names the Redis that a series is of, where there are several', async () => {
    const other = await startRedisServer();
    stops.push(async () => other.stop());
    await redis.client.set(JOBS, '5');
    await (await other.connect()).set(JOBS, '7');
    const endpoint = await startEndpoint(() => OK);
    await push(endpoint.url, { intervalMs: 5000 }, [redis.url, other.url]);
    await hasPushed(endpoint);
    const names = [redis.url, other.url].map((url) => url.replace('redis://', ''));
    const jobs = (endpoint.requests[0]?.series ?? []).filter(({ labels }) => labels[0]?.[1] === 'jobs_total');
    expect(jobs.map(({ labels, samples }) => [Object.fromEntries(labels), samples?.[0]?.value])).toEqual(
      expect.arrayContaining(
        [5, 7].map((value, i) => [expect.objectContaining({ redis: names[i], instance: names.join(',') }), value]),
      ),
    );
    expect(jobs).toHaveLength(2);
  });

  it('has so many samples at most, and four are sent at a time', async () => {
    const series = Array.from({ length: 2000 }, (_, i) => [`metrics:gauge:load:cpu=${i}`, String(i)]);
    await redis.client.mset(Object.fromEntries(series) as Record<string, string>);
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const endpoint = await startEndpoint(async (_request, index) => {
      if (index === 3) letGo();
      await held;
      return OK;
    });
    await push(endpoint.url, { maxSamples: 100, intervalMs: 10_000 });
    await hasPushed(endpoint);
    expect(endpoint.mostAtOnce).toBe(4);
    for (const { series: sent } of endpoint.requests) expect(countsOf(sent).samples).toBeLessThanOrEqual(100);
    expect(new Set(valuesOf(endpoint.requests, 'load')).size).toBe(2000);
  });
});

describe('what is sent again', () => {
  it.each([
    ['429', { status: 429, headers: { 'Retry-After': '0' } }],
    ['500', { status: 500, body: 'oops' }],
    ['503', { status: 503 }],
  ])('after %s it is the same request, and no sample counts twice', async (_, fault) => {
    await redis.client.set(JOBS, '5');
    const endpoint = await startEndpoint((_request, index) => (index < 2 ? fault : OK));
    const exporter = await push(endpoint.url, { intervalMs: 5000 });
    await hasPushed(endpoint, 3);
    const [first, second, third] = endpoint.requests;
    expect(second?.body).toEqual(first?.body);
    expect(third?.body).toEqual(first?.body);
    await waitFor(async () => (await own(exporter, 'last_success_timestamp_seconds')) > 0, 'it is written');
    const { samples } = countsOf(first?.series ?? []);
    expect(await own(exporter, 'samples_total')).toBe(samples);
    expect(await own(exporter, 'requests_total{outcome="failed"}')).toBe(2);
    expect(await own(exporter, 'pending_samples')).toBe(0);
    expect(errorsOf(exporter)).toEqual([]);
  });

  it('does not keep others back: a request that is never taken leaves the rest of each round alone', async () => {
    await redis.client.mset(
      Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`metrics:gauge:load:cpu=${i}`, String(i)])),
    );
    const hasFirst = ({ series }: GotRequest): boolean =>
      series.some(({ labels }) => labels.some(([, value]) => value === '0'));
    const endpoint = await startEndpoint((request) => (hasFirst(request) ? { status: 500, body: 'poison' } : OK));
    const exporter = await push(endpoint.url, { maxSamples: 20, intervalMs: 1000 });
    await waitFor(async () => (await own(exporter, 'dropped_samples_total')) >= 20, 'it is dropped');
    const written = endpoint.requests.filter((request) => !hasFirst(request));
    expect(new Set(valuesOf(written, 'load')).size).toBe(480);
    expect(errorsOf(exporter).filter((line) => line.includes('cannot push'))).toEqual([
      expect.stringContaining('500 poison'),
    ]);
  });

  it('waits as long as the endpoint wants', async () => {
    const times: number[] = [];
    const endpoint = await startEndpoint((_request, index) => {
      times.push(performance.now());
      return index === 0 ? { status: 503, headers: { 'Retry-After': '1' } } : OK;
    });
    await push(endpoint.url);
    await hasPushed(endpoint, 2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('is a new reading where the endpoint took nothing for an interval: one round is kept', async () => {
    await redis.client.set(JOBS, '5');
    let isDown = true;
    const endpoint = await startEndpoint(() => (isDown ? { status: 503, body: 'busy\nmore' } : OK));
    const exporter = await push(endpoint.url);
    await waitFor(async () => (await own(exporter, 'dropped_samples_total')) > 0, 'a round is dropped');
    const size = countsOf(endpoint.requests[0]?.series ?? []).samples;
    expect(await own(exporter, 'pending_samples')).toBeLessThan(2 * size);
    await redis.client.set(JOBS, '9');
    await waitFor(() => valuesOf(endpoint.requests, 'jobs_total').includes(9), 'the newer reading is tried');
    isDown = false;
    await waitFor(async () => (await own(exporter, 'last_success_timestamp_seconds')) > 0, 'it is written');
    expect(valuesOf(endpoint.requests, 'jobs_total').at(-1)).toBe(9);
    await waitFor(() => exporter.log.some((line) => line.endsWith('again')), 'it says so');
    const shown = endpoint.url;
    expect(errorsOf(exporter)).toEqual([
      `error cannot push to ${shown}: 503 busy; older samples give place to newer ones until it answers`,
    ]);
  });

  it('where nobody listens, or nobody answers', async () => {
    const port = await freePort();
    const exporter = await push(`http://127.0.0.1:${port}/api/v1/write`);
    await waitFor(() => errorsOf(exporter).length > 0, 'it is logged');
    expect(errorsOf(exporter)[0]).toContain('ECONNREFUSED');
    let isSilent = true;
    const endpoint = await startEndpoint(async () => (isSilent ? new Promise<never>(() => undefined) : OK), port);
    await waitFor(() => endpoint.requests.length > 0, 'it is asked');
    await exporter.stop(100);
    const patient = await push(endpoint.url, { timeoutMs: 300 });
    await waitFor(() => errorsOf(patient).length > 0, 'it is logged');
    expect(errorsOf(patient)[0]).toContain('no answer within 300 ms');
    isSilent = false;
    await waitFor(async () => (await own(patient, 'last_success_timestamp_seconds')) > 0, 'it is written');
  });
});

describe('what is not sent again', () => {
  it('is counted, and logged once', async () => {
    const endpoint = await startEndpoint(({ series }) => {
      const { samples } = countsOf(series);
      return { status: 400, body: 'out of order sample\nfor series x', written: { samples: samples - 3 } };
    });
    const exporter = await push(endpoint.url);
    await waitFor(async () => (await own(exporter, 'requests_total{outcome="partial"}')) >= 3, 'three pushes');
    const text = await exporter.metrics();
    const partial = ownIn(text, 'requests_total{outcome="partial"}');
    expect(Math.abs(ownIn(text, 'rejected_samples_total') - 3 * partial)).toBeLessThanOrEqual(3);
    expect(new Set(endpoint.requests.map(({ body }) => body.toString('latin1'))).size).toBe(endpoint.requests.length);
    expect(errorsOf(exporter)).toEqual([
      `error ${endpoint.url} rejected samples, they are not sent again: 400 out of order sample`,
    ]);
    expect(await own(exporter, 'last_success_timestamp_seconds')).toBe(0);
  });

  it.each<[string, EndpointAnswer, string]>([
    ['413', { status: 413, body: 'too large' }, '413 too large'],
    ['401', { status: 401 }, '401'],
    ['302', { status: 302, headers: { Location: 'http://127.0.0.1:1/' } }, '302'],
    [
      '415',
      { status: 415, body: 'no' },
      'expected remote write 2.0, as Prometheus 3 has it with --web.enable-remote-write-receiver, got 415 no',
    ],
    ['an answer of 1.0', { status: 204, written: 'none' }, 'got 204 without x-prometheus-remote-write-samples-written'],
  ])('%s: all of it is rejected', async (_, answer, text) => {
    const endpoint = await startEndpoint(() => answer);
    const exporter = await push(endpoint.url);
    await waitFor(async () => (await own(exporter, 'requests_total{outcome="refused"}')) >= 2, 'two pushes');
    expect(await own(exporter, 'samples_total')).toBe(0);
    expect(await own(exporter, 'rejected_samples_total')).toBeGreaterThan(0);
    expect(errorsOf(exporter)).toHaveLength(1);
    expect(errorsOf(exporter)[0]).toContain(text);
  });

  it('is named where an answer of 2xx says that less was written', async () => {
    const endpoint = await startEndpoint(() => ({ status: 200, written: { samples: 1 } }));
    const exporter = await push(endpoint.url);
    await waitFor(async () => (await own(exporter, 'samples_total')) >= 1, 'a push');
    expect(errorsOf(exporter)[0]).toMatch(/it wrote 1 samples, 0 histograms and 0 exemplars of \d+ samples/);
  });
});

describe('the last state', () => {
  it('is pushed when the exporter stops, and nothing is marked as gone', async () => {
    await redis.client.set(JOBS, '5');
    const endpoint = await startEndpoint(() => OK);
    const exporter = await push(endpoint.url, { intervalMs: 3_600_000 });
    await hasPushed(endpoint);
    await redis.client.set(JOBS, '8');
    await exporter.stop(5000);
    expect(valuesOf(endpoint.requests, 'jobs_total')).toEqual([5, 8, 8]);
  });

  it('has the value of a count that is new then, after its 0', async () => {
    const endpoint = await startEndpoint(() => OK);
    const exporter = await push(endpoint.url, { intervalMs: 500 });
    await hasPushed(endpoint, 3);
    await redis.client.set(JOBS, newCount(5));
    await exporter.stop(5000);
    expect(valuesOf(endpoint.requests, 'jobs_total')).toEqual([0, 5]);
  });

  it('is what it was where Redis cannot be read any more', async () => {
    const server = await startRedisServer();
    stops.push(async () => server.stop());
    await (await server.connect()).set(JOBS, '5');
    const endpoint = await startEndpoint(() => OK);
    const exporter = await push(endpoint.url, { intervalMs: 3_600_000 }, server.url);
    await hasPushed(endpoint);
    await server.crash();
    await exporter.stop(5000);
    expect(valuesOf(endpoint.requests, 'jobs_total')).toEqual([5]);
  });

  it('does not keep it from stopping where nobody answers', async () => {
    const endpoint = await startEndpoint(async () => new Promise<never>(() => undefined));
    const exporter = await push(endpoint.url);
    await waitFor(() => endpoint.requests.length > 0, 'it is asked');
    await exporter.stop(200);
    expect(exporter.log.at(-1)).toBe('info stopped');
    expect(errorsOf(exporter).join()).toContain('cannot push');
  });
});

describe('a count that begins while the endpoint is down', () => {
  it('begins with 0 when the endpoint is there again', async () => {
    let isDown = false;
    const endpoint = await startEndpoint(() => (isDown ? { status: 503 } : OK));
    await push(endpoint.url, { intervalMs: 500 });
    await hasPushed(endpoint, 3);
    isDown = true;
    await redis.client.set(JOBS, newCount(5));
    await waitFor(() => valuesOf(endpoint.requests, 'jobs_total').length > 0, 'a push of it is refused');
    const before = endpoint.requests.length;
    isDown = false;
    await waitFor(() => valuesOf(endpoint.requests, 'jobs_total').includes(5), 'its value');
    const written = valuesOf(endpoint.requests.slice(before), 'jobs_total');
    expect(written[0]).toBe(0);
  });
});

describe('series that are gone', () => {
  it('are marked again where the mark was refused', async () => {
    await redis.client.mset({ [JOBS]: '5', 'metrics:gauge:depth': '1' });
    let isRefusing = false;
    const endpoint = await startEndpoint(() => (isRefusing ? { status: 401 } : OK));
    const exporter = await push(endpoint.url);
    await hasWritten(exporter);
    isRefusing = true;
    await redis.client.del('metrics:gauge:depth');
    await waitFor(() => valuesOf(endpoint.requests, 'depth').some(Number.isNaN), 'a mark is refused');
    isRefusing = false;
    const before = endpoint.requests.length;
    await waitFor(() => valuesOf(endpoint.requests.slice(before), 'depth').some(Number.isNaN), 'a mark is taken');
    await waitFor(() => exporter.log.some((line) => line.endsWith('takes all samples again')), 'the log says so');
  });

  it('are marked once, also where the endpoint was down', async () => {
    await redis.client.mset({ [JOBS]: '5', 'metrics:gauge:depth': '1' });
    let isDown = false;
    const endpoint = await startEndpoint(() => (isDown ? { status: 503 } : OK));
    const exporter = await push(endpoint.url);
    await hasWritten(exporter);
    isDown = true;
    await redis.client.del('metrics:gauge:depth');
    await waitFor(() => valuesOf(endpoint.requests, 'depth').some(Number.isNaN), 'a mark is tried');
    const dropped = await own(exporter, 'dropped_samples_total');
    await waitFor(async () => (await own(exporter, 'dropped_samples_total')) > dropped, 'another round is dropped');
    const before = endpoint.requests.length;
    isDown = false;
    await hasWritten(exporter, 4);
    expect(valuesOf(endpoint.requests.slice(before), 'depth')).toEqual([NaN]);
  });

  it('are all of them where Redis cannot be read, and come again', async () => {
    const server = await startRedisServer();
    stops.push(async () => server.stop());
    await (await server.connect()).set(JOBS, '5');
    const endpoint = await startEndpoint(() => OK);
    await push(endpoint.url, {}, server.url);
    await hasPushed(endpoint);
    await server.crash();
    await waitFor(() => valuesOf(endpoint.requests, 'redmeter_up').includes(0), 'it says that Redis is down');
    await waitFor(() => valuesOf(endpoint.requests, 'jobs_total').some(Number.isNaN), 'the series is gone');
    await server.restart();
    await (await server.connect()).set(JOBS, '5');
    await waitFor(() => valuesOf(endpoint.requests, 'jobs_total').at(-1) === 5, 'the series is back');
    expect(endpoint.requests.at(-1)?.series.some(isOwn)).toBe(true);
  });
});
