import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { askKube, tellKube, waitFor } from '@redmeter/test-servers';
import { chartFolder, HELM_VERSIONS, manifestsOf, startHelmNamespace, type HelmNamespace } from './helm.js';
import { pathOf } from './server-validation.js';

interface Variable {
  readonly name: string;
  readonly value?: string;
}

interface Deployment {
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly env: readonly Variable[] }[] } };
  };
}

const chart = chartFolder('redmeter');

let namespace: HelmNamespace;
beforeEach(async () => {
  namespace = await startHelmNamespace();
});
afterEach(() => namespace.remove());

const read = (path: string): Promise<unknown> => tellKube(namespace.cluster, 'GET', path);
const deployment = async (name: string): Promise<Deployment> =>
  (await read(`/apis/apps/v1/namespaces/${namespace.name}/deployments/${name}`)) as Deployment;
const variables = ({ spec }: Deployment): Record<string, string | undefined> =>
  Object.fromEntries(spec.template.spec.containers.flatMap(({ env }) => env.map(({ name, value }) => [name, value])));

describe.each(HELM_VERSIONS)('with %s', (version) => {
  it('is installed with the flags that Iter8 documents, upgraded, rolled back and uninstalled', async () => {
    const flags = ['--set', 'metrics.implementation=redis', '--set', 'metrics.redis.address=redis:6379'];
    const installed = await namespace.helm(version, 'upgrade', '--install', 'redmeter', chart, ...flags);
    expect(installed).toContain('A/B/n lookups and metrics, on the metrics store "redis"');
    expect(variables(await deployment('redmeter-serve'))).toMatchObject({
      METRICS_IMPLEMENTATION: 'redis',
      METRICS_REDIS_ADDRESS: 'redis://redis:6379',
    });
    expect(variables(await deployment('redmeter-exporter'))).toMatchObject({ REDIS_ADDR: 'redis://redis:6379' });
    const objects = manifestsOf(await namespace.helm(version, 'get', 'manifest', 'redmeter'));

    const changed = [...flags, '--set', 'serve.replicas=3', '--set', 'exporter.kind=native'];
    await namespace.helm(version, 'upgrade', 'redmeter', chart, ...changed);
    expect((await deployment('redmeter-serve')).spec.replicas).toBe(3);
    expect(variables(await deployment('redmeter-exporter'))).toMatchObject({ REDIS_URL: 'redis://redis:6379' });

    await namespace.helm(version, 'rollback', 'redmeter', '1');
    expect((await deployment('redmeter-serve')).spec.replicas).toBe(1);
    expect(variables(await deployment('redmeter-exporter'))).not.toHaveProperty('REDIS_URL');

    await namespace.helm(version, 'uninstall', 'redmeter');
    expect(objects.length).toBeGreaterThan(8);
    const left = await Promise.all(
      objects.map(async (each) => {
        const { status } = await askKube(
          namespace.cluster,
          'GET',
          `${pathOf(each, namespace.name)}/${each.metadata.name}`,
        );
        return status === 404 ? [] : [`${each.kind} ${each.metadata.name}`];
      }),
    );
    expect(left.flat()).toEqual([]);
  });

  it('keeps the passwords of its Redis when it is upgraded', async () => {
    const passwords = async (): Promise<unknown> =>
      ((await read(`/api/v1/namespaces/${namespace.name}/secrets/redmeter-redis`)) as { data: unknown }).data;
    await namespace.helm(version, 'install', 'redmeter', chart, '--set', 'redis.enabled=true');
    const before = await passwords();
    expect(Object.keys(before as object).sort()).toEqual(['password', 'reader-password', 'writer-password']);
    await namespace.helm(
      version,
      'upgrade',
      'redmeter',
      chart,
      '--set',
      'redis.enabled=true',
      '--set',
      'serve.enabled=false',
    );
    expect(await passwords()).toEqual(before);
  });

  it('helm test succeeds when its pod does, and fails when it does not', async () => {
    await namespace.helm(version, 'install', 'redmeter', chart);
    const pod = `/api/v1/namespaces/${namespace.name}/pods/redmeter-test`;
    const endAs = async (phase: string): Promise<void> => {
      // No kubelet runs the pod: its end is told as a kubelet does.
      await waitFor(
        async () => (await askKube(namespace.cluster, 'GET', pod)).status === 200,
        'the pod of the test is there',
      );
      await tellKube(
        namespace.cluster,
        'PATCH',
        `${pod}/status`,
        { status: { phase } },
        'application/merge-patch+json',
      );
    };
    const [output] = await Promise.all([namespace.helm(version, 'test', 'redmeter'), endAs('Succeeded')]);
    expect(output).toMatch(/Phase: +Succeeded/);
    await tellKube(namespace.cluster, 'DELETE', `${pod}?gracePeriodSeconds=0`).catch(() => undefined);
    const [failed] = await Promise.allSettled([namespace.helm(version, 'test', 'redmeter'), endAs('Failed')]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { stderr: expect.stringContaining('failed') } });
  });
});
