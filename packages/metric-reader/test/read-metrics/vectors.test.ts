import { describe, expect, it } from '@jest/globals';
import { NEW_SERIES_MS } from '@redmeter/metric-format';
import { renderPairs, renderText, renderTextLines } from '@redmeter/metric-reader';
import { expectPairs, expectText } from '../expected-answer.js';
import { readFromMemory } from '../memory-state.js';
import { loadVectors } from '../vectors.js';

const vectors = loadVectors();

describe('the port reads every vector as specified', () => {
  it('of which there are at least a hundred', () => {
    expect([...vectors.values()].flat().length).toBeGreaterThanOrEqual(100);
  });

  describe.each([...vectors.keys()])('%s', (file) => {
    // What depends on the indexes needs a Redis: test/script has it.
    const pure = (vectors.get(file) ?? []).filter(({ scanLimit }) => scanLimit === undefined);

    it.each(pure.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
      const scraped = readFromMemory(vector.redis, { ...vector, newMs: vector.newMs ?? NEW_SERIES_MS });
      expectPairs(renderPairs(scraped.families), vector);
      const { families } = readFromMemory(vector.redis, vector);
      expectText(renderTextLines(families), vector);
      expect(renderText(families)).toBe(`${renderTextLines(families).join('\n')}\n`);
    });
  });
});
