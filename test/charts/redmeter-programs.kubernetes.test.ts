import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { freePorts, waitFor } from '@redmeter/test-servers';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startTestEndpoint } from '../../exporter/test/push/test-endpoint.js';
import {
  chartFolder,
  HELM_VERSIONS,
  manifestsOf,
  startHelmNamespace,
  type HelmNamespace,
  type Manifest,
} from './helm.js';
import { redmeterProgram, startLocally, type LocalProcess } from './local-process.js';
import { problemsOf } from './server-validation.js';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env: readonly Variable[];
}
interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

const exporterProgram = join(__dirname, '../../exporter/bin/redmeter-exporter.mjs');

let namespace: HelmNamespace;
const running: LocalProcess[] = [];
beforeAll(async () => {
  namespace = await startHelmNamespace();
});
afterEach(async () => {
  for (const program of running.splice(0).reverse()) {
    program.kill('SIGKILL');
    await program.ended;
  }
});
afterAll(() => namespace.remove());

function containerOf(manifests: readonly Manifest[], name: string): Container {
  const pods = manifests.map(({ kind, spec }) =>
    kind === 'Pod' ? spec : (spec as { template?: { spec: unknown } } | undefined)?.template?.spec,
  );
  const containers = pods.flatMap((pod) => (pod as { containers?: Container[] } | undefined)?.containers ?? []);
  const found = containers.find((each) => each.name === name);
  if (found === undefined) throw new Error(`expected a container ${name}`);
  return found;
}

/** The environment of a container, with the values of Secrets. */
function environmentOf(container: Container, manifests: readonly Manifest[]): Record<string, string> {
  const secretValue = ({ name, key }: { name: string; key: string }): string => {
    const secret = manifests.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === name);
    return Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();
  };
  return Object.fromEntries(
    container.env.map(({ name, value, valueFrom }) => [
      name,
      value ?? (valueFrom === undefined ? '' : secretValue(valueFrom.secretKeyRef)),
    ]),
  );
}

it('the commands of the containers work together: Redis, the native exporter, serve, and helm test', async () => {
  const manifests = await namespace.render('helm4', 'redmeter', {
    redis: { enabled: true },
    metrics: { implementation: 'redis' },
    exporter: { kind: 'native', native: { otlp: { enabled: true } } },
  });
  const ports = await freePorts('redis', 'exporter', 'otlp', 'grpc', 'http');
  const { folder } = namespace;
  const data = join(folder, 'data');
  const etc = join(folder, 'etc-redis');
  for (const each of [data, etc]) mkdirSync(each);
  const files = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'redmeter-redis');
  for (const [file, text] of Object.entries(files?.data ?? {})) writeFileSync(join(etc, file), text);
  /** What is another here than in a pod: names of hosts, ports, folders. */
  const local = (text: string): string =>
    text
      .replaceAll('redmeter-redis:6379', `127.0.0.1:${ports.redis}`)
      .replaceAll('0.0.0.0:9122', `127.0.0.1:${ports.exporter}`)
      .replaceAll('0.0.0.0:4318', `127.0.0.1:${ports.otlp}`)
      .replaceAll('redmeter-exporter:9122', `127.0.0.1:${ports.exporter}`)
      .replaceAll('0.0.0.0:50051', `127.0.0.1:${ports.grpc}`)
      .replaceAll('0.0.0.0:8081', `127.0.0.1:${ports.http}`)
      .replaceAll('redmeter-serve:8081', `127.0.0.1:${ports.http}`)
      .replace(/^\/etc\/redis/, etc)
      .replace(/^\/data$/, data);
  const start = (name: string, image: readonly string[], ...more: readonly string[]): LocalProcess => {
    const container = containerOf(manifests, name);
    const variables = Object.entries(environmentOf(container, manifests)).map(
      ([key, value]) => [key, local(value)] as const,
    );
    const words = [...(container.command ?? image), ...(container.args ?? [])].map(local);
    const program = startLocally([...words, ...more], {
      HOME: folder,
      TMPDIR: folder,
      ...Object.fromEntries(variables),
    });
    running.push(program);
    return program;
  };

  start('redis', [], '--port', String(ports.redis));
  const { REDIS_PASSWORD: password = '' } = environmentOf(containerOf(manifests, 'redis'), manifests);
  const client = new Redis({ port: ports.redis, password, lazyConnect: true, retryStrategy: () => 100 });
  client.on('error', () => undefined);
  await waitFor(async () => (await client.ping().catch(() => '')) === 'PONG', 'Redis answers');
  await client.set('metrics:counter:signups', '3');
  await client.quit();
  start('redmeter-exporter', [process.execPath, exporterProgram]);
  start('serve', [process.execPath, redmeterProgram]);
  const test = await start('test', []).ended;
  expect([test.code, test.out, test.error]).toEqual([
    0,
    expect.stringMatching(/^exporter: .* answers\nserve: .* answers\n$/),
    '',
  ]);
  expect(await (await fetch(`http://127.0.0.1:${ports.exporter}/metrics`)).text()).toMatch(/^signups(_total)? 3$/m);

  const points = [{ timeUnixNano: '1767225600000000000', asInt: '5' }];
  const answer = await fetch(`http://127.0.0.1:${ports.otlp}/v1/metrics`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'load', gauge: { dataPoints: points } }] }] }],
    }),
  });
  expect([answer.status, await answer.json()]).toEqual([200, {}]);
  expect(await (await fetch(`http://127.0.0.1:${ports.exporter}/metrics`)).text()).toMatch(/^load 5$/m);
});

it('the receiver of OTLP writes as another user than the exporter', async () => {
  const exporter = {
    kind: 'native',
    redis: { address: 'metrics:6379', user: 'reader', existingSecret: 'reader' },
    native: { otlp: { enabled: true, user: 'writer', existingSecret: 'writer', passwordKey: 'word', shards: 3 } },
  };
  const manifests = await namespace.render('helm4', 'redmeter', { exporter });
  const { env } = containerOf(manifests, 'redmeter-exporter');
  const secret = (name: string, key: string): object => ({ secretKeyRef: { name, key } });
  expect(env).toEqual(
    expect.arrayContaining([
      { name: 'REDIS_USER', value: 'reader' },
      { name: 'REDIS_PASSWORD', valueFrom: secret('reader', 'password') },
      { name: 'REDMETER_EXPORTER_OTLP_LISTEN', value: '0.0.0.0:4318' },
      { name: 'REDMETER_EXPORTER_OTLP_REDIS_USER', value: 'writer' },
      { name: 'REDMETER_EXPORTER_OTLP_REDIS_PASSWORD', valueFrom: secret('writer', 'word') },
      { name: 'REDMETER_EXPORTER_OTLP_SHARDS', value: '3' },
    ]),
  );
  const find = (kind: string): unknown =>
    manifests.find((each) => each.kind === kind && each.metadata.name === 'redmeter-exporter')?.spec;
  expect(find('Service')).toMatchObject({
    ports: [{ port: 9122 }, { name: 'otlp-http', port: 4318, targetPort: 'redmeter-otlp' }],
  });
  expect(find('NetworkPolicy')).toMatchObject({
    ingress: [{ ports: [{ port: 'redmeter-metric' }] }, { ports: [{ port: 'redmeter-otlp' }] }],
  });
});

it('the exporter receives no OTLP unless told so', async () => {
  const manifests = await namespace.render('helm4', 'redmeter', { exporter: { kind: 'native' } });
  const services = manifests.filter(({ kind }) => kind === 'Service' || kind === 'NetworkPolicy');
  const shown = JSON.stringify([containerOf(manifests, 'redmeter-exporter'), services]);
  expect(shown).not.toMatch(/otlp|4318/i);
});

const PUSH = {
  url: 'http://prometheus:9090/api/v1/write',
  interval: 30,
  labels: { cluster: 'eu-1', job: 'shop' },
  user: 'redmeter',
  existingSecret: 'push',
  passwordKey: 'word',
};

it('the exporter pushes, with a password that only a Secret has', async () => {
  const manifests = await namespace.render('helm4', 'redmeter', {
    exporter: { kind: 'native', native: { push: PUSH } },
  });
  const container = containerOf(manifests, 'redmeter-exporter');
  expect(container.args).toBeUndefined();
  const secret: Manifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'push' },
    data: { word: Buffer.from('open-sesame').toString('base64') },
  };
  const endpoint = await startTestEndpoint(() => ({ status: 204 }));
  const environment = environmentOf(container, [...manifests, secret]);
  const exporter = startLocally([process.execPath, exporterProgram], {
    ...environment,
    // Nobody is there: the exporter pushes that.
    REDIS_URL: `redis://127.0.0.1:${(await freePorts('redis')).redis}`,
    REDMETER_EXPORTER_LISTEN: '127.0.0.1:0',
    REDMETER_EXPORTER_PUSH_REMOTE_WRITE: endpoint.url,
  });
  running.push(exporter);
  await waitFor(() => endpoint.requests.length > 0, 'a push');
  const [request] = endpoint.requests;
  expect(request?.headers.authorization).toBe(`Basic ${Buffer.from('redmeter:open-sesame').toString('base64')}`);
  const [series] = request?.series ?? [];
  expect(series?.labels).toEqual(
    expect.arrayContaining([
      ['cluster', 'eu-1'],
      ['job', 'shop'],
    ]),
  );
  expect(environment).toMatchObject({
    REDMETER_EXPORTER_PUSH_REMOTE_WRITE: PUSH.url,
    REDMETER_EXPORTER_PUSH_INTERVAL: '30',
  });
  await endpoint.stop();
});

it('a sidecar that pushes names its pod, and its NetworkPolicy lets it out', async () => {
  const manifests = await namespace.render('helm4', 'redmeter', {
    redis: { enabled: true },
    exporter: { kind: 'native', placement: 'sidecar', native: { push: { ...PUSH, url: 'https://example.com/push' } } },
  });
  expect(containerOf(manifests, 'redmeter-exporter').env).toEqual(
    expect.arrayContaining([
      { name: 'REDMETER_POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'REDMETER_EXPORTER_PUSH_LABELS', value: 'cluster=eu-1,instance=$(REDMETER_POD_NAME),job=shop' },
    ]),
  );
  const policy = manifests.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'redmeter-redis');
  expect(policy?.spec).toMatchObject({
    egress: [{ ports: [{ port: 53 }, { port: 53 }] }, { ports: [{ port: 443, protocol: 'TCP' }] }],
  });
});

it('the store takes any password from a Secret', async () => {
  const manifests = await namespace.render('helm4', 'redmeter', {
    metrics: { implementation: 'redis', redis: { user: 'store', existingSecret: 'store' } },
  });
  expect(containerOf(manifests, 'serve').env).toEqual([
    { name: 'METRICS_IMPLEMENTATION', value: 'redis' },
    { name: 'METRICS_REDIS_ADDRESS', value: 'redis://store@redis:6379' },
    { name: 'METRICS_REDIS_PASSWORD', valueFrom: { secretKeyRef: { name: 'store', key: 'password' } } },
  ]);
});

it('the exporter is a sidecar in a pod of another chart', async () => {
  const chart = join(namespace.folder, 'shop');
  cpSync(join(__dirname, 'shop'), chart, { recursive: true });
  mkdirSync(join(chart, 'charts'));
  cpSync(chartFolder('redmeter'), join(chart, 'charts/redmeter'), { recursive: true });
  for (const version of HELM_VERSIONS) {
    const text = await namespace.helm(version, 'template', 'shop', chart, '--kube-version', '1.35.0');
    const manifests = manifestsOf(text);
    expect(await problemsOf(namespace, manifests)).toEqual([]);
    expect(environmentOf(containerOf(manifests, 'redmeter-exporter'), manifests)).toMatchObject({
      REDIS_ADDR: 'redis://127.0.0.1:6379',
    });
    const find = (kind: string, name: string): unknown =>
      manifests.find((each) => each.kind === kind && each.metadata.name === name)?.spec;
    const { selector } = find('Service', 'shop-redmeter-exporter') as { selector: object };
    const { template } = find('StatefulSet', 'shop-redis') as { template: { metadata: { labels: object } } };
    expect(template.metadata.labels).toMatchObject(selector);
  }
});
