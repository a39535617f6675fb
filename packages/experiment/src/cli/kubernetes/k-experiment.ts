import { setTimeout as wait } from 'node:timers/promises';
import { ExperimentError } from '../../experiment-error.js';
import { ExperimentCluster } from '../../kubernetes/experiment-cluster.js';
import type { ExperimentJob } from '../../kubernetes/experiment-job.js';
import type { ExperimentResult } from '../../result/experiment-result.js';
import type { MetricsStore } from '../../store/metrics-store.js';
import { openMetricsStore, type StoreChoice } from '../../store/open-metrics-store.js';
import { checkResult, timeoutMsOf, writeChecks, type AssertOptions, type Check } from '../assert-command.js';
import { parseConditions } from '../assert-condition.js';
import { EXIT_CODE, type CommandEnvironment, type ExitCode } from '../command-environment.js';
import { reportText, type ReportOptions } from '../report-command.js';

/** Which experiment a command is about. */
export type KLogOptions = { readonly group: string; readonly namespace?: string };
/** The flags of `redmeter k delete`. */
export type KDeleteOptions = KLogOptions & StoreChoice;
/** The flags of `redmeter k assert`. */
export type KAssertOptions = KDeleteOptions & Omit<AssertOptions, 'runDir'>;
/** The flags of `redmeter k report`. */
export type KReportOptions = KDeleteOptions & Pick<ReportOptions, 'output'>;

const POLL_INTERVAL_MS = 1000;
/** How far the clocks of the API server and of a node may differ, in milliseconds. */
const CLOCK_SKEW_MS = 30_000;

/** Holds the result of the latest Job to conditions; with a time-out it waits until they hold or the Job has ended. */
export async function kAssert(options: KAssertOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const conditions = parseConditions(options.condition);
  const deadlineMs = performance.now() + timeoutMsOf(options.timeout);
  const cluster = await ExperimentCluster.connect(options.namespace);
  for (;;) {
    const isOver = performance.now() >= deadlineMs || environment.signal.aborted;
    const job = await latestJob(cluster, options.group, isOver);
    if (job !== undefined) {
      const result = await withJobStore(job, options, environment, (store) => resultOf(store, job));
      const checks: Check[] =
        result === undefined
          ? conditions.map(({ name }) => ({ condition: name, holds: false }))
          : checkResult(result, conditions);
      if (isOver || job.state !== 'running' || checks.every(({ holds }) => holds)) {
        if (result === undefined) environment.writeError(`redmeter: ${missingResult(job)}\n`);
        return writeChecks(checks, options, environment);
      }
    }
    await wait(Math.min(POLL_INTERVAL_MS, Math.max(1, deadlineMs - performance.now())));
  }
}

/** Prints a report of the result of the latest Job. */
export async function kReport(options: KReportOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const job = await latestJobOf(options);
  return withJobStore(job, options, environment, async (store) => {
    const result = await resultOf(store, job);
    if (result === undefined) throw new ExperimentError('invalid_usage', missingResult(job));
    environment.writeOut(reportText(options.output, result));
    return EXIT_CODE.holds;
  });
}

/** Prints what the pods of the latest Job have printed. */
export async function kLog(options: KLogOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const cluster = await ExperimentCluster.connect(options.namespace);
  const job = await latestJob(cluster, options.group, true);
  const texts = await cluster.logs(job?.name ?? '');
  if (texts.length === 0) {
    throw new ExperimentError('invalid_usage', `expected pods of the Job ${job?.name ?? ''}, found none`);
  }
  for (const text of texts) environment.writeOut(text === '' || text.endsWith('\n') ? text : `${text}\n`);
  return EXIT_CODE.holds;
}

/** Deletes the Jobs and CronJobs of an experiment, and their results. */
export async function kDelete(options: KDeleteOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const cluster = await ExperimentCluster.connect(options.namespace);
  // First what makes new Jobs.
  for (const name of await cluster.deleteCronJobs(options.group)) environment.writeOut(`deleted CronJob ${name}\n`);
  for (const job of await cluster.jobs(options.group)) {
    const isRemoved = await withJobStore(job, options, environment, (store) => store.remove(job.resultName));
    await cluster.deleteJob(job.name);
    environment.writeOut(`deleted Job ${job.name}${isRemoved ? ' and its result' : ''}\n`);
  }
  return EXIT_CODE.holds;
}

async function latestJobOf({ group, namespace }: KLogOptions): Promise<ExperimentJob> {
  const job = await latestJob(await ExperimentCluster.connect(namespace), group, true);
  if (job === undefined) throw new Error('expected a Job, or an error');
  return job;
}

async function latestJob(
  cluster: ExperimentCluster,
  experiment: string,
  mustBeThere: boolean,
): Promise<ExperimentJob | undefined> {
  const [latest] = await cluster.jobs(experiment);
  if (latest !== undefined || !mustBeThere) return latest;
  throw new ExperimentError(
    'invalid_usage',
    `expected a Job of the experiment "${experiment}" in the namespace ${cluster.namespace}, found none; -g and -n name another`,
  );
}

/** The result that this Job has stored; undefined when there is none, or one of an earlier Job. */
async function resultOf(store: MetricsStore, job: ExperimentJob): Promise<ExperimentResult | undefined> {
  const result = (await store.get(job.resultName))?.result;
  const startedAtMs = Date.parse(result?.startTime ?? '');
  return startedAtMs < job.createdAtMs - CLOCK_SKEW_MS ? undefined : result;
}

function missingResult({ name, state, reason, resultName }: ExperimentJob): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  return `expected the result "${resultName}" of the Job ${name} in the metrics store, found none; the Job ${
    state === 'running' ? 'has not ended' : state
  }${why}`;
}

/** Uses the metrics store of flags and environment, else the one that the Job names. */
async function withJobStore<T>(
  job: ExperimentJob,
  choice: StoreChoice,
  { variables }: CommandEnvironment,
  use: (store: MetricsStore) => Promise<T>,
): Promise<T> {
  const isChosen = [
    choice.metricsImplementation,
    choice.metricsRedisAddress,
    variables['METRICS_IMPLEMENTATION'],
    variables['METRICS_REDIS_ADDRESS'],
  ].some((given) => given !== undefined && given !== '');
  const ofJob: StoreChoice =
    job.storeAddress === undefined
      ? { metricsImplementation: 'redis' }
      : { metricsImplementation: 'redis', metricsRedisAddress: job.storeAddress };
  const store = await openMetricsStore(isChosen ? { metricsImplementation: 'redis', ...choice } : ofJob, variables);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
