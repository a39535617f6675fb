import { setTimeout as pause } from 'node:timers/promises';

/** What is tried again until it returns something other than false or undefined. */
export type Probe<T> = () => T | false | undefined | Promise<T | false | undefined>;

const FIRST_PAUSE_MS = 10;
const MAX_PAUSE_MS = 100;

/**
 * Polls until `probe` returns something other than false or undefined, and returns that.
 * @param what named in the error; by default the source text of `probe`
 * @throws Error after `timeoutMs`; an error of `probe` at once
 */
export async function waitFor<T>(probe: Probe<T>, what = String(probe), timeoutMs = 90_000): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadlineMs) throw new Error(`expected within ${timeoutMs} ms: ${what}`);
    await pause(pauseMs);
  }
}
