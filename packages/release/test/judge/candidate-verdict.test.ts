import { expect, it } from '@jest/globals';
import type { Insights, SloVerdict } from '@redmeter/experiment';
import { candidateVerdict } from '../../src/judge/candidate-verdict.js';

/** Insights with one SLO a list of verdicts, each list by version. */
function insights(verdicts: readonly (readonly SloVerdict[])[], names?: readonly (string | null)[]): Insights {
  const numVersions = verdicts[0]?.length ?? 1;
  const each = <T>(value: T): T[] => Array.from({ length: numVersions }, () => value);
  return {
    numVersions,
    versionNames: names ?? each(null),
    loads: each({}),
    metricsInfo: {},
    metricValues: each({}),
    skippedMetrics: [],
    slos: verdicts.map((_, index) => ({ metric: `shop/m${index}`, bound: 'upper', limit: 1 })),
    verdicts,
    rewards: [],
    comparisons: [],
  };
}

const good: SloVerdict = { state: 'satisfied', value: 0.5 };
const bad: SloVerdict = { state: 'violated', value: 2 };
const open: SloVerdict = { state: 'inconclusive', value: 0.9, reason: 'too few' };
const none: SloVerdict = { state: 'inconclusive', reason: 'no value: none' };

const judge = (result: Parameters<typeof candidateVerdict>[0]): unknown =>
  candidateVerdict(result, 'v2', ['v1', 'v2', 'v3']);

it.each([
  ['satisfied when all SLOs are', [[good], [good]], { kind: 'satisfied' }],
  ['violated when one is', [[good], [open], [bad]], { kind: 'violated', reason: 'expected shop/m2 at most 1, got 2' }],
  [
    'inconclusive when one is',
    [[good], [open]],
    { kind: 'inconclusive', reason: 'expected shop/m1 at most 1, got 0.9: too few' },
  ],
  ['inconclusive when one has data and one has none', [[none], [open]], { kind: 'inconclusive' }],
  [
    'missing when nothing that is open has data',
    [[good], [none]],
    { kind: 'missing', reason: 'expected shop/m1 at most 1, got no value: no value: none' },
  ],
])('a candidate that is measured alone is %s', (_, verdicts, verdict) => {
  expect(judge({ insights: insights(verdicts) })).toMatchObject(verdict);
});

it('of all versions in order, the one at the place of the candidate counts', () => {
  expect(judge({ insights: insights([[bad, good, bad]]) })).toEqual({ kind: 'satisfied' });
  expect(judge({ insights: insights([[good, bad, good]]) })).toMatchObject({ kind: 'violated' });
});

it('names of versions go before their order', () => {
  expect(judge({ insights: insights([[bad, bad, good]], ['v1', 'v3', 'v2']) })).toEqual({ kind: 'satisfied' });
  expect(judge({ insights: insights([[good, good, good]], ['a', 'b', 'c']) })).toMatchObject({ kind: 'missing' });
});

it('with all users, nobody is left to compare with: limits alone decide', () => {
  const alone = (given: Insights): unknown => candidateVerdict({ insights: given }, 'v2', ['v1', 'v2'], true);
  const both = insights([
    [good, open],
    [good, good],
  ]);
  const [, limited] = both.slos;
  if (limited === undefined) throw new Error('expected two SLOs');
  const against: Insights['slos'][number] = {
    metric: 'shop/m0',
    bound: 'upper',
    margin: { kind: 'relative', share: 0.1 },
    confidence: 0.95,
  };
  expect(alone({ ...both, slos: [against, limited] })).toEqual({ kind: 'satisfied' });
  expect(judge({ insights: { ...both, slos: [against, limited], versionNames: ['v1', 'v2'] } })).toMatchObject({
    kind: 'inconclusive',
  });
  expect(alone({ ...both, slos: [against], verdicts: [[good, open]] })).toMatchObject({ kind: 'missing' });
});

it.each([
  ['a run that failed', { failureReason: 'task 2: no Redis', insights: insights([[good]]) }, 'task 2: no Redis'],
  ['nothing measured', {}, 'no SLO was judged'],
  ['nothing judged', { insights: insights([]) }, 'no SLO was judged'],
  [
    'other versions',
    { insights: insights([[good, good]]) },
    'expected metrics of v2 alone or of v1, v2, v3, got 2 versions',
  ],
])('%s is no data', (_, result, reason) => {
  expect(judge(result)).toEqual({ kind: 'missing', reason });
});
