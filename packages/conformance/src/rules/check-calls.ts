import type { Finding } from '../requirement.js';
import type { SentCall } from '../wire/sent-call.js';
import { costBeforeLast, MAX_COST } from './call-cost.js';
import { checkCall, type CallContext } from './check-call.js';
import { isDated } from './check-family.js';
import { checkHistory } from './check-history.js';

/** What is wrong with the calls of the writers of one case: what a MUST forbids. */
export function* checkCalls(calls: readonly SentCall[], context: CallContext): Generator<Finding> {
  for (const { call } of calls) yield* checkCall(call, context);
  for (const history of byIncarnation(calls).values()) yield* checkHistory(history);
}

/** Which SHOULD requirements the calls do not meet. */
export function* adviseOnCalls(calls: readonly SentCall[]): Generator<Finding> {
  const large = calls.find(({ call }) => costBeforeLast(call) >= MAX_COST);
  if (large !== undefined) {
    const got = `${large.call.seriesKeys.length} series that take as long as more than ${costBeforeLast(large.call)} counters`;
    yield { requirements: ['W-15'], expected: `no more series once they take as long as ${MAX_COST} counters`, got };
  }
  const unmarked = calls.find(({ call }) => call.mark === undefined);
  if (unmarked !== undefined) yield { requirements: ['W-46'], expected: 'a mark', got: 'none' };
  const undated = calls.flatMap(({ call }) => call.families).find((family) => !isDated(family));
  if (undated !== undefined) yield { requirements: ['W-21'], expected: '"age" or "declared"', got: undated };
}

export function byIncarnation(calls: readonly SentCall[]): Map<string, SentCall[]> {
  const histories = new Map<string, SentCall[]>();
  for (const sent of calls) {
    histories.set(sent.call.incarnation, [...(histories.get(sent.call.incarnation) ?? []), sent]);
  }
  return histories;
}
