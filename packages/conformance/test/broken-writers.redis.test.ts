import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import type { RedisServer } from '@redmeter/test-servers';
import { ALL_CASES, runCases, startKitServer, type CaseResult } from '../src/index.js';

const scriptPath = join(__dirname, '../../redis-metrics/lua/merge.lua');
const [first] = ALL_CASES;

let server: RedisServer;
beforeAll(async () => {
  server = await startKitServer();
});
afterAll(() => server.stop());

/** A writer that answers by the body of a function of its request. */
function answering(body: string): string[] {
  const code = `
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const request = JSON.parse(line);
      const say = (fields) => console.log(JSON.stringify({ id: request.id, ...fields }));
      const describe = () => say({ protocol: 1, name: 'test', types: ['counter'] });
      ${body}
    });`;
  return [process.execPath, '-e', code];
}

const broken: readonly (readonly [what: string, command: readonly string[], problem: RegExp])[] = [
  ['is not there', ['/nowhere/writer'], /^expected a program that starts, got: .*ENOENT/],
  ['ends at once', [process.execPath, '-e', ''], /^expected an answer, but the writer ended \(exit code 0\): nothing$/],
  [
    'crashes, with the error',
    answering("if (request.do === 'describe') describe(); else throw new TypeError('no such thing');"),
    /\(exit code 1\): TypeError: no such thing$/,
  ],
  [
    'gives no answer',
    answering("if (request.do === 'describe') describe();"),
    /^expected an answer to open within 1000 ms, got none$/,
  ],
  [
    'leaves a process behind',
    ['sh', '-c', 'sleep 1000 & exit 3'],
    /^expected an answer, but the writer ended \(exit code 3\): nothing$/,
  ],
  [
    'writes something else',
    answering("console.log('ready');"),
    /^expected a JSON object in one line on standard output, got ready$/,
  ],
  [
    'writes a list',
    answering("console.log('[1]');"),
    /^expected a JSON object in one line on standard output, got \[1\]$/,
  ],
  [
    'writes before it is asked',
    [process.execPath, '-e', "console.log('{}'); process.stdin.resume();"],
    /^expected .*"id":1|^expected nothing, since there was no request, got \{\}$/,
  ],
  [
    'answers another request',
    answering('console.log(\'{"id":7}\');'),
    /^expected an answer with "id":1, got \{"id":7\}$/,
  ],
  ['speaks another version', answering('say({ protocol: 2 });'), /^answer to describe: expected "protocol":1, got 2$/],
  [
    'records no known type',
    answering("say({ protocol: 1, name: 'x', types: ['summary'] });"),
    /^answer to describe: expected "types" with .*, got \["summary"\]$/,
  ],
  [
    'has features that nobody knows',
    answering("say({ protocol: 1, name: 'x', types: ['counter'], features: ['summaries'] });"),
    /^answer to describe: expected "features" with some of native_histograms and exemplars, got \["summaries"\]$/,
  ],
  [
    'says that it failed',
    answering("if (request.do === 'describe') describe(); else say({ error: 'not\\nyet' });"),
    /^answer to open: expected no error, got "not\\nyet"$/,
  ],
  [
    'does not say whether it is done',
    answering("if (request.do === 'describe') describe(); else say({});"),
    /^answer to flush: expected "done" of true or false, got nothing$/,
  ],
  [
    'ends with a long error',
    [process.execPath, '-e', "process.stderr.write('Error: ' + 'x'.repeat(9999)); process.exitCode = 3"],
    /\(exit code 3\): .{0,121}$/,
  ],
];

async function run(command: readonly string[], timeoutMs = 30_000): Promise<CaseResult[]> {
  const cases = first === undefined ? [] : [first];
  const { results } = await runCases(cases, { command, scriptPath, timeoutMs, server });
  return [...results];
}

it.each(broken)('a writer that %s is reported in one clear line', async (what, command, problem) => {
  const [result] = await run(command, what === 'gives no answer' ? 1000 : undefined);
  expect(result).toMatchObject({ kind: 'broken', problem: expect.stringMatching(problem) });
});

it('a writer that writes nothing, and reports everything as written, fails', async () => {
  const [result] = await run(
    answering(`
      if (request.do === 'describe') describe();
      else if (request.do === 'flush') say({ done: true });
      else if (request.do === 'statistics') say({ recorded: 3, flushed: 3, pending: 0, dropped: {} });
      else say({});`),
  );
  expect(result).toMatchObject({
    kind: 'failed',
    finding: { requirements: ['W-27'], expected: 'an id of its own for each of 1 writers', got: '0 ids' },
  });
});

it('skips the other cases of a writer that did not speak the protocol in three', async () => {
  const command = [process.execPath, '-e', ''];
  const { results } = await runCases(ALL_CASES, { command, scriptPath, timeoutMs: 30_000, server });
  const kinds = results.map(({ kind }) => kind);
  expect(kinds.slice(0, 3)).toEqual(['broken', 'broken', 'broken']);
  expect(new Set(kinds.slice(3))).toEqual(new Set(['skipped']));
});
