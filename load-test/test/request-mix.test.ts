import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { endpoints } from '../profiles.js';
import { requestMix } from '../src/request-mix.js';

describe('requestMix', () => {
  it('takes turns as the weights say', () => {
    const mix = requestMix([
      { name: 'a', weight: 3 },
      { name: 'b', weight: 1 },
      { name: 'c', weight: 1 },
    ]);
    expect(mix.map(({ name }) => name).join('')).toBe('abaca');
  });

  it('holds each item as often as its weight, never far from its share', () => {
    const items = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(items, (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const mix = requestMix(weights.map((weight, name) => ({ name, weight })));
        weights.forEach((weight, item) => {
          let seen = 0;
          mix.forEach(({ name }, i) => {
            if (name === item) seen += 1;
            expect(Math.abs(seen - ((i + 1) * weight) / total)).toBeLessThan(weights.length);
          });
          expect(seen).toBe(weight);
        });
      }),
    );
  });

  it('makes of the endpoints 100 requests in which no more users leave a place than come to it', () => {
    const of = (name: string): number => endpoints.find((endpoint) => endpoint.name === name)?.weight ?? 0;
    expect(requestMix(endpoints)).toHaveLength(100);
    expect(of('look-around')).toBeLessThanOrEqual(of('join'));
    expect(of('leave') + of('served')).toBeLessThanOrEqual(of('look-around'));
  });
});
