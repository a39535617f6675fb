import type { RolloutAction, RolloutEvent, RolloutRules, RolloutState, StepVerdict } from './rollout-state.js';

type StateIn<Phase extends RolloutState['phase']> = Extract<RolloutState, { phase: Phase }>;

/** The state after an event. An event that does not fit the state, such as a late verdict about another step, changes nothing. */
export function nextState(state: RolloutState, event: RolloutEvent, rules: RolloutRules): RolloutState {
  switch (event.kind) {
    case 'applied':
      return afterApply(state, event.weight, event.nowMs, rules);
    case 'refused':
      return afterRefusal(state, event.weight, event.reason, rules);
    case 'looked':
      if (state.phase !== 'observing' || state.step !== event.step) return state;
      return afterLook(state, event.verdict, event.nowMs, rules);
    case 'promote':
      return promoted(state, event.reason, rules);
    case 'abort':
      return state.phase === 'rolled back' ? state : rollingBack(state, event.reason);
    case 'resume':
      return resumed(state, event.nowMs, rules);
  }
}

/** What is to be done in a state. */
export function nextAction(state: RolloutState, rules: RolloutRules, nowMs: number): RolloutAction {
  switch (state.phase) {
    case 'applying':
      return { kind: 'apply', weight: weightOf(state.step, rules) };
    case 'rolling back':
      return { kind: 'apply', weight: 0 };
    case 'promoting':
      return { kind: 'apply', weight: 100 };
    case 'observing':
      return { kind: 'look', step: state.step, atMs: lookDue(state, rules, nowMs) };
    case 'holding':
    case 'rolled back':
    case 'promoted':
      return { kind: 'end' };
  }
}

function afterApply(state: RolloutState, weight: number, nowMs: number, rules: RolloutRules): RolloutState {
  const { satisfiedWeight } = state;
  if (state.phase === 'applying' && weight === weightOf(state.step, rules)) {
    return observing(state.step, satisfiedWeight, nowMs, rules);
  }
  if (state.phase === 'rolling back' && weight === 0) {
    return { phase: 'rolled back', satisfiedWeight, reason: state.reason };
  }
  if (state.phase === 'promoting' && weight === 100)
    return { phase: 'promoted', satisfiedWeight, reason: state.reason };
  return state;
}

function afterRefusal(state: RolloutState, weight: number, reason: string, rules: RolloutRules): RolloutState {
  const { satisfiedWeight } = state;
  if (state.phase === 'applying' && weight === weightOf(state.step, rules)) {
    return { phase: 'holding', satisfiedWeight, step: state.step, weight: satisfiedWeight, reason };
  }
  if (state.phase === 'promoting' && weight === 100) {
    return { phase: 'holding', satisfiedWeight, step: state.step, weight: state.weight, reason };
  }
  // A rollback goes on until the gateway takes it.
  return state;
}

function afterLook(
  state: StateIn<'observing'>,
  verdict: StepVerdict,
  nowMs: number,
  rules: RolloutRules,
): RolloutState {
  const { step, satisfiedWeight } = state;
  switch (verdict.kind) {
    case 'satisfied': {
      const satisfied = weightOf(step, rules);
      if (step + 1 < rules.steps.length) return { phase: 'applying', step: step + 1, satisfiedWeight: satisfied };
      return { phase: 'promoted', satisfiedWeight: satisfied, reason: 'every step was satisfied' };
    }
    case 'violated':
      return rules.onViolation === 'hold' ? holding(state, verdict.reason, rules) : rollingBack(state, verdict.reason);
    case 'inconclusive':
    case 'missing': {
      const startedAtMs = Math.min(state.startedAtMs, nowMs);
      if (nowMs - startedAtMs < rules.deadlineMs) {
        const lookAtMs = Math.min(nowMs + rules.intervalMs, startedAtMs + rules.deadlineMs);
        return { phase: 'observing', step, satisfiedWeight, startedAtMs, lookAtMs, reason: verdict.reason };
      }
      const reason = `no verdict within the deadline: ${verdict.reason}`;
      const isToHold = verdict.kind === 'inconclusive' && rules.onInconclusive === 'hold';
      return isToHold ? holding(state, reason, rules) : rollingBack(state, reason);
    }
  }
}

function promoted(state: RolloutState, reason: string, rules: RolloutRules): RolloutState {
  const { satisfiedWeight } = state;
  switch (state.phase) {
    case 'applying':
      return { phase: 'promoting', satisfiedWeight, reason, step: state.step, weight: satisfiedWeight };
    case 'observing':
      return { phase: 'promoting', satisfiedWeight, reason, step: state.step, weight: weightOf(state.step, rules) };
    case 'holding':
      return { phase: 'promoting', satisfiedWeight, reason, step: state.step, weight: state.weight };
    default:
      // A rollback comes first, and what has ended is not promoted.
      return state;
  }
}

function resumed(state: RolloutState, nowMs: number, rules: RolloutRules): RolloutState {
  switch (state.phase) {
    case 'holding':
      // With a new deadline.
      return { phase: 'applying', step: state.step, satisfiedWeight: state.satisfiedWeight };
    case 'observing':
      return { ...state, lookAtMs: lookDue(state, rules, nowMs) };
    default:
      return state;
  }
}

function observing(step: number, satisfiedWeight: number, nowMs: number, rules: RolloutRules): RolloutState {
  const lookAtMs = nowMs + Math.min(rules.intervalMs, rules.deadlineMs);
  return { phase: 'observing', step, satisfiedWeight, startedAtMs: nowMs, lookAtMs };
}

function holding(state: StateIn<'observing'>, reason: string, rules: RolloutRules): RolloutState {
  const { step, satisfiedWeight } = state;
  return { phase: 'holding', step, satisfiedWeight, weight: weightOf(step, rules), reason };
}

function rollingBack({ satisfiedWeight }: RolloutState, reason: string): RolloutState {
  return { phase: 'rolling back', satisfiedWeight, reason };
}

// A clock that was set back puts off no look for longer than an interval.
function lookDue({ lookAtMs }: StateIn<'observing'>, { intervalMs }: RolloutRules, nowMs: number): number {
  return Math.min(lookAtMs, nowMs + intervalMs);
}

function weightOf(step: number, { steps }: RolloutRules): number {
  return steps[step] ?? 0;
}
