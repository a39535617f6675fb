import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextAction, nextState } from '../../src/rollout/next-state.js';
import {
  hasEnded,
  INITIAL_STATE,
  wantedWeight,
  type RolloutEvent,
  type RolloutRules,
  type RolloutState,
  type StepVerdict,
} from '../../src/rollout/rollout-state.js';

const rules: RolloutRules = {
  steps: [1, 25, 100],
  intervalMs: 1000,
  deadlineMs: 5000,
  onInconclusive: 'hold',
  onViolation: 'rollback',
};

/** The states that a list of events leads through. */
function after(events: readonly RolloutEvent[], overrides: Partial<RolloutRules> = {}): RolloutState {
  return events.reduce((state, event) => nextState(state, event, { ...rules, ...overrides }), INITIAL_STATE);
}

const applied = (weight: number, nowMs = 0): RolloutEvent => ({ kind: 'applied', weight, nowMs });
const looked = (step: number, verdict: StepVerdict, nowMs: number): RolloutEvent => ({
  kind: 'looked',
  step,
  verdict,
  nowMs,
});
const satisfied: StepVerdict = { kind: 'satisfied' };
const inconclusive: StepVerdict = { kind: 'inconclusive', reason: 'too few' };
const missing: StepVerdict = { kind: 'missing', reason: 'no value' };
const violated: StepVerdict = { kind: 'violated', reason: 'errors' };

describe('a rollout', () => {
  it('goes through all steps when each is satisfied', () => {
    const events = rules.steps.flatMap((weight, step) => [applied(weight, step), looked(step, satisfied, step)]);
    expect(after(events)).toEqual({ phase: 'promoted', satisfiedWeight: 100, reason: 'every step was satisfied' });
  });

  it('looks after each interval, and for the last time at the deadline', () => {
    const state = after([applied(1), looked(0, inconclusive, 4500)]);
    expect(nextAction(state, rules, 4500)).toEqual({ kind: 'look', step: 0, atMs: 5000 });
  });

  it.each([
    ['holds', inconclusive, 'hold', 'holding'],
    ['is rolled back where the spec says so', inconclusive, 'rollback', 'rolling back'],
    ['is rolled back without data, whatever the spec says', missing, 'hold', 'rolling back'],
  ] as const)('%s at the deadline of a step without a verdict', (_, verdict, onInconclusive, phase) => {
    expect(after([applied(1), looked(0, verdict, 4999)], { onInconclusive }).phase).toBe('observing');
    expect(after([applied(1), looked(0, verdict, 5000)], { onInconclusive })).toMatchObject({
      phase,
      reason: `no verdict within the deadline: ${verdict.reason}`,
    });
  });

  it.each([
    ['rollback', 'rolling back'],
    ['hold', 'holding'],
  ] as const)('answers a violation with %s', (onViolation, phase) => {
    expect(after([applied(1), looked(0, violated, 1)], { onViolation })).toMatchObject({ phase, reason: 'errors' });
  });

  it('keeps the weight before when the gateway refuses a step, and tries it again when it goes on', () => {
    const refused = after([
      applied(1),
      looked(0, satisfied, 1),
      { kind: 'refused', weight: 25, reason: 'nginx: no', nowMs: 2 },
    ]);
    expect(refused).toEqual({ phase: 'holding', step: 1, weight: 1, satisfiedWeight: 1, reason: 'nginx: no' });
    expect(nextState(refused, { kind: 'resume', nowMs: 3 }, rules)).toMatchObject({ phase: 'applying', step: 1 });
  });

  it('tries a rollback until the gateway takes it', () => {
    const refused = after([
      { kind: 'abort', reason: 'by hand', nowMs: 0 },
      { kind: 'refused', weight: 0, reason: 'no', nowMs: 1 },
    ]);
    expect(nextAction(refused, rules, 1)).toEqual({ kind: 'apply', weight: 0 });
  });
});

const verdict = fc.oneof(...[satisfied, inconclusive, missing, violated].map((each) => fc.constant(each)));
const anyRules: fc.Arbitrary<RolloutRules> = fc.record({
  steps: fc
    .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 5 })
    .map((all) => [...all.sort((a, b) => a - b), 100]),
  intervalMs: fc.integer({ min: 1, max: 60_000 }),
  deadlineMs: fc.integer({ min: 1, max: 600_000 }),
  onInconclusive: fc.constantFrom('hold', 'rollback'),
  onViolation: fc.constantFrom('rollback', 'hold'),
});
// Clocks that stand still, run, jump and go back.
const clock = fc.oneof(fc.integer({ min: 0, max: 1_000_000 }), fc.constantFrom(0, Number.MAX_SAFE_INTEGER));
const anyEvent: fc.Arbitrary<RolloutEvent> = fc.oneof(
  fc.record({ kind: fc.constant('applied' as const), weight: fc.integer({ min: 0, max: 100 }), nowMs: clock }),
  fc.record({
    kind: fc.constant('refused' as const),
    weight: fc.integer({ min: 0, max: 100 }),
    reason: fc.constant('no'),
    nowMs: clock,
  }),
  fc.record({ kind: fc.constant('looked' as const), step: fc.integer({ min: 0, max: 6 }), verdict, nowMs: clock }),
  fc.record({
    kind: fc.constantFrom('promote' as const, 'abort' as const),
    reason: fc.constant('by hand'),
    nowMs: clock,
  }),
  fc.record({ kind: fc.constant('resume' as const), nowMs: clock }),
);

describe('whatever happens', () => {
  it('the weight rises only to the next step, by a satisfied verdict about the step in force, or by a promotion', () => {
    fc.assert(
      fc.property(anyRules, fc.array(anyEvent, { maxLength: 60 }), (given, events) => {
        let state = INITIAL_STATE;
        for (const event of events) {
          const next = nextState(state, event, given);
          const [before, weight] = [wantedWeight(state, given), wantedWeight(next, given)];
          const isOneStepOn =
            state.phase === 'observing' &&
            event.kind === 'looked' &&
            event.step === state.step &&
            event.verdict.kind === 'satisfied' &&
            weight === given.steps[state.step + 1];
          // A hold after a refusal goes back to the weight that was satisfied; going on means the step that was refused.
          const isRetry = state.phase === 'holding' && event.kind === 'resume' && weight === given.steps[state.step];
          const isPromotion = event.kind === 'promote' && next.phase === 'promoting';
          expect(weight <= before || isOneStepOn || isRetry || isPromotion).toBe(true);
          state = next;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('the weight stays at most one step above what was satisfied, unless a person promotes', () => {
    fc.assert(
      fc.property(anyRules, fc.array(anyEvent, { maxLength: 60 }), (given, events) => {
        let state = INITIAL_STATE;
        let bestSatisfied = 0;
        for (const event of events.filter(({ kind }) => kind !== 'promote')) {
          if (
            state.phase === 'observing' &&
            event.kind === 'looked' &&
            event.verdict.kind === 'satisfied' &&
            event.step === state.step
          ) {
            bestSatisfied = given.steps[state.step] ?? 0;
          }
          state = nextState(state, event, given);
          const next = given.steps.find((step) => step > bestSatisfied) ?? 100;
          expect(wantedWeight(state, given)).toBeLessThanOrEqual(next);
          expect(state.satisfiedWeight).toBe(bestSatisfied);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('without data no step advances', () => {
    const withoutData = anyEvent.map((event): RolloutEvent =>
      event.kind === 'looked' ? { ...event, verdict: missing } : event,
    );
    fc.assert(
      fc.property(anyRules, fc.array(withoutData, { maxLength: 60 }), (given, events) => {
        const end = events
          .filter(({ kind }) => kind !== 'promote')
          .reduce((state, event) => nextState(state, event, given), INITIAL_STATE);
        expect(wantedWeight(end, given)).toBeLessThanOrEqual(given.steps[0] ?? 100);
        expect(end.satisfiedWeight).toBe(0);
      }),
    );
  });

  it('a rollback under way ends at 0, and nothing but it', () => {
    fc.assert(
      fc.property(anyRules, fc.array(anyEvent), fc.array(anyEvent), (given, before, later) => {
        const start = before.reduce((state, event) => nextState(state, event, given), INITIAL_STATE);
        const aborted = nextState(start, { kind: 'abort', reason: 'by hand', nowMs: 0 }, given);
        const end = later.reduce((state, event) => nextState(state, event, given), aborted);
        expect(wantedWeight(end, given)).toBe(0);
        expect(['rolling back', 'rolled back']).toContain(end.phase);
      }),
    );
  });

  it('it ends at 0 or 100, or holds with a reason, when it is carried out with any verdicts, crashes and clocks', () => {
    const step = fc.record({ verdict, jumpMs: fc.integer({ min: -1000, max: 700_000 }), crashes: fc.boolean() });
    fc.assert(
      fc.property(anyRules, fc.infiniteStream(step), fc.boolean(), (given, stream, isRefusing) => {
        let state = INITIAL_STATE;
        let weight = 0;
        let nowMs = 0;
        for (let count = 0; count < 10_000; count += 1) {
          const action = nextAction(state, given, nowMs);
          if (action.kind === 'end') break;
          const chance = stream.next().value as { verdict: StepVerdict; jumpMs: number; crashes: boolean };
          // A moment passes whatever is done; only a wait is as long as it says.
          nowMs += Math.max(chance.jumpMs, -nowMs);
          if (action.kind === 'look') nowMs = Math.max(nowMs, action.atMs);
          let event: RolloutEvent;
          if (action.kind === 'apply') {
            const isTaken = !isRefusing || action.weight === 0;
            if (isTaken) weight = action.weight;
            event = isTaken
              ? applied(action.weight, nowMs)
              : { kind: 'refused', weight: action.weight, reason: 'no', nowMs };
          } else {
            event = looked(action.step, chance.verdict, nowMs);
          }
          // A crash loses what happened: the state is the one that was stored before.
          state = chance.crashes ? nextState(state, { kind: 'resume', nowMs }, given) : nextState(state, event, given);
        }
        expect(nextAction(state, given, nowMs)).toEqual({ kind: 'end' });
        if (hasEnded(state)) expect([0, 100]).toContain(weight);
        else expect(state).toMatchObject({ phase: 'holding', reason: expect.stringMatching(/./) });
      }),
    );
  });
});
