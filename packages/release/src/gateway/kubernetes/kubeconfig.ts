import type { KubeConfig } from '@kubernetes/client-node';
import { messageOf } from '@redmeter/experiment';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ReleaseError } from '../../release-error.js';

/** How the cluster is reached. */
export type ClusterAccess = {
  readonly config: KubeConfig;
  /** Its address without user and password. */
  readonly server: string;
  /** What must not stand in a message. */
  readonly secrets: readonly string[];
};

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Reads how to reach the cluster: `KUBECONFIG`, `~/.kube/config`, or the service account of the pod that this runs in.
 * @param root What stands before the paths of a service account; empty by default.
 * @throws ReleaseError `gateway_unavailable`
 */
export async function readKubeconfig(root = ''): Promise<ClusterAccess> {
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
  } else if (existsSync(`${root}${SERVICE_ACCOUNT}`)) {
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
  const secrets = [user.token, user.password, password].flatMap((secret) => (secret ? [secret] : []));
  return { config, server: origin, secrets };
}

function unavailable(expected: string, got: string): ReleaseError {
  return new ReleaseError('gateway_unavailable', `expected ${expected}, got ${got}`);
}

// A parser shows the lines around a mistake, in which a token may stand.
function reasonOf(error: unknown): string {
  const reason = (error as { readonly reason?: unknown }).reason;
  if (typeof reason === 'string') return `text that is not YAML: ${reason}`;
  return messageOf(error).split('\n')[0] ?? '';
}
