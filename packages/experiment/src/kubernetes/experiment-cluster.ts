import { setTimeout as wait } from 'node:timers/promises';
import type {
  BatchV1Api,
  ConfigurationOptions,
  CoreV1Api,
  ObservableMiddleware,
  V1CronJob,
  V1Job,
} from '@kubernetes/client-node';
import { clusterFailure, httpCodeOf, isMissingObject, isTransient } from './api-failure.js';
import { readClusterAccess, type ClusterAccess } from './cluster-access.js';
import { EXPERIMENT_LABEL, readExperimentJob, type ExperimentJob } from './experiment-job.js';
import type { Plain } from './triggered-job.js';

type Client = typeof import('@kubernetes/client-node');

const REQUEST_TIMEOUT_MS = 30_000;
const RETRY_PAUSE_MS = 500;
const RETRY_MS = 5000;

/** The Jobs of experiments in one namespace. Every method rejects with ExperimentError `cluster_unavailable`. */
export class ExperimentCluster {
  readonly access: ClusterAccess;
  readonly namespace: string;
  readonly #client: Client;

  /** @param namespace By default that of the current context, or of the pod. */
  static async connect(namespace?: string): Promise<ExperimentCluster> {
    const access = await readClusterAccess();
    return new ExperimentCluster(access, namespace ?? access.namespace, await import('@kubernetes/client-node'));
  }

  private constructor(access: ClusterAccess, namespace: string, client: Client) {
    this.access = access;
    this.namespace = namespace;
    this.#client = client;
  }

  /** The same cluster, another namespace. */
  in(namespace: string): ExperimentCluster {
    return new ExperimentCluster(this.access, namespace, this.#client);
  }

  /** The Jobs of an experiment, the latest first. */
  async jobs(experiment: string): Promise<ExperimentJob[]> {
    const { items } = await this.#asking(() =>
      this.#batch().listNamespacedJob(this.#labelled(experiment), this.#options()),
    );
    return items.map(readExperimentJob).sort((one, other) => other.createdAtMs - one.createdAtMs);
  }

  /** The CronJob of an experiment; undefined when there is none. */
  async cronJob(name: string): Promise<V1CronJob | undefined> {
    return this.#asking(async () => {
      try {
        return await this.#batch().readNamespacedCronJob({ name, namespace: this.namespace }, this.#options());
      } catch (error) {
        if (isMissingObject(error)) return undefined;
        throw error;
      }
    });
  }

  /** Makes a Job. @returns whether it is new: one of the same name may be there already. */
  async createJob(body: Plain<V1Job>): Promise<boolean> {
    return this.#asking(async () => {
      try {
        await this.#batch().createNamespacedJob({ namespace: this.namespace, body }, this.#options());
        return true;
      } catch (error) {
        if (httpCodeOf(error) === 409) return false;
        throw error;
      }
    });
  }

  /** Deletes a Job with its pods; nothing when there is none. */
  async deleteJob(name: string): Promise<void> {
    const target = { name, namespace: this.namespace, propagationPolicy: 'Background' };
    await this.#asking(() => orNothing(this.#batch().deleteNamespacedJob(target, this.#options())));
  }

  /** Deletes a CronJob, and with it its Jobs. */
  async deleteCronJobs(experiment: string): Promise<string[]> {
    const { items } = await this.#asking(() =>
      this.#batch().listNamespacedCronJob(this.#labelled(experiment), this.#options()),
    );
    const names = items.flatMap(({ metadata }) => metadata?.name ?? []);
    for (const name of names) {
      const target = { name, namespace: this.namespace, propagationPolicy: 'Background' };
      await this.#asking(() => orNothing(this.#batch().deleteNamespacedCronJob(target, this.#options())));
    }
    return names;
  }

  /** What the pods of a Job have printed, the earliest pod first. */
  async logs(job: string): Promise<string[]> {
    const labelSelector = `job-name=${job}`;
    const { items } = await this.#asking(() =>
      this.#core().listNamespacedPod({ namespace: this.namespace, labelSelector }, this.#options()),
    );
    const createdMs = (pod: (typeof items)[number]): number => pod.metadata?.creationTimestamp?.getTime() ?? 0;
    const names = [...items]
      .sort((one, other) => createdMs(one) - createdMs(other))
      .flatMap(({ metadata }) => metadata?.name ?? []);
    const texts: string[] = [];
    for (const name of names) {
      const target = { name, namespace: this.namespace };
      texts.push(await this.#asking(() => this.#core().readNamespacedPodLog(target, this.#options())));
    }
    return texts;
  }

  #batch(): BatchV1Api {
    return this.access.config.makeApiClient(this.#client.BatchV1Api);
  }

  #core(): CoreV1Api {
    return this.access.config.makeApiClient(this.#client.CoreV1Api);
  }

  #labelled(experiment: string): { namespace: string; labelSelector: string } {
    return { namespace: this.namespace, labelSelector: `${EXPERIMENT_LABEL}=${experiment}` };
  }

  #options(): ConfigurationOptions {
    const { Observable } = this.#client;
    const middleware: ObservableMiddleware = {
      pre(context) {
        context.setSignal(AbortSignal.timeout(REQUEST_TIMEOUT_MS));
        return new Observable(Promise.resolve(context));
      },
      post: (context) => new Observable(Promise.resolve(context)),
    };
    return { middleware: [middleware], middlewareMergeStrategy: 'append' };
  }

  // Every request may be repeated: each says what is to be there, not what to change.
  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    const deadlineMs = performance.now() + RETRY_MS;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!isTransient(error) || performance.now() >= deadlineMs) throw clusterFailure(error, this.access);
        await wait(RETRY_PAUSE_MS);
      }
    }
  }
}

async function orNothing(deleting: Promise<unknown>): Promise<void> {
  try {
    await deleting;
  } catch (error) {
    if (!isMissingObject(error)) throw error;
  }
}
