import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '@redmeter/stack';
import { codeBlocks, sectionOf } from './markdown-code.js';

const page = readFileSync(join(checkout, 'docs/experiments/store.md'), 'utf8');
const section = sectionOf(page, 'Metrics of versions, by user');

let folder: string;
beforeAll(() => {
  mkdirSync(join(checkout, '.data'), { recursive: true });
  // Inside the clone, so that the program finds @redmeter/experiment as an application that installed it does.
  folder = mkdtempSync(join(checkout, '.data/abn-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(file: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(file, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, METRICS_EMBEDDED_FOLDER: join(folder, 'store') },
    timeout: 60_000,
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

it('the manual sends a user to a version, writes a value, and shows it', () => {
  const [commands = ''] = codeBlocks(section, 'sh');
  const redmeter = `redmeter() { node ${join(checkout, 'packages/experiment/bin/redmeter.mjs')} "$@"; }`;
  // Started with a socket and no shell above it, bash would read the machine's bashrc first.
  const printed = run('bash', ['--norc', '-euc', `${redmeter}\n${commands}`]);
  expect(printed).toMatch(/^v1\t80 %\nv2\t20 %\nv[12]\n/);
  expect(printed).toContain('spent over users, mean|');
  expect(printed).toContain('12.50');
  expect(printed.trimEnd().split('\n').slice(-2)).toEqual(['shop', 'removed shop']);
});

it('the manual does the same from a program', () => {
  const [program = ''] = codeBlocks(section, 'js');
  const file = join(folder, 'shop.mjs');
  writeFileSync(file, `${program}\nconsole.log(JSON.stringify({ numUsers, mean: metrics.spent.overUsers.mean }));\n`);
  expect(JSON.parse(run(process.execPath, [file]))).toEqual({ numUsers: 1, mean: 12.5 });
});
