import { temporaryFolder } from '@redmeter/test-servers/jest';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '@redmeter/stack';
import { freePorts } from '@redmeter/test-servers';
import { codeBlocks, sectionOf } from './markdown-code.js';
import { startTestStack, type TestStack } from './test-stack.js';

const section = sectionOf(readFileSync(join(checkout, 'docs/releases.md'), 'utf8'), 'First release');

let stack: TestStack;
let folder: string;
let home: string;
beforeAll(async () => {
  stack = await startTestStack({ parts: ['redis'] });
  mkdirSync(join(checkout, '.data'), { recursive: true });
  // Inside the clone, so that npx finds redmeter as it does for the reader.
  folder = mkdtempSync(join(checkout, '.data/releases-'));
  home = temporaryFolder();
});
afterAll(async () => {
  await stack.stop();
  for (const used of [folder, home]) rmSync(used, { recursive: true, force: true });
});

it('the manual starts two versions, rolls the second one out and takes it back, as printed', async () => {
  const { v1, v2, listen } = await freePorts('v1', 'v2', 'listen');
  const redis = `127.0.0.1:${stack.settings.ports.redis}`;
  const { writer, reader } = stack.settings.passwords;
  const open = [v1, v2].map(
    (port) => `until curl -sf http://127.0.0.1:${port}/healthz > /dev/null; do sleep 0.1; done`,
  );
  const [start = '', ...rest] = codeBlocks(section, 'sh');
  expect(rest).toHaveLength(3);
  // As printed, but for addresses of this test, and flushes that need no minute; the reader sees the versions open.
  const script = [start, ...open, ...rest]
    .join('\n')
    .replaceAll('redmeter-writer@localhost:6379', `${writer}@${redis}`)
    .replaceAll('=redmeter-reader', `=${reader}`)
    .replaceAll('PORT=5061', `PORT=${v1}`)
    .replaceAll('PORT=5062', `PORT=${v2}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${listen}`)
    .replaceAll('.data/', `${folder}/`)
    .replace('cd .data\n', `cd ${folder}\n`)
    .replace('release run', 'release run --set FLUSH_INTERVAL=200ms');
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--norc', '-euo', 'pipefail', '-c', `trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n${script}`],
    {
      cwd: checkout,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        METRICS_FLUSH_INTERVAL_MS: '100',
        HANDLER_DELAY_MS: '0',
        LISTEN: `127.0.0.1:${listen}`,
        V1_URL: `http://127.0.0.1:${v1}`,
        V2_URL: `http://127.0.0.1:${v2}`,
        REDIS_ADDRESS: redis,
        INTERVAL: '1s',
      },
      timeout: 230_000,
    },
  );
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  expect(stdout).toMatch(/\+ share of v1: 100 %\n[^]*X-Store-Version: v1\r?\n/i);
  expect(stdout).toMatch(
    /"promoted"[^]*share of v2: 100 %\n[^]*v2 at 100 %: promoted\n[^]*"rolled back"[^]*stopped the gateway of shop\n$/,
  );
});
