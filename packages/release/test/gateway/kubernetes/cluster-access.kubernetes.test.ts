import { temporaryFolder } from '@redmeter/test-servers/jest';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, kubeconfigOf, laneCluster } from '@redmeter/test-servers';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Gateway } from '../../../src/gateway/gateway.js';
import { readKubeconfig } from '../../../src/gateway/kubernetes/kubeconfig.js';
import { kubernetesGateway } from '../../../src/gateway/kubernetes/kubernetes-gateway.js';
import type { TrafficPlan } from '../../../src/plan/traffic-plan.js';
import type { KubernetesPlace, ParentRef } from '../../../src/spec/release-spec.js';
import { startNamespace, type TestNamespace } from './test-cluster.js';

const TOKEN = 'secret-token-of-nobody';
const cluster = laneCluster();

let namespace: TestNamespace;
let folder: string;
const before = { ...process.env };
beforeAll(async () => {
  namespace = await startNamespace(cluster);
  folder = temporaryFolder();
});
afterAll(async () => {
  process.env = before;
  await namespace.remove();
});

const place = (name = namespace.name, parentRefs: readonly ParentRef[] = [{ name: 'web' }]): KubernetesPlace => ({
  kind: 'kubernetes',
  route: 'shop',
  namespace: name,
  parentRefs,
});
const gateway = (where = place()): Gateway => kubernetesGateway(where, 'shop');
const plan = (where = place()): TrafficPlan => ({
  application: 'shop',
  gateway: where,
  versions: [{ name: 'v1', service: 'shop-v1', port: 80, share: 10_000 }],
  segments: [],
});

/** Uses a kubeconfig with this text. */
async function use(text: string): Promise<string> {
  const file = join(folder, 'kubeconfig');
  await writeFile(file, text);
  process.env['KUBECONFIG'] = file;
  return file;
}

/** What something is refused with: one line, without tokens. */
async function refusal(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await work.then(
    () => Promise.reject(new Error('expected a refusal')),
    (reason: unknown) => reason as { code: string; message: string; cause?: unknown },
  );
  expect(error.message).not.toMatch(/\n/);
  expect(JSON.stringify([error.message, String(error.cause)])).not.toContain(TOKEN);
  return { code: error.code, message: error.message };
}

describe('a cluster that cannot be used is one line', () => {
  it('when nothing listens there', async () => {
    const port = await freePort();
    await use(kubeconfigOf({ ...cluster, url: `https://user:${TOKEN}@127.0.0.1:${port}`, token: TOKEN }));
    expect(await refusal(gateway().status())).toEqual({
      code: 'gateway_unavailable',
      message: expect.stringMatching(
        new RegExp(`^expected a Kubernetes API server at https://127\\.0\\.0\\.1:${port}, got .*ECONNREFUSED`),
      ),
    });
  });

  it('when its token is not known', async () => {
    await use(kubeconfigOf({ ...cluster, token: TOKEN }));
    const expected = {
      code: 'gateway_unavailable',
      message: `expected credentials that ${cluster.url} accepts, got 401 Unauthorized; renew the credentials in the kubeconfig`,
    };
    for (const work of [() => gateway().status(), () => gateway().apply(plan()), () => gateway().stop()]) {
      expect(await refusal(work())).toEqual(expected);
    }
  });

  it('when its certificate is not known', async () => {
    const text = JSON.parse(kubeconfigOf({ ...cluster, token: TOKEN })) as { clusters: { cluster: object }[] };
    const clusters = [{ name: 'test', cluster: { server: cluster.url } }];
    await use(JSON.stringify({ ...text, clusters }));
    expect(await refusal(gateway().status())).toEqual({
      code: 'gateway_unavailable',
      message: expect.stringMatching(/^expected a Kubernetes API server at .*certificate/),
    });
  });

  it.each([
    ['no file', undefined, /^expected a readable kubeconfig at .*kubeconfig, got ENOENT/],
    ['no YAML', `users: [{ token: ${TOKEN}`, /^expected a readable kubeconfig at .*, got text that is not YAML: /],
    ['no kubeconfig', 'just text', /^expected .*kubeconfig.*, got /],
    [
      'no context',
      '{"clusters":[],"users":[],"contexts":[]}',
      /^expected the current context of the kubeconfig to have a cluster, got /,
    ],
  ])('when its kubeconfig is %s', async (_, text, message) => {
    const file = await use(text ?? '');
    if (text === undefined) await rm(file);
    expect(await refusal(gateway().status())).toEqual({
      code: 'gateway_unavailable',
      message: expect.stringMatching(message),
    });
  });

  it('when its role does not allow it', async () => {
    const { kubeconfig } = await namespace.accountWith('nobody', []);
    process.env['KUBECONFIG'] = kubeconfig;
    expect(await refusal(gateway().status())).toEqual({
      code: 'gateway_unavailable',
      message: expect.stringMatching(
        /^expected a role that allows it, such as that of configs\/kubernetes\/release-role\.yaml, got httproutes\.gateway\.networking\.k8s\.io "shop" is forbidden: User "system:serviceaccount:.*:nobody" cannot get resource/,
      ),
    });
  });
});

it('a server that is away for a moment does not end a rollout', async () => {
  const { hostname, port } = new URL(cluster.url);
  const away = await freePort();
  await use(kubeconfigOf({ ...cluster, url: `https://127.0.0.1:${away}` }));
  const patient = kubernetesGateway(place(), 'shop', { retryMs: 60_000 });
  await expect(kubernetesGateway(place(), 'shop').status()).rejects.toThrow('ECONNREFUSED');
  const status = patient.status();
  const sockets = new Set<Socket>();
  const proxy = createServer((socket) => {
    const server = connect(Number(port), hostname);
    for (const one of [socket, server]) sockets.add(one.on('error', () => undefined));
    socket.pipe(server).pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(away, '127.0.0.1', resolve));
  expect(await status).toMatchObject({ kind: 'down' });
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => proxy.close(resolve));
});

describe('what the cluster refuses is one line', () => {
  it('such as a namespace that is not there', async () => {
    process.env['KUBECONFIG'] = namespace.kubeconfig;
    const nowhere = place('no-such-namespace');
    const bare = { ...plan(nowhere), versions: [] };
    expect(await refusal(gateway(nowhere).apply(bare))).toEqual({
      code: 'gateway_refused',
      message: 'expected the cluster to accept the plan, got: namespaces "no-such-namespace" not found',
    });
  });

  it('such as what a rule of the CRD forbids', async () => {
    process.env['KUBECONFIG'] = namespace.kubeconfig;
    const twice = place(namespace.name, [{ name: 'web' }, { name: 'web', sectionName: 'http' }]);
    expect(await refusal(gateway(twice).apply(plan(twice)))).toEqual({
      code: 'gateway_refused',
      message: expect.stringMatching(
        /^expected the cluster to accept the plan, got: HTTPRoute.* "shop" is invalid: .*sectionName must be specified/,
      ),
    });
    expect(await namespace.route()).toBeUndefined();
  });

  it('such as a Service without the port', async () => {
    process.env['KUBECONFIG'] = namespace.kubeconfig;
    const other = { ...plan(), versions: [{ name: 'v1', service: 'shop-v1', port: 81, share: 10_000 }] };
    expect(await refusal(gateway().apply(other))).toEqual({
      code: 'gateway_refused',
      message: `expected the cluster to accept the plan, got: the Service shop-v1 with the port 81 in ${namespace.name} is missing, got one with the port 80`,
    });
  });
});

it('in a pod its service account is used', async () => {
  const { token } = await namespace.accountWith('pod', [
    { apiGroups: ['gateway.networking.k8s.io'], resources: ['httproutes'], verbs: ['get'] },
  ]);
  const mount = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount');
  await mkdir(mount, { recursive: true });
  await writeFile(join(mount, 'token'), token);
  await writeFile(join(mount, 'namespace'), namespace.name);
  await copyFile(cluster.caFile, join(mount, 'ca.crt'));
  const { hostname, port } = new URL(cluster.url);
  delete process.env['KUBECONFIG'];
  Object.assign(process.env, { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port });
  const { config, server } = await readKubeconfig(folder);
  expect(server).toBe(cluster.url);
  const { CustomObjectsApi } = await import('@kubernetes/client-node');
  const target = { group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes' };
  const asked = config
    .makeApiClient(CustomObjectsApi)
    .getNamespacedCustomObject({ ...target, namespace: namespace.name, name: 'shop' });
  // It is allowed to look, and there is none.
  await expect(asked).rejects.toMatchObject({ code: 404 });
});
