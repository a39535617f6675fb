import type { V1Job } from '@kubernetes/client-node';

/** The label of Deployments, Jobs and pods that names an experiment. */
export const EXPERIMENT_LABEL = 'redmeter.dev/experiment';
/** The annotation of a Job with the name of its result in the metrics store. */
export const RESULT_ANNOTATION = 'redmeter.dev/result';
/** The variable by which a Job's container knows that name. */
export const RESULT_VARIABLE = 'RESULT_NAME';

/** A Job that runs an experiment. */
export type ExperimentJob = {
  readonly name: string;
  readonly createdAtMs: number;
  readonly state: 'running' | 'succeeded' | 'failed';
  /** Why it failed, as the Job says. */
  readonly reason?: string;
  /** The name of its result in the metrics store. */
  readonly resultName: string;
  /** The address of the store in its container, as far as it is not in a Secret. */
  readonly storeAddress?: string;
  /** The id of the Deployment that it was started for. */
  readonly ownerId?: string;
};

/** Reads a Job of charts/experiment. */
export function readExperimentJob({ metadata, spec, status }: V1Job): ExperimentJob {
  const name = metadata?.name ?? '';
  const ended = status?.conditions?.find(
    ({ type, status: holds }) => holds === 'True' && (type === 'Complete' || type === 'Failed'),
  );
  const variables = spec?.template.spec?.containers.flatMap(({ env }) => env ?? []) ?? [];
  const storeAddress = variables.find((variable) => variable.name === 'METRICS_REDIS_ADDRESS')?.value;
  const reason = ended?.type === 'Failed' ? (ended.message ?? ended.reason) : undefined;
  const ownerId = metadata?.ownerReferences?.find(({ kind }) => kind === 'Deployment')?.uid;
  return {
    name,
    createdAtMs: metadata?.creationTimestamp?.getTime() ?? 0,
    state: ended === undefined ? 'running' : ended.type === 'Failed' ? 'failed' : 'succeeded',
    ...(reason === undefined ? {} : { reason }),
    resultName: metadata?.annotations?.[RESULT_ANNOTATION] ?? name,
    ...(storeAddress === undefined ? {} : { storeAddress }),
    ...(ownerId === undefined ? {} : { ownerId }),
  };
}
