import { tellKube, type KubeAddress } from './kube-client.js';

/** The API server of the lane, or another one. */
export type TestCluster = KubeAddress & {
  /** The folder that `scripts/kubernetes/build.sh` has built. */
  readonly programs: string;
};

/** The API server that all files of the lane share. */
export function laneCluster(): TestCluster {
  const given = process.env['REDMETER_TEST_KUBERNETES'];
  if (given === undefined) throw new Error('expected the lane kubernetes: npm test -- kubernetes');
  return JSON.parse(given) as TestCluster;
}

/** A token of a service account. */
export async function tokenOfAccount(cluster: KubeAddress, namespace: string, account: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const { status } = await tellKube<{ status: { token: string } }>(cluster, 'POST', path, { spec: {} });
  return status.token;
}
