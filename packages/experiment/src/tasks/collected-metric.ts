import type { BackendMetric } from '../backends/backend-template.js';
import type { Insights, MetricInfo, SkippedMetric } from '../result/experiment-result.js';
import type { MetricSample } from '../result/metric-sample.js';

/** A metric of a back end: its values by what follows its name, and the observations behind them where it has them. */
export type Collected = {
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
  readonly sample?: MetricSample;
};

/** The insights with the new values of a metric in the place of those before. */
export function withMetric(
  before: Insights,
  version: number,
  { name, values, sample }: Collected,
  info: MetricInfo,
): Insights {
  const insights = withoutMetric(before, version, name);
  const named = Object.fromEntries(Object.entries(values).map(([rest, value]) => [`${name}${rest}`, value]));
  // How many values there are has not the unit of the values.
  const countInfo = infoOf({ type: info.type, description: info.description });
  const infos = Object.keys(named).map((each) => [each, each === `${name}/count` ? countInfo : info] as const);
  const metricSamples = insights.loads.map((_, index) => insights.metricSamples?.[index] ?? {});
  return {
    ...insights,
    metricsInfo: { ...insights.metricsInfo, ...Object.fromEntries(infos), [name]: info },
    metricValues: insights.metricValues.map((known, index) => (index === version ? { ...known, ...named } : known)),
    ...(sample === undefined
      ? {}
      : {
          metricSamples: metricSamples.map((known, index) =>
            index === version ? { ...known, [name]: sample } : known,
          ),
        }),
    skippedMetrics: insights.skippedMetrics.filter((skip) => skip.metric !== name || skip.version !== version),
  };
}

/** Without what an earlier loop knew of a metric: its value, or all that came of its histogram, and its observations. */
function withoutMetric(insights: Insights, version: number, name: string): Insights {
  const samples = insights.metricSamples;
  const isHistogram = samples?.[version]?.[name]?.kind === 'histogram';
  const isOther = ([known]: readonly [string, unknown]): boolean =>
    known !== name && !(isHistogram && known.startsWith(`${name}/`));
  return {
    ...insights,
    metricValues: insights.metricValues.map((values, index) =>
      index === version ? Object.fromEntries(Object.entries(values).filter(isOther)) : values,
    ),
    ...(samples === undefined
      ? {}
      : {
          metricSamples: samples.map((known, index) =>
            index === version ? Object.fromEntries(Object.entries(known).filter(([of]) => of !== name)) : known,
          ),
        }),
  };
}

/** The insights without a value of a metric, and why. */
export function withSkip(insights: Insights, skipped: SkippedMetric): Insights {
  const isOther = (skip: SkippedMetric): boolean => skip.metric !== skipped.metric || skip.version !== skipped.version;
  return {
    ...withoutMetric(insights, skipped.version, skipped.metric),
    skippedMetrics: [...insights.skippedMetrics.filter(isOther), skipped],
  };
}

/** The definition of a metric in a template. */
export function infoOf({
  type,
  description,
  units,
}: Partial<Pick<BackendMetric, 'description' | 'units'>> & { readonly type?: string | undefined }): MetricInfo {
  return {
    ...(type === undefined ? {} : { type: type.toLowerCase() }),
    ...(description === undefined ? {} : { description }),
    ...(units === undefined ? {} : { units }),
  };
}
