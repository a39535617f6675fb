import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors/error-text.js';
import type { LogOnce } from '../accounting/log-once.js';
import type { GaugeFamily } from '../recording/families/gauge-family.js';

const COLLECT_TIMEOUT_MS = 1000;

/** What the application gave to be called before each flush. */
export type BeforeFlush = (isLast: boolean) => void | Promise<void>;

/**
 * Lets the application set its gauges, and whatever else it records before a flush. What fails, or takes more than a second, is
 * said once and keeps no flush waiting.
 * @param isLast whether the service closes
 */
export async function collectGauges(
  families: Iterable<GaugeFamily>,
  hooks: readonly BeforeFlush[],
  isLast: boolean,
  log: LogOnce,
): Promise<void> {
  const collecting: Promise<void>[] = [];
  for (const family of families) {
    const { collect, name } = family;
    if (collect !== undefined) collecting.push(run(`collect() of the gauge ${name}`, () => collect(family), log));
  }
  hooks.forEach((hook, i) => collecting.push(run(`function ${i + 1} of beforeFlush()`, () => hook(isLast), log)));
  if (collecting.length === 0) return;
  const timeout = new AbortController();
  const tooLate = delay(COLLECT_TIMEOUT_MS, 'too late', { signal: timeout.signal, ref: false }).catch(() => undefined);
  if ((await Promise.race([Promise.all(collecting), tooLate])) === 'too late') {
    log.warn('collect', `redmeter: a collect() took more than ${COLLECT_TIMEOUT_MS} ms; the flush went on without it`);
  }
  timeout.abort();
}

async function run(what: string, collect: () => void | Promise<void>, log: LogOnce): Promise<void> {
  try {
    await collect();
  } catch (error) {
    log.warn(what, `redmeter: ${what} failed: ${messageOf(error)}`);
  }
}
