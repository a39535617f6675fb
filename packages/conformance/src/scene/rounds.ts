import type { MetricType } from '@redmeter/metric-format';
import type { Declaration, Recording } from '../protocol/messages.js';

/** Digits have this base, so that a round that counts two or three times is seen as such. */
const BASE = 4;
/** So many digits are whole numbers in a double. */
const MAX_ROUNDS = 25;
const BOUNDS = [1, 100, 10_000];
const LABELS = { queue: 'mail' };

/** How often each round is in a series, by the number of the round. */
export type Presence = readonly number[];

/** The metrics that rounds are recorded in, by type. */
const DECLARATIONS: Readonly<Record<MetricType, Declaration>> = {
  counter: { type: 'counter', name: 'jobs_done', help: 'Jobs that were done.', labels: ['queue'] },
  gauge: { type: 'gauge', name: 'jobs_waiting', mode: 'sum', labels: ['queue'] },
  histogram: { type: 'histogram', name: 'job_ms', unit: 'ms', bounds: BOUNDS, labels: ['queue'] },
};

export function roundDeclarations(types: readonly MetricType[]): Declaration[] {
  return types.map((type) => DECLARATIONS[type]);
}

/** The key of the series that rounds of this type are recorded in. */
export function roundKey(prefix: string, type: MetricType): string {
  return `${prefix}:${type}:${DECLARATIONS[type].name}:queue=mail`;
}

/**
 * Recordings of one round: 4^round in each type. So the value in Redis shows which rounds it contains, and how often each.
 * @throws RangeError for a round that a double has no digit for
 */
export function roundRecordings(types: readonly MetricType[], round: number): Recording[] {
  if (round >= MAX_ROUNDS) throw new RangeError(`expected a round below ${MAX_ROUNDS}, got ${round}`);
  return types.map((type) => ({ name: DECLARATIONS[type].name, labels: LABELS, value: BASE ** round }));
}

/** The rounds in a record of Redis: none in a missing one; undefined when it is not a record of rounds. */
export function readPresence(type: MetricType, record: string | null, rounds: number): Presence | undefined {
  if (record === null) return Array.from({ length: rounds }, () => 0);
  const fields = JSON.parse(record) as Readonly<Record<string, unknown>>;
  const presence = digits(type === 'histogram' ? fields['sum'] : fields['value'], rounds);
  if (presence === undefined || type !== 'histogram') return presence;
  const counts = [0, 0, 0, 0];
  for (const [round, times] of presence.entries()) {
    const bucket = BOUNDS.filter((bound) => bound < BASE ** round).length;
    counts[bucket] = (counts[bucket] ?? 0) + times;
  }
  return JSON.stringify(fields['counts']) === JSON.stringify(counts) ? presence : undefined;
}

function digits(value: unknown, rounds: number): number[] | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) return undefined;
  const found = Array.from({ length: rounds }, (_, round) => Math.floor(value / BASE ** round) % BASE);
  return found.reduce((sum, times, round) => sum + times * BASE ** round, 0) === value ? found : undefined;
}
