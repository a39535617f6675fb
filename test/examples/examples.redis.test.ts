import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';

// As a reader runs them: with the packages as they are built.
const folder = join(__dirname, '../../examples');
const examples = readdirSync(folder).filter((file) => file.endsWith('.mjs') && file !== 'total.mjs');

const server = useRedisServer();

it.each(examples)('%s runs, and its totals are right', (example) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(folder, example), server.url], {
    cwd: join(__dirname, '../..'),
    encoding: 'utf8',
    timeout: 60_000,
  });
  const [, expected, got] = /expected (\d+), got (\S+)\n$/.exec(stdout) ?? [];
  expect({ status, stderr, got }).toEqual({ status: 0, stderr: '', got: expected ?? 'a line with the total' });
});
