import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHttpServer } from '../servers/http-test-server.js';
import { asked, backend, collect, folder, SECRET, server } from './metrics-backend.js';

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
    backend.answer = ({ url }) => ({
      body: url.searchParams.get('version') === 'v2' ? '{"value": 7}' : '{"value": "3"}',
    });
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
      backend.answer = () => ({ body: '{"value": 1}' });
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
    backend.answer = () => ({ body: '{"value": 1}' });
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
    ['silence', undefined, /^expected a response from http:\/\/127\.0\.0\.1:\d+\/query within 300 ms, got none$/],
  ])('skips a metric on %s, and no SLO on it is satisfied', async (_name, given, reason) => {
    await folder.write('own.tpl', own);
    backend.answer = () => given;
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
      backend.answer = () => given;
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
      'url: expected an http://, https://, redis:// or rediss:// URL, got a string',
    ],
    [
      'a field of another type',
      'url: http://a\nmetrics: {{ .token | quote }}',
      'metrics: expected a list, got a string',
    ],
    ['broken YAML', 'url: {{ .token }}', 'expected YAML once filled in'],
    ['broken YAML', '{{ .token }}: [', 'expected YAML once filled in'],
    ['an expression of jq', `url: "{{ .endpoint }}"\nmetrics: [{name: x, jqExpression: {{ .token | toJson }}}]`, ''],
  ])('shows nothing of what was filled in: %s', async (_name, template, message) => {
    for (const variable of ['LONG_TOKEN', 'ODD_TOKEN']) {
      backend.answer = () => ({ body: '{}' });
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
    backend.answer = ({ url }) => ({ body: JSON.stringify({ value: url.searchParams.get('version') }) });
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
