import type { RolloutEvent, RolloutState } from '../rollout/rollout-state.js';
import type { ReleaseCounts } from './release-record.js';

/** The counts of a release that nothing has happened to. */
export function newCounts(sinceMs: number): ReleaseCounts {
  const looks = { satisfied: 0, violated: 0, inconclusive: 0, missing: 0 };
  return { sinceMs, looks, rollbacks: 0, promotions: 0 };
}

/** The counts after an event of a rollout. One that led to no other state, such as a late look, is not counted. */
export function withCounted(
  counts: ReleaseCounts,
  before: RolloutState,
  after: RolloutState,
  event: RolloutEvent,
): ReleaseCounts {
  if (after === before) return counts;
  const looks =
    event.kind === 'looked'
      ? {
          looks: { ...counts.looks, [event.verdict.kind]: counts.looks[event.verdict.kind] + 1 },
          lastLookMs: event.nowMs,
        }
      : {};
  const reached = (phase: RolloutState['phase']): number => (after.phase === phase && before.phase !== phase ? 1 : 0);
  return {
    ...counts,
    ...looks,
    rollbacks: counts.rollbacks + reached('rolled back'),
    promotions: counts.promotions + reached('promoted'),
  };
}
