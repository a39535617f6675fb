import type { LiveRoute } from './live-route.js';

/** The conditions for a parent serving a route, with the status that means it does. */
const WANTED: Readonly<Record<string, string>> = { Accepted: 'True', ResolvedRefs: 'True', PartiallyInvalid: 'False' };

type Condition = {
  readonly controller: string;
  readonly parent: string;
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly observedGeneration?: number | undefined;
};

function conditionsOf({ metadata, status }: LiveRoute): Condition[] {
  return (status?.parents ?? []).flatMap(({ controllerName, parentRef, conditions }) =>
    (conditions ?? []).map((condition) => ({
      ...condition,
      controller: controllerName,
      parent: `${parentRef.namespace ?? metadata.namespace}/${parentRef.name}`,
    })),
  );
}

/** The conditions of a route that controllers of Gateways report, for people. */
export function conditionLines(live: LiveRoute): string[] {
  return conditionsOf(live).map((condition) => {
    const isOfBefore = isStale(condition, live) ? ', of an earlier state of the route' : '';
    return `${conditionText(condition)}${isOfBefore}`;
  });
}

/** The controllers that have reported on a route, but not yet on its current state. */
export function slowControllers(live: LiveRoute): string[] {
  const slow = conditionsOf(live).filter((condition) => isStale(condition, live));
  return [...new Set(slow.map(({ controller }) => controller))];
}

/** Why a Gateway does not serve a route that it served before; undefined when none refuses it. */
export function newRefusal(before: LiveRoute | undefined, after: LiveRoute): string | undefined {
  const refused = new Set(before === undefined ? [] : conditionsOf(before).filter(isRefusal).map(keyOf));
  const found = conditionsOf(after).find((condition) => isRefusal(condition) && !refused.has(keyOf(condition)));
  return found === undefined ? undefined : conditionText(found);
}

function isStale({ observedGeneration }: Condition, { metadata }: LiveRoute): boolean {
  return observedGeneration !== undefined && observedGeneration < metadata.generation;
}

function isRefusal({ type, status }: Condition): boolean {
  const wanted = WANTED[type];
  return wanted !== undefined && status !== wanted && status !== 'Unknown';
}

function keyOf({ controller, parent, type }: Condition): string {
  return JSON.stringify([controller, parent, type]);
}

function conditionText({ controller, parent, type, status, reason, message }: Condition): string {
  const why = [reason, message].filter((text) => text !== undefined && text !== '').join(': ');
  return `${controller} on ${parent}: ${type} is ${status}${why === '' ? '' : ` (${why.replaceAll(/\s+/g, ' ')})`}`;
}
