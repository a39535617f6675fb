import { describe, expect, it } from '@jest/globals';
import {
  buildSeriesKey,
  isMetricName,
  isReservedLabelName,
  isReservedMetricName,
  METRIC_TYPES,
  parseKeyHead,
  parseSeriesKey,
  type Label,
} from '@redmeter/metric-format';
import fc from 'fast-check';

const SPACE = { prefix: 'metrics' };
const anyName = fc.oneof(
  fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,20}$/),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }).filter(isMetricName),
  fc.string({
    unit: fc.constantFrom('.', 'a', '%', ':', ',', '=', '{', '}', '"', '\\', '\n', 'é', '🚀', '\uffee', '4', '1'),
    minLength: 1,
    maxLength: 8,
  }),
);
const name = anyName.filter((text) => !isReservedMetricName(text));
const labelName = anyName.filter((text) => !isReservedLabelName(text));
const labelValue = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom('%', ':', ',', '=', '{', '}', '"', '\\', '\n', '\0', 'é', '🚀', '4', '1'),
    minLength: 1,
    maxLength: 20,
  }),
);
const labels = fc
  .uniqueArray(fc.tuple(labelName, labelValue), { maxLength: 10, selector: ([label]) => label })
  .map((list): Label[] => list);

describe('buildSeriesKey', () => {
  it.each<[string, Parameters<typeof buildSeriesKey>, string]>([
    ['no labels', [SPACE, 'counter', 'signups', []], 'metrics:counter:signups'],
    ['a label', [SPACE, 'counter', 'user_events', [['event', 'joined']]], 'metrics:counter:user_events:event=joined'],
    [
      'labels sorted by name',
      [
        SPACE,
        'gauge',
        'g',
        [
          ['b', '1'],
          ['a', '2'],
          ['B', '3'],
        ],
      ],
      'metrics:gauge:g:B=3,a=2,b=1',
    ],
    [
      'no empty values',
      [
        SPACE,
        'gauge',
        'g',
        [
          ['b', ''],
          ['a', '2'],
        ],
      ],
      'metrics:gauge:g:a=2',
    ],
    ['only empty values', [SPACE, 'gauge', 'g', [['b', '']]], 'metrics:gauge:g'],
    [
      'separators escaped',
      [SPACE, 'gauge', 'g', [['a', '%:,={}"\\\n']]],
      'metrics:gauge:g:a=%25%3A%2C%3D%7B%7D%22%5C%0A',
    ],
    ['a C1 control character escaped', [SPACE, 'gauge', 'g', [['a', '\u0085']]], 'metrics:gauge:g:a=%C2%85'],
    ['all else readable', [SPACE, 'gauge', 'g', [['a', "größe / `x` 'y' 🚀"]]], "metrics:gauge:g:a=größe / `x` 'y' 🚀"],
    [
      'names of UTF-8, percent-encoded and sorted by their bytes',
      [
        SPACE,
        'counter',
        'http.server:requests',
        [
          ['🚀', '1'],
          ['\uffee', '2'],
          ['http.method', 'GET'],
          ['a=b', '3'],
        ],
      ],
      'metrics:counter:http.server%3Arequests:a%3Db=3,http.method=GET,\uffee=2,🚀=1',
    ],
    ['a hash tag', [{ prefix: 'shop', tag: '7' }, 'histogram', 'h', [['a', '1']]], 'shop:{7}:histogram:h:a=1'],
  ])('writes %s', (_name, args, key) => {
    expect(buildSeriesKey(...args)).toBe(key);
  });

  it('writes what parseSeriesKey reads', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('metrics', 'shop.2', 'a-b'),
        fc.option(fc.stringMatching(/^[a-z0-9]{1,5}$/), { nil: undefined }),
        fc.constantFrom(...METRIC_TYPES),
        name,
        labels,
        (prefix, tag, type, metricName, given) => {
          const space = tag === undefined ? { prefix } : { prefix, tag };
          const key = buildSeriesKey(space, type, metricName, given);
          const sorted = [...given].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
          expect(parseSeriesKey(Buffer.from(key), prefix)).toEqual({
            kind: 'series',
            id: { type, name: metricName, labels: sorted },
            tag,
          });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('writes one key for one label set', () => {
    fc.assert(
      fc.property(labels, labels, (some, others) => {
        const key = (list: Label[]): string => buildSeriesKey(SPACE, 'counter', 'c', list);
        expect(key([...some].reverse())).toBe(key(some));
        const same = JSON.stringify([...some].sort()) === JSON.stringify([...others].sort());
        expect(key(others) === key(some)).toBe(same);
      }),
    );
  });

  it('lets nothing of a value be taken for a separator, or for a hash tag', () => {
    fc.assert(
      fc.property(labelValue, (value) => {
        const key = buildSeriesKey(SPACE, 'counter', 'c', [['a', value]]);
        expect(key.slice('metrics:counter:c:a='.length)).not.toMatch(/[:,={}"\\\p{Cc}]/u);
      }),
    );
  });
});

describe('parseSeriesKey', () => {
  it('reads any bytes without raising', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const key = Buffer.concat([Buffer.from('metrics:counter:c:'), bytes]);
        expect(['series', 'skipped']).toContain(parseSeriesKey(key, 'metrics').kind);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['metrics:counter:%75p', 'reserved_name'],
    ['metrics:counter:redmeter%5Fseries', 'reserved_name'],
    ['metrics:counter:a%00', 'invalid_name'],
    ['metrics:counter:', 'invalid_name'],
    ['metrics:counter:x:%6Aob=1', 'reserved_label'],
    ['metrics:counter:x:%5F_name__=1', 'reserved_label'],
    ['metrics:counter:x:=1', 'invalid_label_name'],
    ['metrics:counter:x:a:b=1', 'invalid_label_name'],
    ['metrics:counter:x:a%FF=1', 'invalid_label_name'],
    ['metrics:counter:x:a.b=1,a%2Eb=2', 'duplicate_label'],
  ])('skips %s as %s', (key, reason) => {
    expect(parseSeriesKey(Buffer.from(key), 'metrics')).toEqual({ kind: 'skipped', reason });
  });

  it('reads a view into a larger buffer', () => {
    const bytes = Buffer.from('xxmetrics:counter:c:a=bxx');
    const key = new Uint8Array(bytes.buffer, bytes.byteOffset + 2, bytes.length - 4);
    expect(parseSeriesKey(key, 'metrics')).toMatchObject({ id: { name: 'c', labels: [['a', 'b']] } });
  });
});

describe('parseKeyHead', () => {
  it('reads what is before the labels, and does not change these', () => {
    expect(parseKeyHead(Buffer.from('metrics:{0}:gauge:g:a=%41,b'), 'metrics')).toEqual({
      kind: 'head',
      type: 'gauge',
      name: 'g',
      tag: '0',
      encodedLabels: 'a=%41,b',
    });
  });
});
