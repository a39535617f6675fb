import { describe, expect, it } from '@jest/globals';
import { METRIC_TYPES, parseRecord } from '@redmeter/metric-format';
import fc from 'fast-check';
import { readValue } from '../../../src/series/values/value-outcome.js';

const numbers = fc.oneof(
  fc.nat().map(String),
  fc.double().map(String),
  // Of up to 15 digits and some more, with the point anywhere.
  fc.tuple(fc.bigInt(0n, 10n ** 17n), fc.nat(17)).map(([digits, point]) => {
    const text = String(digits).padStart(point + 1, '0');
    return point === 0 ? text : `${text.slice(0, -point)}.${text.slice(-point)}`;
  }),
  fc.constantFrom(
    '-0',
    '-1',
    '0.1',
    '01',
    '1.',
    '.5',
    '1e5',
    '123456789012345678',
    '"NaN"',
    '+1',
    '0.30000000000000004',
  ),
);
const times = fc.oneof(fc.nat().map(String), fc.constantFrom('0', '-1', '1.5', 'null', '1763600000123'));

describe('a record in the form of writers', () => {
  it('is read as the format defines it', () => {
    const texts = fc
      .record({
        type: fc.constantFrom('counter', 'gauge', 'histogram', 'meter'),
        mode: fc.option(fc.constantFrom('last', 'sum', 'LAST')),
        value: numbers,
        created: fc.option(times),
        timestamp: fc.option(times),
        end: fc.constantFrom('}', '}', '}', ' }', '}x', ',"help":"h"}'),
      })
      .map(
        ({ type, mode, value, created, timestamp, end }) =>
          [
            `{"type":"${type}"`,
            ...(mode === null ? [] : [`"mode":"${mode}"`]),
            `"value":${value}`,
            ...(created === null ? [] : [`"created":${created}`]),
            ...(timestamp === null ? [] : [`"timestamp":${timestamp}`]),
          ].join(',') + end,
      );
    fc.assert(
      fc.property(texts, fc.constantFrom(...METRIC_TYPES), (text, type) => {
        const defined = parseRecord(type, text);
        for (const value of [
          { kind: 'text', text },
          { kind: 'value', bytes: Buffer.from(text) },
        ] as const) {
          const read = readValue(type, value);
          expect(read.kind === 'record' ? { kind: 'record', record: read.record } : read).toEqual(defined);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
