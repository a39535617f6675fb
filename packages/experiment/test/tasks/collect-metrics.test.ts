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

describe('the shipped templates', () => {
  it('ask New Relic as its Insights API is asked', async () => {
    answer = ({ url }) => {
      const nrql = url.searchParams.get('nrql') ?? '';
      if (nrql.includes('percentage')) return { body: '{"results":[{"result":2.5}]}' };
      return { body: nrql.includes('average') ? '{"results":[{"average":0.0152}]}' : '{"results":[{"count":480}]}' };
    };
    const insights = await collect(`templates: {newrelic: newrelic}
values: {endpoint: "${server.url}", accountId: 12345, queryKey: "\${BACKEND_TOKEN}", appName: store, startingTime: "2026-01-01T00:00:00Z"}`);
    expect(insights.metricValues).toEqual([
      { 'newrelic/request-count': 480, 'newrelic/error-rate': 0.025, 'newrelic/mean-latency': 15.2 },
    ]);
    expect(insights.metricsInfo['newrelic/mean-latency']).toEqual({ type: 'gauge', units: 'msec' });
    expect(asked[0]?.method).toBe('GET');
    expect(asked[0]?.url.pathname).toBe('/v1/accounts/12345/query');
    expect(asked[0]?.url.searchParams.get('nrql')).toMatch(
      /^SELECT count\(\*\) FROM Transaction WHERE appName = 'store' SINCE \d+ seconds ago$/,
    );
    expect(asked[0]?.headers['x-query-key']).toBe('s3cr3t-t0ken');
  });

  it('ask Sysdig by POST with a bearer token', async () => {
    answer = ({ body }) => ({
      body: body.includes('error') ? '{"data":[{"t":1,"d":[3]}]}' : '{"data":[{"t":1,"d":[480]}]}',
    });
    const insights = await collect(`templates: {sysdig: sysdig}
values: {endpoint: "${server.url}", token: "\${BACKEND_TOKEN}", filter: "kubernetes.workload.name = 'store'"}`);
    expect(insights.metricValues).toEqual([{ 'sysdig/request-count': 480, 'sysdig/error-count': 3 }]);
    expect([asked[0]?.method, asked[0]?.url.pathname]).toEqual(['POST', '/api/data']);
    expect(asked[0]?.headers).toMatchObject({
      authorization: 'Bearer s3cr3t-t0ken',
      'content-type': 'application/json',
    });
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({
      filter: "kubernetes.workload.name = 'store'",
      metrics: [{ id: 'net.http.request.count', aggregations: { time: 'sum', group: 'sum' } }],
    });
  });

  it('ask Elasticsearch with basic authentication', async () => {
    answer = ({ body }) => ({
      body: body.includes('aggs')
        ? '{"hits":{"total":{"value":9}},"aggregations":{"duration":{"value":12500000}}}'
        : '{"hits":{"total":{"value":480,"relation":"eq"}}}',
    });
    const insights = await collect(`templates: {elastic: elastic}
values: {endpoint: "${server.url}", index: apm, service: store, username: elastic, password: "\${BACKEND_TOKEN}"}`);
    expect(insights.metricValues).toEqual([{ 'elastic/request-count': 480, 'elastic/mean-latency': 12.5 }]);
    expect([asked[0]?.method, asked[0]?.url.pathname]).toEqual(['POST', '/apm/_search']);
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('elastic:s3cr3t-t0ken').toString('base64')}`);
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({ size: 0, track_total_hits: true });
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
    expect(first).toBeLessThan(60);
    expect(second).toBeGreaterThan(3600);
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
