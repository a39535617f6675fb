import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { laneCluster, tellKube } from '@redmeter/test-servers';
import { withoutUsersOf } from '../../../src/plan/candidate-share.js';
import type { TrafficPlan } from '../../../src/plan/traffic-plan.js';
import {
  kubernetesGateway,
  type KubernetesGatewayOptions,
} from '../../../src/gateway/kubernetes/kubernetes-gateway.js';
import type { Gateway } from '../../../src/gateway/gateway.js';
import type { KubernetesPlace } from '../../../src/spec/release-spec.js';
import { describeGateway, type GatewayUnderTest } from '../gateway-contract.js';
import { ruleFor, weightsOf } from './route-reader.js';
import { startNamespace, type TestNamespace, type TestRoute } from './test-cluster.js';

const kubeconfigBefore = process.env['KUBECONFIG'];
afterAll(() => {
  if (kubeconfigBefore === undefined) delete process.env['KUBECONFIG'];
  else process.env['KUBECONFIG'] = kubeconfigBefore;
});

async function start(): Promise<TestNamespace> {
  const namespace = await startNamespace(laneCluster());
  process.env['KUBECONFIG'] = namespace.kubeconfig;
  return namespace;
}

function placeIn({ name }: TestNamespace): KubernetesPlace {
  return { kind: 'kubernetes', route: 'shop', namespace: name, parentRefs: [{ name: 'web', sectionName: 'http' }] };
}

describeGateway('Kubernetes', async (): Promise<GatewayUnderTest> => {
  const namespace = await start();
  const planned = placeIn(namespace);
  return {
    gateway: kubernetesGateway(planned, 'shop'),
    planned,
    backendOf: (version) => ({ service: `shop-${version}`, port: 80 }),
    missing: { service: 'no-such-service', port: 80 },
    async reached(headers) {
      const route = await namespace.route();
      if (route === undefined) return [];
      return Object.keys(weightsOf(ruleFor(route, headers)))
        .map((service) => service.replace('shop-', ''))
        .sort();
    },
    remove: () => namespace.remove(),
  };
});

describe('a route of Kubernetes', () => {
  let namespace: TestNamespace;
  beforeEach(async () => {
    namespace = await start();
  });
  afterEach(() => namespace.remove());

  const gateway = (options: KubernetesGatewayOptions = {}, application = 'shop'): Gateway =>
    kubernetesGateway(placeIn(namespace), application, options);
  const plan = (shares: readonly number[], rest: Partial<TrafficPlan> = {}): TrafficPlan => ({
    application: 'shop',
    gateway: placeIn(namespace),
    versions: ['v1', 'v2', 'v3'].map((name, index) => ({
      name,
      service: `shop-${name}`,
      port: 80,
      share: shares[index] ?? 0,
    })),
    segments: [],
    ...rest,
  });
  const route = async (): Promise<TestRoute> => {
    const found = await namespace.route();
    if (found === undefined) throw new Error('expected a route');
    return found;
  };
  const weights = async (): Promise<Record<string, number>> => weightsOf(ruleFor(await route(), {}));

  it('has weights that are the shares, to a hundredth of a percent, and parents as the plan says', async () => {
    await gateway().apply(plan([7099, 2900, 1]));
    expect(await weights()).toEqual({ 'shop-v1': 7099, 'shop-v2': 2900, 'shop-v3': 1 });
    expect((await route()).spec.parentRefs).toMatchObject([{ name: 'web', sectionName: 'http', kind: 'Gateway' }]);
  });

  it('is not written when the plan is in force', async () => {
    await gateway().apply(plan([5000, 5000, 0]));
    const { resourceVersion } = (await route()).metadata;
    await gateway().apply(plan([5000, 5000, 0]));
    expect((await route()).metadata.resourceVersion).toBe(resourceVersion);
  });

  it('keeps the fields of others, whoever came first', async () => {
    await namespace.applyAs('team', {
      metadata: { name: 'shop', labels: { team: 'a' } },
      spec: { hostnames: ['a.b'] },
    });
    await gateway().apply(plan([10_000, 0, 0]));
    await namespace.applyAs('dns', { metadata: { name: 'shop', annotations: { dns: 'on' } } });
    await gateway().apply(plan([5000, 5000, 0]));
    const { metadata, spec } = await route();
    expect([metadata.labels, metadata.annotations, spec.hostnames]).toMatchObject([
      { team: 'a' },
      { dns: 'on' },
      ['a.b'],
    ]);
    expect(await weights()).toEqual({ 'shop-v1': 5000, 'shop-v2': 5000 });

    // Ours go, theirs stay.
    await gateway().stop();
    expect(await gateway().status()).toMatchObject({
      kind: 'down',
      reason: expect.stringContaining('not of a release'),
    });
    const left = await route();
    expect([left.metadata.labels, left.spec.hostnames, left.spec.parentRefs]).toEqual([
      { team: 'a' },
      ['a.b'],
      undefined,
    ]);
    expect(Object.keys(left.metadata.annotations ?? {})).toEqual(['dns']);
  });

  it('that others manage is a conflict, which names them and their fields, and is taken over only when asked for', async () => {
    const rules = [{ backendRefs: [{ name: 'shop-v3', port: 80 }] }];
    await namespace.applyAs('helm', { spec: { rules, parentRefs: [{ name: 'old' }] } });
    const before = await route();
    await expect(gateway().apply(plan([10_000, 0, 0]))).rejects.toMatchObject({
      code: 'gateway_refused',
      message: `expected the fields of the plan in the HTTPRoute ${namespace.name}/shop to be managed by redmeter, got spec.parentRefs, spec.rules owned by "helm"; remove them from what helm applies, or take them over with --force-conflicts`,
    });
    expect(await route()).toEqual(before);
    await gateway({ forceConflicts: true }).apply(plan([10_000, 0, 0]));
    expect(await weights()).toEqual({ 'shop-v1': 10_000 });
    await gateway().apply(plan([0, 10_000, 0]));
    expect(await weights()).toEqual({ 'shop-v2': 10_000 });
  });

  it('reports a change by others, with the actual state', async () => {
    await gateway().apply(plan([9000, 1000, 0]));
    const rules = [
      {
        backendRefs: [
          { name: 'shop-v1', port: 80, weight: 5 },
          { name: 'shop-v2', port: 80, weight: 1000 },
        ],
      },
    ];
    await namespace.applyAs('kubectl-edit', { spec: { rules } }, true);
    expect(await gateway().status()).toMatchObject({
      kind: 'serving',
      drift: [{ what: 'spec.rules[0].backendRefs[0].weight', before: '5', after: '9000' }],
    });
    await expect(gateway().apply(plan([10_000, 0, 0]))).rejects.toMatchObject({
      message: expect.stringContaining('spec.rules owned by "kubectl-edit"'),
    });
  });

  it('of another application is refused, and left alone', async () => {
    await gateway().apply(plan([10_000, 0, 0]));
    const blog = gateway({}, 'blog');
    await expect(blog.apply({ ...plan([0, 10_000, 0]), application: 'blog' })).rejects.toMatchObject({
      code: 'gateway_refused',
      message: `expected gateway.kubernetes.route to name a route of blog, got ${namespace.name}/shop, which is of the application shop`,
    });
    expect(await blog.status()).toMatchObject({
      kind: 'down',
      reason: expect.stringContaining('of the application shop'),
    });
    await blog.stop();
    expect(await weights()).toEqual({ 'shop-v1': 10_000 });
  });

  it('copies requests by RequestMirror, with the exact portion, but not what the version serves anyway', async () => {
    const mirror = (share: number): Promise<void> =>
      gateway().apply(plan([10_000, 0, 0], { mirror: { to: 'v2', share } }));
    const backendRef = { group: '', kind: 'Service', name: 'shop-v2', port: 80 };
    const filters = async (): Promise<unknown> => (await route()).spec.rules?.[0]?.filters;
    await mirror(10_000);
    expect(await filters()).toEqual([{ type: 'RequestMirror', requestMirror: { backendRef } }]);
    await mirror(1000);
    expect(await filters()).toEqual([{ type: 'RequestMirror', requestMirror: { backendRef, percent: 10 } }]);
    await mirror(1234);
    const fraction = { numerator: 1234, denominator: 10_000 };
    expect(await filters()).toEqual([{ type: 'RequestMirror', requestMirror: { backendRef, fraction } }]);
    await mirror(0);
    expect(await filters()).toBeUndefined();
    await gateway().apply(
      plan([0, 10_000, 0], {
        mirror: { to: 'v2', share: 10_000 },
        segments: [
          { source: 'header', name: 'a', test: { equals: 'b' }, version: 'v2' },
          { source: 'header', name: 'a', test: { equals: 'c' }, version: 'v3' },
        ],
      }),
    );
    expect((await route()).spec.rules?.map((rule) => rule.filters !== undefined)).toEqual([false, true, false]);
  });

  it('needs the experimental channel for affinity, else it is refused with the reason and nothing changes', async () => {
    await gateway().apply(plan([10_000, 0, 0]));
    const before = await route();
    await expect(gateway().apply(plan([0, 10_000, 0], { affinity: { cookie: 'v' } }))).rejects.toMatchObject({
      code: 'gateway_refused',
      message:
        'expected CRDs of the experimental channel of the Gateway API for affinity, got some without sessionPersistence; install that channel, or leave affinity out',
    });
    expect(await route()).toEqual(before);
  });

  it('takes the largest plan that the file admits', async () => {
    const services = Array.from({ length: 16 }, (_, index) => `big-${index}`);
    await Promise.all(services.map((service) => namespace.addService(service)));
    const segments = Array.from({ length: 100 }, (_, index) => ({
      source: 'header' as const,
      name: 'x-group',
      test: { equals: `g${index}` },
      // 64 neighbours share a rule, the others need fourteen.
      version: index < 64 ? 's0' : `s${Math.min(index - 63, 14)}`,
    }));
    await gateway().apply({
      ...plan([]),
      versions: services.map((service, index) => ({ name: `s${index}`, service, port: 80, share: 625 })),
      segments,
    });
    expect((await route()).spec.rules).toHaveLength(16);
  });

  describe('that a controller carries out', () => {
    const controller = 'example.com/gateway';
    const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted' };
    const resolved = { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs' };
    beforeEach(async () => {
      await gateway().apply(plan([10_000, 0, 0]));
      await namespace.reportAs(controller, [accepted, resolved]);
    });

    it('is in force when the controller says so', async () => {
      let isApplied = false;
      const applying = gateway()
        .apply(plan([5000, 5000, 0]))
        .then(() => (isApplied = true));
      await changed();
      // An old word about the new state counts for nothing.
      await namespace.applyAs('noise', { metadata: { name: 'shop', labels: { a: 'b' } } });
      expect(isApplied).toBe(false);
      await namespace.reportAs(controller, [accepted, resolved]);
      await applying;
      expect(await gateway().status()).toMatchObject({
        conditions: [
          `${controller} on ${namespace.name}/web: Accepted is True (Accepted)`,
          `${controller} on ${namespace.name}/web: ResolvedRefs is True (ResolvedRefs)`,
        ],
      });
    });

    it.each([
      [
        [{ ...accepted, status: 'False', reason: 'NotAllowedByListeners' }, resolved],
        'Accepted is False (NotAllowedByListeners)',
      ],
      [
        [accepted, { ...resolved, status: 'False', reason: 'BackendNotFound', message: 'no such-service' }],
        'ResolvedRefs is False (BackendNotFound: no such-service)',
      ],
    ])('is put back when the controller refuses it: %j', async (conditions, reason) => {
      const applying = gateway().apply(plan([5000, 5000, 0]));
      const outcome = expect(applying).rejects.toMatchObject({
        code: 'gateway_refused',
        message: `expected the cluster to accept the plan, got: ${controller} on ${namespace.name}/web: ${reason}`,
      });
      await changed();
      await namespace.reportAs(controller, conditions);
      await outcome;
      expect(await weights()).toEqual({ 'shop-v1': 10_000 });
      expect(await gateway().status()).toMatchObject({ plan: plan([10_000, 0, 0]), drift: [] });
    });

    it('is put back when the controller does not take it in time', async () => {
      await expect(gateway({ settleTimeoutMs: 300 }).apply(plan([5000, 5000, 0]))).rejects.toMatchObject({
        code: 'gateway_refused',
        message: `expected the cluster to accept the plan, got: ${controller} has not accepted it within 0.3 s`,
      });
      expect(await weights()).toEqual({ 'shop-v1': 10_000 });
    });

    it('is rolled back even while the controller refuses it, and its Services are gone', async () => {
      const both = plan([5000, 5000, 0], { mirror: { to: 'v2', share: 10_000 } });
      const applying = gateway().apply(both);
      await changed();
      await namespace.reportAs(controller, [accepted, resolved]);
      await applying;
      await tellKube(laneCluster(), 'DELETE', `/api/v1/namespaces/${namespace.name}/services/shop-v2`);
      const broken = { ...resolved, status: 'False', reason: 'BackendNotFound' };
      await namespace.reportAs(controller, [accepted, broken]);
      const rollingBack = gateway().apply(withoutUsersOf(both, 'v2'));
      await changed();
      await namespace.reportAs(controller, [accepted, broken]);
      await rollingBack;
      expect(await weights()).toEqual({ 'shop-v1': 10_000 });
    });

    async function changed(): Promise<void> {
      const { generation } = (await route()).metadata;
      const deadlineMs = performance.now() + 60_000;
      const seen = generations.get(namespace.name) ?? 1;
      while ((await route()).metadata.generation <= seen) {
        if (performance.now() > deadlineMs) throw new Error(`expected a generation above ${generation}`);
      }
      generations.set(namespace.name, (await route()).metadata.generation);
    }
    const generations = new Map<string, number>();
  });
});
