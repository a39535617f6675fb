import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { runCommandProcess } from './command-process.js';

it.each([
  [['re'], ['report', 'results', 'release']],
  [
    ['hub', '-e', 'slo'],
    ['slo-from-prometheus', 'slo-from-redis'],
  ],
  [
    ['assert', '--condition', ''],
    ['completed', 'nofailure', 'slos', 'decided'],
  ],
  [
    ['report', '-o', ''],
    ['text', 'html', 'markdown', 'junit'],
  ],
  [['run', '--reuse'], ['--reuse-result']],
])('completes redmeter %j', async (words, expected) => {
  const { code, out } = await runCommandProcess('complete', '--', ...words);
  const values = out.split('\n').filter((line) => line !== '' && !line.startsWith(':'));
  expect([code, values.map((line) => line.split('\t', 1)[0])]).toEqual([0, expected]);
});

it('prints a script that bash takes and that registers the command', async () => {
  const { code, out } = await runCommandProcess('completion', 'bash');
  expect(code).toBe(0);
  const bash = spawnSync('bash', ['--norc', '-c', `${out}\ncomplete -p redmeter`], { encoding: 'utf8' });
  expect([bash.stdout, bash.stderr]).toEqual([expect.stringMatching(/^complete -F \S+ redmeter\n$/), '']);
});

it('names the shells it knows', async () => {
  expect(await runCommandProcess('completion', 'tcsh')).toMatchObject({
    code: 2,
    err: expect.stringContaining('bash') as unknown,
  });
});
