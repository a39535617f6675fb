import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const program = join(root, 'scripts/generate-lua.mjs');

function generate(...args: string[]): { status: number | null; out: string } {
  const { status, stdout } = spawnSync(process.execPath, [program, ...args], { cwd: root, encoding: 'utf8' });
  return { status, out: stdout };
}

describe('the scripts that Redis runs', () => {
  const folder = temporaryFolder();

  it('match the parts in lua/; `npm run generate` updates them', () => {
    const { status, out } = generate('--check');
    expect(out).not.toContain('is not what lua/ makes');
    expect(out.trim().split('\n')).toHaveLength(7);
    expect(status).toBe(0);
  });

  it('are compared whole: a changed line is found, and nothing is written', async () => {
    const file = join(folder, 'changed.lua');
    const script = await readFile(join(root, 'configs/redis-exporter.lua'), 'utf8');
    const changed = script.replace("'invalid_utf8'", "'invalid_utf-8'");
    expect(changed).not.toBe(script);
    await writeFile(file, changed);
    expect(generate('--check', '--output', file)).toMatchObject({
      status: 1,
      out: expect.stringContaining('differs from the parts in lua/: run npm run generate'),
    });
    await expect(readFile(file, 'utf8')).resolves.toBe(changed);
  });
});
