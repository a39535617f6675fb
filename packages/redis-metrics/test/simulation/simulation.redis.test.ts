import { temporaryFolder } from '@redmeter/test-servers/jest';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import { totalsOf } from './program/run-program.js';

const SCHEDULES = 200;

let server: RedisServer;
let folder: string;
beforeAll(async () => {
  server = await startRedisServer();
  folder = temporaryFolder();
});
afterAll(async () => {
  await server.stop();
});

it('the merge script answers each call as its reference does, and writes the same', async () => {
  const { compared, failures } = await totalsOf('--redis', server.url, '--schedules', String(SCHEDULES));
  expect(failures).toEqual([]);
  expect(compared).toBeGreaterThan(5 * SCHEDULES);
});

it.each([
  ['the ledger check', 'if batch <= noted then return duplicate() end'],
  ['the mark', 'noted_text, _, noted_refusals = read_mark()'],
  ['the limit of native buckets', 'native.limit(form, (family.own_native or family.native).most)'],
])('a merge script without %s differs from its reference', async (_what, text) => {
  const source = readFileSync(join(__dirname, '../../lua/merge.lua'), 'utf8');
  expect(source.split(text)).toHaveLength(2);
  const script = join(folder, 'merge.lua');
  writeFileSync(script, source.replace(text, ''));
  const { failures } = await totalsOf(
    ...['--redis', server.url, '--script', script, '--schedules', String(SCHEDULES), '--most-failures', '1'],
  );
  expect(failures[0]?.problem).toMatch(/the merge script answers|the reference has/);
});
