import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  kubeconfigOf,
  makeCertificates,
  tellKube,
  tokenOfAccount,
  waitFor,
  type KubeAddress,
} from '@redmeter/test-servers';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { endJob, rollOut } from './controllers.js';
import { chartFolder, startHelmNamespace, type HelmNamespace } from './helm.js';
import { redmeterProgram, startLocally, type LocalProcess } from './local-process.js';

interface Job {
  readonly metadata: {
    readonly name: string;
    readonly annotations: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly { readonly name: string }[];
  };
  readonly spec: {
    readonly ttlSecondsAfterFinished?: number;
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly env: readonly { name: string; value?: string }[] }[] };
    };
  };
}

let namespace: HelmNamespace;
let token: string;
let args: readonly string[];
const watchers: LocalProcess[] = [];
const proxies: WatchProxy[] = [];
beforeEach(async () => {
  namespace = await startHelmNamespace();
  writeFileSync(join(namespace.folder, 'experiment.yaml'), "- run: 'true'\n");
  const off = ['exporter.enabled=false', 'serve.enabled=false', 'dashboards.enabled=false', 'watch.enabled=true'];
  await namespace.helm(
    'helm4',
    ...['install', 'redmeter', chartFolder('redmeter')],
    ...off.flatMap((each) => ['--set', each]),
  );
  await namespace.helm(
    'helm4',
    ...['install', 'checkout', chartFolder('experiment'), '--set', 'trigger=deployment'],
    ...['--set-file', `experiment=${join(namespace.folder, 'experiment.yaml')}`],
  );
  token = await tokenOfAccount(namespace.cluster, namespace.name, 'redmeter-watch');
  const path = `/apis/apps/v1/namespaces/${namespace.name}/deployments/redmeter-watch`;
  const { spec } = await tellKube<{ spec: { template: { spec: { containers: { args: string[] }[] } } } }>(
    namespace.cluster,
    'GET',
    path,
  );
  args = spec.template.spec.containers[0]?.args ?? [];
  expect(args).toEqual(['k', 'watch', `--namespace=${namespace.name}`]);
});
afterEach(async () => {
  for (const watcher of watchers.splice(0)) {
    watcher.kill('SIGKILL');
    await watcher.ended;
  }
  proxies.splice(0).forEach((proxy) => proxy.close());
  namespace.remove();
});

/** Starts the command of the chart's Deployment, with the rights of its ServiceAccount. */
async function startWatcher(address: Partial<KubeAddress> = {}): Promise<LocalProcess> {
  const file = join(namespace.folder, `watcher-${watchers.length}`);
  writeFileSync(file, kubeconfigOf({ ...namespace.cluster, ...address, token }, namespace.name), { mode: 0o600 });
  const watcher = startLocally([process.execPath, redmeterProgram, ...args], {
    KUBECONFIG: file,
    HOME: namespace.folder,
  });
  watchers.push(watcher);
  await waitFor(() => watcher.error().includes('watching Deployments'), 'it watches');
  return watcher;
}

const deployments = (): string => `/apis/apps/v1/namespaces/${namespace.name}/deployments`;

/** Creates or changes the Deployment `shop`, whose pods are of this image. */
async function deploy(image: string, labels: object = { 'redmeter.dev/experiment': 'checkout' }): Promise<void> {
  const body = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'shop' } },
      template: { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'shop', image }] } },
    },
  };
  const path = `${deployments()}/shop?fieldManager=test&force=true`;
  await tellKube(namespace.cluster, 'PATCH', path, body, 'application/apply-patch+yaml');
}

async function jobs(): Promise<Job[]> {
  const path = `/apis/batch/v1/namespaces/${namespace.name}/jobs?labelSelector=redmeter.dev/experiment%3Dcheckout`;
  return (await tellKube<{ items: Job[] }>(namespace.cluster, 'GET', path)).items;
}
const untilJobs = (count: number): Promise<unknown> =>
  waitFor(async () => (await jobs()).length === count, `there are ${count} Jobs`);

const versionOf = (job: Job): string | undefined =>
  job.spec.template.spec.containers[0]?.env.find(({ name }) => name === 'VERSION')?.value;
const versions = async (): Promise<(string | undefined)[]> => (await jobs()).map(versionOf).sort();

it('starts the experiment of each pod template once it is rolled out, and once only, whoever is killed', async () => {
  const first = await startWatcher();
  await deploy('shop:1');
  await rollOut(namespace, 'shop');
  await untilJobs(1);
  const [job] = await jobs();
  expect(job?.metadata.ownerReferences).toEqual([expect.objectContaining({ name: 'shop' })]);
  expect(job?.metadata.annotations['redmeter.dev/result']).toBe(`${namespace.name}/${job?.metadata.name}`);
  expect(job?.spec.ttlSecondsAfterFinished).toBeUndefined();
  expect(job?.spec.template.spec.containers[0]?.env).toEqual(
    expect.arrayContaining([
      { name: 'RESULT_NAME', value: `${namespace.name}/${job?.metadata.name}` },
      { name: 'DEPLOYMENT', value: 'shop' },
      { name: 'VERSION', value: 'shop:1' },
    ]),
  );

  // A change that is none of the template: no Job. The next template comes while nobody watches.
  await tellKube(
    namespace.cluster,
    'PATCH',
    `${deployments()}/shop`,
    { spec: { replicas: 3 } },
    'application/merge-patch+json',
  );
  await rollOut(namespace, 'shop');
  first.kill('SIGKILL');
  await first.ended;
  await deploy('shop:2');
  const [second, third] = await Promise.all([startWatcher(), startWatcher()]);
  await rollOut(namespace, 'shop');
  await untilJobs(2);
  // Back to the first template, whose experiment has run; then a third one, which shows that both have seen it.
  await deploy('shop:1');
  await rollOut(namespace, 'shop');
  await deploy('shop:3');
  await rollOut(namespace, 'shop');
  await untilJobs(3);
  expect(await versions()).toEqual(['shop:1', 'shop:2', 'shop:3']);
  const started = [second, third].map((watcher) => watcher.error().match(/started the Job/g)?.length ?? 0);
  expect(started.reduce((sum, count) => sum + count, 0)).toBe(2);
});

it('waits for the rollout, and leaves Deployments without the label alone', async () => {
  await startWatcher();
  await deploy('shop:1', {});
  await rollOut(namespace, 'shop');
  await deploy('shop:2');
  await tellKube(
    namespace.cluster,
    'PATCH',
    `${deployments()}/shop/status`,
    { status: { updatedReplicas: 1 } },
    'application/merge-patch+json',
  );
  await deploy('shop:3');
  await rollOut(namespace, 'shop');
  await untilJobs(1);
  expect(await versions()).toEqual(['shop:3']);
});

it('goes on after a lost connection, and when its place in the watch is too old', async () => {
  const proxy = await startProxy(namespace);
  const watcher = await startWatcher(proxy);
  await deploy('shop:1');
  await rollOut(namespace, 'shop');
  await untilJobs(1);
  proxy.cut();
  await deploy('shop:2');
  await rollOut(namespace, 'shop');
  await untilJobs(2);
  proxy.ageWatch();
  proxy.cut();
  await waitFor(() => proxy.numAged() > 0, 'a watch is too old');
  await deploy('shop:3');
  await rollOut(namespace, 'shop');
  await untilJobs(3);
  expect(watcher.error()).not.toContain('unexpected');
});

it('ends when its rights are too few, and says which', async () => {
  token = await (async () => {
    const account = { metadata: { name: 'nobody' } };
    await tellKube(namespace.cluster, 'POST', `/api/v1/namespaces/${namespace.name}/serviceaccounts`, account);
    return tokenOfAccount(namespace.cluster, namespace.name, 'nobody');
  })();
  const { code, error } = await (await startWatcher()).ended;
  expect([code, error]).toEqual([
    3,
    expect.stringMatching(/expected a role that allows it, got .*cannot list resource "deployments"/),
  ]);
  expect(error).not.toContain(token);
});

it('says that a Deployment names an experiment that is not there, and starts it when it is', async () => {
  const watcher = await startWatcher();
  await deploy('shop:1', { 'redmeter.dev/experiment': 'payment' });
  await rollOut(namespace, 'shop');
  await waitFor(() => watcher.error().includes('expected a CronJob payment'), 'it says so');
  const file = `experiment=${join(namespace.folder, 'experiment.yaml')}`;
  await namespace.helm(
    'helm4',
    'install',
    'payment',
    chartFolder('experiment'),
    '--set',
    'trigger=deployment',
    '--set-file',
    file,
  );
  await waitFor(() => watcher.error().includes('started the Job payment-'), 'it starts it');
});

it('removes old Jobs of a Deployment, and keeps the ten latest', async () => {
  await startWatcher();
  for (let version = 1; version <= 12; version += 1) {
    await deploy(`shop:${version}`);
    await rollOut(namespace, 'shop');
    await waitFor(async () => (await versions()).includes(`shop:${version}`), `version ${version} has a Job`);
    const job = (await jobs()).find((each) => versionOf(each) === `shop:${version}`);
    await endJob(namespace, job?.metadata.name ?? '', 0);
  }
  await waitFor(async () => (await jobs()).length <= 11, 'an old Job is removed');
  expect(await versions()).toContain('shop:12');
});

/** A proxy before the API server that cuts connections, and lets a watch begin in the past. */
interface WatchProxy extends Pick<KubeAddress, 'url' | 'caFile'> {
  cut(): void;
  /** Lets the next watch begin in a past that the server no longer has: it answers 410 Gone. */
  ageWatch(): void;
  /** How many watches have begun there. */
  numAged(): number;
  close(): void;
}

async function startProxy({ cluster, folder }: HelmNamespace): Promise<WatchProxy> {
  const sockets = new Set<Socket>();
  const ca = readFileSync(cluster.caFile);
  const { caFile, certFile, keyFile } = makeCertificates(folder);
  let isAging = false;
  let aged = 0;
  const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (incoming, response) => {
    let path = incoming.url ?? '';
    if (isAging && path.includes('watch=true')) {
      path = path.replace(/resourceVersion=\d+/, 'resourceVersion=1');
      aged += 1;
      isAging = false;
    }
    const { method, headers } = incoming;
    const outgoing = request(`${cluster.url}${path}`, { method, headers, ca, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.once('error', () => response.destroy());
    response.once('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  server.on('secureConnection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  const proxy = {
    ...{ caFile, cut, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` },
    ageWatch: () => void (isAging = true),
    numAged: () => aged,
    close() {
      cut();
      server.close();
    },
  };
  proxies.push(proxy);
  return proxy;
}
