import { refutationOf } from '../statistics/proportion-sequence.js';
import { evidenceInterval } from './evidence-interval.js';
import type { Evidence } from './evidence.js';

/** On which side of a limit a value lies for certain. */
export type Side = 'below' | 'above' | 'open';

type Refutation = ReturnType<typeof refutationOf>;

// A load asks again and again about the same few limits, and to make one ready takes longer than to ask.
const MAX_KNOWN = 50;
const known = new Map<string, Refutation>();

function refutation(rate: number, plannedSize: number, level: number): Refutation {
  const name = `${rate} ${plannedSize} ${level}`;
  const made = known.get(name) ?? refutationOf(rate, plannedSize, level);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(name, made);
  return made;
}

/**
 * On which side of a limit all of an interval for every look lies: `below` when its upper end is at most the limit, `above` when its lower end is
 * above it. Of shares and percentiles the ends need not be found for that: the limit itself is refuted or not.
 */
export function sideOfLimit(evidence: Evidence, limit: number, level: number, plannedSize: number): Side {
  if (evidence.kind === 'proportion') {
    const { successes, trials } = evidence.proportion;
    if (trials === 0) return 'open';
    if (limit <= 0) return successes > 0 || limit < 0 ? 'above' : 'open';
    if (limit >= 1) return 'below';
    if (!refutation(limit, plannedSize, level)(successes, trials)) return 'open';
    return successes / trials < limit ? 'below' : 'above';
  }
  if (evidence.kind === 'quantile') {
    const { probability, distribution } = evidence;
    const { count, buckets } = distribution;
    const isRefuted = refutation(probability, plannedSize, level);
    const middle = Math.round(count * probability);
    const countWhere = (isWithin: (bucket: (typeof buckets)[number]) => boolean): number =>
      buckets.reduce((sum, bucket) => (isWithin(bucket) ? sum + bucket.count : sum), 0);
    // Values that are at most the limit for certain, and values that may be.
    const surely = countWhere(({ upper }) => upper <= limit);
    if (surely >= middle && isRefuted(surely, count)) return 'below';
    const perhaps = countWhere(({ lower }) => lower <= limit);
    return perhaps <= middle && isRefuted(perhaps, count) ? 'above' : 'open';
  }
  const found = evidenceInterval(evidence, level, plannedSize);
  if (found.kind !== 'interval') return 'open';
  if (found.interval.high <= limit) return 'below';
  return found.interval.low > limit ? 'above' : 'open';
}
