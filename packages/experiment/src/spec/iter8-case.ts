import { problemAt, type SpecProblem } from './schema-problems.js';
import type { FieldPath, SourceDocument } from './source-document.js';

/** Which fields of a field of Iter8's results are Iter8's own again, and not names of metrics or versions. */
type Shape = { readonly [field: string]: Shape };

const LIMITS: Shape = { metric: {}, limit: {}, upperlimit: {}, lowerlimit: {} };

const RESULT: Shape = {
  insights: {
    slos: { ...LIMITS, upper: LIMITS, lower: LIMITS },
    slossatisfied: {},
    rewards: {},
    rewardswinners: {},
  },
};

/** Fields of a result of Iter8 that are given twice, since their names are compared without regard to case. */
export function iter8CaseProblems(source: SourceDocument, path: FieldPath, value: unknown): SpecProblem[] {
  return problemsIn(source, path, value, RESULT);
}

function problemsIn(source: SourceDocument, path: FieldPath, value: unknown, shape: Shape): SpecProblem[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => problemsIn(source, [...path, index], item, shape));
  }
  if (typeof value !== 'object' || value === null) return [];
  const problems: SpecProblem[] = [];
  const givenBy = new Map<string, string>();
  for (const [given, field] of Object.entries(value)) {
    const name = given.toLowerCase();
    const before = givenBy.get(name);
    if (before !== undefined) {
      const found = {
        key: given,
        expected: 'a field once',
        got: `${JSON.stringify(before)} and ${JSON.stringify(given)}`,
      };
      problems.push(problemAt(source, path, found));
    }
    givenBy.set(name, given);
    const inner = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (inner !== undefined) problems.push(...problemsIn(source, [...path, given], field, inner));
  }
  return problems;
}
