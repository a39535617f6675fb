import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const root = join(__dirname, '../..');

/** The script is an ES module, so a process of its own loads it. */
function refused(packages: Record<string, object>): unknown {
  const code = `
    import { refusedLicences } from './scripts/check-dependencies.mjs';
    console.log(JSON.stringify(refusedLicences(JSON.parse(process.argv[1]))));`;
  const args = ['--input-type=module', '-e', code, JSON.stringify({ packages })];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

it('names production dependencies whose licence is not permissive', () => {
  expect(
    refused({
      '': { license: 'AGPL-3.0' },
      'node_modules/a': { license: 'MIT' },
      'node_modules/b': { license: '(MIT AND Zlib)' },
      'node_modules/c': { license: '(GPL-2.0 OR ISC)' },
      'node_modules/tool': { license: 'AGPL-3.0-only', dev: true },
      'node_modules/@redmeter/app': { link: true },
      'node_modules/d': { license: 'AGPL-3.0-only' },
      'app/node_modules/@scope/e': { license: 'MIT AND GPL-3.0' },
      'node_modules/f': {},
      'node_modules/g': { license: 'SEE LICENSE IN x' },
    }),
  ).toEqual(['d: AGPL-3.0-only', '@scope/e: MIT AND GPL-3.0', 'f: no licence', 'g: SEE LICENSE IN x']);
});
