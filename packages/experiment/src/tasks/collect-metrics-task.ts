import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readBackendTemplate, type BackendMetric, type BackendQuery } from '../backends/backend-template.js';
import { askHttpBackend, type BackendAnswer } from '../backends/http-backend.js';
import { jqValue, type JqValue } from '../backends/jq-value.js';
import { askRedisBackend } from '../backends/redis-backend.js';
import { SHIPPED_TEMPLATES, shippedTemplatePath } from '../backends/shipped-templates.js';
import { ExperimentError, messageOf } from '../experiment-error.js';
import type { Insights, MetricInfo, SkippedMetric } from '../result/experiment-result.js';
import type { MetricSample } from '../result/metric-sample.js';
import type { CollectMetricsInput } from '../spec/collect-metrics-input.js';
import { nearestName } from '../spec/nearest-name.js';
import { isHttpUrl } from '../spec/url-schema.js';
import { Secrets } from './secrets.js';
import { fetchNamedUrl, shownUrl } from './spec-content.js';
import type { TaskContext, TaskInsights } from './task-context.js';
import { withVersions } from './version-count.js';

const DEFAULT_TIMEOUT_MS = 10_000;

type Template = { readonly provider: string; readonly file: string; readonly text: string };

/** Asks each back end for each of its metrics, for each version. A metric without a usable value is skipped with its reason. */
export async function collectMetrics(
  input: CollectMetricsInput,
  earlier: TaskInsights,
  context: TaskContext,
): Promise<Insights> {
  const versions = input.versionValues ?? input.versionInfo ?? [{}];
  const secrets = new Secrets(context.environment);
  return secrets.guard(async () => {
    const templates = await readTemplates(input, secrets, context);
    let insights = withVersions(earlier, versions.length);
    for (const [version, own] of versions.entries()) {
      const values: Record<string, unknown> = secrets.expandAll({ ...input.values, ...own });
      const startingTime = values['startingTime'] ?? context.startTime;
      const elapsedTimeSeconds = secondsSince(startingTime, context.nowMs());
      for (const template of templates) {
        const query = readBackendTemplate(template.text, template.file, { ...values, elapsedTimeSeconds });
        insights = await collectVersion(query, template.provider, version, insights, context, {
          timeoutMs: input.timeout ?? DEFAULT_TIMEOUT_MS,
          secrets,
        });
      }
    }
    return insights;
  });
}

async function collectVersion(
  query: BackendQuery,
  provider: string,
  version: number,
  before: Insights,
  context: TaskContext,
  { timeoutMs, secrets }: { timeoutMs: number; secrets: Secrets },
): Promise<Insights> {
  let insights = before;
  const isRedis = /^rediss?:/.test(query.url);
  // One reading of Redis holds all metrics.
  const fromRedis = isRedis ? await askRedisBackend(query.url, timeoutMs) : undefined;
  for (const metric of query.metrics) {
    context.signal.throwIfAborted();
    const answer: BackendAnswer = fromRedis ?? (await askHttpBackend(query, metric, timeoutMs, context.signal));
    const found = answer.kind === 'answer' ? await jqValue(answer.json, metric.jqExpression) : answer;
    const name = `${provider}/${metric.name}`;
    insights =
      found.kind === 'failed'
        ? withSkip(insights, { metric: name, version, reason: secrets.redact(found.reason) })
        : withMetric(insights, version, { name, ...observedOf(found) }, infoOf(metric));
  }
  return insights;
}

/** A metric of a back end: its values by what follows its name, and the observations behind them where it tells. */
type Collected = {
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
  readonly sample?: MetricSample;
};

function observedOf(found: Exclude<JqValue, { kind: 'failed' }>): Omit<Collected, 'name'> {
  return found.kind === 'value' ? { values: { '': found.value } } : found.observed;
}

function withMetric(
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

// A value of an earlier loop is no value of this one.
function withSkip(insights: Insights, skipped: SkippedMetric): Insights {
  const isOther = (skip: SkippedMetric): boolean => skip.metric !== skipped.metric || skip.version !== skipped.version;
  return {
    ...withoutMetric(insights, skipped.version, skipped.metric),
    skippedMetrics: [...insights.skippedMetrics.filter(isOther), skipped],
  };
}

function infoOf({
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

async function readTemplates(input: CollectMetricsInput, secrets: Secrets, context: TaskContext): Promise<Template[]> {
  const sources = [
    ...Object.entries(secrets.expandAll(input.templates ?? {})),
    ...(input.providers ?? []).map((provider) => [provider, `${provider}.metrics.yaml`] as const),
  ];
  return Promise.all(
    sources.map(async ([provider, place]) => ({
      provider,
      file: isHttpUrl(place) ? shownUrl(place) : place,
      text: await readTemplate(provider, place, context),
    })),
  );
}

async function readTemplate(provider: string, place: string, { runFolder, signal }: TaskContext): Promise<string> {
  if (isHttpUrl(place)) return (await fetchNamedUrl(`templates.${provider}`, place, signal)).toString();
  try {
    return await readFile(
      SHIPPED_TEMPLATES.includes(place) ? shippedTemplatePath(place) : resolve(runFolder, place),
      'utf8',
    );
  } catch (cause) {
    const nearest = nearestName(place, SHIPPED_TEMPLATES);
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    throw new ExperimentError(
      'task_failed',
      `expected the template ${place}, a file, a URL or one of ${SHIPPED_TEMPLATES.join(', ')}, got ${messageOf(cause)}${hint}`,
      { cause },
    );
  }
}

function secondsSince(startingTime: unknown, nowMs: number): number {
  const startMs = typeof startingTime === 'string' ? Date.parse(startingTime) : NaN;
  if (Number.isNaN(startMs)) {
    throw new ExperimentError(
      'task_failed',
      `expected startingTime to be a time such as 2026-11-20T12:00:00Z, got ${JSON.stringify(startingTime)}`,
    );
  }
  return Math.max(0, Math.floor((nowMs - startMs) / 1000));
}
