import type { PlannedVersion, TrafficPlan } from '../../plan/traffic-plan.js';
import type { KubernetesPlace, Segment } from '../../spec/release-spec.js';
import { cookieExpression } from '../../spec/kubernetes/cookie-expression.js';
import { segmentRules } from '../../spec/kubernetes/route-limits.js';
import { WHOLE } from '../../spec/share.js';
import { ANNOTATIONS, ROUTE_API, type AppliedRoute, type BackendRef, type RouteRule } from './http-route.js';

const EVERY_PATH = { type: 'PathPrefix', value: '/' } as const;

/**
 * The route that carries a plan out. A Gateway takes the match with the most headers, and of equal ones that of the first rule. Each
 * segment matches by one header, whichever its path: so the first segment that fits wins, and the rule without headers is for all others.
 */
export function routeOfPlan(plan: TrafficPlan, place: KubernetesPlace): AppliedRoute {
  return {
    apiVersion: `${ROUTE_API.group}/${ROUTE_API.version}`,
    kind: 'HTTPRoute',
    metadata: {
      name: place.route,
      namespace: place.namespace,
      annotations: { [ANNOTATIONS.application]: plan.application, [ANNOTATIONS.plan]: JSON.stringify(plan) },
    },
    spec: {
      parentRefs: place.parentRefs.map(withoutUndefined),
      rules: [...segmentRules(plan.segments).map((segments) => segmentRule(plan, segments)), splitRule(plan)],
    },
  };
}

/** The Services that a plan sends users or copies to. */
export function servicesOf(plan: TrafficPlan): { readonly name: string; readonly port: number }[] {
  const names = new Set([
    ...plan.versions.filter(({ share }) => share > 0).map(({ name }) => name),
    ...plan.segments.map(({ version }) => version),
    ...(plan.mirror === undefined ? [] : [plan.mirror.to]),
  ]);
  return plan.versions.filter(({ name }) => names.has(name)).map(serviceOf);
}

function segmentRule(plan: TrafficPlan, segments: readonly Segment[]): RouteRule {
  const version = versionOf(plan, segments[0]?.version);
  return {
    matches: segments.map((segment) => ({ path: EVERY_PATH, headers: [headerOf(segment)] })),
    ...filters(plan, plan.mirror?.to === version.name),
    backendRefs: [{ ...backendOf(version), weight: 1 }],
  };
}

// A version without a share is left out: with weight 0, a gateway would still send it the sessions that it has.
function splitRule(plan: TrafficPlan): RouteRule {
  const versions = plan.versions.filter(({ share }) => share > 0);
  const hasAllUsers = versions.some(({ name, share }) => name === plan.mirror?.to && share === WHOLE);
  return {
    matches: [{ path: EVERY_PATH }],
    ...filters(plan, hasAllUsers),
    backendRefs: versions.map((version) => ({ ...backendOf(version), weight: version.share })),
    ...(plan.affinity === undefined ? {} : { sessionPersistence: persistenceOf(plan.affinity) }),
  };
}

function headerOf({ source, name, test }: Segment): NonNullable<RouteRule['matches'][number]['headers']>[number] {
  if (source === 'cookie') {
    const found = cookieExpression(name, test);
    if (found.kind === 'problem') throw new Error(`expected ${found.expected}, got ${found.got}`);
    return { type: 'RegularExpression', name: 'cookie', value: found.text };
  }
  if ('equals' in test) return { type: 'Exact', name, value: test.equals };
  // Some gateways compare the whole value, others search in it.
  return { type: 'RegularExpression', name, value: `^.*(?:${test.matches}).*$` };
}

/** Copies to the version of `mirror`, unless all that the rule takes goes there anyway. */
function filters(plan: TrafficPlan, isServedByCopied: boolean): { readonly filters?: readonly object[] } {
  const { mirror } = plan;
  if (mirror === undefined || mirror.share === 0 || isServedByCopied) return {};
  const backendRef = backendOf(versionOf(plan, mirror.to));
  return { filters: [{ type: 'RequestMirror', requestMirror: { backendRef, ...portionOf(mirror.share) } }] };
}

function portionOf(share: number): object {
  if (share === WHOLE) return {};
  if (share % 100 === 0) return { percent: share / 100 };
  return { fraction: { numerator: share, denominator: WHOLE } };
}

function persistenceOf({ cookie, maxAgeSeconds }: NonNullable<TrafficPlan['affinity']>): object {
  return {
    type: 'Cookie',
    sessionName: cookie,
    ...(maxAgeSeconds === undefined
      ? { cookieConfig: { lifetimeType: 'Session' } }
      : { cookieConfig: { lifetimeType: 'Permanent' }, absoluteTimeout: durationText(maxAgeSeconds) }),
  };
}

// Each number has at most five digits there.
function durationText(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ];
  return parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count}${unit}`])).join('');
}

function backendOf(version: PlannedVersion): BackendRef {
  return { group: '', kind: 'Service', ...serviceOf(version) };
}

function serviceOf(version: PlannedVersion): { readonly name: string; readonly port: number } {
  if ('url' in version) throw new Error(`expected the version ${version.name} to have a Service`);
  return { name: version.service, port: version.port };
}

function versionOf({ versions }: TrafficPlan, name: string | undefined): PlannedVersion {
  const found = versions.find((version) => version.name === name);
  if (found === undefined) throw new Error(`expected a version ${name ?? ''}`);
  return found;
}

function withoutUndefined(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
