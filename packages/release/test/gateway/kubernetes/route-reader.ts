import { RE2JS } from 're2js';
import type { TestRoute, TestRule } from './test-cluster.js';

type Headers = Readonly<Record<string, string>>;
type Match = TestRule['matches'][number];

/**
 * The rule of a route that a request with these headers gets, by the precedence that the Gateway API demands of every implementation: the
 * match with the longest path, then the one with the most headers, then the one of the first rule.
 */
export function ruleFor({ spec }: TestRoute, headers: Headers): TestRule | undefined {
  const found = (spec.rules ?? []).flatMap((rule) =>
    rule.matches.filter((match) => isMatch(match, headers)).map((match) => ({ rule, match })),
  );
  return found.reduce<(typeof found)[number] | undefined>((best, each) => {
    if (best === undefined) return each;
    return rank(each.match) > rank(best.match) ? each : best;
  }, undefined)?.rule;
}

/** The Services that a rule sends requests to, with their weights. */
export function weightsOf(rule: TestRule | undefined): Record<string, number> {
  return Object.fromEntries((rule?.backendRefs ?? []).map(({ name, weight }) => [name, weight]));
}

function rank({ path, headers = [] }: Match): number {
  if (path.type !== 'PathPrefix') throw new Error(`expected PathPrefix, got ${path.type}`);
  return path.value.length * 1000 + headers.length;
}

function isMatch({ headers = [] }: Match, given: Headers): boolean {
  return headers.every(({ name, type, value }) => {
    const found = given[name.toLowerCase()];
    if (found === undefined) return false;
    if (type === 'Exact') return found === value;
    const expression = RE2JS.compile(value);
    // Implementations that compare the whole value and those that search in it must agree.
    const [whole, part] = [expression.matches(found), expression.matcher(found).find()];
    if (whole !== part) throw new Error(`expected ${value} to be the same for all implementations`);
    return whole;
  });
}
