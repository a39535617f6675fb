import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { installGatewayApi, type KubeApiServer, laneCluster, startKubeApiServer } from '@redmeter/test-servers';
import type { Gateway } from '../../../src/gateway/gateway.js';
import { kubernetesGateway } from '../../../src/gateway/kubernetes/kubernetes-gateway.js';
import type { TrafficPlan } from '../../../src/plan/traffic-plan.js';
import type { KubernetesPlace } from '../../../src/spec/release-spec.js';
import { startNamespace, type TestNamespace } from './test-cluster.js';

const { programs } = laneCluster();
const kubeconfigBefore = process.env['KUBECONFIG'];

let server: KubeApiServer;
let namespace: TestNamespace;
beforeAll(async () => {
  server = await startKubeApiServer(programs);
  namespace = await startNamespace({ ...server, programs });
});
afterAll(async () => {
  process.env['KUBECONFIG'] = kubeconfigBefore ?? '';
  await namespace.removeFolder();
  await server.stop();
});
beforeEach(() => {
  process.env['KUBECONFIG'] = namespace.kubeconfig;
});

const place = (): KubernetesPlace => ({
  kind: 'kubernetes',
  route: 'shop',
  namespace: namespace.name,
  parentRefs: [{ name: 'web' }],
});
const gateway = (): Gateway => kubernetesGateway(place(), 'shop');
const plan = (shares: readonly number[], affinity?: TrafficPlan['affinity']): TrafficPlan => ({
  application: 'shop',
  gateway: place(),
  versions: shares.map((share, index) => ({
    name: `v${index + 1}`,
    service: `shop-v${index + 1}`,
    port: 80,
    share,
  })),
  segments: [{ source: 'header', name: 'x-beta', test: { equals: 'yes' }, version: 'v2' }],
  affinity,
});

it('without the CRDs of the Gateway API the reason is one line, for every command', async () => {
  for (const work of [() => gateway().status(), () => gateway().apply(plan([10_000, 0])), () => gateway().stop()]) {
    await expect(work()).rejects.toMatchObject({
      code: 'gateway_unavailable',
      message:
        'expected the CRDs of the Gateway API (gateway.networking.k8s.io/v1) in the cluster, got none; install them, see https://gateway-api.sigs.k8s.io/guides/',
    });
  }
});

it('with the experimental channel a user stays with a version by sessionPersistence, while it has a share', async () => {
  await installGatewayApi(server, programs, 'experimental');
  const rules = async (): Promise<unknown> =>
    (await namespace.route())?.spec.rules?.map(({ sessionPersistence, backendRefs }) => [
      sessionPersistence,
      (backendRefs ?? []).map(({ name, weight }) => `${name} ${weight}`),
    ]);
  await gateway().apply(plan([9000, 1000], { cookie: 'shop-version', maxAgeSeconds: 5400 }));
  const permanent = {
    type: 'Cookie',
    sessionName: 'shop-version',
    cookieConfig: { lifetimeType: 'Permanent' },
    absoluteTimeout: '1h30m',
  };
  expect(await rules()).toEqual([
    [undefined, ['shop-v2 1']],
    [permanent, ['shop-v1 9000', 'shop-v2 1000']],
  ]);
  expect(await gateway().status()).toMatchObject({ kind: 'serving', drift: [] });

  // A backend of weight 0 would keep its sessions: it is not there at all.
  await gateway().apply(plan([10_000, 0], { cookie: 'shop-version' }));
  const session = { type: 'Cookie', sessionName: 'shop-version', cookieConfig: { lifetimeType: 'Session' } };
  expect(await rules()).toEqual([
    [undefined, ['shop-v2 1']],
    [session, ['shop-v1 10000']],
  ]);
});

it('with the standard channel affinity is refused with the reason, and what is in force stays', async () => {
  await gateway().stop();
  await installGatewayApi(server, programs, 'standard');
  await gateway().apply(plan([10_000, 0]));
  await expect(gateway().apply(plan([0, 10_000], { cookie: 'c' }))).rejects.toMatchObject({
    code: 'gateway_refused',
    message: expect.stringMatching(/^expected CRDs of the experimental channel of the Gateway API for affinity/),
  });
  expect(await gateway().status()).toMatchObject({ plan: { versions: [{ share: 10_000 }, { share: 0 }] }, drift: [] });
});
