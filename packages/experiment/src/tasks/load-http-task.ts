import { runHttpLoad } from '../load/run-http-load.js';
import type { Insights } from '../result/experiment-result.js';
import { mergeLoads } from '../result/load-summary.js';
import type { HttpLoadInput } from '../spec/http-load-input.js';
import { planHttpLoads, type ErrorRange, type HttpLoadJob } from './http-load-plan.js';
import type { TaskContext, TaskInsights } from './task-context.js';
import { withVersions } from './version-count.js';

/** Loads each version and endpoint in turn; what earlier loops measured of the same ones adds up. */
export async function loadHttp(input: HttpLoadInput, earlier: TaskInsights, context: TaskContext): Promise<Insights> {
  let insights = withVersions(earlier, input.versionInfo?.length ?? 1);
  for (const job of await planHttpLoads(input, context.runFolder, context.signal)) {
    const summary = await runJob(job, context);
    // What a load was cut short after is no measurement.
    context.signal.throwIfAborted();
    const loads = insights.loads.map((groups, version) => {
      if (version !== job.version) return groups;
      const before = groups[job.group];
      return { ...groups, [job.group]: before === undefined ? summary : mergeLoads(before, summary) };
    });
    insights = { ...insights, loads };
  }
  return insights;
}

async function runJob(job: HttpLoadJob, context: TaskContext): ReturnType<typeof runHttpLoad> {
  const { httpEngine, signal } = context;
  const reading = {
    isError: (statusCode: number) => job.errorRanges.some((range) => includes(range, statusCode)),
    percentiles: job.percentiles,
  };
  if (job.warmupLimit !== undefined) {
    await runHttpLoad(httpEngine, { ...job.plan, limit: job.warmupLimit }, reading, () => undefined, signal);
    signal.throwIfAborted();
  }
  const { limit } = job.plan;
  const label = `version ${job.version} ${job.group}`;
  return runHttpLoad(
    httpEngine,
    job.plan,
    reading,
    (requests, elapsedMs) =>
      context.reportProgress(
        limit.kind === 'requests'
          ? { label, done: requests, total: limit.count, unit: 'requests' }
          : { label, done: Math.min(elapsedMs, limit.durationMs) / 1000, total: limit.durationMs / 1000, unit: 's' },
      ),
    signal,
  );
}

function includes({ lower = 0, upper = Infinity }: ErrorRange, statusCode: number): boolean {
  return statusCode >= lower && statusCode <= upper;
}
