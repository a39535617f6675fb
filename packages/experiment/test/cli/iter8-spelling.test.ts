import { describe, expect, it } from '@jest/globals';
import { fromIter8Spelling } from '../../src/cli/iter8-spelling.js';
import { makeCommandFolder } from './command-run.js';

describe('a command line of Iter8', () => {
  it.each([
    ['run --runDir load --reuseResult', 'run --run-dir load --reuse-result'],
    ['run --runDir=load -l debug', 'run --run-dir=load'],
    ['--loglevel=trace assert -c completed,slos --runDir load', 'assert -c completed,slos --run-dir load'],
    ['report --outputFormat html', 'report --output html'],
    ['gen -o html', 'gen -o html'],
    ['hub -e load-test-http', 'hub -e load-test'],
    ['version --short', 'version'],
    ['abn lookup shop ann', 'abn lookup shop ann'],
    ['run -- --runDir', 'run -- --runDir'],
  ])('%s is %s', (given, spelled) => {
    expect(fromIter8Spelling(given.split(' ')).join(' ')).toBe(spelled);
  });

  it.each([
    [
      'k launch --set tasks={http}',
      'expected a command of redmeter, got one of Iter8; install charts/experiment with Helm',
    ],
    ['launch -c load-test-http --set url=http://x', 'write "redmeter hub -e load-test"'],
    ['gen -c load-test-http', 'write "redmeter hub -e load-test"'],
    ['abn --port 50051', 'redmeter abn versions, lookup, write and show'],
    ['hub --remoteFolderURL http://x', 'write --hub with a folder'],
    ['autox', 'write "redmeter k watch"'],
    ['run -l loud', 'expected -l to be one of trace, debug, info, warning, error, fatal, panic, got "loud"'],
    ['run --loglevel', 'got nothing'],
  ])('%s is refused with 2, in one line that says what to write', async (given, message) => {
    const folder = makeCommandFolder();
    const { code, err } = await folder.run(...given.split(' '));
    expect([code, err.trim().split('\n')]).toEqual([2, [expect.stringContaining(message)]]);
  });
});

it('warns during the run if a task depends on SLOs and none was judged', async () => {
  const folder = makeCommandFolder();
  await folder.write(
    'experiment.yaml',
    '- run: "true"\n  if: SLOs()\n- run: "true"\n  if: not SLOs()\n- run: "true"\n',
  );
  const { code, err } = await folder.run('run');
  expect([code, err.split('\n')]).toEqual([
    0,
    [
      'task 1 (run) checks SLOs: no SLO was judged, so none is satisfied (Iter8 counts them as satisfied)',
      'task 2 (run) checks SLOs: no SLO was judged, so none is satisfied (Iter8 counts them as satisfied)',
      'task 2/3: run',
      'task 3/3: run',
      '',
    ],
  ]);
});

it('reports during the run what notify could not do, if softFailure lets the run continue', async () => {
  const folder = makeCommandFolder();
  await folder.write(
    'experiment.yaml',
    `- task: notify
  with:
    url: http://127.0.0.1:1/
    payloadTemplate: '{{ .Report.nothing }}'
    softFailure: true
`,
  );
  const { code, err } = await folder.run('run');
  expect([code, err]).toEqual([
    0,
    'task 1/1: notify\ntask 1 (notify) failed, which the spec allows: line 1: expected a value for {{ .Report.nothing }}, got none; known are Report, Summary\n',
  ]);
});
