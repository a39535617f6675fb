import { temporaryFolder } from '@redmeter/test-servers/jest';
import { beforeAll, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '@redmeter/stack';
import { freePorts } from '@redmeter/test-servers';
import { codeBlocks, sectionOf } from './markdown-code.js';

const section = sectionOf(readFileSync(join(checkout, 'docs/service.md'), 'utf8'), 'Start');

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});

it('the manual starts the service, looks a user up, writes a value and shows it, as printed', async () => {
  const { grpc, http } = await freePorts('grpc', 'http');
  const [first = '', second = ''] = codeBlocks(section, 'sh');
  expect(first.trim().split('\n').at(-1)).toBe('redmeter serve');
  const program = join(checkout, 'packages/experiment/bin/redmeter.mjs');
  // The reader has another terminal, and sees that it serves.
  const serve = `node ${program} serve --grpc 127.0.0.1:${grpc} --http 127.0.0.1:${http} & until curl -sf http://127.0.0.1:${http}/healthz; do sleep 0.1; done`;
  const script = [
    `redmeter() { node ${program} "$@"; }`,
    `trap 'kill $(jobs -p)' EXIT`,
    first.replace('redmeter serve\n', `${serve}\n`),
    second.replaceAll('127.0.0.1:8081', `127.0.0.1:${http}`),
  ];
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script.join('\n')], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder, METRICS_EMBEDDED_FOLDER: join(folder, 'store') },
    timeout: 120_000,
  });
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  expect(stdout).toMatch(/"application":"shop","user":"ann","version":"v[12]"/);
  expect(stdout).toContain('spent over users, mean|');
  expect(stdout).toContain('12.50');
});
