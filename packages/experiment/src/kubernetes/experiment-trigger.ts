import type { V1Deployment } from '@kubernetes/client-node';
import { setTimeout as wait } from 'node:timers/promises';
import { ExperimentError, messageOf } from '../experiment-error.js';
import type { ExperimentCluster } from './experiment-cluster.js';
import { experimentOf, isRolledOut, triggeredJob, triggeredJobName } from './triggered-job.js';

const MIN_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 30_000;
/** Ended Jobs of a Deployment that stay, so that people can look at them. */
const KEPT_JOBS = 10;

/**
 * Starts the experiment of each new pod template that has been rolled out, once: the name of the Job comes from the template, and
 * the Job of the present one is kept. So it makes no difference how often a Deployment is seen, nor by how many.
 */
export class ExperimentTrigger {
  readonly #cluster: ExperimentCluster;
  readonly #say: (line: string) => void;
  readonly #signal: AbortSignal;
  readonly #waiting = new Map<string, V1Deployment>();
  /** The Job of each Deployment, once it is there. */
  readonly #started = new Map<string, string>();
  readonly #said = new Map<string, string>();
  #isBusy = false;

  constructor(cluster: ExperimentCluster, say: (line: string) => void, signal: AbortSignal) {
    this.#cluster = cluster;
    this.#say = say;
    this.#signal = signal;
  }

  /** Takes a Deployment as it is now. */
  see(deployment: V1Deployment): void {
    const key = keyOf(deployment);
    const experiment = experimentOf(deployment);
    if (experiment === undefined || !isRolledOut(deployment)) this.#waiting.delete(key);
    else if (this.#started.get(key) !== triggeredJobName(experiment, deployment)) {
      this.#waiting.set(key, deployment);
      void this.#work();
    }
  }

  /** Forgets a Deployment that is gone. */
  forget(deployment: V1Deployment): void {
    const key = keyOf(deployment);
    for (const kept of [this.#waiting, this.#started, this.#said]) kept.delete(key);
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let pauseMs = MIN_PAUSE_MS; this.#waiting.size > 0 && !this.#signal.aborted;) {
      const before = [...this.#waiting];
      for (const [key, deployment] of before) await this.#start(key, deployment);
      const isStuck = before.every(([key, deployment]) => this.#waiting.get(key) === deployment);
      if (!isStuck) pauseMs = MIN_PAUSE_MS;
      else {
        // A rejection says only that this has been stopped.
        await wait(pauseMs, undefined, { signal: this.#signal }).catch(() => undefined);
        pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
      }
    }
    this.#isBusy = false;
  }

  async #start(key: string, deployment: V1Deployment): Promise<void> {
    const experiment = experimentOf(deployment) ?? '';
    const cluster = this.#cluster.in(deployment.metadata?.namespace ?? 'default');
    try {
      const cronJob = await cluster.cronJob(experiment);
      if (cronJob === undefined) {
        throw new ExperimentError(
          'invalid_usage',
          `expected a CronJob ${experiment} with the experiment, found none; install charts/experiment with trigger=deployment`,
        );
      }
      const job = triggeredJob(cronJob, deployment, experiment);
      const name = triggeredJobName(experiment, deployment);
      if (await cluster.createJob(job)) this.#say(`${key}: started the Job ${name}`);
      this.#started.set(key, name);
      // It may have changed meanwhile.
      if (this.#waiting.get(key) === deployment) this.#waiting.delete(key);
      this.#said.delete(key);
      await removeOldJobs(cluster, experiment, deployment.metadata?.uid);
    } catch (error) {
      const line = `${key}: ${messageOf(error)}`;
      if (this.#said.get(key) !== line) this.#say(line);
      this.#said.set(key, line);
    }
  }
}

async function removeOldJobs(
  cluster: ExperimentCluster,
  experiment: string,
  ownerId: string | undefined,
): Promise<void> {
  const jobs = await cluster.jobs(experiment);
  const ended = jobs.filter((job) => job.ownerId === ownerId && job.state !== 'running');
  for (const { name } of ended.slice(KEPT_JOBS)) await cluster.deleteJob(name);
}

function keyOf({ metadata }: V1Deployment): string {
  return `${metadata?.namespace ?? 'default'}/${metadata?.name ?? ''}`;
}
