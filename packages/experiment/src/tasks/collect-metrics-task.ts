import { recordedBetween } from '@redmeter/metric-reader';
import { readBackendTemplate, type BackendMetric, type BackendQuery } from '../backends/backend-template.js';
import { askHttpBackend, type BackendAnswer } from '../backends/http-backend.js';
import { jqValue, type JqValue } from '../backends/jq-value.js';
import { RecordedAnswer } from '../backends/recorded-answer.js';
import { askRedisBackend } from '../backends/redis-backend.js';
import { settledSnapshot } from '../backends/settled-snapshot.js';
import type { Insights } from '../result/experiment-result.js';
import type { CollectMetricsInput } from '../spec/collect-metrics-input.js';
import { withEarlierLoops } from './add-loops.js';
import { infoOf, withMetric, withSkip, type Collected } from './collected-metric.js';
import { explainMetric } from './explain-metric.js';
import { isRedisUrl, readForScope, scopeOf, startMsOf, timeValues, type ScopedBackend } from './metric-scope.js';
import { readTemplates, type MetricTemplate } from './metric-templates.js';
import type { RunPart } from './run-part.js';
import { Secrets } from './secrets.js';
import type { TaskContext, TaskInsights } from './task-context.js';
import { withVersions } from './version-count.js';

const NOT_READ =
  'Redis was not read before: no load or script has run, or the template could not be read when the run began; "over: total" gives what was counted since the metrics began';

/** The query of a back end for one version, and its time range. */
type VersionQuery = {
  readonly query: BackendQuery;
  readonly scope: ScopedBackend;
  readonly part: RunPart | undefined;
  readonly provider: string;
  readonly version: number;
};

/** Finds the value of one metric; the JSON it is found in comes with it. */
type Ask = (metric: BackendMetric) => Promise<{ readonly answer: BackendAnswer; readonly found: JqValue }>;

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
      for (const template of templates) {
        const asked = await queryOf(input, template, version, values, context);
        insights = await collectVersion(asked, insights, secrets, context);
      }
    }
    return insights;
  });
}

async function queryOf(
  input: CollectMetricsInput,
  template: MetricTemplate,
  version: number,
  values: Readonly<Record<string, unknown>>,
  context: TaskContext,
): Promise<VersionQuery> {
  const startMs = startMsOf(values['startingTime'] ?? context.startTime);
  const scope = scopeOf(input, readForScope(template, values), values);
  const { over, ...backend } = scope;
  const part = over === 'run' ? await context.parts.partOf({ ...backend, version }) : undefined;
  const nowMs = context.nowMs();
  const since = over === 'run' ? context.parts.startMs : startMs;
  const query = readBackendTemplate(template.text, template.file, {
    ...values,
    ...timeValues(part ?? { startMs: since, endMs: nowMs, lastedMs: nowMs - since }, nowMs),
    elapsedTimeSeconds: Math.max(0, Math.floor((nowMs - startMs) / 1000)),
  });
  return { query, scope, part, provider: template.provider, version };
}

async function collectVersion(
  asked: VersionQuery,
  before: Insights,
  secrets: Secrets,
  context: TaskContext,
): Promise<Insights> {
  const { query, scope, provider, version } = asked;
  let insights = before;
  const ask = await askerOf(asked, context);
  for (const metric of query.metrics) {
    context.signal.throwIfAborted();
    const name = `${provider}/${metric.name}`;
    const { answer, found: ofLoop } = await ask(metric);
    context.explain?.(explainMetric({ name, version, query, metric, answer, found: ofLoop }, secrets));
    const isOfLoop = scope.over === 'run' && context.since === undefined;
    const found = isOfLoop ? withEarlierLoops(ofLoop, metric, name, version, context.earlierLoops) : ofLoop;
    insights =
      found.kind === 'failed'
        ? withSkip(insights, { metric: name, version, reason: secrets.redact(found.reason) })
        : withMetric(insights, version, { name, ...observedOf(found) }, infoOf(metric));
  }
  return insights;
}

async function askerOf({ query, scope, part }: VersionQuery, { signal }: TaskContext): Promise<Ask> {
  const { timeoutMs } = scope;
  if (!isRedisUrl(query.url)) {
    return async (metric) => found(await askHttpBackend(query, metric, timeoutMs, signal), metric);
  }
  // One reading of Redis holds all metrics.
  if (scope.over === 'total') {
    const answer = await askRedisBackend(query.url, timeoutMs, signal);
    return (metric) => found(answer, metric);
  }
  const recorded = part?.recorded ?? (await notRecorded(query.url, timeoutMs, signal));
  if ('failed' in recorded) {
    const outcome = { kind: 'failed', reason: recorded.failed } as const;
    return () => Promise.resolve({ answer: outcome, found: outcome });
  }
  const answer = new RecordedAnswer(recorded.recorded, recorded.end);
  return async (metric) => ({
    answer: { kind: 'answer', json: answer.json },
    found: await answer.value(metric.jqExpression),
  });
}

/** What is known of a Redis that was not read before: gauges. */
async function notRecorded(
  redisUrl: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<NonNullable<RunPart['recorded']>> {
  const read = await settledSnapshot(redisUrl, { settleMs: 0, timeoutMs, signal });
  if (read.kind === 'failed') return { failed: read.reason };
  const { snapshot } = read.value;
  const { series } = recordedBetween(snapshot, snapshot);
  return { recorded: { series, gaps: [{ reason: NOT_READ }] }, end: snapshot };
}

async function found(answer: BackendAnswer, metric: BackendMetric): ReturnType<Ask> {
  return { answer, found: answer.kind === 'answer' ? await jqValue(answer.json, metric.jqExpression) : answer };
}

function observedOf(value: Exclude<JqValue, { kind: 'failed' }>): Omit<Collected, 'name'> {
  return value.kind === 'value' ? { values: { '': value.value } } : value.observed;
}
