import type { TotalSeries } from '@redmeter/experiment';
import type { TrafficPlan } from '../plan/traffic-plan.js';
import { newCounts } from '../record/release-counts.js';
import type { ReleaseRecord } from '../record/release-record.js';
import type { RolloutState } from '../rollout/rollout-state.js';

/** What the label `state` may be: exactly one of them has the value 1. */
export const RELEASE_STATES = [
  'no rollout',
  'applying',
  'observing',
  'holding',
  'rolling back',
  'rolled back',
  'promoting',
  'promoted',
] as const satisfies readonly ('no rollout' | RolloutState['phase'])[];

/** What is known of a release at a moment. */
export type ReleaseMoment = {
  readonly record: ReleaseRecord;
  /** What the gateway serves by; `nothing` when it is down, `unknown` when it could not be asked. */
  readonly inForce: TrafficPlan | 'nothing' | 'unknown';
  /** Versions that the plan had before: they have no users now. */
  readonly earlierVersions?: readonly string[];
};

/**
 * The series of a release, from its record in the store: written again after a crash, they are the same. Each has the label
 * `application`.
 */
export function releaseSeries({ record, inForce, earlierVersions = [] }: ReleaseMoment): TotalSeries[] {
  const { plan, rollout } = record;
  const counts = record.counts ?? newCounts(0);
  const { application } = plan;
  const gauge = (name: string, help: string, value: number, labels: Record<string, string> = {}): TotalSeries => {
    const unit = /_(percent|seconds)$/.exec(name)?.[1];
    return { type: 'gauge', name: `redmeter_release_${name}`, help, unit, value, labels: { application, ...labels } };
  };
  const counter = (name: string, help: string, value: number, labels: Record<string, string> = {}): TotalSeries => ({
    ...{ type: 'counter', name: `redmeter_release_${name}`, help, value, createdMs: counts.sinceMs },
    labels: { application, ...labels },
  });
  const wanted = shares(plan);
  const there = inForce === 'unknown' ? undefined : inForce === 'nothing' ? new Map<string, number>() : shares(inForce);
  const versions = [...new Set([...wanted.keys(), ...(there?.keys() ?? []), ...earlierVersions])];
  const weights = versions.flatMap((version) => [
    gauge('wanted_weight_percent', 'Desired share of users of a version.', wanted.get(version) ?? 0, { version }),
    ...(there === undefined
      ? []
      : [
          gauge('weight_percent', 'Share of users that the gateway sends to a version.', there.get(version) ?? 0, {
            version,
          }),
        ]),
  ]);
  const state = rollout?.state;
  const current = state?.phase ?? 'no rollout';
  return [
    ...weights,
    ...RELEASE_STATES.map((name) =>
      gauge('state', '1 for the state of the rollout, 0 for the others.', name === current ? 1 : 0, { state: name }),
    ),
    gauge('step', 'Current step of the rollout, from 1; 0 if there is none.', stepOf(record)),
    gauge('steps', 'Number of steps of the rollout.', rollout?.steps.length ?? 0),
    gauge(
      'next_look_timestamp_seconds',
      'Time at which the next look is due; 0 if none is.',
      state?.phase === 'observing' ? state.lookAtMs / 1000 : 0,
    ),
    gauge(
      'last_look_timestamp_seconds',
      'Time of the latest look; 0 before the first.',
      (counts.lastLookMs ?? 0) / 1000,
    ),
    ...Object.entries(counts.looks).map(([verdict, value]) =>
      counter('looks_total', 'Looks at the candidate, by verdict.', value, { verdict }),
    ),
    counter('rollbacks_total', 'Rollouts that were rolled back.', counts.rollbacks),
    counter('promotions_total', 'Rollouts that ended with all users on the candidate.', counts.promotions),
  ];
}

/** The share of each version in percent. */
function shares({ versions }: TrafficPlan): Map<string, number> {
  return new Map(versions.map(({ name, share }) => [name, share / 100]));
}

function stepOf({ rollout }: ReleaseRecord): number {
  if (rollout === undefined) return 0;
  const { state, steps } = rollout;
  switch (state.phase) {
    case 'applying':
    case 'observing':
    case 'holding':
    case 'promoting':
      return state.step + 1;
    case 'promoted':
      return steps.length;
    case 'rolling back':
    case 'rolled back':
      return 0;
  }
}
