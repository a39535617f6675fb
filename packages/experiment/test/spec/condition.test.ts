import { describe, expect, it } from '@jest/globals';
import { evaluateCondition, parseCondition } from '../../src/spec/condition.js';

/** Evaluates where the versions with the given indexes satisfy all SLOs, of two versions. */
function holds(text: string, satisfying: readonly number[]): boolean {
  const parsed = parseCondition(text);
  if (!parsed.ok) throw new Error(`expected ${parsed.expected}, got ${parsed.got}`);
  return evaluateCondition(parsed.condition, {
    areSlosSatisfied: () => [0, 1].every((version) => satisfying.includes(version)),
    areSlosSatisfiedBy: (version) => satisfying.includes(version),
  });
}

describe('a condition', () => {
  it.each([
    ['SLOs()', [0, 1], true],
    ['SLOs()', [0], false],
    ['not SLOs()', [0], true],
    ['!SLOs()', [0, 1], false],
    ['SLOsBy(0)', [0], true],
    ['SLOsBy( 1 )', [0], false],
    ['SLOsBy(0) and not SLOsBy(1)', [0], true],
    ['SLOsBy(0) && SLOsBy(1)', [0], false],
    ['SLOsBy(1) || SLOsBy(0)', [0], true],
    // `and` binds before `or`, `not` before both.
    ['SLOsBy(0) or SLOsBy(1) and SLOsBy(1)', [0], true],
    ['(SLOsBy(0) or SLOsBy(1)) and SLOsBy(1)', [0], false],
    ['not SLOsBy(1) and SLOsBy(0)', [0], true],
    ['not (SLOsBy(1) or SLOsBy(0))', [], true],
    ['true and not false', [], true],
  ])('%s, satisfied by %j, is %s', (text, satisfying, expected) => {
    expect(holds(text, satisfying)).toBe(expected);
  });

  it.each([
    ['', 'the end of the condition'],
    ['slos()', '"slos"'],
    ['SLOs', 'the end of the condition'],
    ['SLOs() SLOs()', '"SLOs"'],
    ['SLOsBy()', '")"'],
    ['SLOsBy(-1)', '"-"'],
    ['SLOs() and', 'the end of the condition'],
    ['(SLOs()', 'the end of the condition'],
    ['process.exit(1)', '"process"'],
  ])('%j is refused at %s', (text, got) => {
    expect(parseCondition(text)).toMatchObject({ ok: false, got });
  });
});
