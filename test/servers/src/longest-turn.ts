import { openSync, readSync } from 'node:fs';

const line = Buffer.alloc(64);
let schedule: number | undefined;

/** Milliseconds of CPU that the main thread has used: what other processes of a busy machine take is not in it. Linux only. */
function cpuMs(): number {
  schedule ??= openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  // Brings what the kernel writes there up to date, which it else does every 4 ms only.
  process.cpuUsage();
  const length = readSync(schedule, line, 0, line.length, 0);
  return Number.parseInt(line.toString('latin1', 0, length), 10) / 1e6;
}

/**
 * The longest turn of this process's event loop until `work` is done, in milliseconds of CPU; a turn is at least as long as the
 * longest synchronous stretch in it. Linux only.
 */
export async function longestTurnMs(work: Promise<unknown>): Promise<number> {
  const state = { isDone: false };
  const done = work.finally(() => {
    state.isDone = true;
  });
  let longest = 0;
  while (!state.isDone) {
    const before = cpuMs();
    await new Promise((resolve) => setImmediate(resolve));
    longest = Math.max(longest, cpuMs() - before);
  }
  await done;
  return longest;
}
