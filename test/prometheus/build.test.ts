import { temporaryFolder } from '@redmeter/test-servers/jest';
import { expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const script = join(root, 'scripts/prometheus/build.sh');

it('without Go the reason and the mend are one line, and nothing is left behind', () => {
  const folder = temporaryFolder();
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  for (const program of ['sh', 'cat', 'cksum', 'cut', 'dirname', 'sed']) {
    symlinkSync(
      execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim(),
      join(programs, program),
    );
  }
  const { status, stdout, stderr } = spawnSync('sh', [script], {
    encoding: 'utf8',
    env: { PATH: programs, HOME: folder, REDMETER_PROMETHEUS_CACHE: join(folder, 'cache') },
  });
  expect([status, stdout, stderr]).toEqual([
    1,
    '',
    'prometheus 3: expected Go 1.25 or later to build it, found none; install it: https://go.dev/doc/install\n',
  ]);
  expect(readdirSync(folder)).toEqual(['programs']);
});

it('the Prometheus that tests build is the one that Compose runs', () => {
  const image = /^PROMETHEUS_IMAGE=prom\/prometheus:v(\d+)\.(\d+)\.(\d+)$/m.exec(
    readFileSync(join(root, '.env'), 'utf8'),
  );
  const [, major = '', minor = '', patch = ''] = image ?? [];
  // Its module has v0.313.1 for 3.13.1.
  expect(readFileSync(join(root, 'scripts/prometheus/go.mod'), 'utf8')).toContain(
    `github.com/prometheus/prometheus v0.${major}${minor.padStart(2, '0')}.${patch}\n`,
  );
});
