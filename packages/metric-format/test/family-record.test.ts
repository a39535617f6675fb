import { describe, expect, it } from '@jest/globals';
import { parseFamilyRecord } from '@redmeter/metric-format';

describe('parseFamilyRecord', () => {
  it('reads type, help and unit', () => {
    expect(parseFamilyRecord('{"type":"histogram","help":"How long.","unit":"ms","bounds":[5]}')).toEqual({
      type: 'histogram',
      help: 'How long.',
      unit: 'ms',
    });
  });

  it.each(['{"type":"counter"}', '{"type":"counter","help":"","unit":null}', '{"type":"counter","help":5}'])(
    'reads %s without help',
    (text) => {
      expect(parseFamilyRecord(text)).toEqual({ type: 'counter', help: undefined, unit: undefined });
    },
  );

  it.each(['', '{', '5', '[]', '{}', '{"type":"summary"}', '{"type":["counter"]}'])('finds none in %j', (text) => {
    expect(parseFamilyRecord(text)).toBeUndefined();
  });
});
