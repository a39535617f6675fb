import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { installCrds } from '@redmeter/test-servers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { chartFolder, HELM_VERSIONS, startHelmNamespace, type HelmNamespace, type Manifest } from './helm.js';
import { randomFrom, sampleValues, type ValuesSchema } from './sample-values.js';
import { problemsOf } from './server-validation.js';

const SAMPLES = 30;
const OPERATOR = ['--api-versions', 'monitoring.coreos.com/v1'];
const ALL_MONITORING = { monitor: { create: 'always' }, prometheusRule: { create: 'always', store: true } };

const schema = JSON.parse(readFileSync(join(chartFolder('redmeter'), 'values.schema.json'), 'utf8')) as ValuesSchema;

let namespace: HelmNamespace;
beforeAll(async () => {
  namespace = await startHelmNamespace();
});
afterAll(() => namespace.remove());

const kinds = (manifests: readonly Manifest[]): string[] => [...new Set(manifests.map(({ kind }) => kind))].sort();
const isOfOperator = ({ apiVersion }: Manifest): boolean => apiVersion.startsWith('monitoring.coreos.com/');
const container = (manifests: readonly Manifest[], name: string): Record<string, unknown> => {
  const found = manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
  const { template } = found?.spec as { template: { spec: { containers: Record<string, unknown>[] } } };
  return template.spec.containers[0] ?? {};
};

describe('without the CRDs of Prometheus Operator', () => {
  it('the defaults are taken whole, in a namespace of the Pod Security Standard restricted', async () => {
    for (const version of HELM_VERSIONS) {
      const manifests = await namespace.render(version, 'redmeter', {});
      expect(await problemsOf(namespace, manifests)).toEqual([]);
      expect(manifests.filter(isOfOperator)).toEqual([]);
      expect(kinds(manifests)).toEqual([
        'ConfigMap',
        'Deployment',
        'NetworkPolicy',
        'Pod',
        'PodDisruptionBudget',
        'Service',
        'ServiceAccount',
      ]);
    }
  });

  it('a pod that is not restricted is refused, so that the checks here mean something', async () => {
    const manifests = await namespace.render('helm3', 'redmeter', {
      securityContext: { allowPrivilegeEscalation: true },
    });
    expect((await problemsOf(namespace, manifests)).join('\n')).toMatch(/violates PodSecurity "restricted/);
  });

  it('a monitor that is demanded is refused, and "auto" leaves it out', async () => {
    const manifests = await namespace.render('helm3', 'redmeter', ALL_MONITORING);
    expect((await problemsOf(namespace, manifests)).sort()).toEqual([
      expect.stringMatching(/^PrometheusRule redmeter: 404/),
      expect.stringMatching(/^ServiceMonitor redmeter-exporter: 404/),
      expect.stringMatching(/^ServiceMonitor redmeter-serve: 404/),
    ]);
  });
});

describe('with the CRDs of Prometheus Operator', () => {
  beforeAll(() => installCrds(namespace.cluster, join(namespace.cluster.programs, 'crds/prometheus-operator')));

  it('Helm finds them, and makes monitors and rules', async () => {
    for (const version of HELM_VERSIONS) {
      const args = ['install', 'redmeter', chartFolder('redmeter'), '--dry-run=server', '--output', 'json'];
      const answer = JSON.parse(await namespace.helm(version, ...args)) as { manifest: string };
      expect(answer.manifest).toMatch(/^kind: ServiceMonitor$/m);
      expect(answer.manifest).toMatch(/^kind: PrometheusRule$/m);
    }
  });

  it('the server takes every object of sampled values, and both versions of Helm make the same of them', async () => {
    const seen = new Set<string>();
    let refused = 0;
    for (let seed = 1; seed - refused <= SAMPLES; seed += 1) {
      const values = sampleValues(schema, randomFrom(seed)) as object;
      const [version = 'helm3', other = 'helm4'] = seed % 2 === 0 ? HELM_VERSIONS : [...HELM_VERSIONS].reverse();
      const rendered = await namespace
        .render(version, 'redmeter', values, ...OPERATOR)
        .catch((error: unknown) => (String(error).includes('schema(s)') ? undefined : Promise.reject(error as Error)));
      if (rendered === undefined) {
        refused += 1;
        continue;
      }
      const problems = await problemsOf(namespace, rendered);
      if (problems.length > 0) throw new Error(`seed ${seed}: ${problems.join('\n')}\n${JSON.stringify(values)}`);
      for (const kind of kinds(rendered)) seen.add(kind);
      // The passwords of the chart's own Redis are new each time.
      if (seed % 10 === 0) {
        const again = await namespace.render(other, 'redmeter', values, ...OPERATOR);
        const isSame = ({ kind }: Manifest): boolean => kind !== 'Secret';
        expect(again.filter(isSame)).toEqual(rendered.filter(isSame));
      }
    }
    expect([...seen].sort()).toEqual([
      'ClusterRole',
      'ClusterRoleBinding',
      'ConfigMap',
      'Deployment',
      'HorizontalPodAutoscaler',
      'NetworkPolicy',
      'Pod',
      'PodDisruptionBudget',
      'PodMonitor',
      'PrometheusRule',
      'Role',
      'RoleBinding',
      'Secret',
      'Service',
      'ServiceAccount',
      'ServiceMonitor',
      'StatefulSet',
    ]);
  });
});

describe('what the schema refuses', () => {
  it.each([
    ['a name that does not exist', { exporter: { knd: 'native' } }, 'knd'],
    ['another word than those of an enum', { exporter: { kind: 'nativ' } }, 'kind'],
    ['an address that holds a password', { metrics: { redis: { address: 'redis://:secret@redis:6379' } } }, 'address'],
    ['several pods on the embedded store', { serve: { replicas: 2 } }, 'replicas'],
    ['OTLP for redis_exporter', { exporter: { native: { otlp: { enabled: true } } } }, 'kind'],
    [
      'a push for redis_exporter',
      { exporter: { native: { push: { url: 'http://prometheus:9090/api/v1/write' } } } },
      'kind',
    ],
    ['the password of nobody who pushes', { exporter: { native: { push: { existingSecret: 'push' } } } }, 'user'],
    ['a login in the URL of the push', { exporter: { native: { push: { url: 'http://a:b@host/write' } } } }, 'url'],
    ['the password of nobody', { exporter: { native: { otlp: { existingSecret: 'writer' } } } }, 'user'],
    ['an autoscaler on the embedded store', { serve: { autoscaling: { enabled: true } } }, 'enabled'],
  ])('%s', async (_, values, named) => {
    for (const version of HELM_VERSIONS)
      await expect(namespace.render(version, 'redmeter', values)).rejects.toThrow(
        new RegExp(`specifications of the schema\\(s\\)[^]*${named}`),
      );
  });
});

it('no password is in a ConfigMap or in arguments', async () => {
  const manifests = await namespace.render('helm4', 'redmeter', {
    redis: { enabled: true },
    metrics: { implementation: 'redis' },
  });
  const secret = manifests.find(({ kind }) => kind === 'Secret');
  const others = JSON.stringify(manifests.filter(({ kind }) => kind !== 'Secret'));
  const passwords = Object.values(secret?.data ?? {}).map((text) => Buffer.from(text, 'base64').toString());
  expect(passwords).toHaveLength(3);
  for (const password of passwords) {
    expect(password).toMatch(/^\w{32}$/);
    expect(others).not.toContain(password);
  }
  expect(container(manifests, 'redmeter-serve')['env']).toContainEqual({
    name: 'METRICS_REDIS_PASSWORD',
    valueFrom: { secretKeyRef: { name: 'redmeter-redis', key: 'password' } },
  });
});

it('the spelling of a document of Iter8 works too', async () => {
  const values = { metrics: { implementation: 'redis', redis: { addresss: 'store:6379' } } };
  const manifests = await namespace.render('helm4', 'redmeter', values);
  expect(container(manifests, 'redmeter-serve')['env']).toContainEqual({
    name: 'METRICS_REDIS_ADDRESS',
    value: 'redis://store:6379',
  });
});

/** The steps of the job redis-exporter in prometheus.yaml, in the spelling of Prometheus Operator. */
function restoringSteps(): object[] {
  const file = readFileSync(join(chartFolder('redmeter'), '../../prometheus.yaml'), 'utf8');
  const { scrape_configs: jobs } = parse(file, { merge: true }) as {
    scrape_configs: { job_name: string; metric_relabel_configs?: Record<string, unknown>[] }[];
  };
  const steps = jobs.find(({ job_name: name }) => name === 'redis-exporter')?.metric_relabel_configs ?? [];
  return steps.map(({ source_labels: sourceLabels, target_label: targetLabel, ...others }) => ({
    ...others,
    ...(sourceLabels === undefined ? {} : { sourceLabels }),
    ...(targetLabel === undefined ? {} : { targetLabel }),
  }));
}

it('the steps that restore series are those of prometheus.yaml, and series get no label of a pod', async () => {
  const [monitor] = (await namespace.render('helm4', 'redmeter', ALL_MONITORING)).filter(
    ({ kind, metadata }) => kind === 'ServiceMonitor' && metadata.name === 'redmeter-exporter',
  );
  const { endpoints } = monitor?.spec as { endpoints: { relabelings: object[]; metricRelabelings: object[] }[] };
  expect(endpoints[0]?.metricRelabelings).toEqual(restoringSteps());
  expect(endpoints[0]?.relabelings).toContainEqual({ targetLabel: 'job', replacement: 'redis-exporter' });
  expect(endpoints[0]?.relabelings).toContainEqual({ action: 'labeldrop', regex: 'pod|container|endpoint|service' });
});
