import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { findProgram } from '@redmeter/stack';
import { runCommand } from '../../src/index.js';

const root = join(__dirname, '../../../..');
const scriptPath = join(root, 'packages/redis-metrics/lua/merge.lua');

async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const printed = { out: '', err: '' };
  const code = await runCommand(args, scriptPath, {
    out: (text) => (printed.out += text),
    err: (text) => (printed.err += text),
  });
  return { code, ...printed };
}

/** The PHP writer. */
function writer(): string[] {
  const php = findProgram('php-redis', process.env['PATH'] ?? '');
  if (php === undefined) throw new Error('expected PHP with the extension redis on PATH; npm test installs it');
  return ['--', php, join(root, 'clients/php/test/conformance.php')];
}

it('prints an aligned line for each case, in their order, and a summary', async () => {
  const { code, out } = await run('--only', 'restart', '--only', 'gauge-order', '--only', 'close', ...writer());
  expect(out.split('\n')).toEqual([
    'ok        gauge-order',
    'ok        restart-with-data',
    'ok        restart-without-data',
    'ok        close-writes',
    'ok        close-while-away',
    '',
    'redmeter/metrics: 5 ok, 0 failed: it conforms',
    '',
  ]);
  expect(code).toBe(0);
});

it('says what the writer does not record', async () => {
  // One line of JSON for each request.
  const code = `require('node:readline').createInterface({ input: process.stdin }).on('line', (line) =>
    console.log(JSON.stringify({ id: JSON.parse(line).id, protocol: 1, name: 'counting', types: ['counter'] })))`;
  const command = [process.execPath, '-e', code];
  const only = ['gauge-values', 'native-sums', 'bad-exemplars', 'declared-twice'].flatMap((name) => ['--only', name]);
  // A writer of which nothing was checked does not conform.
  expect(await run(...only, '--', ...command)).toMatchObject({
    out:
      'does not  declared-twice  record histograms\n' +
      'does not  gauge-values    record gauges\n' +
      'does not  native-sums     record histograms\n' +
      'does not  bad-exemplars   record exemplars\n\n' +
      'counting: 0 ok, 0 failed, 4 not supported: it does not conform; it does not record histograms or gauges or exemplars\n',
    code: 1,
  });
});

it('prints which requirement is not met, and exits with 1', async () => {
  const args = ['-r', 'while (fgets(STDIN)) echo "no\\n";'];
  const { code, out } = await run('--only', 'numbers', '--', 'php', ...args);
  expect(out).toBe(
    'BROKEN    numbers  expected a JSON object in one line on standard output, got no\n\n' +
      `php ${args.join(' ')}: 0 ok, 0 failed, 1 broken: it does not conform\n`,
  );
  expect(code).toBe(1);
});

it('prints one JSON object', async () => {
  const { code, out } = await run('--json', '--only', 'other-prefix', ...writer());
  expect(JSON.parse(out)).toEqual({
    conforms: true,
    writer: 'redmeter/metrics',
    results: [{ name: 'other-prefix', durationMs: expect.any(Number), kind: 'ok', advice: [] }],
  });
  expect(code).toBe(0);
});

it.each([
  [['--only', 'no-such', '--', 'x'], '--only: expected words of the name of a case (see --list), got no-such'],
  [['--timeout', '0', '--', 'x'], '--timeout: expected whole milliseconds of at least 1, got 0'],
  [[], 'the writer: expected a program after --, got none'],
  [['python3'], 'the writer: expected its program after --, got python3'],
  [['--jsn', '--', 'x'], "Unknown option '--jsn'"],
])('refuses %j in one line, and exits with 2', async (args, problem) => {
  const { code, out, err } = await run(...args);
  expect([code, out]).toEqual([2, '']);
  expect(err.split('\n')).toEqual([expect.stringContaining(problem), '']);
});

it('lists the cases with their requirements', async () => {
  const { code, out } = await run('--list', '--only', 'no-answer');
  expect([code, out]).toEqual([0, 'no-answer: W-17, W-41, W-42\n']);
});
