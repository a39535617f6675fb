import { backendText } from '../spec/backend.js';
import type { ParentRef, Segment } from '../spec/release-spec.js';
import { shareText } from '../spec/share.js';
import type { PlannedGateway, TrafficPlan } from './traffic-plan.js';

/** One thing in which two plans differ: what is missing in one of them has no text there. */
export type PlanChange = { readonly what: string; readonly before?: string; readonly after?: string };

/** In what two plans differ, in the order of a release; `before` undefined when there is no plan yet. */
export function planChanges(before: TrafficPlan | undefined, after: TrafficPlan): PlanChange[] {
  const from = before === undefined ? new Map<string, string>() : itemsOf(before);
  const to = itemsOf(after);
  const names = [...new Set([...to.keys(), ...from.keys()])];
  return names.flatMap((what) => {
    const [old, current] = [from.get(what), to.get(what)];
    if (old === current) return [];
    return [
      { what, ...(old === undefined ? {} : { before: old }), ...(current === undefined ? {} : { after: current }) },
    ];
  });
}

/** The changes as lines for people: `+` for what is new, `-` for what goes, `~` for what changes. */
export function changeLines(changes: readonly PlanChange[]): string[] {
  return changes.map(({ what, before, after }) => {
    if (before === undefined) return `+ ${what}: ${after ?? ''}`;
    return after === undefined ? `- ${what}: ${before}` : `~ ${what}: ${before} -> ${after}`;
  });
}

/** A plan as lines for people. */
export function planLines(plan: TrafficPlan): string[] {
  return [...itemsOf(plan)].map(([what, value]) => `${what}: ${value}`);
}

function itemsOf({ gateway, versions, affinity, segments, mirror }: TrafficPlan): Map<string, string> {
  return new Map([
    ['gateway', gatewayText(gateway)],
    ...versions.flatMap((version) => [
      [`version ${version.name}`, backendText(version)] as const,
      [`share of ${version.name}`, shareText(version.share)] as const,
    ]),
    ...(affinity === undefined ? [] : [['affinity', affinityText(affinity)] as const]),
    ...segments.map((segment, index) => [`segment ${index + 1}`, segmentText(segment)] as const),
    ...(mirror === undefined ? [] : [['mirror', `${shareText(mirror.share)} of requests to ${mirror.to}`] as const]),
  ]);
}

function gatewayText(gateway: PlannedGateway): string {
  if (gateway.kind === 'nginx') {
    const { host, port } = gateway.listen;
    return `nginx on ${host}:${port}, files in ${gateway.folder}`;
  }
  return `HTTPRoute ${gateway.namespace}/${gateway.route} of ${gateway.parentRefs.map(parentText).join(', ')}`;
}

function parentText({ kind = 'Gateway', namespace, name, sectionName, port }: ParentRef): string {
  const section = sectionName === undefined ? '' : `, listener ${sectionName}`;
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}${section}${port === undefined ? '' : `, port ${port}`}`;
}

function affinityText({ cookie, maxAgeSeconds }: NonNullable<TrafficPlan['affinity']>): string {
  return `cookie ${cookie}${maxAgeSeconds === undefined ? '' : `, ${maxAgeSeconds} s`}`;
}

function segmentText({ source, name, test, version }: Segment): string {
  const [verb, value] = 'equals' in test ? ['equals', test.equals] : ['matches', test.matches];
  return `${source} ${name} ${verb} ${JSON.stringify(value)} -> ${version}`;
}
