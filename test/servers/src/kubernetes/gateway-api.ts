import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../test-client.js';
import { askKube, tellKube, type KubeAddress } from './kube-client.js';

/** The channels in which the Gateway API is released. */
export type GatewayApiChannel = 'standard' | 'experimental';

/**
 * Installs the CRD of HTTPRoute, in the place of that of another channel, and waits until the server takes routes by it.
 * @param programs The folder that `scripts/kubernetes/build.sh` has built.
 */
export async function installGatewayApi(
  address: KubeAddress,
  programs: string,
  channel: GatewayApiChannel,
): Promise<void> {
  const name = 'httproutes.gateway.networking.k8s.io';
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
  const text = readFileSync(join(programs, 'crds', channel, 'gateway.networking.k8s.io_httproutes.yaml'), 'utf8');
  await tellKube(address, 'PATCH', `${path}?fieldManager=test&force=true`, text, 'application/apply-patch+yaml');
  const isExperimental = channel === 'experimental';
  await waitUntil(`the ${channel} channel of the Gateway API is served`, async () => {
    const { status, body } = await askKube(address, 'GET', '/openapi/v3/apis/gateway.networking.k8s.io/v1');
    return status === 200 && JSON.stringify(body).includes('"sessionPersistence"') === isExperimental;
  });
}
