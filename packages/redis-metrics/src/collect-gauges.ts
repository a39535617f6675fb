import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from './error-text.js';
import type { LogOnce } from './log-once.js';
import type { GaugeFamily } from './metric-family.js';

const COLLECT_TIMEOUT_MS = 1000;

/** Lets the application set its gauges. One that fails, or takes more than a second, is said once and keeps no flush waiting. */
export async function collectGauges(families: Iterable<GaugeFamily>, log: LogOnce): Promise<void> {
  const collecting: Promise<void>[] = [];
  for (const family of families) {
    if (family.collect !== undefined) collecting.push(collect(family, log));
  }
  if (collecting.length === 0) return;
  const timeout = new AbortController();
  const tooLate = delay(COLLECT_TIMEOUT_MS, 'too late', { signal: timeout.signal, ref: false }).catch(() => undefined);
  if ((await Promise.race([Promise.all(collecting), tooLate])) === 'too late') {
    log.warn('collect', `redmeter: a collect() took more than ${COLLECT_TIMEOUT_MS} ms; the flush went on without it`);
  }
  timeout.abort();
}

async function collect(family: GaugeFamily, log: LogOnce): Promise<void> {
  try {
    await family.collect?.(family);
  } catch (error) {
    log.warn(`collect ${family.name}`, `redmeter: collect() of the gauge ${family.name} failed: ${messageOf(error)}`);
  }
}
