import type { Insights } from '../result/experiment-result.js';
import type { Look, Looks, LookVerdict } from '../result/looks.js';
import type { SloVerdict } from '../result/slo-verdict.js';
import { withPlannedSizes } from './planned-size.js';

/** How a verdict is asked. */
export type LookOptions = {
  /** How many looks are planned while the measurements grow, this one included; 1, the default: this is the only one. */
  readonly plannedLooks?: number;
  /** Whether this is a further look, at measurements that may have grown since the one before; else it belongs to that one. */
  readonly isNewLook?: boolean;
  /** When, in ISO 8601. */
  readonly time?: string;
};

// For a look that was not announced.
const UNANNOUNCED_LOOKS = 10;

const MAX_HISTORY = 200;

/**
 * The looks with this one: a look that is announced as one of several, or that follows another, holds at every look. So no two looks
 * at the same growing data rest on intervals for one look.
 */
export function withLook(insights: Insights, { plannedLooks = 1, isNewLook = false, time }: LookOptions): Looks {
  const before = insights.looks ?? looksOfOlderResult(insights, isNewLook);
  const count = before.count + (isNewLook || before.count === 0 ? 1 : 0);
  // A load that ends as soon as its verdicts are certain was judged while it ran.
  const hasJudgedLoads = insights.loads.some((groups) => Object.values(groups).some(({ earlyEnd }) => earlyEnd));
  const isOneOfSeveral = plannedLooks > 1 || count > 1 || before.validity === 'every look';
  const isForEveryLook = isOneOfSeveral || hasJudgedLoads;
  const times = plannedLooks > 1 ? plannedLooks : isOneOfSeveral ? UNANNOUNCED_LOOKS : 1;
  const earlierOneLooks =
    before.earlierOneLooks + (count > before.count && before.count > 0 && before.validity === 'one look' ? 1 : 0);
  return {
    count,
    validity: isForEveryLook ? 'every look' : 'one look',
    earlierOneLooks,
    plannedSizes: isForEveryLook ? withPlannedSizes(insights, before.plannedSizes, times) : before.plannedSizes,
    history: [
      ...before.history.filter(({ number }) => number < count),
      { number: count, ...(time === undefined ? {} : { time }), verdicts: [], winners: [] },
    ],
  };
}

/**
 * The looks with the verdicts of the latest one noted.
 *
 * @param before The same look as it was noted, of which all verdicts stand; undefined when there is none.
 */
export function withVerdictsNoted(looks: Looks, { verdicts, rewards }: Insights, before?: Look): Looks {
  const latest = looks.history.at(-1);
  if (latest === undefined) return looks;
  const standing = before?.number === latest.number ? before.verdicts : [];
  const noted: Look = {
    ...latest,
    verdicts: standing.concat(verdicts.slice(standing.length).map((byVersion) => byVersion.map(lookVerdict))),
    winners: rewards.map(({ winner }) => winner),
  };
  // Earlier looks contain nothing about other SLOs.
  const earlier = looks.history.slice(0, -1).filter((look) => look.verdicts.length === verdicts.length);
  return { ...looks, history: thinned([...earlier, noted]) };
}

// A result from before looks were counted.
function looksOfOlderResult({ verdicts, rewards }: Insights, isNewLook: boolean): Looks {
  const isJudged = isNewLook && verdicts.length + rewards.length > 0;
  return {
    count: isJudged ? 1 : 0,
    validity: 'one look',
    earlierOneLooks: 0,
    plannedSizes: [],
    history: [],
  };
}

function lookVerdict({ state, value, change, interval }: SloVerdict): LookVerdict {
  return {
    state,
    ...(value === undefined ? {} : { value }),
    ...(change === undefined ? {} : { change }),
    ...(interval?.low === undefined ? {} : { low: interval.low }),
    ...(interval?.high === undefined ? {} : { high: interval.high }),
  };
}

// Every second one of the older half goes when there are too many.
function thinned(history: readonly Look[]): readonly Look[] {
  if (history.length <= MAX_HISTORY) return history;
  const half = Math.floor(history.length / 2);
  return [...history.slice(0, half).filter((_, index) => index % 2 === 0), ...history.slice(half)];
}
