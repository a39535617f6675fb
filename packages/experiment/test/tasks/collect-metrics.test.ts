import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Insights } from '../../src/result/experiment-result.js';
import { parseResult } from '../../src/spec/result-text.js';
import { makeCommandFolder, type CommandFolder } from '../cli/command-run.js';
import { startHttpServer, type HttpTestServer } from '../servers/http-test-server.js';

type Asked = { method: string | undefined; url: URL; headers: IncomingMessage['headers']; body: string };

let folder: CommandFolder;
let server: HttpTestServer;
let asked: Asked[];
let answer: (request: Asked) => { status?: number; body: string } | undefined;

beforeEach(async () => {
  asked = [];
  folder = await makeCommandFolder({
    BACKEND_TOKEN: 's3cr3t-t0ken',
    URL_PASSWORD: 'p@s3cr3t$&w;rd!',
    ODD_TOKEN: 's3cr3t: "odd" # \\ &s3cr3t',
    LONG_TOKEN: `*s3cr3t${'K'.repeat(90)}`,
  });
  server = await startHttpServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const seen = {
        method: request.method,
        url: new URL(request.url ?? '', 'http://backend'),
        headers: request.headers,
        body,
      };
      asked.push(seen);
      const given = answer(seen);
      // No answer at all: the client's time-out must end it.
      if (given === undefined) return;
      response.statusCode = given.status ?? 200;
      response.end(given.body);
    });
  });
});

afterEach(async () => {
  await server.close();
  await folder.remove();
});

const SECRET = /s3cr3t|KKK|s3cr3t%|w(;|%3B)rd/;

/** Runs one collect-metrics task with these inputs and gives what it found. */
async function collect(inputs: string, furtherTasks = ''): Promise<Insights> {
  await folder.write(
    'experiment.yaml',
    `- task: collect-metrics\n  with:\n${inputs.replace(/^/gm, '    ')}\n${furtherTasks}`,
  );
  const { code, err } = await folder.run('run');
  expect([code, err]).toEqual([0, expect.any(String)]);
  const stored = await readFile(join(folder.path, 'result.yaml'), 'utf8');
  expect(stored + err).not.toMatch(SECRET);
  const { insights } = parseResult(stored, 'result.yaml');
  if (insights === undefined) throw new Error('expected insights');
  return insights;
}

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

  it('ask New Relic as its Insights API is asked', async () => {
    answer = ({ url }) => {
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
    answer = ({ body }) => ({
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
    answer = ({ body }) => ({
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
  answer = () => ({ body: '{}' });
  await collect(
    `templates: {own: ${name}}\nvalues: {endpoint: "${server.url}", token: "\${ODD_TOKEN}", filter: "a = 'b'"}`,
  );
  expect(asked[0]?.headers.authorization).toBe('Bearer s3cr3t: "odd" # \\ &s3cr3t');
});

describe('a template of the author', () => {
  const own = `url: {{ .endpoint }}/query
metrics:
- name: errors
  type: counter
  params:
  - {name: version, value: "{{ .version }}"}
  - {name: since, value: "{{ .elapsedTimeSeconds }}"}
  jqExpression: .value
`;

  it('is filled in for each version, over the common values', async () => {
    await folder.write('own.tpl', own);
    answer = ({ url }) => ({ body: url.searchParams.get('version') === 'v2' ? '{"value": 7}' : '{"value": "3"}' });
    const insights = await collect(`templates: {own: own.tpl}
values: {endpoint: "${server.url}", version: v1}
versionValues: [{}, {version: v2, startingTime: "2026-01-01T00:00:00Z"}]`);
    expect(insights.metricValues).toEqual([{ 'own/errors': 3 }, { 'own/errors': 7 }]);
    const [first, second] = asked.map(({ url }) => Number(url.searchParams.get('since')));
    // Without startingTime the time counts from the start of the experiment.
    expect(first).toBeLessThan(3600);
    expect(second).toBeGreaterThan(3600);
  });

  it('may be fetched from a URL, with a user and a token that are shown nowhere', async () => {
    let authorization: string | undefined;
    const shelf = await startHttpServer((request, response) => {
      authorization = request.headers.authorization;
      response.statusCode = request.url === '/own.tpl?key=s3cr3t-t0ken' ? 200 : 404;
      response.end(own);
    });
    try {
      answer = () => ({ body: '{"value": 1}' });
      const url = `${shelf.url.replace('://', '://me:${BACKEND_TOKEN}@')}/own.tpl?key=\${BACKEND_TOKEN}`;
      const values = `values: {endpoint: "${server.url}", version: v1}`;
      const insights = await collect(`templates: {own: "${url}"}\n${values}`);
      expect(insights.metricValues).toEqual([{ 'own/errors': 1 }]);
      expect(authorization).toBe(`Basic ${Buffer.from('me:s3cr3t-t0ken').toString('base64')}`);
      await folder.write(
        'experiment.yaml',
        `- task: collect-metrics\n  with: {templates: {own: "${url}x"}, ${values}}\n`,
      );
      const { code, err } = await folder.run('run');
      expect([code, err]).toEqual([
        3,
        expect.stringContaining(`templates.own: expected status 200 from ${shelf.url}/own.tpl, got 404`),
      ]);
      expect(err).not.toMatch(SECRET);
    } finally {
      await shelf.close();
    }
  });

  it('may lie beside the spec as <provider>.metrics.yaml', async () => {
    await folder.write('own.metrics.yaml', own);
    answer = () => ({ body: '{"value": 1}' });
    const insights = await collect(`providers: [own]\nvalues: {endpoint: "${server.url}", version: v1}`);
    expect(insights.metricValues).toEqual([{ 'own/errors': 1 }]);
  });

  it.each([
    [
      'an error of HTTP',
      { status: 503, body: 'busy' },
      /^expected status 200 from http:\/\/127\.0\.0\.1:\d+\/query, got 503$/,
    ],
    ['no JSON', { body: '<html>' }, /^expected JSON, got something else$/],
    ['nothing', { body: '' }, /^expected JSON, got nothing$/],
    ['no such value', { body: '{}' }, /^expected a number from \.value, got null$/],
    ['NaN', { body: '{"value": "NaN"}' }, /^expected a number from \.value, got "NaN"$/],
    ['silence', undefined, /^expected an answer from http:\/\/127\.0\.0\.1:\d+\/query within 300 ms, got none$/],
  ])('skips a metric on %s, and no SLO on it is satisfied', async (_name, given, reason) => {
    await folder.write('own.tpl', own);
    answer = () => given;
    const insights = await collect(
      `templates: {own: own.tpl}\nvalues: {endpoint: "${server.url}", version: "\${BACKEND_TOKEN}"}\ntimeout: 300ms`,
      '- task: assess\n  with: {SLOs: {upper: [{metric: own/errors, limit: 1000000}]}}\n',
    );
    expect((await folder.run('assert', '-c', 'slos')).code).toBe(1);
    expect(insights.metricValues).toEqual([{}]);
    expect(insights.skippedMetrics).toEqual([
      { metric: 'own/errors', version: 0, reason: expect.stringMatching(reason) },
    ]);
  });

  it.each([
    ['answers', { body: '{"value": 7}' }, { 'own/errors': 7 }],
    ['refuses', { status: 401, body: '' }, {}],
    ['is silent', undefined, {}],
  ])(
    'may have a user and a password in its URL, which are sent as a header: the server %s',
    async (_what, given, values) => {
      await folder.write('own.tpl', own);
      answer = () => given;
      const insights = await collect(
        `templates: {own: own.tpl}\nvalues: {endpoint: "${server.url.replace('://', '://user:${URL_PASSWORD}@')}", version: v1}\ntimeout: 300ms`,
      );
      expect(insights.metricValues).toEqual([values]);
      expect(asked.map(({ headers }) => headers.authorization)).toEqual([
        `Basic ${Buffer.from('user:p@s3cr3t$&w;rd!').toString('base64')}`,
      ]);
    },
  );

  it.each([
    [
      'a URL that is none',
      'url: {{ .token | quote }}',
      'url: expected an http://, https://, redis:// or rediss:// URL, got a text',
    ],
    ['a field of another type', 'url: http://a\nmetrics: {{ .token | quote }}', 'metrics: expected a list, got a text'],
    ['broken YAML', 'url: {{ .token }}', 'expected YAML once filled in'],
    ['broken YAML', '{{ .token }}: [', 'expected YAML once filled in'],
    ['an expression of jq', `url: "{{ .endpoint }}"\nmetrics: [{name: x, jqExpression: {{ .token | toJson }}}]`, ''],
  ])('shows nothing of what was filled in: %s', async (_name, template, message) => {
    for (const variable of ['LONG_TOKEN', 'ODD_TOKEN']) {
      answer = () => ({ body: '{}' });
      await folder.write('own.tpl', template);
      await folder.write(
        'experiment.yaml',
        `- task: collect-metrics\n  with: {templates: {own: own.tpl}, values: {endpoint: "${server.url}", token: "\${${variable}}"}}\n`,
      );
      const { err } = await folder.run('run');
      expect(err + (await readFile(join(folder.path, 'result.yaml'), 'utf8'))).not.toMatch(SECRET);
      if (variable === 'LONG_TOKEN') expect(err).toContain(message);
    }
  });

  it('shows nothing of a time that is none', async () => {
    await folder.write('own.tpl', own);
    await folder.write(
      'experiment.yaml',
      '- task: collect-metrics\n  with: {templates: {own: own.tpl}, values: {startingTime: "${LONG_TOKEN}"}}\n',
    );
    const { code, err } = await folder.run('run');
    expect([code, err]).toEqual([3, expect.stringContaining('expected startingTime to be a time')]);
    expect(err).not.toMatch(SECRET);
  });

  it('shows nothing of a secret that the server repeats', async () => {
    await folder.write('own.tpl', own);
    answer = ({ url }) => ({ body: JSON.stringify({ value: url.searchParams.get('version') }) });
    const insights = await collect(
      `templates: {own: own.tpl}\nvalues: {endpoint: "${server.url}", version: "\${LONG_TOKEN}"}`,
    );
    expect(insights.skippedMetrics[0]?.reason).toMatch(/^expected a number from \.value, got/);
  });

  it.each([
    ['a value that is missing', own, 'own.tpl: line 6: expected a value for {{ .version }}, got none'],
    [
      'a metric without an expression',
      'url: http://a\nmetrics: [{name: x}]\n',
      'own.tpl:2:11: metrics[0].jqExpression: expected a string, got nothing',
    ],
  ])('fails the task on %s', async (_name, template, message) => {
    await folder.write('own.tpl', template);
    await folder.write(
      'experiment.yaml',
      `- task: collect-metrics\n  with: {templates: {own: own.tpl}, values: {endpoint: "${server.url}"}}\n`,
    );
    const { code, err } = await folder.run('run');
    expect([code, err]).toEqual([3, expect.stringContaining(message)]);
  });
});
