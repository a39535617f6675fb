import { describe, expect, it } from '@jest/globals';
import { renderPairs, renderText, renderTextLines } from '@redmeter/metric-reader';
import { expectPairs, expectText } from './expected-answer.js';
import { readFromMemory } from './memory-state.js';
import { loadVectors } from './vectors.js';

const vectors = loadVectors();

describe('the port reads every vector as it says', () => {
  it('of which there are at least a hundred', () => {
    expect([...vectors.values()].flat().length).toBeGreaterThanOrEqual(100);
  });

  describe.each([...vectors.keys()])('%s', (file) => {
    // What depends on the indexes needs a Redis: test/script has it.
    const pure = (vectors.get(file) ?? []).filter(({ scanLimit }) => scanLimit === undefined);

    it.each(pure.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
      const { families } = readFromMemory(vector.redis, vector);
      expectPairs(renderPairs(families), vector);
      expectText(renderTextLines(families), vector);
      expect(renderText(families)).toBe(`${renderTextLines(families).join('\n')}\n`);
    });
  });
});
