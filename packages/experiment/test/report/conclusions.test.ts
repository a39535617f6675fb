import { describe, expect, it } from '@jest/globals';
import { assess } from '../../src/assess/assess.js';
import { conclusions, needConclusions } from '../../src/report/conclusions.js';
import type { ExperimentResult, Insights } from '../../src/result/experiment-result.js';
import type { Rewards } from '../../src/result/reward.js';
import type { Slo } from '../../src/result/slo.js';
import { evenly, insightsOf, loadOf } from '../builders/insights.js';

const none = { max: [], min: [] };
const p95 = (limit: number): Slo => ({ metric: 'built-in/p95', bound: 'upper', limit, confidence: 0.95 });
const withErrors = (requests: number, errors: number) => loadOf(evenly(requests, 5, 10), { errors });

function resultOf(insights: Insights): ExperimentResult {
  return { startTime: '', numLoops: 1, numCompletedTasks: 1, failure: false, tasks: [], insights };
}

function concluded(loads: Insights, slos: readonly Slo[], rewards: Rewards = none): string[] {
  return conclusions(resultOf(assess(loads, slos, rewards)));
}

describe('conclusions', () => {
  it.each<[string, Insights, Slo, RegExp]>([
    [
      'a satisfied SLO with a confidence',
      insightsOf(loadOf(evenly(200, 5, 10))),
      p95(50),
      /^built-in\/p95 <= 50 \(95 % sure\) is satisfied: 9\.76 msec, between 9\.57 and 9\.93\.$/,
    ],
    [
      'a violated one',
      insightsOf(loadOf(evenly(200, 5, 10))),
      p95(8),
      /^built-in\/p95 <= 8 \(95 % sure\) is violated: 9\.76 msec, between 9\.57 and 9\.93\.$/,
    ],
    [
      'one without a confidence',
      insightsOf(loadOf(evenly(200, 5, 10))),
      { metric: 'built-in/p95', bound: 'upper', limit: 8 },
      /^built-in\/p95 <= 8 is violated: 9\.76 msec, by the estimate alone\.$/,
    ],
    [
      'an open one, with what would decide it',
      insightsOf(withErrors(400, 8)),
      { metric: 'built-in/error-rate', bound: 'upper', limit: 0.03, confidence: 0.95 },
      /^built-in\/error-rate <= 0\.03 \(95 % sure\) is inconclusive: the limit lies within the interval \(0\.02, between 0\.0087 and 0\.039\)\. About [\d,]+ more requests would decide, if the value stays as it is\.$/,
    ],
    [
      'one without a value',
      insightsOf(loadOf([1])),
      { metric: 'prometheus/errors', bound: 'upper', limit: 1 },
      /^prometheus\/errors <= 1 is inconclusive: no value: no task collected it\.$/,
    ],
  ])('say of %s what was decided and how sure that is', (_what, insights, slo, expected) => {
    expect(concluded(insights, [slo])).toEqual([expect.stringMatching(expected)]);
  });

  it('name versions, and the change against the baseline', () => {
    const loads = insightsOf(loadOf(evenly(500, 5, 10)), loadOf(evenly(500, 6, 12)));
    const slo: Slo = {
      metric: 'built-in/mean-latency',
      bound: 'upper',
      margin: { kind: 'relative', share: 0.05 },
      confidence: 0.95,
    };
    expect(concluded(loads, [slo, p95(50)])).toEqual([
      expect.stringMatching(
        /^built-in\/mean-latency <= baseline \+ 5 % \(95 % sure\) is violated by version 1: \+20 % \[\d.* %, \d.* % at 95 %\] against the baseline\.$/,
      ),
      'built-in/mean-latency <= baseline + 5 % (95 % sure) is satisfied by version 0: 7.50 msec.',
      'built-in/p95 <= 50 (95 % sure) is satisfied by all versions.',
    ]);
  });

  it('name a winner with the difference, or the reason for none and what would decide', () => {
    const min = { max: [], min: ['built-in/mean-latency'] };
    const far = insightsOf(loadOf(evenly(500, 5, 10)), loadOf(evenly(500, 6, 12)));
    expect(concluded(far, [], min)).toEqual([
      expect.stringMatching(
        /^By the lowest built-in\/mean-latency, the winner is version 0, 95 % sure: -1\.50 \[.*\] \(msec\) against version 1, p < 0\.001 \(Welch\)\.$/,
      ),
    ]);
    const near = insightsOf(loadOf(evenly(500, 5, 10)), loadOf(evenly(500, 5, 10.1)));
    expect(concluded(near, [], min)).toEqual([
      expect.stringMatching(
        /^By the lowest built-in\/mean-latency, no winner: the difference to version 1 may be chance; version 0 is ahead: .*; about [\d,]+ more .* of each version would decide, if the difference stays as it is\.$/,
      ),
    ]);
  });

  it('put data that cannot be trusted before all else', () => {
    const assignment = {
      application: 'shop',
      weights: [50, 50],
      exposed: [1000, 1400],
      valued: {},
      denominators: {},
    };
    const [first, ...others] = concluded({ ...insightsOf(loadOf([1]), loadOf([1])), assignment }, [p95(50)]);
    expect(first).toMatch(
      /^The data cannot be trusted, so nothing is decided: users of shop by version are 1000 to 1400, .*sample ratio mismatch/,
    );
    expect(others).toHaveLength(2);
  });

  it('contain the number of the look, and whether more data can change them', () => {
    const rate: Slo = { metric: 'built-in/error-rate', bound: 'upper', limit: 0.2, confidence: 0.95 };
    const assessed = (errors: number) => assess(insightsOf(withErrors(400, errors)), [rate], none, { plannedLooks: 5 });
    const certain = conclusions(resultOf(assessed(2)));
    expect(certain).toContainEqual(
      expect.stringMatching(/^This is look 1 at these data; intervals .* hold at every look/),
    );
    expect(certain).toContain('The verdict is certain: at the stated confidence, more data cannot change it.');
    expect(conclusions(resultOf(assessed(78))).join('\n')).not.toContain('The verdict is certain');
  });

  it('are left out if true and false are enough', () => {
    const plain: Slo = { metric: 'built-in/p95', bound: 'upper', limit: 50 };
    const needed = (slos: readonly Slo[], rewards: Rewards = none): boolean =>
      needConclusions(resultOf(assess(insightsOf(loadOf(evenly(200, 5, 10))), slos, rewards)));
    expect(needed([plain])).toBe(false);
    expect(needed([p95(50)])).toBe(true);
    expect(needed([{ ...plain, limit: 8 }])).toBe(true);
    expect(needed([plain], { max: [], min: ['built-in/mean-latency'] })).toBe(true);
  });
});
