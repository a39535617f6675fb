import type { KubeConfig } from '@kubernetes/client-node';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ExperimentError, messageOf } from '../experiment-error.js';

/** How a cluster is reached. */
export type ClusterAccess = {
  readonly config: KubeConfig;
  /** Its address without user and password. */
  readonly server: string;
  /** The namespace of the current context, or of the pod; `default` when there is none. */
  readonly namespace: string;
  /** What must not stand in a message. */
  readonly secrets: readonly string[];
};

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Reads how to reach the cluster: `KUBECONFIG`, `~/.kube/config`, or the service account of the pod that this runs in.
 * @param root What stands before the paths of a service account; empty by default.
 * @throws ExperimentError `cluster_unavailable`
 */
export async function readClusterAccess(root = ''): Promise<ClusterAccess> {
  // Late, since it takes most of a second.
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const config = new Config();
  const given = process.env['KUBECONFIG'] ?? '';
  const file = given === '' ? join(homedir(), '.kube/config') : given;
  if (given !== '' || existsSync(file)) {
    try {
      config.loadFromDefault();
    } catch (error) {
      throw unavailable(`a readable kubeconfig at ${file}`, reasonOf(error));
    }
  } else if (existsSync(`${root}${SERVICE_ACCOUNT}/token`)) {
    config.loadFromCluster(root);
  } else {
    throw unavailable('a kubeconfig (KUBECONFIG, ~/.kube/config) or the service account of a pod', 'neither');
  }
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  const context = JSON.stringify(config.currentContext);
  if (cluster === null) throw unavailable('the current context of the kubeconfig to have a cluster', context);
  if (user === null) throw unavailable('the current context of the kubeconfig to have a user', context);
  if (!URL.canParse(cluster.server)) throw unavailable('the cluster of the kubeconfig to have a URL', 'none');
  const { origin, password } = new URL(cluster.server);
  const namespace = config.getContextObject(config.currentContext)?.namespace ?? 'default';
  const secrets = [user.token, user.password, password].flatMap((secret) => (secret ? [secret] : []));
  return { config, server: origin, namespace, secrets };
}

function unavailable(expected: string, got: string): ExperimentError {
  return new ExperimentError('cluster_unavailable', `expected ${expected}, got ${got}`);
}

// A parser shows the lines around a mistake, in which a token may stand.
function reasonOf(error: unknown): string {
  const reason = (error as { readonly reason?: unknown }).reason;
  if (typeof reason === 'string') return `text that is not YAML: ${reason}`;
  return messageOf(error).split('\n')[0] ?? '';
}
