import { describe, expect, it } from '@jest/globals';
import type { Label } from '@redmeter/metric-format';
import { labelSet, renderSelector } from '@redmeter/metric-reader';
import fc from 'fast-check';

function selector(labels: readonly Label[], le?: string): string {
  return renderSelector({ name: 'm', labels: labelSet(labels), le, value: 1 });
}

/** Takes a selector apart as PromQL reads it: in double quotes with escapes, in backticks without. */
function readSelector(text: string): Label[] {
  const matcher = /([a-zA-Z_]\w*)=(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)(?:,|\}$)/gsy;
  matcher.lastIndex = 'm{'.length;
  return [...text.matchAll(matcher)].map(([, name = '', escaped, raw]) => [
    name,
    raw ?? (escaped ?? '').replace(/\\(.)/gs, (_escape, one: string) => (one === 'n' ? '\n' : one)),
  ]);
}

describe('renderSelector', () => {
  it.each<[string, readonly Label[], string | undefined, string]>([
    ['a bare name', [], undefined, 'm'],
    ['only le', [], '5.0', 'm{le="5.0"}'],
    ['le after the others', [['z', '1']], '+Inf', 'm{z="1",le="+Inf"}'],
    ['a quote in backticks', [['a', 'say "hi"']], undefined, 'm{a=`say "hi"`}'],
    ['a backtick in quotes', [['a', '`']], undefined, 'm{a="`"}'],
    ['both, escaped', [['a', '`"\\\n']], undefined, 'm{a="`\\"\\\\\\n"}'],
  ])('gives %s', (_name, labels, le, expected) => {
    expect(selector(labels, le)).toBe(expected);
  });

  it('gives what reads back to the same labels', () => {
    const value = fc.string({
      unit: fc.constantFrom('a', '"', '\\', '\n', '`', '=', ',', '}', '{', 'é', ' '),
      minLength: 1,
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom('a', 'b', 'c', '_')),
        fc.array(value, { minLength: 4 }),
        (names, values) => {
          const labels = names.map((name, i): Label => [name, values[i] ?? 'x']);
          expect(readSelector(selector(labels, '5.0'))).toEqual([...labels, ['le', '5.0']]);
        },
      ),
    );
  });
});
