import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { makeCertificates, tellKube } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { endJob } from './controllers.js';
import { chartFolder, HELM_VERSIONS, startHelmNamespace, type HelmNamespace } from './helm.js';
import { redmeter, redmeterProgram, startLocally, type ProcessEnd } from './local-process.js';
import { randomFrom, sampleValues, type ValuesSchema } from './sample-values.js';
import { problemsOf } from './server-validation.js';

interface Job {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}
interface Container {
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}

const EXPERIMENT = `
- task: http
  with: { url: '\${URL}', numRequests: 40, qps: 0 }
- task: assess
  with: { SLOs: { upper: [{ metric: http/error-rate, limit: 0 }] } }
`;

const redis = useRedisServer();
let namespace: HelmNamespace;
let target: Server;
let url: string;
let variables: Record<string, string>;
beforeAll(async () => {
  target = createServer((request, response) => void response.writeHead(request.url === '/bad' ? 500 : 200).end());
  await new Promise<void>((resolve) => void target.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
});
afterAll(() => void target.close());
beforeEach(async () => {
  namespace = await startHelmNamespace();
  writeFileSync(join(namespace.folder, 'experiment.yaml'), EXPERIMENT);
  variables = { KUBECONFIG: join(namespace.folder, 'kubeconfig'), HOME: namespace.folder };
});
afterEach(() => namespace.remove());

const install = (...settings: readonly string[]): Promise<string> =>
  namespace.helm(
    'helm4',
    ...['upgrade', '--install', 'checkout', chartFolder('experiment')],
    ...['--set-file', `experiment=${join(namespace.folder, 'experiment.yaml')}`],
    ...['--set', `metrics.redis.address=127.0.0.1:${redis.port}`],
    ...settings.flatMap((setting) => ['--set', setting]),
  );

/** Runs the very command of a Job's container here, with the files of its ConfigMap. */
async function runJob(name: string): Promise<ProcessEnd> {
  const { cluster, folder } = namespace;
  const job = await tellKube<Job>(cluster, 'GET', `/apis/batch/v1/namespaces/${namespace.name}/jobs/${name}`);
  const files = await tellKube<{ data: Record<string, string> }>(
    cluster,
    'GET',
    `/api/v1/namespaces/${namespace.name}/configmaps/checkout`,
  );
  const here = join(folder, name);
  const mounts = {
    '/etc/redmeter/experiment': join(here, 'experiment'),
    '/work': join(here, 'work'),
    '/reports': join(here, 'reports'),
  };
  for (const mount of [...Object.values(mounts), join(here, 'bin')]) mkdirSync(mount, { recursive: true });
  for (const [file, text] of Object.entries(files.data)) writeFileSync(join(here, 'experiment', file), text);
  symlinkSync(redmeterProgram, join(here, 'bin/redmeter'));
  const local = (text: string): string =>
    Object.entries(mounts).reduce(
      (path, [from, to]) => (path.startsWith(from) ? to + path.slice(from.length) : path),
      text,
    );
  const [container] = job.spec.template.spec.containers;
  const env = (container?.env ?? []).map(
    (each) => [each.name, local((each.value ?? '').replace('$(JOB_NAME)', name))] as const,
  );
  const ended = await startLocally((container?.command ?? []).map(local), {
    ...Object.fromEntries(env),
    PATH: `${join(here, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: here,
  }).ended;
  await endJob(namespace, name, ended.code);
  return ended;
}

const group = ['-g', 'checkout'];

it('a Job runs the experiment, keeps its result, and ends as its verdict says; redmeter k works with it', async () => {
  expect(await install(`values.URL=${url}/`)).toContain('redmeter k assert');
  const early = await redmeter(variables, 'k', 'assert', ...group, '-c', 'completed');
  expect([early.code, early.out]).toEqual([1, 'completed: does not hold\n']);
  expect(early.error).toMatch(/expected the result ".*\/checkout-1" of the Job checkout-1 .* the Job has not ended/);

  // It waits for the result.
  const waiting = redmeter(variables, 'k', 'assert', ...group, '-c', 'completed,nofailure,slos', '-t', '3m');
  const good = await runJob('checkout-1');
  expect([good.code, good.error]).toEqual([0, expect.stringContaining('task 2/2: assess')]);
  expect(readFileSync(join(namespace.folder, 'checkout-1/reports/checkout-1/junit.xml'), 'utf8')).toMatch(/<testsuite/);
  expect(await waiting).toMatchObject({ code: 0, out: 'completed: holds\nnofailure: holds\nslos: holds\n' });
  const junit = await redmeter(variables, 'k', 'report', ...group, '-o', 'junit');
  expect([junit.code, junit.out]).toEqual([0, expect.stringMatching(/<testsuite[^]*http\/error-rate/)]);

  await install(`values.URL=${url}/bad`);
  expect((await runJob('checkout-2')).code).toBe(1);
  expect(await redmeter(variables, 'k', 'assert', ...group, '-c', 'completed,slos', '-t', '1m')).toMatchObject({
    code: 1,
    out: 'completed: holds\nslos: does not hold\n',
  });

  // The spec is wrong: no result.
  writeFileSync(join(namespace.folder, 'experiment.yaml'), '- task: nothing');
  await install();
  const wrong = await runJob('checkout-3');
  expect([wrong.code === 0, await redmeter(variables, 'k', 'report', ...group)]).toEqual([
    false,
    {
      code: 2,
      out: '',
      error: expect.stringMatching(/the Job failed \(Job has reached the specified backoff limit\)\n$/),
    },
  ]);

  const deleted = await redmeter(variables, 'k', 'delete', ...group);
  expect([deleted.code, deleted.out]).toEqual([
    0,
    expect.stringMatching(/^deleted Job checkout-3( and its result)?\n$/),
  ]);
  expect(await redmeter(variables, 'k', 'assert', ...group, '-c', 'completed')).toMatchObject({
    code: 2,
    error: `redmeter: expected a Job of the experiment "checkout" in the namespace ${namespace.name}, found none; -g and -n name another\n`,
  });
});

it('redmeter k log prints what the pods of the latest Job have printed', async () => {
  await install(`values.URL=${url}/`);
  const { cluster, name, folder } = namespace;
  const none = await redmeter(variables, 'k', 'log', ...group);
  expect([none.code, none.error]).toEqual([2, 'redmeter: expected pods of the Job checkout-1, found none\n']);

  // The API server asks the kubelet of the pod's node; this one has no pods, only their logs.
  const { certFile, keyFile } = makeCertificates(folder);
  const kubelet = createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) =>
    response.end(
      request.url?.startsWith(`/containerLogs/${name}/checkout-1-x/experiment`) === true ? 'task 1/2: http\n' : '',
    ),
  );
  await new Promise<void>((resolve) => void kubelet.listen(0, '127.0.0.1', resolve));
  const node = `node-${name}`;
  const { port: Port } = kubelet.address() as AddressInfo;
  const addresses = [{ type: 'InternalIP', address: '127.0.0.1' }];
  await tellKube(cluster, 'POST', '/api/v1/nodes', {
    metadata: { name: node },
    status: { addresses, daemonEndpoints: { kubeletEndpoint: { Port } } },
  });
  const job = await tellKube<Job & { spec: { template: object } }>(
    cluster,
    'GET',
    `/apis/batch/v1/namespaces/${name}/jobs/checkout-1`,
  );
  const { metadata, spec } = job.spec.template as unknown as { metadata: { labels: object }; spec: object };
  await tellKube(cluster, 'POST', `/api/v1/namespaces/${name}/pods`, {
    metadata: { name: 'checkout-1-x', labels: metadata.labels },
    spec: { ...spec, nodeName: node },
  });
  expect(await redmeter(variables, 'k', 'log', ...group)).toEqual({ code: 0, out: 'task 1/2: http\n', error: '' });
  kubelet.close();
  kubelet.closeAllConnections();
});

describe('what the chart makes', () => {
  it('is taken by the server for sampled values', async () => {
    const schema = JSON.parse(
      readFileSync(join(chartFolder('experiment'), 'values.schema.json'), 'utf8'),
    ) as ValuesSchema;
    const kinds = new Set<string>();
    for (let seed = 1; seed <= 12; seed += 1) {
      const values = { ...(sampleValues(schema, randomFrom(seed)) as object), experiment: EXPERIMENT };
      const version = HELM_VERSIONS[seed % 2] ?? 'helm3';
      const manifests = await namespace.render(version, 'experiment', values);
      for (const { kind } of manifests) kinds.add(kind);
      expect({ seed, problems: await problemsOf(namespace, manifests) }).toEqual({ seed, problems: [] });
    }
    expect([...kinds].sort()).toEqual(['ConfigMap', 'CronJob', 'Job']);
  });

  it('is nothing without an experiment', async () => {
    await expect(namespace.render('helm3', 'experiment', {})).rejects.toThrow(/experiment.*minLength/);
  });
});
