import { describe, expect, it } from '@jest/globals';
import { asked, backend, collect, folder, server } from '../metrics-backend.js';

// Long ago: how many seconds stands in every request, and must be the same in all of one run.
const STARTING_TIME = '2026-01-01T00:00:00Z';

function elapsedSeconds(text: string | null | undefined): number {
  const seconds = Number(/\d{7,}/.exec(text ?? '')?.[0]);
  expect(Math.abs(Date.now() / 1000 - Date.parse(STARTING_TIME) / 1000 - seconds)).toBeLessThan(600);
  return seconds;
}

/** What was asked, in full but for what every request of fetch has. */
function requests(): {
  method: string | undefined;
  path: string;
  query: Record<string, string>;
  headers: unknown;
  body: unknown;
}[] {
  return asked.map(({ method, url, headers, body }) => {
    const own = ['authorization', 'content-type', 'x-query-key'].filter((name) => headers[name] !== undefined);
    return {
      method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries([...own, 'accept'].map((name) => [name, headers[name]])),
      body: body === '' ? undefined : (JSON.parse(body) as unknown),
    };
  });
}

describe('the shipped templates', () => {
  // As its documentation of the Insights query API shows an answer.
  const insightsAnswer = (result: Record<string, number>, fn: string): string =>
    JSON.stringify({
      results: [result],
      metadata: {
        eventTypes: ['Transaction'],
        eventType: 'Transaction',
        openEnded: true,
        beginTime: STARTING_TIME,
        endTime: '2026-01-02T00:00:00Z',
        beginTimeMillis: 1767225600000,
        endTimeMillis: 1767312000000,
        rawSince: '86400 SECONDS AGO',
        rawUntil: 'NOW',
        rawCompareWith: '',
        guid: '82b231a0-982f-8372-0b9b-96110c7b812f',
        routerGuid: '82b231a0-982f-8372-0b9b-96110c7b812f',
        messages: [],
        contents: [{ function: fn, attribute: 'duration', simple: true }],
      },
      performanceStats: { inspectedCount: 480, responseTime: 29 },
    });

  it('query New Relic as its Insights API requires', async () => {
    backend.answer = ({ url }) => {
      const nrql = url.searchParams.get('nrql') ?? '';
      if (nrql.includes('percentage')) return { body: insightsAnswer({ result: 2.5 }, 'percentage') };
      if (nrql.includes('average')) return { body: insightsAnswer({ average: 0.0152 }, 'average') };
      return { body: insightsAnswer({ count: 480 }, 'count') };
    };
    const insights = await collect(`templates: {newrelic: newrelic}
values: {endpoint: "${server.url}", accountId: 12345, queryKey: "\${BACKEND_TOKEN}", appName: store, startingTime: "${STARTING_TIME}"}`);
    expect(insights.metricValues).toEqual([
      { 'newrelic/request-count': 480, 'newrelic/error-rate': 0.025, 'newrelic/mean-latency': 15.2 },
    ]);
    expect(insights.metricsInfo['newrelic/mean-latency']).toEqual({ type: 'gauge', units: 'msec' });
    const elapsed = elapsedSeconds(asked[0]?.url.searchParams.get('nrql'));
    const asking = (selected: string): unknown => ({
      method: 'GET',
      path: '/v1/accounts/12345/query',
      query: { nrql: `SELECT ${selected} FROM Transaction WHERE appName = 'store' SINCE ${elapsed} seconds ago` },
      headers: { 'x-query-key': 's3cr3t-t0ken', accept: 'application/json' },
      body: undefined,
    });
    expect(requests()).toEqual([
      asking('count(*)'),
      asking('percentage(count(*), WHERE error IS true)'),
      asking('average(duration)'),
    ]);
  });

  it('ask Sysdig by POST with a bearer token', async () => {
    backend.answer = ({ body }) => ({
      body: JSON.stringify({
        data: [{ t: 1767312000, d: [body.includes('error') ? 3 : 480] }],
        start: 1767225600,
        end: 1767312000,
      }),
    });
    const insights = await collect(`templates: {sysdig: sysdig}
values: {endpoint: "${server.url}", token: "\${BACKEND_TOKEN}", filter: "kubernetes.workload.name = 'store'", startingTime: "${STARTING_TIME}"}`);
    expect(insights.metricValues).toEqual([{ 'sysdig/request-count': 480, 'sysdig/error-count': 3 }]);
    const elapsed = elapsedSeconds(asked[0]?.body);
    const asking = (id: string): unknown => ({
      method: 'POST',
      path: '/api/data',
      query: {},
      headers: {
        authorization: 'Bearer s3cr3t-t0ken',
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: {
        last: elapsed,
        sampling: elapsed,
        filter: "kubernetes.workload.name = 'store'",
        metrics: [{ id, aggregations: { time: 'sum', group: 'sum' } }],
        dataSourceType: 'container',
      },
    });
    expect(requests()).toEqual([asking('net.http.request.count'), asking('net.http.error.count')]);
  });

  it('ask Elasticsearch with basic authentication', async () => {
    backend.answer = ({ body }) => ({
      body: JSON.stringify({
        took: 4,
        timed_out: false,
        _shards: { total: 3, successful: 3, skipped: 0, failed: 0 },
        hits: { total: { value: 480, relation: 'eq' }, max_score: null, hits: [] },
        ...(body.includes('aggs') ? { aggregations: { duration: { value: 12_500_000 } } } : {}),
      }),
    });
    const insights = await collect(`templates: {elastic: elastic}
values: {endpoint: "${server.url}", index: apm, service: store, username: elastic, password: "\${BACKEND_TOKEN}", startingTime: "${STARTING_TIME}"}`);
    expect(insights.metricValues).toEqual([{ 'elastic/request-count': 480, 'elastic/mean-latency': 12.5 }]);
    const elapsed = elapsedSeconds(asked[0]?.body);
    const asking = (body: Record<string, unknown>): unknown => ({
      method: 'POST',
      path: '/apm/_search',
      query: {},
      headers: {
        authorization: `Basic ${Buffer.from('elastic:s3cr3t-t0ken').toString('base64')}`,
        'content-type': 'application/json',
        accept: '*/*',
      },
      body: {
        size: 0,
        query: {
          bool: {
            filter: [{ term: { 'service.name': 'store' } }, { range: { '@timestamp': { gte: `now-${elapsed}s` } } }],
          },
        },
        ...body,
      },
    });
    expect(requests()).toEqual([
      asking({ track_total_hits: true }),
      asking({ aggs: { duration: { avg: { field: 'event.duration' } } } }),
    ]);
  });

  it('are named when one is misspelt', async () => {
    await folder.write(
      'experiment.yaml',
      '- task: collect-metrics\n  with: {templates: {p: promethues}, values: {endpoint: "http://a"}}\n',
    );
    const { code, err } = await folder.run('run');
    expect([code, err]).toEqual([
      3,
      expect.stringMatching(
        /expected the template promethues, a file, a URL or one of prometheus, .*, got ENOENT.*; did you mean prometheus\?/,
      ),
    ]);
  });
});

it.each(['sysdig', 'prometheus'])('the template %s sends any token as it is', async (name) => {
  backend.answer = () => ({ body: '{}' });
  await collect(
    `templates: {own: ${name}}\nvalues: {endpoint: "${server.url}", token: "\${ODD_TOKEN}", filter: "a = 'b'"}`,
  );
  expect(asked[0]?.headers.authorization).toBe('Bearer s3cr3t: "odd" # \\ &s3cr3t');
});
