import { describe, expect, it } from '@jest/globals';
import { releaseSeries, RELEASE_STATES, type ReleaseMoment } from '../../src/publish/release-series.js';
import type { TrafficPlan } from '../../src/plan/traffic-plan.js';
import { newCounts, withCounted } from '../../src/record/release-counts.js';
import type { ReleaseRecord } from '../../src/record/release-record.js';
import { nextState } from '../../src/rollout/next-state.js';
import {
  INITIAL_STATE,
  type RolloutEvent,
  type RolloutRules,
  type RolloutState,
} from '../../src/rollout/rollout-state.js';

const rules: RolloutRules = {
  steps: [10, 100],
  intervalMs: 1000,
  deadlineMs: 5000,
  onInconclusive: 'hold',
  onViolation: 'rollback',
};

function planOf(shares: Readonly<Record<string, number>>): TrafficPlan {
  return {
    application: 'shop',
    gateway: { kind: 'nginx', listen: { host: '127.0.0.1', port: 8080 }, folder: '/gate' },
    versions: Object.entries(shares).map(([name, share]) => ({ name, share, url: `http://${name}` })),
    segments: [],
  };
}

const plan = planOf({ v1: 9000, v2: 1000 });

function recordOf(state?: RolloutState, counts = newCounts(1000)): ReleaseRecord {
  const rollout = { candidate: 'v2', steps: rules.steps, base: plan, startedAtMs: 0 };
  return {
    ...{ layout: 1, plan, planSince: '2026-11-20T12:00:00.000Z', satisfiedPlan: plan, counts, history: [] },
    ...(state === undefined ? {} : { rollout: { ...rollout, state } }),
  };
}

/** The values of a release by name and labels, without the application. */
function valuesOf(moment: ReleaseMoment): Record<string, number> {
  return Object.fromEntries(
    releaseSeries(moment).map(({ name, labels: { application, ...labels }, value }) => {
      expect(application).toBe('shop');
      return [[name.replace('redmeter_release_', ''), ...Object.values(labels)].join(' '), value];
    }),
  );
}

const observing: RolloutState = { phase: 'observing', satisfiedWeight: 0, step: 0, startedAtMs: 0, lookAtMs: 2500 };

describe('the series of a release', () => {
  it('say what each version is to have, and what it has', () => {
    expect(valuesOf({ record: recordOf(observing), inForce: planOf({ v1: 10_000, v2: 0 }) })).toMatchObject({
      'wanted_weight_percent v1': 90,
      'wanted_weight_percent v2': 10,
      'weight_percent v1': 100,
      'weight_percent v2': 0,
    });
  });

  it('say that nobody has users where the gateway is down, and nothing of it where it cannot be asked', () => {
    const record = recordOf(observing);
    expect(valuesOf({ record, inForce: 'nothing' })).toMatchObject({ 'weight_percent v1': 0, 'weight_percent v2': 0 });
    const unknown = Object.keys(valuesOf({ record, inForce: 'unknown' }));
    expect(unknown.filter((name) => name.startsWith('weight_percent'))).toEqual([]);
  });

  it('say that versions of earlier plans have no users', () => {
    expect(valuesOf({ record: recordOf(), inForce: plan, earlierVersions: ['v0', 'v1'] })).toMatchObject({
      'wanted_weight_percent v0': 0,
      'weight_percent v0': 0,
      'weight_percent v1': 90,
    });
  });

  it.each<[string, RolloutState | undefined, number]>([
    ['no rollout', undefined, 0],
    ['applying', INITIAL_STATE, 1],
    ['observing', { ...observing, step: 1 }, 2],
    ['holding', { phase: 'holding', satisfiedWeight: 10, step: 1, weight: 10, reason: 'x' }, 2],
    ['rolling back', { phase: 'rolling back', satisfiedWeight: 10, reason: 'x' }, 0],
    ['rolled back', { phase: 'rolled back', satisfiedWeight: 10, reason: 'x' }, 0],
    ['promoting', { phase: 'promoting', satisfiedWeight: 10, step: 1, weight: 10, reason: 'x' }, 2],
    ['promoted', { phase: 'promoted', satisfiedWeight: 10, reason: 'x' }, 2],
  ])('say the state "%s" and its step', (name, state, step) => {
    const values = valuesOf({ record: recordOf(state), inForce: plan });
    expect(RELEASE_STATES.filter((other) => values[`state ${other}`] === 1)).toEqual([name]);
    expect([values['step'], values['steps']]).toEqual([step, state === undefined ? 0 : 2]);
  });

  it('say when the next look is due, while there is one', () => {
    const ended: RolloutState = { phase: 'promoted', satisfiedWeight: 100, reason: 'x' };
    const dueOf = (state: RolloutState): unknown =>
      valuesOf({ record: recordOf(state), inForce: plan })['next_look_timestamp_seconds'];
    expect([dueOf(observing), dueOf(ended)]).toEqual([2.5, 0]);
  });

  it('count looks by verdict, rollbacks and promotions, over all rollouts', () => {
    const events: RolloutEvent[] = [
      { kind: 'applied', weight: 10, nowMs: 1000 },
      { kind: 'looked', step: 0, verdict: { kind: 'inconclusive', reason: 'few' }, nowMs: 2000 },
      // Of another step: it changes nothing, and is no look at this one.
      { kind: 'looked', step: 1, verdict: { kind: 'violated', reason: 'late' }, nowMs: 2500 },
      { kind: 'looked', step: 0, verdict: { kind: 'satisfied' }, nowMs: 3000 },
      { kind: 'applied', weight: 100, nowMs: 3500 },
      { kind: 'looked', step: 1, verdict: { kind: 'satisfied' }, nowMs: 4000 },
      { kind: 'abort', reason: 'by hand', nowMs: 5000 },
      { kind: 'applied', weight: 0, nowMs: 6000 },
    ];
    let state = INITIAL_STATE;
    let counts = newCounts(500);
    for (const event of events) {
      const after = nextState(state, event, rules);
      counts = withCounted(counts, state, after, event);
      state = after;
    }
    const record = recordOf(state, counts);
    expect(valuesOf({ record, inForce: plan })).toMatchObject({
      'looks_total satisfied': 2,
      'looks_total violated': 0,
      'looks_total inconclusive': 1,
      'looks_total missing': 0,
      last_look_timestamp_seconds: 4,
      promotions_total: 1,
      rollbacks_total: 1,
    });
    const created = releaseSeries({ record, inForce: plan }).flatMap((series) =>
      series.type === 'counter' ? [series.createdMs] : [],
    );
    expect(new Set(created)).toEqual(new Set([500]));
  });
});
