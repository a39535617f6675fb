import type { PlanChange } from '../../plan/plan-changes.js';
import type { AppliedRoute } from './http-route.js';
import type { LiveRoute } from './live-route.js';

/** What the server adds to a parent by itself. */
const SERVER_ADDS = new Set(['group', 'kind']);

/** Where a route differs from what was applied, because others changed it. What the server adds does not count. */
export function routeDrift(applied: AppliedRoute, live: LiveRoute): PlanChange[] {
  return [
    ...differences('spec.parentRefs', live.spec?.['parentRefs'], applied.spec.parentRefs),
    ...differences('spec.rules', live.spec?.['rules'], applied.spec.rules),
  ];
}

function differences(what: string, found: unknown, wanted: unknown): PlanChange[] {
  if (Array.isArray(wanted) && Array.isArray(found) && wanted.length === found.length) {
    return wanted.flatMap((each, index) => differences(`${what}[${index}]`, found[index], each));
  }
  if (isFields(wanted) && isFields(found)) {
    const names = Object.keys({ ...wanted, ...found }).filter((name) => name in wanted || !SERVER_ADDS.has(name));
    return names.flatMap((name) => differences(`${what}.${name}`, found[name], wanted[name]));
  }
  if (found === wanted) return [];
  return [
    {
      what,
      ...(found === undefined ? {} : { before: JSON.stringify(found) }),
      ...(wanted === undefined ? {} : { after: JSON.stringify(wanted) }),
    },
  ];
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
