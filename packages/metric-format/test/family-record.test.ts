import { describe, expect, it } from '@jest/globals';
import { familyHelp, parseFamilyRecord } from '@redmeter/metric-format';

describe('parseFamilyRecord', () => {
  it('reads type, help and unit', () => {
    expect(parseFamilyRecord('{"type":"histogram","help":"How long.","unit":"ms","bounds":[5]}')).toEqual({
      type: 'histogram',
      help: 'How long.',
      unit: 'ms',
      hasDerivedBuckets: false,
    });
  });

  it.each(['{"type":"counter"}', '{"type":"counter","help":"","unit":null}', '{"type":"counter","help":5}'])(
    'reads %s without help',
    (text) => {
      expect(parseFamilyRecord(text)).toEqual({
        type: 'counter',
        help: undefined,
        unit: undefined,
        hasDerivedBuckets: false,
      });
    },
  );

  it.each(['', '{', '5', '[]', '{}', '{"type":"summary"}', '{"type":["counter"]}'])('finds none in %j', (text) => {
    expect(parseFamilyRecord(text)).toBeUndefined();
  });
});

describe('familyHelp', () => {
  it.each([
    [
      '{"type":"histogram","help":"How long.","native":{"schema":3}}',
      'How long. (le buckets: derived from native ones)',
    ],
    [
      '{"type":"histogram","native":{"schema":3},"bounds":null}',
      'Recorded without help text. (le buckets: derived from native ones)',
    ],
    ['{"type":"histogram","help":"How long.","native":{"schema":3},"bounds":[5]}', 'How long.'],
    ['{"type":"histogram","help":"How long.","native":[]}', 'How long.'],
    ['{"type":"histogram","help":"How long.","native":{}}', 'How long.'],
    ['{"type":"counter","help":"How many.","native":{"schema":3}}', 'How many.'],
    ['{"type":"gauge"}', 'Recorded without help text.'],
  ])('of %s is %s', (text, help) => {
    expect(familyHelp(parseFamilyRecord(text))).toBe(help);
  });

  it('of no record says that there is none', () => {
    expect(familyHelp(undefined)).toBe('Recorded without help text.');
  });
});
