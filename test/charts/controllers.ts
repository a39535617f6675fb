// What the controllers of a cluster write into objects: none of them runs beside the API server of the tests.
import { tellKube } from '@redmeter/test-servers';
import type { HelmNamespace } from './helm.js';

const MERGE = 'application/merge-patch+json';

/** Ends a Job as the Job controller does when its pod has ended with this exit code. */
export async function endJob({ cluster, name }: HelmNamespace, job: string, exitCode: number | null): Promise<void> {
  const time = new Date().toISOString();
  const isComplete = exitCode === 0;
  const condition = (type: string, reason: string, message: string): object => ({
    ...{ type, reason, message, status: 'True', lastProbeTime: time, lastTransitionTime: time },
  });
  const conditions = isComplete
    ? ['SuccessCriteriaMet', 'Complete'].map((type) => condition(type, 'CompletionsReached', ''))
    : ['FailureTarget', 'Failed'].map((type) =>
        condition(type, 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'),
      );
  const status = {
    startTime: time,
    ...(isComplete ? { completionTime: time, succeeded: 1 } : { failed: 1 }),
    conditions,
  };
  await tellKube(cluster, 'PATCH', `/apis/batch/v1/namespaces/${name}/jobs/${job}/status`, { status }, MERGE);
}

/** Says that the present pod template of a Deployment has been rolled out, as the Deployment controller does. */
export async function rollOut({ cluster, name }: HelmNamespace, deployment: string): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${name}/deployments/${deployment}`;
  const { metadata, spec } = await tellKube<{ metadata: { generation: number }; spec: { replicas: number } }>(
    cluster,
    'GET',
    path,
  );
  const { replicas } = spec;
  const status = {
    observedGeneration: metadata.generation,
    ...{ replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas },
  };
  await tellKube(cluster, 'PATCH', `${path}/status`, { status }, MERGE);
}
