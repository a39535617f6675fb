import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const root = join(__dirname, '../..');

/** The document with its pictures drawn again; the script is an ES module, so a process of its own loads it. */
function withPictures(document: string): string {
  const code = `
    import { readFileSync } from 'node:fs';
    import { withPictures } from './scripts/generate-architecture.mjs';
    process.stdout.write(await withPictures(readFileSync(0, 'utf8')));`;
  const args = ['--input-type=module', '-e', code];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', input: document });
  if (stdout === '') throw new Error(stderr);
  return stdout;
}

it('shows the imports as they are: npm run generate draws them', () => {
  const document = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  expect(document).toContain('  packages/redis-metrics --> packages/metric-format\n');
  expect(document).toContain('  service --> flush\n');
  // Drawn from the code, whatever was between the markers.
  expect(withPictures(document.replaceAll(/^ .* --> .*\n/gm, ''))).toBe(document);
});
