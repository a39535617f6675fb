import { describe, expect, it } from '@jest/globals';
import {
  decodeName,
  encodeName,
  isLabelName,
  isLegacyMetricName,
  isMetricName,
  isPlainName,
  isReservedLabelName,
  isReservedMetricName,
} from '@redmeter/metric-format';
import fc from 'fast-check';

const PLAIN = ['a', '_', 'A9_', 'x'.repeat(200)];
const OTHERS = [
  '9',
  'a-b',
  'a:b',
  'a b',
  'é',
  'a\n',
  '\na',
  'a.b',
  '%',
  'http.server.request.duration',
  '🚀',
  '\ufeffa',
];

/** As the bytes of a key arrive, one a character. */
function bytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

describe('names', () => {
  it.each([...PLAIN, ...OTHERS])('allow %j', (name) => {
    expect([isMetricName(name), isLabelName(name)]).toEqual([true, true]);
  });

  it.each(['', 'a\0', '\0', '\ud800', 'a\udc00b'])('refuse %j', (name) => {
    expect([isMetricName(name), isLabelName(name)]).toEqual([false, false]);
  });

  it('are plain where nothing is encoded, quoted or escaped', () => {
    expect(PLAIN.map(isPlainName)).not.toContain(false);
    expect([...OTHERS, ''].map(isPlainName)).not.toContain(true);
  });

  it('with colons are names of Prometheus 2, too', () => {
    expect(['a:b', ':', 'a'].map(isLegacyMetricName)).toEqual([true, true, true]);
    expect(['1:', 'a.b', '', 'é'].map(isLegacyMetricName)).toEqual([false, false, false, false]);
  });
});

describe('encoded names', () => {
  it.each([
    ['http.server.request.duration', 'http.server.request.duration'],
    ['job:rate5m', 'job%3Arate5m'],
    ['100%', '100%25'],
    ['a,b=c', 'a%2Cb%3Dc'],
    ['{"\\}', '%7B%22%5C%7D'],
    ['a b\n\u0085', 'a b%0A%C2%85'],
    ['größe', 'größe'],
    ['plain_1', 'plain_1'],
  ])('write %j as %s', (name, encoded) => {
    expect(encodeName(name)).toBe(encoded);
  });

  it.each([
    ['%6Aob', 'job'],
    ['a%2eb', 'a.b'],
    ['a%', 'a%'],
    ['a%zz', 'a%zz'],
    ['%2541', '%41'],
    ['%C3%BC', 'ü'],
    ["a'b`c d/", "a'b`c d/"],
  ])('read %s as %j', (encoded, name) => {
    expect(decodeName(encoded)).toBe(name);
  });

  it.each([
    '',
    'a:b',
    'a,b',
    'a=b',
    'a{',
    '}',
    'a"',
    'a\\',
    'a\n',
    '\x7f',
    '\xc2\x85',
    '%FF',
    '%00',
    'a%C3',
    '%ED%A0%80',
    '\xff',
  ])('do not read %j', (encoded) => {
    expect(decodeName(encoded)).toBeUndefined();
  });

  it('decode to what was encoded, and plain ones are not changed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter(isMetricName), (name) => {
        const encoded = encodeName(name);
        expect(decodeName(bytes(encoded))).toBe(name);
        expect(encoded).not.toMatch(/[:,={}"\\\p{Cc}]/u);
        expect(isPlainName(encoded)).toBe(isPlainName(name));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('reserved metric names', () => {
  it.each([
    'up',
    'ALERTS',
    'ALERTS_FOR_STATE',
    'scrape_duration_seconds',
    'redis_up',
    'redis_script_values',
    'redis_exporter_x',
    'redmeter_skipped_keys',
  ])('include %s', (name) => {
    expect(isReservedMetricName(name)).toBe(true);
  });

  it.each([
    'upx',
    'Up',
    'ALERT',
    'scrape',
    'redis_upx',
    'redis_memory',
    'redmeter',
    'redmeter_writer_x',
    'redmeter_experiment_x',
    'redmeter_release_x',
  ])('do not include %s', (name) => {
    expect(isReservedMetricName(name)).toBe(false);
  });
});

describe('reserved label names', () => {
  it.each(['job', 'instance', 'le', 'quantile', '__name__', '__x', '__'])('include %s', (name) => {
    expect(isReservedLabelName(name)).toBe(true);
  });

  it.each(['jobs', 'Le', '_x', 'name'])('do not include %s', (name) => {
    expect(isReservedLabelName(name)).toBe(false);
  });
});
