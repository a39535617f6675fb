import { temporaryFolder } from '@redmeter/test-servers/jest';
import { expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const script = join(__dirname, '../../scripts/opentelemetry/install.sh');

it.each([
  ['Go', [], 'Go 1.26 or later to build the program in Go, found none; install it: https://go.dev/doc/install'],
  ['Python', ['go'], 'python3 with its module venv, found none; on Debian: apt-get install python3-venv'],
])('without %s the reason and the mend are one line, and nothing is left behind', (_program, others, expected) => {
  const folder = temporaryFolder();
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  const find = (program: string) => execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
  for (const program of ['sh', 'cat', 'cksum', 'cut', 'dirname']) symlinkSync(find(program), join(programs, program));
  for (const program of others) symlinkSync(find('cat'), join(programs, program));
  const { status, stdout, stderr } = spawnSync('sh', [script], {
    encoding: 'utf8',
    env: { PATH: programs, HOME: folder, REDMETER_OPENTELEMETRY_CACHE: join(folder, 'cache') },
  });
  expect([status, stdout, stderr]).toEqual([1, '', `OpenTelemetry's SDKs: expected ${expected}\n`]);
  expect(readdirSync(folder)).toEqual(['programs']);
});
