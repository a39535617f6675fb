import type { Assignment, DataCheck } from '../result/data-check.js';
import type { Insights } from '../result/experiment-result.js';
import type { Covariate } from '../result/metric-sample.js';
import { equalProportionsTest, splitSequence, splitTest } from './statistics/counts-test.js';
import { differenceOfEstimates, studentPValue } from './statistics/estimate.js';
import { meanEstimate } from './statistics/mean.js';
import { mergePairs } from './statistics/paired-moments.js';
import { sequentialPValue } from './statistics/sequential-mixture.js';

/** Below it a check fails: so rarely by chance that something is wrong (Fabijan et al., "Diagnosing Sample Ratio Mismatch", KDD 2019, with the chi-squared test). */
const MIN_P_VALUE = 0.001;

// The metrics of an A/B/n test that speak of all users who were sent to a version, whether they gave a value or not.
const OF_ALL_EXPOSED = /\/(?:user-share|exposed-mean|user-count|count)$/;

const PREFIX = 'abn/';

/** Checks whether the versions of an A/B/n test can be compared; none where there is no such test. */
export function checkData({ assignment, metricSamples = [], looks }: Insights): DataCheck[] {
  if (assignment === undefined || assignment.exposed.length < 2) return [];
  const isForEveryLook = looks?.validity === 'every look';
  const covariates = metricSamples.map((samples) =>
    Object.values(samples).flatMap((sample) =>
      sample.kind === 'mean' && sample.covariate !== undefined ? [sample.covariate] : [],
    ),
  );
  return [
    checkSplit(assignment, isForEveryLook),
    ...Object.entries(assignment.valued).map(([metric, valued]) =>
      checkAttrition(metric, assignment, valued, isForEveryLook),
    ),
    ...(covariates[0] ?? []).flatMap((first) =>
      covariates
        .slice(1)
        .flatMap((ofVersion) => ofVersion.filter(({ metric }) => metric === first.metric))
        .flatMap((later) => checkCovariate(first, later, isForEveryLook)),
    ),
  ];
}

/** Why nothing can be decided by a metric: the check that fails; undefined where none does. */
export function failedCheckOf(insights: Insights, metric: string): string | undefined {
  if (!metric.startsWith(PREFIX) || metric === `${PREFIX}user-count`) return undefined;
  return insights.checks?.find((check) => !check.holds && covers(check, insights, metric))?.finding;
}

function covers({ kind, metric: checked = '' }: DataCheck, insights: Insights, metric: string): boolean {
  switch (kind) {
    case 'split':
      return true;
    case 'attrition': {
      const [, ratio] = /^abn\/([^/]+)\/ratio$/.exec(metric) ?? [];
      const isOfThose = metric.startsWith(`${PREFIX}${checked}/`) && !OF_ALL_EXPOSED.test(metric);
      return isOfThose || (ratio !== undefined && insights.assignment?.denominators[ratio] === checked);
    }
    case 'covariate':
      return (insights.metricSamples ?? []).some((samples) => {
        const sample = samples[metric];
        return sample?.kind === 'mean' && sample.covariate?.metric === checked;
      });
  }
}

function checkSplit({ application, exposed, weights }: Assignment, isForEveryLook: boolean): DataCheck {
  const total = sum(exposed);
  const shares = weights.map((weight) => weight / sum(weights));
  const weighted = shares.flatMap((share, index) => (share > 0 ? [index] : []));
  const counts = weighted.map((index) => exposed[index] ?? 0);
  const stray = total - sum(counts);
  const test = isForEveryLook ? splitSequence : splitTest;
  const ofWeighted = weighted.map((index) => weights[index] ?? 0);
  const pValue = stray > 0 ? 0 : weighted.length < 2 ? 1 : test(counts, ofWeighted);
  const expected = shares.map((share) => Math.round(share * total)).join(' to ');
  const holds = pValue >= MIN_P_VALUE;
  const seen = `users of ${application} by version are ${exposed.join(' to ')}, by weight they would be about ${expected}`;
  return {
    kind: 'split',
    holds,
    pValue,
    finding: holds
      ? seen
      : `${seen}: sample ratio mismatch (${describeP(pValue)}); users were lost or sent elsewhere, or the weights changed meanwhile`,
  };
}

function checkAttrition(
  metric: string,
  { exposed }: Assignment,
  valued: readonly number[],
  isForEveryLook: boolean,
): DataCheck {
  const proportions = exposed.flatMap((trials, index) =>
    trials > 0 ? [{ successes: valued[index] ?? 0, trials }] : [],
  );
  const ofThisLook = equalProportionsTest(proportions);
  const pValue = isForEveryLook ? sequentialPValue(ofThisLook, 1 - MIN_P_VALUE, 1) : ofThisLook;
  const holds = pValue >= MIN_P_VALUE;
  const seen = `${metric} has a value of ${exposed.map((users, index) => `${valued[index] ?? 0} of ${users}`).join(' and ')} users by version`;
  return {
    kind: 'attrition',
    metric,
    holds,
    pValue,
    finding: holds
      ? seen
      : `${seen}: attrition differs (${describeP(pValue)}), so users with a value are not comparable; if no value means 0, judge ${PREFIX}${metric}/exposed-mean`,
  };
}

function checkCovariate(one: Covariate, other: Covariate, isForEveryLook: boolean): DataCheck[] {
  const [first, later] = [one, other].map(({ pairs }) =>
    meanEstimate({ count: pairs.count, mean: pairs.otherMean, squaredDeviations: pairs.otherSquaredDeviations }),
  );
  if (first === undefined || later === undefined || mergePairs(one.pairs, other.pairs).otherSquaredDeviations === 0) {
    return [];
  }
  const difference = differenceOfEstimates(later, first);
  if (difference.standardError === 0) return [];
  const ofThisLook = studentPValue(difference);
  const pValue = isForEveryLook ? sequentialPValue(ofThisLook, 1 - MIN_P_VALUE, 1) : ofThisLook;
  const holds = pValue >= MIN_P_VALUE;
  const seen = `the covariate ${one.metric} is ${first.value} and ${later.value} on average`;
  return [
    {
      kind: 'covariate',
      metric: one.metric,
      holds,
      pValue,
      finding: holds
        ? seen
        : `${seen}: before the experiment versions cannot differ (${describeP(pValue)}): it was written later, or users were not assigned at random`,
    },
  ];
}

function describeP(pValue: number): string {
  return pValue < 0.001 ? 'p < 0.001' : `p = ${Number(pValue.toPrecision(2))}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
