import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { cookieExpression } from '../../../src/spec/kubernetes/cookie-expression.js';
import type { Segment } from '../../../src/spec/release-spec.js';

/** Whether a header fits, for implementations that compare all of it and for those that search in it. */
function fits(test: Segment['test'], header: string): boolean {
  const found = cookieExpression('c.d', test);
  if (found.kind === 'problem') throw new Error(`${found.expected}, got ${found.got}`);
  const expression = RE2JS.compile(found.text);
  const whole = expression.matches(header);
  expect([header, expression.matcher(header).find()]).toEqual([header, whole]);
  return whole;
}

describe('the test of a cookie as an expression for the header', () => {
  it.each([
    ['^(be|nl)$', 'be', true],
    ['^(be|nl)$', 'ben', false],
    ['be', 'xbex', true],
    ['^be', 'bex', true],
    ['^be', 'xbe', false],
    ['be$', 'xbe', true],
    ['be$', 'bex', false],
    ['^be$|^nl$', 'nl', true],
    ['^be$|nl', 'xnlx', true],
    ['(?i)^be$|^nl$', 'NL', true],
    ['(?i)b(?-i)e', 'Be', true],
    ['(?i)b(?-i)e', 'BE', false],
    ['^b.*e$', 'bxxe', true],
    ['^[^x]+$', 'abc', true],
    ['^[^]x]+$', 'abc', true],
    ['^[^-x]+$', 'abc', true],
    ['^[^-x]+$', 'a-c', false],
    [String.raw`^\Qa.b\E$`, 'a.b', true],
    [String.raw`^\Qa.b\E$`, 'axb', false],
    [String.raw`^\D\S\W$`, 'aa!', true],
    [String.raw`\bbe\b`, 'x-be-x', true],
    [String.raw`\bbe\b`, 'abe', false],
    ['^a{2,3}$', 'aaa', true],
    ['^[[:alpha:]]+$', 'abc', true],
    [String.raw`\Abe\z`, 'be', true],
    ['^$', '', true],
    ['.', '', false],
  ])('%j in %j: %s', (matches, value, isFit) => {
    for (const header of [`c.d=${value}`, `a=b; c.d=${value}`, `c.d=${value}; e=f`, `a=b; c.d=${value}; e=f`]) {
      expect([header, fits({ matches }, header)]).toEqual([header, isFit]);
    }
    expect(fits({ matches }, `c-d=${value}; xc.d=${value}; e=c.d=${value}`)).toBe(false);
  });

  it('never looks beyond the cookie', () => {
    for (const matches of ['^b.*e$', '^b[^x]*e$', String.raw`^b\D*e$`, String.raw`^b\W*e$`, 'b.+e']) {
      expect([matches, fits({ matches }, 'c.d=b; x=e')]).toEqual([matches, false]);
    }
  });

  it.each([
    '(^be)',
    'b(e$)',
    'a^b',
    '^*a',
    ';',
    String.raw`\x3b`,
    String.raw`\x{3B}`,
    String.raw`\073`,
    '[;]',
    '[!-~]',
    '[[:punct:]]',
    String.raw`\pP`,
    String.raw`\p{P}`,
    String.raw`\PL`,
    String.raw`\Qa;b\E`,
  ])('refuses %j, which it cannot say', (matches) => {
    expect(cookieExpression('c', { matches })).toMatchObject({ kind: 'problem', got: JSON.stringify(matches) });
  });

  const letter = fc.constantFrom('a', 'b', '.', '-', '*', '(', ']', '\\', '$', '^', '|', '=', ' ', '"', 'ü');
  const value = fc.array(letter, { minLength: 1, maxLength: 6 }).map((all) => all.join('').trim() || 'a');

  it('takes a value as it is', () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        expect(fits({ equals: one }, `x=1; c.d=${other}; y=2`)).toBe(one === other);
      }),
    );
  });

  it('finds in the header what the expression finds in the value', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '.',
      '[^a]',
      '[ab]',
      String.raw`\w`,
      String.raw`\D`,
      '(?:a|b)',
      '(a)',
      'a*',
      'b+?',
      '.*',
    );
    const branch = fc
      .tuple(fc.constantFrom('', '^'), fc.array(atom, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '$'))
      .map(([start, atoms, end]) => start + atoms.join('') + end);
    const expression = fc.array(branch, { minLength: 1, maxLength: 3 }).map((branches) => branches.join('|'));
    const content = fc.array(fc.constantFrom('a', 'b', '1', '-'), { maxLength: 5 }).map((all) => all.join(''));
    fc.assert(
      fc.property(expression, content, content, (matches, inside, around) => {
        const header = `x=${around}; c.d=${inside}; y=${around}`;
        expect(fits({ matches }, header)).toBe(RE2JS.compile(matches).matcher(inside).find());
      }),
      { numRuns: 500 },
    );
  });
});
