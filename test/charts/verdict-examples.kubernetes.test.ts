import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freePorts, installCrds, waitFor } from '@redmeter/test-servers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { openMetricsStore } from '../../packages/experiment/src/store/open-metrics-store.js';
import { manifestsOf, startHelmNamespace, type HelmNamespace, type Manifest } from './helm.js';
import { redmeterProgram, startLocally, type LocalProcess } from './local-process.js';
import { problemsOf } from './server-validation.js';

interface WebMetric {
  readonly successCondition: string;
  readonly failureCondition: string;
  readonly provider: {
    readonly web: {
      readonly url: string;
      readonly method: string;
      readonly headers: readonly { readonly key: string; readonly value: string }[];
      readonly jsonBody: object;
    };
  };
}
interface Webhook {
  readonly type: string;
  readonly url: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const example = (name: string): Manifest[] =>
  manifestsOf(readFileSync(join(__dirname, '../../examples/kubernetes', name), 'utf8'));

let namespace: HelmNamespace;
let service: LocalProcess;
let url: string;
beforeAll(async () => {
  namespace = await startHelmNamespace();
  const variables = { METRICS_EMBEDDED_FOLDER: namespace.folder, HOME: namespace.folder };
  const store = await openMetricsStore({}, variables);
  await store.setVersions('shop', [
    { version: 'v1', signature: '', weight: 50 },
    { version: 'v2', signature: '', weight: 50 },
  ]);
  // Half of the users of v2 are not served.
  for (let user = 0; user < 600; user += 1) {
    const version = user % 2 === 0 ? 'v1' : 'v2';
    const metric = user % 4 === 1 ? 'failed' : 'served';
    const build = { version, signature: '' };
    await store.writeMetric({ application: 'shop', user: `${user}`, metric, value: 1, build });
  }
  await store.close();
  const { grpc, http } = await freePorts('grpc', 'http');
  url = `http://127.0.0.1:${http}`;
  service = startLocally(
    [process.execPath, redmeterProgram, 'serve', '--grpc', `127.0.0.1:${grpc}`, '--http', `127.0.0.1:${http}`],
    variables,
  );
  await waitFor(() => service.error().includes('serving'), 'the service answers');
});
afterAll(async () => {
  service.kill('SIGTERM');
  await service.ended;
  namespace.remove();
});

it('the examples fit the CRDs of Argo Rollouts and Flagger', async () => {
  const { cluster } = namespace;
  await Promise.all(
    ['argo-rollouts', 'flagger'].map((name) => installCrds(cluster, join(cluster.programs, 'crds', name))),
  );
  const manifests = [...example('argo-rollouts.yaml'), ...example('flagger.yaml')];
  expect(manifests.map(({ kind }) => kind)).toEqual(['AnalysisTemplate', 'Rollout', 'Canary']);
  expect(await problemsOf(namespace, manifests)).toEqual([]);
  // A field that is not there is refused, so that the line above means something.
  const wrong = manifests.map((manifest) => ({ ...manifest, spec: { ...(manifest.spec as object), nothing: 1 } }));
  expect(await problemsOf(namespace, wrong)).toHaveLength(3);
});

it('the request of the AnalysisTemplate gets verdicts that its conditions decide by', async () => {
  const [template] = example('argo-rollouts.yaml');
  const { metrics } = template?.spec as { metrics: WebMetric[] };
  const measure = async (version: string): Promise<string> => {
    const args: Record<string, string> = { application: 'shop', version, service: url, token: 'none' };
    const filled = JSON.stringify(metrics[0]).replaceAll(/\{\{args\.(\w+)\}\}/g, (_, name: string) => args[name] ?? '');
    const { provider, successCondition, failureCondition } = JSON.parse(filled) as WebMetric;
    const { web } = provider;
    const answer = await fetch(web.url, {
      method: web.method,
      // Argo Rollouts says that a jsonBody is JSON.
      headers: [
        ...web.headers.map(({ key, value }): [string, string] => [key, value]),
        ['Content-Type', 'application/json'],
      ],
      body: JSON.stringify(web.jsonBody),
    });
    expect(answer.status).toBe(200);
    const result: unknown = await answer.json();
    // In both languages of expressions these conditions mean the same.
    if (runInNewContext(successCondition, { result }) === true) return 'Successful';
    return runInNewContext(failureCondition, { result }) === true ? 'Failed' : 'Inconclusive';
  };
  expect([await measure('v1'), await measure('v2'), await measure('v3')]).toEqual([
    'Successful',
    'Failed',
    'Inconclusive',
  ]);
});

it("Flagger's webhooks pass a good version and no bad one", async () => {
  const [canary] = example('flagger.yaml');
  const { webhooks } = (canary?.spec as { analysis: { webhooks: Webhook[] } }).analysis;
  const call = async ({ url: at, metadata }: Webhook, version: string): Promise<number> => {
    const payload = {
      name: 'shop',
      namespace: 'web',
      phase: 'Progressing',
      checksum: '85d557f47b',
      metadata: { ...metadata, version },
    };
    const { pathname } = new URL(at);
    const headers = { 'Content-Type': 'application/json' };
    return (await fetch(`${url}${pathname}`, { method: 'POST', headers, body: JSON.stringify(payload) })).status;
  };
  expect(webhooks.map(({ type }) => type)).toEqual(['rollout', 'confirm-promotion']);
  for (const webhook of webhooks) expect([await call(webhook, 'v1'), await call(webhook, 'v2')]).toEqual([200, 412]);
  // Without data it is not rolled back, and not promoted.
  expect(await Promise.all(webhooks.map((webhook) => call(webhook, 'v3')))).toEqual([200, 412]);
});
