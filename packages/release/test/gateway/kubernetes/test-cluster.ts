import { kubeconfigOf, tellKube, tokenOfAccount, type TestCluster } from '@redmeter/test-servers';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A route as tests look at it. */
export type TestRoute = {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly generation: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields: readonly { readonly manager: string; readonly operation: string }[];
  };
  readonly spec: {
    readonly hostnames?: readonly string[];
    readonly parentRefs?: readonly object[];
    readonly rules?: readonly TestRule[];
  };
};

/** A rule of such a route. */
export type TestRule = {
  readonly matches: readonly {
    readonly path: { readonly type: string; readonly value: string };
    readonly headers?: readonly { readonly name: string; readonly type: string; readonly value: string }[];
  }[];
  readonly filters?: readonly object[];
  readonly backendRefs?: readonly { readonly name: string; readonly weight: number }[];
  readonly sessionPersistence?: object;
};

/** A namespace of one test's own, with Services, and a kubeconfig for it. */
export type TestNamespace = {
  readonly name: string;
  /** The file of the kubeconfig of one who may do everything. */
  readonly kubeconfig: string;
  readonly folder: string;
  /** Its HTTPRoute `shop`. */
  route(): Promise<TestRoute | undefined>;
  /** Applies fields of the route as another manager does. */
  applyAs(manager: string, fields: object, isForced?: boolean): Promise<void>;
  /** Writes the status of the route as the controller of a Gateway does. */
  reportAs(controller: string, conditions: readonly Condition[], generation?: number): Promise<void>;
  addService(name: string, port?: number): Promise<void>;
  /** The kubeconfig of a service account with a role of these rules. */
  accountWith(name: string, rules: readonly object[]): Promise<{ readonly kubeconfig: string; readonly token: string }>;
  remove(): Promise<void>;
  /** Removes only what is on this machine. */
  removeFolder(): Promise<void>;
};

type Condition = { readonly type: string; readonly status: string; readonly reason: string; readonly message?: string };

const API = 'gateway.networking.k8s.io/v1';

/** Makes a namespace with the Services shop-v1, shop-v2 and shop-v3, each with the port 80. */
export async function startNamespace(cluster: TestCluster): Promise<TestNamespace> {
  const name = `test-${randomBytes(5).toString('hex')}`;
  const folder = await mkdtemp(join(tmpdir(), 'redmeter-kube-'));
  await tellKube(cluster, 'POST', '/api/v1/namespaces', { metadata: { name } });
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigOf(cluster, name));
  const path = `/apis/${API}/namespaces/${name}/httproutes/shop`;
  const addService = async (service: string, port = 80): Promise<void> => {
    const body = { metadata: { name: service }, spec: { ports: [{ port }] } };
    await tellKube(cluster, 'POST', `/api/v1/namespaces/${name}/services`, body);
  };
  await Promise.all(['shop-v1', 'shop-v2', 'shop-v3'].map((service) => addService(service)));
  const route = async (): Promise<TestRoute | undefined> => {
    const list = await tellKube<{ items: TestRoute[] }>(cluster, 'GET', path.replace(/\/shop$/, ''));
    return list.items[0];
  };
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  return {
    name,
    kubeconfig,
    folder,
    route,
    addService,
    async applyAs(manager, fields, isForced = false) {
      const body = { apiVersion: API, kind: 'HTTPRoute', metadata: { name: 'shop' }, ...fields };
      const query = `fieldManager=${manager}&force=${isForced}`;
      await tellKube(cluster, 'PATCH', `${path}?${query}`, body, 'application/apply-patch+yaml');
    },
    async reportAs(controller, conditions, generation) {
      const observedGeneration = generation ?? (await route())?.metadata.generation ?? 0;
      const lastTransitionTime = new Date().toISOString();
      const all = conditions.map((each) => ({ message: '', ...each, observedGeneration, lastTransitionTime }));
      const body = {
        status: { parents: [{ parentRef: { name: 'web' }, controllerName: controller, conditions: all }] },
      };
      await tellKube(cluster, 'PATCH', `${path}/status`, body, 'application/merge-patch+json');
    },
    async accountWith(account, rules) {
      const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${name}`;
      const metadata = { name: account };
      await tellKube(cluster, 'POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata });
      await tellKube(cluster, 'POST', `${rbac}/roles`, { metadata, rules });
      await tellKube(cluster, 'POST', `${rbac}/rolebindings`, {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: account },
        subjects: [{ kind: 'ServiceAccount', name: account, namespace: name }],
      });
      const token = await tokenOfAccount(cluster, name, account);
      const file = join(folder, `${account}.kubeconfig`);
      await writeFile(file, kubeconfigOf({ ...cluster, token }, name));
      return { kubeconfig: file, token };
    },
    async remove() {
      // Nobody removes what is in a namespace: there is no controller.
      await tellKube(cluster, 'DELETE', path.replace(/\/shop$/, ''));
      await removeFolder();
    },
    removeFolder,
  };
}
