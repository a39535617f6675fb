import { describe, expect, it } from '@jest/globals';
import { parseRecord, type MetricType, type SkipReason } from '@redmeter/metric-format';

describe('parseRecord', () => {
  it('reads a counter', () => {
    expect(parseRecord('counter', '{"type":"counter","value":5,"created":1,"timestamp":2}')).toEqual({
      kind: 'record',
      record: { type: 'counter', value: 5, createdMs: 1, timestampMs: 2 },
    });
  });

  it('reads a gauge', () => {
    expect(parseRecord('gauge', '{"type":"gauge","mode":"last","value":"-Inf","timestamp":2}')).toEqual({
      kind: 'record',
      record: { type: 'gauge', value: Number.NEGATIVE_INFINITY, timestampMs: 2 },
    });
  });

  it('reads a bare number', () => {
    expect(parseRecord('counter', '5')).toEqual({
      kind: 'record',
      record: { type: 'counter', value: 5, createdMs: undefined, timestampMs: undefined },
    });
  });

  it.each<[MetricType, string, SkipReason]>([
    ['counter', '{', 'invalid_json'],
    ['counter', '"5"', 'invalid_record'],
    ['histogram', '5', 'invalid_record'],
    ['counter', '{"type":"gauge","value":5}', 'type_mismatch'],
    ['counter', '{"value":null}', 'missing_value'],
    ['counter', '{"value":-1}', 'invalid_value'],
    ['counter', '{"value":1e400}', 'invalid_value'],
    ['counter', '{"value":"NaN"}', 'invalid_value'],
    ['gauge', '{"value":"five"}', 'invalid_value'],
  ])('of a %s skips %s: %s', (type, text, reason) => {
    expect(parseRecord(type, text)).toEqual({ kind: 'skipped', reason });
  });
});
