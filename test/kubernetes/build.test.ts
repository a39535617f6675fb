import { temporaryFolder } from '@redmeter/test-servers/jest';
import { expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const script = join(__dirname, '../../scripts/kubernetes/build.sh');

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
    env: { PATH: programs, HOME: folder, REDMETER_KUBERNETES_CACHE: join(folder, 'cache') },
  });
  expect([status, stdout, stderr]).toEqual([
    1,
    '',
    'kube-apiserver: expected Go 1.25 or later to build it, found none; install it: https://go.dev/doc/install\n',
  ]);
  expect(readdirSync(folder)).toEqual(['programs']);
});
