import type { LoadLimit, LoadPace } from '../load/load-engine.js';
import type { LoadJudgement } from '../load/early-checks.js';
import type { Load } from '../load/run-load.js';
import type { LoadReport } from '../load/summary-of.js';
import type { Insights } from '../result/experiment-result.js';
import { mergeLoads, type LoadSummary } from '../result/load-summary.js';
import { BUILT_IN_GROUP, canonicalMetricName, parseMetricName } from '../result/metric-name.js';
import type { EarlyEnding, FindEarlyEnding } from './early-ending.js';
import type { Secrets } from './secrets.js';
import type { TaskContext, TaskInsights } from './task-context.js';
import { withVersions } from './version-count.js';

/** One load of a task: one version, one endpoint, defaults resolved. */
export type LoadJob<Plan extends LoadPace> = LoadReport & {
  readonly version: number;
  /** The group of the metrics it gives. */
  readonly group: string;
  readonly load: Load<Plan>;
  readonly plan: Plan;
  /** Requests at the same time, at most. */
  readonly senders: number;
  /** What to send before, whose results are ignored. */
  readonly warmupLimit?: LoadLimit;
};

/** Runs loads one after another; what earlier loops measured of the same ones adds up. No secret stays in what is measured. */
export async function runLoadJobs<Plan extends LoadPace>(
  jobs: readonly LoadJob<Plan>[],
  numVersions: number,
  earlier: TaskInsights,
  secrets: Secrets,
  context: TaskContext,
  findEarlyEnding: FindEarlyEnding,
): Promise<Insights> {
  let insights = withVersions(earlier, numVersions);
  for (const job of jobs) {
    const ending = findEarlyEnding(insights, job);
    const summary = redacted(withEnding(await runJob(job, context, '', ending), ending), secrets);
    const { reason } = summary.earlyEnd ?? {};
    if (reason !== undefined) context.printOutput(`version ${job.version} ${job.group}: ${reason}\n`);
    // What a load was cut short after is no measurement.
    context.signal.throwIfAborted();
    const loads = insights.loads.map((groups, version) => {
      if (version !== job.version) return groups;
      const before = groups[job.group];
      return { ...groups, [job.group]: before === undefined ? summary : mergeLoads(before, summary) };
    });
    const metricValues = insights.metricValues.map((values, version) =>
      version === job.version ? withoutMetricsOf(job.group, values) : values,
    );
    insights = { ...withoutHistogramsOf(job, insights), loads, metricValues };
  }
  await context.parts.afterLoads();
  return insights;
}

/** Runs loads one after another and keeps nothing of them. */
export async function warmUp<Plan extends LoadPace>(
  jobs: readonly LoadJob<Plan>[],
  context: TaskContext,
): Promise<void> {
  for (const job of jobs) {
    await runJob(job, context, 'warm-up ');
    context.signal.throwIfAborted();
  }
}

// A result of Iter8 holds values without the load behind them: they are older than the load.
function withoutMetricsOf(group: string, values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !isMetricOf(group, name)));
}

function withoutHistogramsOf({ group, version }: { group: string; version: number }, insights: Insights): Insights {
  const { histograms, ...others } = insights;
  if (histograms === undefined) return insights;
  const names = group === BUILT_IN_GROUP ? [`${group}/latency`, 'http/latency'] : [`${group}/latency`];
  const kept = histograms.map((ofVersion, index) =>
    index === version
      ? Object.fromEntries(Object.entries(ofVersion).filter(([name]) => !names.includes(name)))
      : ofVersion,
  );
  return { ...others, histograms: kept };
}

function isMetricOf(group: string, name: string): boolean {
  const reference = parseMetricName(name);
  // By another name than its own it is of a back end.
  return reference.source === 'load' && reference.group === group && canonicalMetricName(name) === name;
}

// The reason for a missing answer is in the engine's words, which may repeat its input.
function redacted(summary: LoadSummary, secrets: Secrets): LoadSummary {
  const failures: Record<string, number> = {};
  for (const [reason, count] of Object.entries(summary.failures)) {
    const shown = secrets.redact(reason);
    failures[shown] = (failures[shown] ?? 0) + count;
  }
  return { ...summary, failures };
}

async function runJob<Plan extends LoadPace>(
  job: LoadJob<Plan>,
  context: TaskContext,
  kind = '',
  ending?: EarlyEnding,
): Promise<LoadSummary> {
  const { load, plan, warmupLimit } = job;
  const { signal } = context;
  if (warmupLimit !== undefined) {
    await context.parts.beforeWarmup();
    await load({ ...plan, limit: warmupLimit }, job, () => undefined, signal);
    signal.throwIfAborted();
  }
  await context.parts.beforeLoad(job.version);
  const { limit } = plan;
  const label = `${kind}version ${job.version} ${job.group}`;
  return load(
    plan,
    job,
    (requests, elapsedMs) =>
      context.reportProgress(
        limit.kind === 'requests'
          ? { label, done: requests, total: limit.count, unit: 'requests' }
          : { label, done: Math.min(elapsedMs, limit.durationMs) / 1000, total: limit.durationMs / 1000, unit: 's' },
      ),
    signal,
    ending === undefined ? undefined : judgementOf(job, ending),
  );
}

function judgementOf<Plan extends LoadPace>({ senders }: LoadJob<Plan>, ending: EarlyEnding): LoadJudgement {
  return { senders, isOver: (load, underWay) => ending.isOver(load, underWay) };
}

function withEnding(summary: LoadSummary, ending: EarlyEnding | undefined): LoadSummary {
  if (ending === undefined) return summary;
  const plannedSize = ending.plannedSizeFor(summary);
  const reason = ending.reasonAfter(summary.requests);
  return { ...summary, earlyEnd: { plannedSize, ...(reason === undefined ? {} : { reason }) } };
}
