import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors/error-text.js';
import type { LogOnce } from '../accounting/log-once.js';
import type { GaugeFamily } from '../recording/families/gauge-family.js';

const COLLECT_TIMEOUT_MS = 1000;

/** A function of the application that is called before each flush. */
export type BeforeFlush = (isLast: boolean) => void | Promise<void>;

/**
 * Calls the application's functions to set gauges or record other metrics before a flush. A function that fails or takes more than a second
 * is logged once and does not delay the flush.
 * @param isLast whether the service is closing
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
    log.warn(
      'collect',
      `redmeter: a collect() took more than ${COLLECT_TIMEOUT_MS} ms; the flush continued without it`,
    );
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
