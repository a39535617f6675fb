import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { parseExperiment } from '../../src/spec/experiment-spec.js';
import { experimentJsonSchema } from '../../src/spec/json-schema.js';
import { TASK_NAMES } from '../../src/spec/task-kinds.js';

const schema = experimentJsonSchema();
const isValid = new Ajv2020({ strictTypes: false }).compile(schema);
const hub = resolve(__dirname, '../../hub');
const samples = readdirSync(hub).filter((name) => existsSync(join(hub, name, 'experiment.yaml')));

/** What an editor and `redmeter run` say of an experiment. */
function judge(text: string): { editor: boolean; run: boolean } {
  let run = true;
  try {
    parseExperiment(text, 'experiment.yaml');
  } catch {
    run = false;
  }
  return { editor: isValid(parse(text)), run };
}

const founding = `
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

describe('the JSON Schema of an experiment', () => {
  const text = JSON.stringify(schema);

  it('knows every task by every name', () => {
    for (const name of TASK_NAMES) expect(text).toContain(`"${name}"`);
  });

  it('describes fields as an author writes them', () => {
    // A duration is validated into a number; an editor must still ask for text.
    expect(text).toMatch(/"duration":\{"title":"duration"[^]{0,300}?"type":"string"/);
    expect(text).toContain('Requests per second, over all connections');
  });

  it.each([
    ...samples.map((name) => [name, readFileSync(join(hub, name, 'experiment.yaml'), 'utf8')]),
    ['the experiment of the founding documents', founding],
    ['the same below spec:', `spec:${founding.replace(/^/gm, '  ')}\nresult: {failure: false}\nmetadata:\n`],
  ])('takes %s, as the validator does', (_name, spec) => {
    expect(judge(spec)).toEqual({ editor: true, run: true });
  });

  it.each(samples)('is named to editors by the sample %s', (name) => {
    const [first = ''] = readFileSync(join(hub, name, 'experiment.yaml'), 'utf8').split('\n');
    const [, place = ''] = /^# yaml-language-server: \$schema=(\S+)$/.exec(first) ?? [];
    expect(JSON.parse(readFileSync(join(hub, name, place), 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
  });

  it.each([
    'task: http, with: {url: "http://a", headers: {a: 1, b: true, c: text}}',
    'task: http, with: {url: "https://${USER}:${PW}@a:${PORT}/"}',
    'task: http, with: {url: "${URL}", duration: 1m30s, timeout: 1.5s}',
    'task: http, with: {versionInfo: [null, {url: "http://a"}]}',
    'task: http, with: {versionInfo: [{headers: {a: b}}], endpoints: {x: {url: "http://a"}}}',
    'task: http, with: {url: "http://a", errorRanges: [{upper: 200}]}',
    'task: grpc, with: {host: "a:1", versionInfo: [{call: a.B/C}]}',
    'task: grpc, with: {host: "a:1", call: a.B.C, cert: c.pem, key: k.pem, metadata: {x: 1}}',
    'task: assess',
    'task: assess, with: null',
    'task: assess, with: {SLOs: []}',
    'task: collect-metrics, with: {providers: [own]}',
    'task: ready, with: {tcp: "a:1"}',
    'task: ready, with: {resource: pods, name: a, conditions: [Ready]}',
    'task: notify, with: {url: "http://a"}',
    'task: notify, with: {format: github-dispatch, owner: a, repo: b}',
    'run: ls',
    'run: ls, with: null, if: SLOs()',
  ])('takes {%s}, as the validator does', (task) => {
    expect(judge(`- {${task}}`)).toEqual({ editor: true, run: true });
  });

  it.each([
    'task: asses',
    'task: http',
    'task: http, with: null',
    'task: http, with: {}',
    'task: http, with: {url: foo}',
    'task: http, with: {url: "http://a", numRequest: 10}',
    'task: http, with: {url: "http://a", numRequests: 1.5}',
    'task: http, with: {url: "http://a", duration: "5"}',
    'task: http, with: {url: "http://a", timeout: 5}',
    'task: http, with: {url: "http://a", headers: {a: null}}',
    'task: http, with: {url: "http://a", headers: {a: [b]}}',
    'task: http, with: {url: "http://a", errorRanges: [{}]}',
    'task: http, with: {versionInfo: [{headers: {a: b}}]}',
    'task: http, with: {versionInfo: [{url: "http://a"}, {}], endpoints: {x: {}}}',
    'task: http, with: {endpoints: {x: {url: "http://a"}, y: {}}}',
    'task: http, with: {url: "http://a", endpoints: {"a b": {}}}',
    'task: grpc, with: {host: "a:1"}',
    'task: grpc, with: {host: "a:1", call: hello}',
    'task: grpc, with: {host: "a:1", call: a.B/C, cert: c.pem}',
    'task: grpc, with: {host: "a:1", call: a.B/C, endpoints: {x: {key: c.pem}}}',
    'task: assess, with: {SLOs: [{metric: a}]}',
    'task: assess, with: {SLOs: [{metric: a, upperLimt: 1}]}',
    'task: assess, with: {SLOs: {upper: [{metric: a, limit: 1, confidence: 95}]}}',
    'task: collect-metrics, with: {}',
    'task: abnmetrics, with: {}',
    'task: ready, with: {}',
    'task: ready, with: {timeout: 5s}',
    'task: ready, with: {url: "http://a", tcp: "a:1"}',
    'task: ready, with: {redis: "http://a"}',
    'task: ready, with: {resource: pods}',
    'task: ready, with: {tcp: "a:1", name: a}',
    'task: notify, with: {}',
    'task: notify, with: {format: slack}',
    'task: notify, with: {format: github-dispatch, owner: a}',
    'task: notify, with: {format: github-pull-request, owner: a, repo: b, title: c}',
    'run: ls, with: {}',
    'run: ls, task: http',
    'if: SLOs()',
  ])('refuses {%s}, as the validator does', (task) => {
    expect(judge(`- {${task}}`)).toEqual({ editor: false, run: false });
  });

  it.each(['', '[]', 'spec: []', 'specs: [{run: ls}]', 'spec: [{run: ls}]\nresults: {}'])(
    'refuses the file %j, as the validator does',
    (file) => {
      expect(judge(file)).toEqual({ editor: false, run: false });
    },
  );
});
