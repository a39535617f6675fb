import { garwoodInterval } from '../statistics/poisson.js';
import type { Bounded } from '../statistics/mover.js';
import { quantileRankInterval } from '../statistics/order-statistics.js';
import { wilsonInterval } from '../statistics/proportion.js';
import { intervalOfRanks } from './evidence-interval.js';
import type { Evidence } from './evidence.js';

/** A value with its interval for one look, of those that are combined with another one's by MOVER. */
export function boundedAlone(
  evidence: Extract<Evidence, { kind: 'proportion' | 'events' | 'quantile' }>,
  level: number,
): Bounded {
  const { value } = evidence;
  switch (evidence.kind) {
    case 'proportion':
      return { value, ...wilsonInterval(evidence.proportion, level) };
    case 'events':
      return { value, ...garwoodInterval(evidence.rate, level) };
    case 'quantile': {
      const { distribution, probability } = evidence;
      return {
        value,
        ...intervalOfRanks(distribution, quantileRankInterval(distribution.count, probability, level)),
      };
    }
  }
}
