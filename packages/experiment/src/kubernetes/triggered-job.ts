import type { V1CronJob, V1Deployment, V1EnvVar, V1Job } from '@kubernetes/client-node';
import { createHash } from 'node:crypto';
import { EXPERIMENT_LABEL, RESULT_ANNOTATION, RESULT_VARIABLE } from './experiment-job.js';

// A Job's name is a label of its pods, too.
const MAX_NAME_LENGTH = 63;
const HASH_LENGTH = 10;

/** The experiment that a Deployment names by its label. */
export function experimentOf({ metadata }: V1Deployment): string | undefined {
  const name = metadata?.labels?.[EXPERIMENT_LABEL];
  return name === '' ? undefined : name;
}

/** Whether all pods of a Deployment are of its present template and available, as `kubectl rollout status` sees it; without pods never. */
export function isRolledOut({ metadata, spec, status }: V1Deployment): boolean {
  const wanted = spec?.replicas ?? 1;
  return (
    wanted > 0 &&
    (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
    status?.updatedReplicas === wanted &&
    status.replicas === wanted &&
    status.availableReplicas === wanted
  );
}

/** The same text for the same pod template of the same Deployment, of `HASH_LENGTH` hexadecimal digits. */
function templateHash({ metadata, spec }: V1Deployment): string {
  const text = JSON.stringify([metadata?.uid ?? '', spec?.template], (_, value: unknown) => sorted(value));
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
}

/** The name of the Job for the present pod template of a Deployment: so a second one cannot be made. */
export function triggeredJobName(experiment: string, deployment: V1Deployment): string {
  const start = experiment.slice(0, MAX_NAME_LENGTH - HASH_LENGTH - 1).replace(/[-.]+$/, '');
  return `${start}-${templateHash(deployment)}`;
}

/** An object as it is in JSON, which no constructor has made. */
export type Plain<T> = T extends Date
  ? T
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [Key in keyof T]: Plain<T[Key]> }
      : T;

/** The Job that runs the experiment of a CronJob once, for a Deployment. It goes when the Deployment goes, and not before. */
export function triggeredJob(cronJob: Plain<V1CronJob>, deployment: V1Deployment, experiment: string): Plain<V1Job> {
  const template = cronJob.spec?.jobTemplate;
  const spec = template?.spec ?? { template: {} };
  const pod = spec.template.spec ?? { containers: [] };
  const namespace = deployment.metadata?.namespace ?? 'default';
  const name = triggeredJobName(experiment, deployment);
  const resultName = `${namespace}/${name}`;
  const variables: Plain<V1EnvVar>[] = [
    { name: RESULT_VARIABLE, value: resultName },
    { name: 'DEPLOYMENT', value: deployment.metadata?.name ?? '' },
    { name: 'VERSION', value: versionOf(deployment) },
  ];
  const names = new Set(variables.map((variable) => variable.name));
  const containers = pod.containers.map((container) => ({
    ...container,
    env: [...variables, ...(container.env ?? []).filter((variable) => !names.has(variable.name))],
  }));
  const owner = { name: deployment.metadata?.name ?? '', uid: deployment.metadata?.uid ?? '' };
  const job: Plain<V1Job> = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace,
      labels: { ...template?.metadata?.labels, [EXPERIMENT_LABEL]: experiment },
      annotations: { ...template?.metadata?.annotations, [RESULT_ANNOTATION]: resultName },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', ...owner }],
    },
    spec: { ...spec, template: { ...spec.template, spec: { ...pod, containers } } },
  };
  // It says that the experiment has run: without it the experiment would be started again.
  delete job.spec?.ttlSecondsAfterFinished;
  return job;
}

/** The version of the pods, by the label that Kubernetes recommends; else the image of the first container. */
function versionOf({ spec }: V1Deployment): string {
  const template = spec?.template;
  return template?.metadata?.labels?.['app.kubernetes.io/version'] ?? template?.spec?.containers[0]?.image ?? '';
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
