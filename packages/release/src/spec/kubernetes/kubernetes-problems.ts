import type { PlacedProblem } from '../placed-problem.js';
import type { ReleaseInput } from '../release-schema.js';
import type { Segment } from '../release-spec.js';
import { cookieExpression } from './cookie-expression.js';
import { ROUTE_LIMITS, segmentRules } from './route-limits.js';

/** What of a release a HTTPRoute cannot express. */
export function kubernetesProblems(input: ReleaseInput, segments: readonly Segment[]): PlacedProblem[] {
  const { kubernetes } = input.gateway;
  if (kubernetes === undefined) return [];
  return [
    ...parentProblems(kubernetes.parentRefs),
    ...versionLimit(input),
    ...segmentLimit(segments),
    ...cookieProblems(segments),
    ...affinityProblems(input),
  ];
}

function parentProblems(parents: NonNullable<ReleaseInput['gateway']['kubernetes']>['parentRefs']): PlacedProblem[] {
  const keys = parents.map(({ group, kind, name, namespace, sectionName, port }) =>
    JSON.stringify([group, kind, name, namespace, sectionName, port]),
  );
  return keys.flatMap((key, index) => {
    if (keys.indexOf(key) === index) return [];
    const got = `${JSON.stringify(parents[index]?.name)} twice`;
    return [{ path: ['gateway', 'kubernetes', 'parentRefs', index], expected: 'each parent once', got }];
  });
}

function versionLimit({ versions }: ReleaseInput): PlacedProblem[] {
  if (versions.length <= ROUTE_LIMITS.backendsOfRule) return [];
  const expected = `at most ${ROUTE_LIMITS.backendsOfRule} versions, as a rule of a HTTPRoute has backends`;
  return [{ path: ['versions'], expected, got: String(versions.length) }];
}

function segmentLimit(segments: readonly Segment[]): PlacedProblem[] {
  const rules = segmentRules(segments).length;
  // One is for those who are split by weight.
  const most = ROUTE_LIMITS.rules - 1;
  if (rules <= most) return [];
  const expected = `segments that need at most ${most} rules of a HTTPRoute, where adjacent segments of the same version share one`;
  return [{ path: ['segments'], expected, got: String(rules) }];
}

function cookieProblems(segments: readonly Segment[]): PlacedProblem[] {
  return segments.flatMap(({ source, name, test }, index) => {
    if (source !== 'cookie') return [];
    const found = cookieExpression(name, test);
    if (found.kind === 'expression') return [];
    const { expected, got } = found;
    return [{ path: ['segments', index, 'equals' in test ? 'equals' : 'matches'], expected, got }];
  });
}

function affinityProblems({ affinity }: ReleaseInput): PlacedProblem[] {
  const seconds = Math.ceil((affinity?.maxAge ?? 0) / 1000);
  if (seconds <= ROUTE_LIMITS.timeoutHours * 3600) return [];
  const expected = `at most ${ROUTE_LIMITS.timeoutHours} hours, as a HTTPRoute takes it`;
  return [{ path: ['affinity', 'maxAge'], expected, got: `${seconds} s` }];
}
