import { describe, expect, it } from '@jest/globals';
import { isJsonObject, parseJson } from '@redmeter/metric-format';
import fc from 'fast-check';

describe('parseJson', () => {
  it('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) as unknown });
      }),
    );
  });

  it.each(['0x1A', 'nan', '012', '+5', '1.', '.5', '{', '', '{"a":1,}', "{'a':1}", '"\t"', '5\0', '\ufeff5'])(
    'refuses %j',
    (text) => {
      expect(parseJson(text)).toEqual({ ok: false });
    },
  );

  it('reads 32 levels and refuses more', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(parseJson(nested(32)).ok).toBe(true);
    expect(parseJson(nested(33)).ok).toBe(false);
    expect(parseJson(nested(30_000)).ok).toBe(false);
    expect(parseJson(JSON.stringify('[{'.repeat(40))).ok).toBe(true);
    expect(parseJson('"\\"[' + '['.repeat(40) + '"').ok).toBe(true);
  });

  it.each([
    ['"\\ud83d\\ude80"', true],
    ['"\\uD83D\\uDE80 x"', true],
    ['"\\ud800"', false],
    ['"\\udc00"', false],
    ['"\\ud800\\ud800"', false],
    ['"\\ud83d \\ude80"', false],
    ['"\\ude80\\ud83d"', false],
    ['"\\\\ud800"', true],
    ['"\\\\\\ud800"', false],
    ['{"\\udc00":1}', false],
    ['"\\u00fc\\n\\""', true],
  ])('takes surrogates only in pairs: %s', (text, ok) => {
    expect(parseJson(text).ok).toBe(ok);
  });

  it('agrees with the text that comes out on which surrogates are lone', () => {
    const unit = fc.constantFrom('\\ud83d', '\\ude80', '\\\\', '\\u0041', 'x', 'ud800', '\\"');
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 6 }), (units) => {
        const text = `"${units.join('')}"`;
        const value = JSON.parse(text) as string;
        expect(parseJson(text).ok).toBe(Buffer.from(value).toString() === value);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('isJsonObject', () => {
  it.each([
    [{}, true],
    [[], false],
    [null, false],
    ['{}', false],
    [5, false],
  ])('of %j is %s', (value, expected) => {
    expect(isJsonObject(value)).toBe(expected);
  });
});
