import type { V1Deployment } from '@kubernetes/client-node';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { clusterFailure, isTransient } from './api-failure.js';
import type { ClusterAccess } from './cluster-access.js';
import { EXPERIMENT_LABEL } from './experiment-job.js';

const RESTART_MS = 1000;

/** Who is told about Deployments. */
export type DeploymentObserver = {
  /** A Deployment that is there, at the start and at each change. */
  readonly onPresent: (deployment: V1Deployment) => void;
  readonly onGone: (deployment: V1Deployment) => void;
  /** Something for people: the watch was cut off and is begun again. */
  readonly say: (line: string) => void;
};

/**
 * Watches the Deployments that name an experiment until the signal is aborted. A watch that ends, breaks or is too old (410) is begun
 * again.
 *
 * @param namespace undefined for all namespaces
 * @throws ExperimentError `cluster_unavailable` when the cluster refuses it
 */
export async function watchDeployments(
  access: ClusterAccess,
  namespace: string | undefined,
  { onPresent, onGone, say }: DeploymentObserver,
  signal: AbortSignal,
): Promise<void> {
  const { AppsV1Api, makeInformer } = await import('@kubernetes/client-node');
  const api = access.config.makeApiClient(AppsV1Api);
  const labelSelector = EXPERIMENT_LABEL;
  const path =
    namespace === undefined ? '/apis/apps/v1/deployments' : `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const list = () =>
    namespace === undefined
      ? api.listDeploymentForAllNamespaces({ labelSelector })
      : api.listNamespacedDeployment({ namespace, labelSelector });
  const informer = makeInformer(access.config, path, list, labelSelector);
  informer.on('add', onPresent);
  informer.on('update', onPresent);
  informer.on('delete', onGone);
  const refusal = new AbortController();
  let cut = '';
  informer.on('connect', () => (cut = ''));
  informer.on('error', (error: unknown) => {
    if (signal.aborted) return;
    const failure = clusterFailure(error, access);
    // Rights and credentials do not come back by waiting; servers and networks do.
    if (!isTransient(error) && isRefusal(error)) refusal.abort(failure);
    else {
      if (cut !== failure.message) say(`the watch was cut off, trying again: ${failure.message}`);
      cut = failure.message;
      void wait(RESTART_MS, undefined, { signal }).then(
        () => informer.start(),
        () => undefined,
      );
    }
  });
  await informer.start();
  const end = AbortSignal.any([signal, refusal.signal]);
  if (!end.aborted) await once(end, 'abort');
  await informer.stop();
  refusal.signal.throwIfAborted();
}

function isRefusal(error: unknown): boolean {
  const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown };
  return [code, statusCode].some((each) => each === 401 || each === 403);
}
