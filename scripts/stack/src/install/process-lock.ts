import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 250;

/**
 * Does something while no other process does it under the same lock file; waits as long as another one that runs holds it. A lock that
 * a process left behind when it ended is taken over.
 */
export async function aloneWith<Result>(lockFile: string, action: () => Promise<Result>): Promise<Result> {
  while (!isTaken(lockFile)) {
    if (!isHeld(lockFile)) rmSync(lockFile, { force: true });
    await delay(POLL_MS);
  }
  try {
    return await action();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function isTaken(lockFile: string): boolean {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isHeld(lockFile: string): boolean {
  try {
    process.kill(Number(readFileSync(lockFile, 'utf8')), 0);
    return true;
  } catch (error) {
    // ENOENT: released meanwhile. ESRCH: its process is gone. Otherwise it runs under another user.
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ENOENT' && code !== 'ESRCH';
  }
}
