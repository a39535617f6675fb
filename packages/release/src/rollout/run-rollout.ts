import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from '@redmeter/experiment';
import type { Gateway } from '../gateway/gateway.js';
import type { StepJudge } from '../judge/step-judge.js';
import { withCandidateShare, withoutUsersOf } from '../plan/candidate-share.js';
import type { TrafficPlan } from '../plan/traffic-plan.js';
import type { HeldRecord } from '../record/held-record.js';
import { newCounts, withCounted } from '../record/release-counts.js';
import { withEvent, type ReleaseEvent, type ReleaseRecord, type RolloutRecord } from '../record/release-record.js';
import { ReleaseError } from '../release-error.js';
import { shareOf } from '../spec/share.js';
import { nextAction, nextState } from './next-state.js';
import { wantedWeight, type RolloutEvent, type RolloutRules, type RolloutState } from './rollout-state.js';

const REQUEST_POLL_MS = 200;
const RETRY_MS = 1000;

/** What a rollout is carried out with. */
export type RolloutWorld = {
  readonly held: HeldRecord;
  readonly gateway: Pick<Gateway, 'apply'>;
  readonly judge: StepJudge;
  readonly nowMs: () => number;
  /** Called with each event, after it is stored. */
  readonly onEvent: (event: ReleaseEvent, record: ReleaseRecord) => void;
  /** Ends it where it is; a later start goes on. */
  readonly signal: AbortSignal;
};

/** The plan with the candidate of a rollout at a weight in percent; at 0 without any user of it. */
function planAt({ base, candidate }: Pick<RolloutRecord, 'base' | 'candidate'>, weight: number): TrafficPlan {
  return weight === 0 ? withoutUsersOf(base, candidate) : withCandidateShare(base, candidate, shareOf(weight));
}

/**
 * Carries out the rollout of a record until it has ended or holds, and gives its last state. Each state is in the store before it is
 * acted upon, but for a rollback, which comes first.
 */
export async function runRollout(rules: RolloutRules, world: RolloutWorld): Promise<RolloutState> {
  const { held, gateway, judge, nowMs, signal } = world;
  // What a person asked for before comes first.
  if ((await held.read()).request === undefined) {
    const { phase } = await happen(world, rules, { kind: 'resume', nowMs: nowMs() });
    // After a crash it is unknown which plan is active.
    if (phase === 'observing') await gateway.apply((await held.read()).plan);
  }
  for (;;) {
    const { request, rollout } = await held.read();
    if (rollout === undefined) throw new Error('expected a rollout');
    let { state } = rollout;
    if (request !== undefined) {
      state = await happen(world, rules, { kind: request, reason: `${request} by hand`, nowMs: nowMs() });
    }
    const action = nextAction(state, rules, nowMs());
    if (action.kind === 'end' || signal.aborted) return state;
    if (action.kind === 'apply') {
      const event = await apply(gateway, planAt(rollout, action.weight), action.weight, nowMs);
      state = await happen(world, rules, event);
      // A rollback that the gateway does not take is tried again.
      if (event.kind === 'refused' && state.phase === 'rolling back') await wait(RETRY_MS);
      continue;
    }
    if (state.phase !== 'observing') throw new Error(`expected to look at a step, got ${state.phase}`);
    const { step, startedAtMs } = state;
    const verdict = await untilRequest(held, signal, (stop) =>
      judge.look({ step, startedAtMs, dueMs: action.atMs }, stop),
    );
    if (verdict === undefined) continue;
    const event: RolloutEvent = { kind: 'looked', step, verdict, nowMs: nowMs() };
    if (nextState(state, event, rules).phase === 'rolling back') {
      // First of all; should it fail, it is tried again once the state is in the store.
      await apply(gateway, planAt(rollout, 0), 0, nowMs);
    }
    await happen(world, rules, event);
  }
}

async function apply(
  gateway: RolloutWorld['gateway'],
  plan: TrafficPlan,
  weight: number,
  nowMs: () => number,
): Promise<RolloutEvent> {
  try {
    await gateway.apply(plan);
    return { kind: 'applied', weight, nowMs: nowMs() };
  } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    return { kind: 'refused', weight, reason: error.message, nowMs: nowMs() };
  }
}

/** Stores what an event leads to. */
async function happen(world: RolloutWorld, rules: RolloutRules, event: RolloutEvent): Promise<RolloutState> {
  const time = new Date(event.nowMs).toISOString();
  let noted: ReleaseEvent | undefined;
  const record = await world.held.update((before) => {
    const { rollout } = before;
    if (rollout === undefined) throw new Error('expected a rollout');
    const state = nextState(rollout.state, event, rules);
    const plan = planAt(rollout, wantedWeight(state, rules));
    const isNewPlan = JSON.stringify(plan) !== JSON.stringify(before.plan);
    const isSatisfied = event.kind === 'looked' && event.verdict.kind === 'satisfied' && state !== rollout.state;
    const { request, ...rest } = before;
    const isAnswered = event.kind === 'promote' || event.kind === 'abort';
    const after: ReleaseRecord = {
      ...rest,
      ...(request === undefined || isAnswered ? {} : { request }),
      ...(isNewPlan ? { plan, planSince: time } : {}),
      ...(isSatisfied ? { satisfiedPlan: planAt(rollout, state.satisfiedWeight) } : {}),
      counts: withCounted(before.counts ?? newCounts(event.nowMs), rollout.state, state, event),
      rollout: { ...rollout, state },
    };
    noted = eventOf(rollout.state, state, event, rules, time);
    return noted === undefined ? after : withEvent(after, noted);
  });
  if (noted !== undefined) world.onEvent(noted, record);
  const { rollout } = record;
  if (rollout === undefined) throw new Error('expected a rollout');
  return rollout.state;
}

/** The event for the history; undefined when nothing came of it. */
function eventOf(
  before: RolloutState,
  after: RolloutState,
  event: RolloutEvent,
  rules: RolloutRules,
  time: string,
): ReleaseEvent | undefined {
  const weight = wantedWeight(after, rules);
  if (event.kind === 'looked' && event.verdict.kind === 'satisfied' && after !== before) {
    return { time, event: after.phase === 'promoted' ? 'promoted' : 'satisfied', weight: after.satisfiedWeight };
  }
  if (after.phase === 'observing') {
    if (event.kind === 'looked') return { time, event: event.verdict.kind, weight, ...reasonOf(after) };
    return before.phase === 'observing' ? undefined : { time, event: 'step', weight };
  }
  if (after.phase === before.phase)
    return event.kind === 'refused' ? { time, event: 'refused', weight, reason: event.reason } : undefined;
  if (after.phase === 'applying') return { time, event: 'resumed', weight: after.satisfiedWeight };
  return { time, event: after.phase === 'holding' ? 'held' : after.phase, weight, ...reasonOf(after) };
}

function reasonOf(state: RolloutState): { readonly reason?: string } {
  return 'reason' in state && state.reason !== undefined ? { reason: state.reason } : {};
}

/** Does something until someone asks for another thing; undefined then, and when the rollout is interrupted. */
async function untilRequest<T>(
  held: HeldRecord,
  signal: AbortSignal,
  work: (stop: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  const over = new AbortController();
  const watching = (async (): Promise<void> => {
    while (![over, stop].some((each) => each.signal.aborted)) {
      await wait(REQUEST_POLL_MS);
      if ((await held.read()).request !== undefined) abort();
    }
  })();
  // What the watch fails by, the next use of the record fails by, too.
  watching.catch(abort);
  try {
    return await work(stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return undefined;
  } finally {
    over.abort();
    signal.removeEventListener('abort', abort);
    await watching.catch((error: unknown) => void messageOf(error));
  }
}
