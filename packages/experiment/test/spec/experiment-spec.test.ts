import { describe, expect, it } from '@jest/globals';
import { ExperimentError } from '../../src/experiment-error.js';
import { slosOf } from '../../src/spec/assess-input.js';
import { parseExperiment } from '../../src/spec/experiment-spec.js';

const founding = `# the following experiment performs a load test for https://example.com
- task: gen-load-and-collect-metrics
  with:
    versionInfo:
    - url: https://example.com
- task: assess-app-versions
  with:
    SLOs:
    - metric: built-in/error-rate
      upperLimit: 0
    - metric: built-in/p95
      upperLimit: 100
`;

function problemsIn(text: string): string {
  try {
    parseExperiment(text, 'experiment.yaml');
  } catch (error) {
    if (error instanceof ExperimentError && error.code === 'invalid_spec') return error.message;
    throw error;
  }
  return '';
}

describe('an experiment', () => {
  it.each([
    ['url: *nope', '1:6: expected an anchor &nope above, got only its alias'],
    ['- &a [*a]', '1:7: expected an alias of another value, got *a in itself'],
    [
      `- &a [${'x, '.repeat(50)}]\n- &b [${'*a, '.repeat(50)}]\n- [${'*b, '.repeat(50)}]`,
      '3:12: expected aliases that expand the document to at most a hundred times its size, got more',
    ],
  ])('with an alias that stands for nothing, itself or too much is refused with its place: %s', (text, problem) => {
    expect(problemsIn(text)).toBe(`experiment.yaml:${problem}`);
  });

  it('with thousands of aliases of aliases is refused at once, with the place where it becomes too much', () => {
    const links = Array.from({ length: 3000 }, (_, link) => `  a${link + 1}: &a${link + 1} [*a${link}]`);
    expect(problemsIn(['a:', '  a0: &a0 [x]', ...links].join('\n'))).toMatch(
      /^experiment\.yaml:\d+:\d+: expected aliases that expand the document to at most a hundred times its size, got more$/,
    );
  });

  it.each(['[', '{a: ', '- '])('nested too deeply by %s is refused with its place', (level) => {
    expect(problemsIn(`- run: ${level === '- ' ? '\n  ' : ''}${level.repeat(20_000)}`)).toMatch(
      /^experiment\.yaml:\d+:\d+: expected at most 200 nested lists and mappings, got more$/,
    );
  });

  it.each([
    ['- task: http\n  with:\n    url: http://x\n    headers:\n      __proto__: a', '5:7'],
    ['- task: http\n  with:\n    endpoints:\n      __proto__: {url: http://x}', '4:7'],
    ['- task: http\n  with: {url: http://x}\n  __proto__: {if: "false"}', '3:3'],
    ['- task: collect-metrics\n  with:\n    templates: {a: b}\n    values: {labels: {"__proto__": a}}', '4:23'],
    ['spec: []\n__proto__:\n- run: x', '2:1'],
  ])('is refused where __proto__ names something, which would be lost: %s', (text, place) => {
    expect(problemsIn(text)).toBe(`experiment.yaml:${place}: expected another name than __proto__`);
  });

  it('keeps names that every object has', () => {
    const names = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'];
    const endpoints = names.map((name) => `      ${name}: {url: http://x, headers: {${name}: a}}`).join('\n');
    const { tasks } = parseExperiment(`- task: http\n  with:\n    endpoints:\n${endpoints}`, 'experiment.yaml');
    const [load] = tasks;
    if (load?.kind !== 'load-http') throw new Error('expected a load');
    expect(Object.entries(load.with.endpoints ?? {}).map(([name, { headers }]) => [name, headers])).toEqual(
      names.map((name) => [name, { [name]: 'a' }]),
    );
    expect(problemsIn('- task: http\n  with: {url: http://x, constructor: 1}')).toMatch(
      /: expected one of .*, got "constructor"/,
    );
  });

  it('knows its fields in any case, as Iter8 does, and leaves the names of headers and endpoints as they are', () => {
    const { tasks } = parseExperiment(
      `Spec:
- Task: http
  With:
    URL: http://x
    numrequests: 5
    Headers: {X-Name: a}
    endpoints: {Home: {Url: http://y, QPS: 3}}
    VERSIONINFO: [{Url: http://z}]
- TASK: assess
  with:
    slos: {Upper: [{Metric: http/error-rate, LIMIT: 0}]}
  IF: SLOs()
`,
      'experiment.yaml',
    );
    expect(tasks).toMatchObject([
      {
        kind: 'load-http',
        with: {
          url: 'http://x',
          numRequests: 5,
          headers: { 'X-Name': 'a' },
          endpoints: { Home: { url: 'http://y', qps: 3 } },
          versionInfo: [{ url: 'http://z' }],
        },
      },
      {
        kind: 'assess',
        with: { SLOs: { upper: [{ metric: 'http/error-rate', limit: 0 }] } },
        condition: { kind: 'slos' },
      },
    ]);
  });

  it.each([
    ['- task: http\n  Task: http\n  with: {url: http://x}', '2:3: [0].Task: expected task once, got "task" and "Task"'],
    [
      '- task: http\n  with:\n    url: http://x\n    URL: http://y',
      '4:5: [0].with.URL: expected url once, got "url" and "URL"',
    ],
    [
      '- task: http\n  With:\n    endpoints: {a: {Qps: 1, qps: 2, url: http://x}}',
      '3:29: [0].with.endpoints.a.qps: expected qps once, got "Qps" and "qps"',
    ],
    ['spec: [{run: ls}]\nSPEC: [{run: ls}]', '2:1: SPEC: expected spec once, got "spec" and "SPEC"'],
    ['- task: http\n  with: {URL: 5}', '2:15: [0].with.url: expected a string, got 5'],
  ])('reports fields that differ only in case, and invalid ones, with their place: %s', (text, problem) => {
    expect(problemsIn(text).split('\n')).toContain(`experiment.yaml:${problem}`);
  });

  it("takes over the fields of another mapping by <<, as Go's YAML does", () => {
    const text =
      '- task: http\n  with: &base {url: http://x, qps: 5}\n- task: http\n  with:\n    <<: *base\n    qps: 7';
    const { tasks } = parseExperiment(text, 'experiment.yaml');
    expect(tasks[1]).toMatchObject({ with: { url: 'http://x', qps: 7 } });
  });

  it('of the list dialect is read as in the documents', () => {
    const { tasks, dialect } = parseExperiment(founding, 'experiment.yaml');
    expect(dialect).toBe('list');
    expect(tasks.map(({ kind, name }) => [kind, name])).toEqual([
      ['load-http', 'gen-load-and-collect-metrics'],
      ['assess', 'assess-app-versions'],
    ]);
    const [load, assess] = tasks;
    expect(load?.kind === 'load-http' && load.with.versionInfo).toEqual([{ url: 'https://example.com' }]);
    expect(assess?.kind === 'assess' && slosOf(assess.with)).toEqual([
      { metric: 'built-in/error-rate', bound: 'upper', limit: 0 },
      { metric: 'built-in/p95', bound: 'upper', limit: 100 },
    ]);
  });

  it('of the object dialect has its tasks under spec and may hold a result', () => {
    const { tasks, dialect, embeddedResult } = parseExperiment(
      `spec:
- task: http
  with:
    duration: 2s
    qps: 0.5
    url: http://localhost:8080
- task: assess
  if: not SLOs()
  with:
    SLOs:
      upper:
      - metric: http/latency-p95
        limit: 50
      lower:
      - metric: http/request-count
        limit: 1
        confidence: 0.95
- run: echo done > $TEMP_DIR/done
result:
  failure: false
`,
      'experiment.yaml',
    );
    expect(dialect).toBe('object');
    expect(embeddedResult).toEqual({ failure: false });
    const [load, assess, script] = tasks;
    expect(load?.kind === 'load-http' && load.with.duration).toBe(2000);
    expect(assess?.condition).toEqual({ kind: 'not', operand: { kind: 'slos' } });
    expect(assess?.kind === 'assess' && slosOf(assess.with)).toEqual([
      { metric: 'http/latency-p95', bound: 'upper', limit: 50 },
      { metric: 'http/request-count', bound: 'lower', limit: 1, confidence: 0.95 },
    ]);
    expect(script).toEqual({ kind: 'run', name: 'run', script: 'echo done > $TEMP_DIR/done' });
  });

  it('may skip a version with null and give endpoints of their own', () => {
    const { tasks } = parseExperiment(
      `- task: http
  with:
    versionInfo: [null, {url: "http://b", headers: {x-version: 2}}]
    endpoints:
      checkout: {url: "http://b/checkout", payloadStr: "{}"}
      home: {}
`,
      'e.yaml',
    );
    expect(tasks[0]).toMatchObject({
      with: {
        versionInfo: [null, { url: 'http://b', headers: { 'x-version': '2' } }],
        endpoints: { checkout: { payloadStr: '{}' }, home: {} },
      },
    });
  });
});

describe('what is wrong with an experiment', () => {
  it.each([
    [
      'an engine of its own',
      '- task: http\n  with: {url: "http://a", engine: k6}\n',
      'experiment.yaml:2:35: [0].with.engine: expected no engine (one built-in engine sends all loads and follows redirects; run a k6 script with k6 itself), got "k6"',
    ],
    [
      'an unknown task, with the nearest known one',
      '- task: asses\n',
      'experiment.yaml:1:9: [0].task: expected one of gen-load-and-collect-metrics, gen-load-and-collect-metrics-http, http, gen-load-and-collect-metrics-grpc, grpc, collect-metrics, collect-metrics-database, custommetrics, abnmetrics, assess-app-versions, assess, ready, notify, got "asses"; did you mean assess?',
    ],
    [
      'an unknown field, with the nearest known one',
      '- task: http\n  with:\n    url: http://a\n    numRequest: 10\n',
      'experiment.yaml:4:5: [0].with.numRequest: expected one of allowInitialErrors, connections, contentType, duration, endpoints, engine, errorRanges, followRedirects, headers, insecure, latencyFrom, method, numRequests, payloadFile, payloadStr, payloadURL, percentiles, qps, threads, timeout, url, versionInfo, warmup, warmupDuration, warmupNumRequests, got "numRequest"; did you mean numRequests?',
    ],
    [
      'an unknown field of an SLO in the dialect that was meant',
      '- task: assess\n  with:\n    SLOs:\n    - metric: built-in/p95\n      upperLimt: 5\n',
      'experiment.yaml:5:7: [0].with.SLOs[0].upperLimt: expected one of against, better, confidence, lowerLimit, metric, upperLimit, worse, got "upperLimt"; did you mean upperLimit?',
    ],
    [
      'a value of another type',
      '- task: http\n  with:\n    url: http://a\n    numRequests: "ten"\n',
      'experiment.yaml:4:18: [0].with.numRequests: expected a number, got "ten"',
    ],
    [
      'a number out of range',
      '- task: http\n  with: {url: "http://a", connections: 0}\n',
      'experiment.yaml:2:40: [0].with.connections: expected a number of at least 1, got 0',
    ],
    [
      'a fraction where a whole number belongs',
      '- task: http\n  with: {url: "http://a", numRequests: 1.5}\n',
      'experiment.yaml:2:40: [0].with.numRequests: expected a whole number, got 1.5',
    ],
    [
      'a duration without a unit',
      '- task: http\n  with: {url: "http://a", duration: "10"}\n',
      'experiment.yaml:2:37: [0].with.duration: expected a duration such as 500ms, 30s or 1m30s, above zero, got "10"',
    ],
    [
      'a number where a duration belongs',
      '- task: http\n  with: {url: "http://a", timeout: 5}\n',
      'experiment.yaml:2:36: [0].with.timeout: expected a duration such as 500ms, 30s or 1m30s, got 5',
    ],
    [
      'a header with a line break',
      '- task: http\n  with: {url: "http://a", headers: {X-A: "b\\r\\nX-C: d"}}\n',
      'experiment.yaml:2:42: [0].with.headers.X-A: expected a single line of text, got "b\\r\\nX-C: d"',
    ],
    [
      'the name of a header with a line break',
      '- task: http\n  with: {url: "http://a", endpoints: {a: {headers: {"X\\r\\nY": b}}}}\n',
      'experiment.yaml:2:63: [0].with.endpoints.a.headers.X\\r\\nY: expected a name of letters, digits and "-", got "b"',
    ],
    [
      'a type of content with a line break',
      '- task: http\n  with: {url: "http://a", contentType: "a\\nb"}\n',
      'experiment.yaml:2:40: [0].with.contentType: expected a single line of text, got "a\\nb"',
    ],
    [
      'no endpoint of a load',
      '- task: http\n  with: {url: "http://a", endpoints: {}}\n',
      'experiment.yaml:2:38: [0].with.endpoints: expected at least one endpoint, got a mapping with no fields',
    ],
    [
      'no endpoint of a gRPC load',
      '- task: grpc\n  with: {host: "a:1", call: a.B/C, endpoints: {}}\n',
      'experiment.yaml:2:47: [0].with.endpoints: expected at least one endpoint, got a mapping with no fields',
    ],
    [
      'something else than a URL',
      '- task: http\n  with:\n    versionInfo:\n    - url: example.com\n',
      'experiment.yaml:4:12: [0].with.versionInfo[0].url: expected an http:// or https:// URL, got "example.com"',
    ],
    [
      'a load of nothing',
      '- task: http\n',
      'experiment.yaml:1:3: [0].with: expected a url here, or for each version or endpoint, got nothing',
    ],
    [
      'an SLO without a limit',
      '- task: assess\n  with:\n    SLOs:\n    - metric: built-in/p95\n',
      'experiment.yaml:4:7: [0].with.SLOs[0]: expected upperLimit, lowerLimit or both, or against: baseline with worse, got a mapping with metric',
    ],
    [
      'an SLO without a metric',
      '- task: assess\n  with:\n    SLOs:\n      upper:\n      - limit: 3\n',
      'experiment.yaml:5:9: [0].with.SLOs.upper[0].metric: expected a string, got nothing',
    ],
    [
      'neither a task nor a script',
      '- if: SLOs()\n',
      'experiment.yaml:1:3: [0]: expected task: with: or run:, and an optional if:, got a mapping with if',
    ],
    ['a broken condition', '- run: ls\n  if: SLOs( or\n', 'experiment.yaml:2:7: [0].if: expected ")", got "or"'],
    [
      'a file that is no list',
      'hello\n',
      'experiment.yaml:1:1: the file: expected a list of tasks, or spec: with that list, got "hello"',
    ],
    [
      'an empty file',
      '',
      'experiment.yaml:1:1: the file: expected a list of tasks, or spec: with that list, got nothing',
    ],
    [
      'an unknown field at the top',
      'specs:\n- run: ls\n',
      'experiment.yaml:1:1: specs: expected one of spec, result, metadata, got "specs"; did you mean spec?',
    ],
  ])('is reported with its place: %s', (_name, text, expected) => {
    expect(problemsIn(text).split('\n')).toContain(expected);
  });

  it('is reported all at once', () => {
    expect(problemsIn('- task: nope\n- run: 5\n- task: assess\n  with: {SLOs: 3}\n').split('\n')).toHaveLength(3);
  });

  it('names the place where YAML itself ends', () => {
    expect(problemsIn('- task: http\n  with: {url: "http://a"\n')).toMatch(
      /^experiment\.yaml:\d+:\d+: expected YAML: /,
    );
  });
});
