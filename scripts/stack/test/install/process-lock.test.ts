import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aloneWith } from '../../src/install/process-lock.js';

describe('a lock between processes', () => {
  it('lets one in at a time, and is gone afterwards', async () => {
    const folder = temporaryFolder();
    const lock = join(folder, 'lock');
    let inside = 0;
    let most = 0;
    const enter = (): Promise<void> =>
      aloneWith(lock, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise(setImmediate);
        inside -= 1;
      });
    await Promise.all([enter(), enter(), enter()]);
    expect([most, existsSync(lock)]).toEqual([1, false]);
  });

  it('is released when its holder fails, and taken over from a process that is gone', async () => {
    const folder = temporaryFolder();
    const lock = join(folder, 'lock');
    await expect(aloneWith(lock, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(lock, String(pid));
    expect(await aloneWith(lock, () => Promise.resolve('in'))).toBe('in');
  });
});
