import { setTimeout as wait } from 'node:timers/promises';
import type { TrafficPlan } from '../../plan/traffic-plan.js';
import { ReleaseError } from '../../release-error.js';
import type { KubernetesPlace } from '../../spec/release-spec.js';
import type { Gateway, GatewayStatus } from '../gateway.js';
import { Cluster } from './cluster.js';
import { applicationOfRoute, appliedSince, otherManagers, planOfRoute, type LiveRoute } from './live-route.js';
import { conditionLines, newRefusal, slowControllers } from './route-conditions.js';
import { routeDrift } from './route-drift.js';
import { routeOfPlan, servicesOf } from './route-of-plan.js';

const SETTLE_TIMEOUT_MS = 30_000;
const POLL_MS = 200;

/** Options of the adapter. */
export type KubernetesGatewayOptions = {
  /** Whether to take over fields of the route that others manage; false by default. */
  readonly forceConflicts?: boolean;
  /** How long a request is repeated while the server cannot be reached; 0 by default. */
  readonly retryMs?: number;
  /** How long controllers of Gateways may take to carry out a route that they carried out before; 30 s by default. */
  readonly settleTimeoutMs?: number;
};

/**
 * The gateway that is a HTTPRoute of the Gateway API, in the cluster of the kubeconfig. It is applied on the server with a field manager of
 * our own, so that what others own in the route stays theirs.
 */
export function kubernetesGateway(
  place: KubernetesPlace,
  application: string,
  { forceConflicts = false, retryMs = 0, settleTimeoutMs = SETTLE_TIMEOUT_MS }: KubernetesGatewayOptions = {},
): Gateway {
  let connected: Promise<Cluster> | undefined;
  const connect = (): Promise<Cluster> => (connected ??= Cluster.connect(place, retryMs));
  return {
    async apply(plan) {
      const cluster = await connect();
      const before = await cluster.read();
      checkOwner(before, place, application);
      const earlier = before === undefined ? undefined : planOfRoute(before);
      await checkServices(cluster, place, plan, earlier);
      const applied = await cluster.apply(routeOfPlan(plan, place), forceConflicts);
      const refusal = await refusalOf(cluster, before, applied, settleTimeoutMs);
      if (refusal === undefined) return;
      // Restore the previous plan. Only a route that controllers had accepted before can be refused by them.
      if (earlier === undefined) await cluster.apply(bareRoute(place), false);
      else await cluster.apply(routeOfPlan(earlier, place), forceConflicts);
      throw refused(refusal);
    },
    status: async () => statusOf(await (await connect()).read(), place, application),
    stop: async () => stop(await connect(), place, application),
  };
}

function statusOf(live: LiveRoute | undefined, place: KubernetesPlace, application: string): GatewayStatus {
  const name = `HTTPRoute ${place.namespace}/${place.route}`;
  if (live === undefined) return { kind: 'down', reason: `there is no ${name}` };
  const owner = applicationOfRoute(live);
  if (owner !== application) return { kind: 'down', reason: `the ${name} is ${ownerText(owner)}` };
  const plan = planOfRoute(live);
  if (plan === undefined) return { kind: 'down', reason: `the ${name} has no readable plan` };
  return {
    kind: 'serving',
    plan,
    since: appliedSince(live),
    drift: routeDrift(routeOfPlan(plan, placeOf(plan, place)), live),
    conditions: conditionLines(live),
  };
}

/** Ends what `apply` began: the route goes, unless others own fields in it; then only our fields go. */
async function stop(cluster: Cluster, place: KubernetesPlace, application: string): Promise<void> {
  for (;;) {
    const live = await cluster.read();
    if (live === undefined || applicationOfRoute(live) !== application) return;
    if (otherManagers(live).length > 0) {
      await cluster.apply(bareRoute(place), false);
      return;
    }
    // A controller may have written its status meanwhile.
    if (await cluster.remove(live)) return;
  }
}

function checkOwner(live: LiveRoute | undefined, place: KubernetesPlace, application: string): void {
  const owner = live === undefined ? application : (applicationOfRoute(live) ?? application);
  if (owner === application) return;
  throw new ReleaseError(
    'gateway_refused',
    `expected gateway.kubernetes.route to name a route of ${application}, got ${place.namespace}/${place.route}, which is ${ownerText(owner)}`,
  );
}

/** What a plan newly sends requests to must be there. A plan that only takes away is never held up. */
async function checkServices(
  cluster: Cluster,
  place: KubernetesPlace,
  plan: TrafficPlan,
  earlier: TrafficPlan | undefined,
): Promise<void> {
  const known = new Set((earlier === undefined ? [] : servicesOf(earlier)).map(keyOf));
  for (const service of servicesOf(plan)) {
    if (known.has(keyOf(service))) continue;
    const ports = await cluster.portsOfService(service.name);
    if (ports?.includes(service.port) === true) continue;
    const got = ports === undefined ? 'none' : `one with the port ${ports.join(', ')}`;
    throw refused(
      `the Service ${service.name} with the port ${service.port} in ${place.namespace} is missing, got ${got}`,
    );
  }
}

/** Waits until the controllers that reported on the route report on the applied one; returns why one refuses it, else undefined. */
async function refusalOf(
  cluster: Cluster,
  before: LiveRoute | undefined,
  applied: LiveRoute,
  timeoutMs: number,
): Promise<string | undefined> {
  const deadlineMs = performance.now() + timeoutMs;
  const isSettled = (live: LiveRoute): boolean => slowControllers(live).length === 0;
  let live = applied;
  while (!isSettled(live)) {
    const leftMs = deadlineMs - performance.now();
    if (leftMs <= 0) return `${slowControllers(live).join(', ')} has not accepted it within ${timeoutMs / 1000} s`;
    const next = (await cluster.next(live, isSettled, leftMs)) ?? (await cluster.read());
    if (next === undefined) return 'someone deleted the route';
    if (!isSettled(next)) await wait(POLL_MS);
    live = next;
  }
  return newRefusal(before, live);
}

/** The route without anything of ours. */
function bareRoute({ route, namespace }: KubernetesPlace): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: route, namespace },
  };
}

function refused(got: string): ReleaseError {
  return new ReleaseError('gateway_refused', `expected the cluster to accept the plan, got: ${got}`);
}

function ownerText(owner: string | undefined): string {
  return owner === undefined ? 'not of a release' : `of the application ${owner}`;
}

function placeOf({ gateway }: TrafficPlan, place: KubernetesPlace): KubernetesPlace {
  return gateway.kind === 'kubernetes' ? gateway : place;
}

function keyOf({ name, port }: { readonly name: string; readonly port: number }): string {
  return `${name}:${port}`;
}
