import type { Segment } from '../release-spec.js';

/** What the CRD of HTTPRoute admits, in v1 of the Gateway API. */
export const ROUTE_LIMITS = { rules: 16, backendsOfRule: 16, matchesOfRule: 64, timeoutHours: 99_999 };

/**
 * The segments as rules of a route: neighbours that lead to the same version share one. The order stays, so that the first that fits wins.
 */
export function segmentRules(segments: readonly Segment[]): Segment[][] {
  const rules: Segment[][] = [];
  for (const segment of segments) {
    const last = rules.at(-1);
    if (last?.[0]?.version === segment.version && last.length < ROUTE_LIMITS.matchesOfRule) last.push(segment);
    else rules.push([segment]);
  }
  return rules;
}
