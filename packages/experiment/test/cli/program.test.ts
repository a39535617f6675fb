import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../src/cli/program.js';
import { parseResult } from '../../src/spec/result-text.js';
import type { ExperimentResult } from '../../src/result/experiment-result.js';
import { startHttpServer, type HttpTestServer } from '../servers/http-test-server.js';
import { makeCommandFolder, type CommandFolder } from './command-run.js';

let folder: CommandFolder;
let server: HttpTestServer;
let status = 200;

beforeEach(async () => {
  status = 200;
  folder = makeCommandFolder();
  server = await startHttpServer((request, response) => {
    response.statusCode = request.url === '/failing' ? 500 : status;
    response.end('ok');
  });
});

afterEach(async () => {
  await server.close();
});

async function storedResult(): Promise<ExperimentResult> {
  return parseResult(await readFile(join(folder.path, 'result.yaml'), 'utf8'), 'result.yaml');
}

/** The experiment of the founding documents, against the server of this test and fast. */
const founding = (url: string, inputs = 'qps: 0'): string => `
- task: gen-load-and-collect-metrics
  with:
    ${inputs}
    versionInfo:
    - url: ${url}
- task: assess-app-versions
  with:
    SLOs:
    - metric: built-in/error-rate
      upperLimit: 0
    - metric: built-in/p95
      upperLimit: 1000
`;

describe('redmeter', () => {
  it('runs, asserts and reports the experiment of the documents', async () => {
    await folder.write('experiment.yaml', founding(server.url));
    expect(await folder.run('run')).toMatchObject({ code: 0 });
    expect(await folder.run('assert', '-c', 'completed', '-c', 'nofailure', '-c', 'slos')).toEqual({
      code: 0,
      out: 'completed: holds\nnofailure: holds\nslos: holds\n',
      err: '',
    });
    const report = await folder.run('gen');
    expect(report.code).toBe(0);
    expect(report.out).toMatch(/Experiment completed\|true/);
    expect(report.out).toMatch(/built-in\/p95 <= 1000\|true/);
    expect(report.out).toMatch(/built-in\/request-count\|100\n/);
  });

  it('asserts with 1 when an SLO is violated', async () => {
    status = 503;
    await folder.write('experiment.yaml', founding(server.url));
    expect((await folder.run('run')).code).toBe(0);
    expect(await folder.run('assert', '-c', 'completed,nofailure,slos')).toMatchObject({
      code: 1,
      out: 'completed: holds\nnofailure: holds\nslos: does not hold\n',
    });
    expect((await folder.run('report')).out).toMatch(/built-in\/error-rate <= 0\|false/);
    expect(JSON.parse((await folder.run('assert', '-c', 'slos', '--json')).out)).toEqual({
      holds: false,
      conditions: [{ condition: 'slos', holds: false }],
    });
  });

  it('stops at a failed task, stores the failure and exits with 3', async () => {
    await folder.write('experiment.yaml', '- run: echo one\n- run: echo to $TEMP_DIR >&2; exit 7\n- run: echo never\n');
    const run = await folder.run('run');
    expect(run.code).toBe(3);
    expect(run.err).toContain('the run failed: task 2 (run): expected the script to exit with 0, got 7');
    expect(run.err).not.toContain('never');
    expect(await storedResult()).toMatchObject({
      failure: true,
      numTasks: 3,
      numCompletedTasks: 1,
      tasks: [{ state: 'completed' }, { state: 'failed' }],
    });
    expect((await folder.run('assert', '-c', 'nofailure')).code).toBe(1);
    expect((await folder.run('assert', '-c', 'completed')).code).toBe(1);
    expect((await folder.run('report')).out).toContain('The run failed: task 2');
  });

  it('skips a task whose condition does not hold, and counts it as completed', async () => {
    await folder.write(
      'experiment.yaml',
      `${founding(`${server.url}/failing`)}
- if: SLOs()
  run: touch released
- if: not SLOs()
  run: touch rolled-back
`,
    );
    expect((await folder.run('run')).code).toBe(0);
    await expect(readFile(join(folder.path, 'rolled-back'))).resolves.toHaveLength(0);
    await expect(readFile(join(folder.path, 'released'))).rejects.toThrow('ENOENT');
    expect((await storedResult()).tasks.map(({ state }) => state)).toEqual([
      'completed',
      'completed',
      'skipped',
      'completed',
    ]);
    expect((await folder.run('assert', '-c', 'completed')).code).toBe(0);
  });

  it('adds up loops with --reuse-result and starts afresh without', async () => {
    await folder.write('experiment.yaml', founding(server.url, 'qps: 0\n    numRequests: 30'));
    await folder.run('run');
    const first = await storedResult();
    await folder.run('run', '--reuse-result');
    const second = await storedResult();
    const loads = [first, second].map((result) => result.insights?.loads[0]?.['built-in']);
    expect(loads.map((load) => load?.requests)).toEqual([30, 60]);
    expect(loads[1]?.latency.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(60);
    expect([second.numLoops, second.numCompletedTasks, second.startTime]).toEqual([2, 2, first.startTime]);
    await folder.run('run');
    expect((await storedResult()).insights?.loads[0]?.['built-in']?.requests).toBe(30);
  });

  it('keeps what several tasks decided, and of loops what the latest decided', async () => {
    const judging = (limit: number): string => `
- task: assess
  with: {SLOs: {upper: [{metric: built-in/error-count, limit: ${limit}}]}}
- task: assess
  with: {SLOs: {upper: [{metric: built-in/error-rate, limit: 1}]}}
`;
    const load = `- task: http\n  with: {url: ${server.url}, qps: 0, numRequests: 10}\n`;
    status = 500;
    await folder.write('experiment.yaml', load + judging(9));
    await folder.run('run');
    expect((await folder.run('assert', '-c', 'slos')).code).toBe(1);
    await folder.write('experiment.yaml', load + judging(20));
    await folder.run('run', '--reuse-result');
    expect((await storedResult()).insights?.slos).toMatchObject([{ limit: 20 }, { limit: 1 }]);
    expect((await folder.run('assert', '-c', 'slos')).code).toBe(0);
  });

  it('loads several versions and endpoints, null ones not', async () => {
    await folder.write(
      'experiment.yaml',
      `
- task: http
  with:
    qps: 0
    numRequests: 10
    versionInfo:
    - url: ${server.url}
    - null
    - url: ${server.url}
    endpoints:
      good: {}
      bad: {url: "${server.url}/failing", numRequests: 5}
- task: assess
  with:
    SLOs:
      upper:
      - {metric: http-good/error-rate, limit: 0}
    rewards: {min: [http-bad/error-count]}
`,
    );
    expect((await folder.run('run')).code).toBe(0);
    const { insights } = await storedResult();
    expect(
      insights?.loads.map((groups) => Object.entries(groups).map(([name, load]) => [name, load.requests, load.errors])),
    ).toEqual([
      [
        ['http-good', 10, 0],
        ['http-bad', 5, 5],
      ],
      [],
      [
        ['http-good', 10, 0],
        ['http-bad', 5, 5],
      ],
    ]);
    expect((await folder.run('assert', '-c', 'slosby=0')).code).toBe(0);
    expect((await folder.run('assert', '-c', 'slosby=1')).code).toBe(1);
    expect((await folder.run('assert', '-c', 'slos')).code).toBe(1);
    expect((await folder.run('report')).out).toMatch(/SLOs\|version 0\s*\|version 1\s*\|version 2/);
  });

  it('reports the experiment that ran, not its file of today', async () => {
    await folder.write('experiment.yaml', '- run: echo ${HOME} first\n');
    expect((await folder.run('run')).code).toBe(0);
    await folder.write('experiment.yaml', '- run: echo second\n');
    const ran = (await folder.run('report', '-o', 'html')).out;
    expect(ran).toContain('<pre>- run: echo ${HOME} first\n</pre>');
    expect(ran).not.toContain('second');
    const foreign = { numCompletedTasks: 1, failure: false };
    await folder.write('result.yaml', JSON.stringify(foreign));
    expect((await folder.run('report', '-o', 'html')).out).toMatch(
      /This is the current file\..*\n<pre>- run: echo second/,
    );
  });

  it('waits with -t for a result that is still to come', async () => {
    await folder.write('experiment.yaml', '- run: sleep 0.3\n');
    const [run, assertion] = await Promise.all([
      folder.run('run'),
      folder.run('assert', '-c', 'completed', '-t', '20s'),
    ]);
    expect([run.code, assertion.code]).toEqual([0, 0]);
    expect((await folder.run('assert', '-c', 'slos', '-t', '300ms')).code).toBe(1);
  });

  it('copies a sample from the hub, once', async () => {
    expect(await folder.run('hub', '-e', 'load-test')).toMatchObject({ code: 0 });
    expect(await readFile(join(folder.path, 'load-test', 'experiment.yaml'), 'utf8')).toContain(
      'gen-load-and-collect-metrics',
    );
    const copied = await readFile(join(folder.path, 'load-test', 'experiment.yaml'), 'utf8');
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(copied) ?? [];
    expect(JSON.parse(await readFile(join(folder.path, 'load-test', schema), 'utf8'))).toMatchObject({
      title: 'redmeter experiment',
    });
    const again = await folder.run('hub', '-e', 'load-test');
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('expected no ')]);
    const typo = await folder.run('hub', '-e', 'load-tset');
    expect([typo.code, typo.err]).toEqual([2, expect.stringMatching(/got "load-tset"; did you mean load-test\?/)]);
  });

  it.each([
    [['run'], 'expected experiment.yaml in'],
    [['report'], 'expected result.yaml in'],
    [
      ['assert', '-c', 'complete'],
      'expected -c to be one of completed, nofailure, slos, decided, slosby=<version>, got "complete"; did you mean completed?',
    ],
    [['assert'], 'expected a condition with -c'],
    [['assert', '-c', 'slos', '-t', '5'], 'expected --timeout to be a duration'],
    [['report', '-o', 'pdf'], "argument 'pdf' is invalid"],
    [['rum'], "unknown command 'rum'"],
    [['run', '--fast'], "unknown option '--fast'"],
  ])('exits with 2 and one clear line for %j', async (argv, message) => {
    const { code, err } = await folder.run(...argv);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it('exits with 2 for a broken spec, before anything runs', async () => {
    await folder.write('experiment.yaml', '- run: touch ran\n- task: asess\n');
    const { code, err } = await folder.run('run');
    expect(code).toBe(2);
    expect(err).toMatch(/experiment\.yaml:2:9: \[1\]\.task: expected one of .* got "asess"; did you mean assess\?/);
    await expect(readFile(join(folder.path, 'ran'))).rejects.toThrow('ENOENT');
  });

  it('asserts and reports on an experiment as Iter8 0.13 leaves it', async () => {
    await folder.write(
      'experiment.yaml',
      await readFile(join(__dirname, '../fixtures/iter8-0.13/experiment.yaml'), 'utf8'),
    );
    expect((await folder.run('assert', '-c', 'completed,nofailure,slosby=0')).code).toBe(0);
    expect((await folder.run('assert', '-c', 'slosby=1')).code).toBe(1);
    const { out } = await folder.run('report');
    expect(out).toMatch(/http\/latency-mean.*version 0/);
    expect(out).toMatch(/shop\/revenue.*none/);
  });

  it('judges a loop after a result of Iter8 by what it measures itself', async () => {
    await folder.write('experiment.yaml', founding(server.url, 'qps: 0\n    numRequests: 20'));
    await folder.write(
      'result.yaml',
      `numCompletedTasks: 2
failure: false
insights:
  numVersions: 1
  metricValues: [{built-in/p95: [4000], built-in/error-rate: [1], built-in/error-count: [9], prom/qps: [3]}]
`,
    );
    expect((await folder.run('run', '--reuse-result')).code).toBe(0);
    expect((await folder.run('assert', '-c', 'slos')).code).toBe(0);
    expect((await storedResult()).insights?.metricValues).toEqual([{ 'prom/qps': 3 }]);
  });

  it.each([
    ['result.yaml', '- run: ls\n', 'numCompletedTasks: 1\nfailure: false\n'],
    ['experiment.yaml', '- run: ls\n', 'spec:\n- run: ls\nresult: {numCompletedTasks: 1, failure: false}\n'],
  ])("counts the tasks of Iter8's result in %s by the spec", async (name, spec, result) => {
    await folder.write('experiment.yaml', spec);
    await folder.write(name, result);
    expect((await folder.run('assert', '-c', 'completed,nofailure')).out).toBe('completed: holds\nnofailure: holds\n');
  });

  it('exits with 2 for a result with a broken alias, for that is no assertion', async () => {
    await folder.write('result.yaml', 'a: *b\n');
    const { code, err } = await folder.run('assert', '-c', 'completed');
    expect([code, err]).toEqual([2, expect.stringContaining('result.yaml:1:4: expected an anchor &b above')]);
  });

  it('exits with 3 and one line after an unexpected error', async () => {
    let err = '';
    const code = await runProgram(['version'], '1.2.3', {
      workingFolder: folder.path,
      variables: {},
      writeOut: () => {
        throw new TypeError('of two\nlines');
      },
      writeError: (text) => (err += text),
      isErrorTerminal: false,
      signal: new AbortController().signal,
    });
    expect([code, err]).toEqual([3, 'redmeter: unexpected error: of two lines\n']);
  });

  it('prints its version, and help with examples', async () => {
    expect(await folder.run('version')).toEqual({ code: 0, out: '1.2.3\n', err: '' });
    expect((await folder.run('--version')).out).toBe('1.2.3\n');
    for (const argv of [['--help'], ['run', '--help'], ['assert', '-h'], ['hub', '-h'], ['gen', '-h']]) {
      const { code, out } = await folder.run(...argv);
      expect([code, out]).toEqual([0, expect.stringContaining('Examples:\n  redmeter ')]);
    }
  });

  it('prints the result as JSON', async () => {
    await folder.write('experiment.yaml', founding(server.url, 'qps: 0'));
    const { out } = await folder.run('run', '--json');
    expect(JSON.parse(out)).toEqual(JSON.parse((await folder.run('report', '--json')).out));
  });
});
