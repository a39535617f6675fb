import fc from 'fast-check';
import type { StoredContent, StoredKey } from '../../../packages/metric-reader/test/vectors.js';

/** The time of reading in random states, in milliseconds since the epoch. */
export const NOW_MS = 1_763_600_100_000;

const integerText = fc.oneof(fc.nat({ max: 9 }), fc.nat(), fc.maxSafeInteger()).map(String);
const doubleText = fc
  .double({ noNaN: true })
  .map((value) => (Number.isFinite(value) ? JSON.stringify(value) : '1e400'));
const oddNumberText = fc.constantFrom(
  ...['-0', '0.1', '1e5', '1E+2', '1e400', '0x1A', 'nan', '012', '+5', '1.', '.5', '-.5', '-1', '5.0', '"NaN"'],
  ...['"+Inf"', '"-Inf"', '"5"', 'null', 'true', '[]', '{}', '-', '9007199254740993'],
);
const decimalText = fc
  .tuple(fc.stringMatching(/^-?[0-9]{1,9}$/), fc.stringMatching(/^(\.[0-9]{0,9})?$/))
  .map((parts) => parts.join(''));
const numberText = fc.oneof(
  { weight: 3, arbitrary: decimalText },
  { weight: 4, arbitrary: integerText },
  { weight: 3, arbitrary: doubleText },
  oddNumberText,
);
const timeText = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: NOW_MS - 400_000, max: NOW_MS + 10_000 }).map(String) },
  oddNumberText,
);

/** A field is left out, or given its text; now and then another's. */
function field(name: string, text: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc.oneof(
    { weight: 8, arbitrary: text.map((value) => [`"${name}":${value}`]) },
    fc.constant<string[]>([]),
    fc.tuple(text, text).map(([a, b]) => [`"${name}":${a}`, `"${name}":${b}`]),
  );
}

function object(...fields: fc.Arbitrary<string[]>[]): fc.Arbitrary<string> {
  return fc.tuple(...fields).map((parts) => `{${parts.flat().join(',')}}`);
}

/** @param told what its field `type` may say */
function simpleRecord(...told: string[]): fc.Arbitrary<string> {
  return object(
    field('type', fc.constantFrom(...told)),
    field('value', numberText),
    field('created', timeText),
    field('timestamp', timeText),
  );
}

const histogramRecord = fc
  .record({
    bounds: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom([5], [5, 10, 25], [-1, 0, 0.25]) },
      fc
        .uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 5 })
        .map((list) => list.sort((a, b) => a - b)),
    ),
    base: fc.array(fc.nat({ max: 50 }), { minLength: 6, maxLength: 6 }),
    later: fc.array(fc.nat({ max: 50 }), { minLength: 6, maxLength: 6 }),
    last: fc.array(fc.nat({ max: 50 }), { minLength: 6, maxLength: 6 }),
    sinces: fc.array(fc.integer({ min: NOW_MS - 400_000, max: NOW_MS + 5000 }), { maxLength: 3 }),
    sum: numberText,
    timestamp: timeText,
    isSorted: fc.boolean(),
    wrongCount: fc.constantFrom(0, 0, 0, 0, 1),
  })
  .map(({ bounds, base, later, last, sinces, sum, timestamp, isSorted, wrongCount }) => {
    const length = bounds.length + 1;
    const copies = [base.slice(0, length), base.slice(0, length).map((n, i) => n + (later[i] ?? 0))];
    const counts = copies[1]?.map((n, i) => n + (last[i] ?? 0)) ?? [];
    const times = isSorted ? [...sinces].sort((a, b) => a - b) : sinces;
    const window = times.map((since, i) => `{"since":${since},"counts":${JSON.stringify(copies[i] ?? counts)}}`);
    const count = counts.reduce((total, n) => total + n, wrongCount);
    return (
      `{"type":"histogram","count":${count},"sum":${sum},"bounds":${JSON.stringify(bounds)},` +
      `"counts":${JSON.stringify(counts)},"window":[${window.join(',')}],"timestamp":${timestamp}}`
    );
  });

const spread = fc
  .uniqueArray(
    fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -6, max: 12 }) }, fc.constantFrom(1025, 1024, -1074)),
    {
      maxLength: 6,
    },
  )
  .map((indexes) => indexes.sort((a, b) => a - b));
const manyCounts = fc.array(fc.nat({ max: 50 }), { minLength: 8, maxLength: 8 });

const nativeRecord = fc
  .record({
    schema: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 4 }) },
      fc.integer({ min: -4, max: 8 }),
      fc.constantFrom(9, -5, 0.5),
    ),
    threshold: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(2 ** -128, 2 ** -128, 0.001, 1, 1.5, 0) },
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    ),
    positive: spread,
    negative: fc.oneof(fc.constant<number[]>([]), spread),
    earlier: manyCounts,
    later: manyCounts,
    zeros: fc.oneof(fc.constant(0), fc.nat({ max: 9 })),
    sinces: fc.array(fc.integer({ min: NOW_MS - 400_000, max: NOW_MS + 5000 }), { maxLength: 2 }),
    bounds: fc.constantFrom<number[] | undefined>(undefined, undefined, [5], [5, 10]),
    sum: numberText,
    timestamp: timeText,
    created: timeText,
    wrongCount: fc.constantFrom(0, 0, 0, 0, 0, 1),
    exemplars: fc.constantFrom('', '', ',"exemplars":[{"labels":{"a":"b"},"value":1,"timestamp":5}]', ',"exemplars":5'),
  })
  .map(({ schema, threshold, positive, negative, earlier, later, zeros, sinces, bounds, ...rest }) => {
    const side = (indexes: number[], counts: (i: number) => number): { indexes: number[]; counts: number[] } => {
      const shown = indexes.filter((_, i) => counts(i) > 0);
      return { indexes: shown, counts: indexes.map((_, i) => counts(i)).filter((n) => n > 0) };
    };
    const now = (i: number): number => (earlier[i] ?? 0) + (later[i] ?? 0);
    const then = (i: number): number => earlier[i] ?? 0;
    const buckets = { zeroCount: zeros, positive: side(positive, now), negative: side(negative, now) };
    const counts = [...buckets.positive.counts, ...buckets.negative.counts, zeros];
    const count = counts.reduce((total, n) => total + n, 0);
    const copies = [...sinces]
      .sort((a, b) => a - b)
      .map((since) => ({ since, zeroCount: 0, positive: side(positive, then), negative: side(negative, then) }));
    const fields = {
      ...{ type: 'histogram', count: count + rest.wrongCount, schema, zeroThreshold: threshold, ...buckets },
      ...(bounds === undefined ? {} : { bounds, counts: [...bounds.map(() => 0), count] }),
      window: copies,
    };
    const text = JSON.stringify(fields);
    return (
      `${text.slice(0, -1)},"sum":${rest.sum}${rest.exemplars},` +
      `"created":${rest.created},"timestamp":${rest.timestamp}}`
    );
  });

const percentileRecord = object(
  field('count', numberText),
  field('sum', numberText),
  field('p50', numberText),
  field('p95', numberText),
  field('timestamp', timeText),
);

const anyJson = fc.json({ maxDepth: 3 });

/** A text with one to three small accidents: a byte cut out, put in twice, or replaced. */
function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  const oddBytes = [
    0x00, 0x09, 0x0a, 0x1f, 0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x5c, 0x5b, 0x7b, 0x7d, 0x7f, 0xc3, 0xff,
  ];
  const accident = fc.record({
    at: fc.nat(),
    cut: fc.nat({ max: 2 }),
    insert: fc.array(fc.oneof(fc.constantFrom(...oddBytes), fc.nat({ max: 255 })), { maxLength: 2 }),
  });
  return fc.tuple(text, fc.array(accident, { minLength: 1, maxLength: 3 })).map(([original, accidents]) =>
    accidents.reduce((bytes, { at, cut, insert }) => {
      const start = at % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, start), Buffer.from(insert), bytes.subarray(start + cut)]);
    }, Buffer.from(original)),
  );
}

// As the library writes them, which readers may read by a shorter way.
const canonicalCounter = fc
  .tuple(numberText, timeText, timeText)
  .map(
    ([value, created, timestamp]) =>
      `{"type":"counter","value":${value},"created":${created},"timestamp":${timestamp}}`,
  );
const canonicalGauge = fc
  .tuple(numberText, timeText)
  .map(([value, timestamp]) => `{"type":"gauge","mode":"last","value":${value},"timestamp":${timestamp}}`);

const recordByType = {
  counter: fc.oneof(
    { weight: 3, arbitrary: canonicalCounter },
    { weight: 2, arbitrary: simpleRecord('"counter"', 'null') },
    numberText,
  ),
  gauge: fc.oneof(
    { weight: 3, arbitrary: canonicalGauge },
    { weight: 2, arbitrary: simpleRecord('"gauge"', 'null') },
    numberText,
  ),
  histogram: fc.oneof(
    { weight: 4, arbitrary: histogramRecord },
    { weight: 4, arbitrary: nativeRecord },
    percentileRecord,
  ),
};

const record = fc.oneof(
  recordByType.counter,
  recordByType.gauge,
  recordByType.histogram,
  simpleRecord('"counter"', '"gauge"', '"x"', '5'),
  anyJson,
);

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function stored(text: fc.Arbitrary<string>): fc.Arbitrary<StoredContent> {
  return text.map((value) => ({ kind: 'string' as const, bytes: Buffer.from(value) }));
}

/** A hash with the fields of a record, or fewer, whose texts are JSON, or that without quotes, or have accidents. */
const hash: fc.Arbitrary<StoredContent> = fc
  .record({
    text: record,
    added: fc.record({ timestamp: timeText, value: numberText }, { requiredKeys: [] }),
    change: fc.func(fc.constantFrom('json', 'json', 'json', 'text', 'cut', 'none')),
  })
  .map(({ text, added, change }) => {
    const parsed: unknown = jsonOrNothing(text);
    const fields = Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : { value: text });
    const texts = [...fields.map(([name, value]) => [name, JSON.stringify(value)] as const), ...Object.entries(added)];
    const pairs = texts.flatMap(([name, json]) => {
      const how = change(name);
      const value = how === 'text' ? json.replaceAll('"', '') : how === 'cut' ? json.slice(1) : json;
      return how === 'none' ? [] : [[Buffer.from(name), Buffer.from(value)] as const];
    });
    return { kind: 'hash', pairs: pairs.length === 0 ? [[Buffer.from('x'), Buffer.from('5')] as const] : pairs };
  });

const content: fc.Arbitrary<StoredContent> = fc.oneof(
  { weight: 3, arbitrary: hash },
  { weight: 4, arbitrary: stored(record) },
  { weight: 4, arbitrary: mutated(record).map((bytes) => ({ kind: 'string' as const, bytes })) },
  fc.constant({ kind: 'list' as const, elements: [Buffer.from('5')] }),
);

// Few names and values, so that several keys meet in one family and one series.
const metricName = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'B', 'h', 'h_sum', 'h_count', 'h_p95', 'redmeter_writer_x', '_') },
  fc.constantFrom(
    '',
    'up',
    '9',
    'a-b',
    'a.b',
    'h.x',
    'h.x_sum',
    'h%2Ex',
    '50th',
    '%61',
    'a%22',
    'a%',
    'a%00',
    'a"',
    '%75p',
    'scrape_x',
    'é',
    '\u{1f680}',
    '\ue000',
  ),
);
const labelName = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom('a', 'b', 'A', '_z') },
  fc.constantFrom(
    'le',
    '__x',
    '',
    '9',
    'a b',
    'a.b',
    'a%2eb',
    '%61',
    'l%65',
    'a%5C',
    'a`%22',
    'a%00',
    'a\\',
    'é',
    '\u{1f680}',
    '\ue000',
  ),
);
const labelValue = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('x', 'X', '%58', '', 'a%22', '"', '`', '%5C', '%0A', '%', 'é', '\u{1f680}', '\ue000'),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  fc.constantFrom('%FF', '%c3%28', 'a:b', 'a=b', '{x}', ' '),
);
const label = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(labelName, labelValue).map(([name, value]) => `${name}=${value}`) },
  fc.constantFrom('', 'a', 'b,'),
);
const labels = fc.oneof(
  fc.constant(''),
  fc.array(label, { maxLength: 3 }).map((list) => `:${list.join(',')}`),
);
const tag = fc.oneof({ weight: 8, arbitrary: fc.constant('') }, fc.constantFrom('{0}:', '{a', '{}:', '{x}'));
const type = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('counter', 'gauge', 'histogram') },
  fc.constantFrom('summary', ''),
);
const seriesKey = fc
  .tuple(tag, type, metricName, labels)
  .map((parts) => `metrics:${parts[0]}${parts[1]}:${parts[2]}${parts[3]}`);
const key = fc.oneof(
  { weight: 12, arbitrary: seriesKey.map((text) => Buffer.from(text)) },
  {
    weight: 2,
    arbitrary: mutated(seriesKey).map((bytes) => Buffer.concat([Buffer.from('metrics:'), bytes.subarray(8)])),
  },
  fc.constantFrom('other:counter:a', 'metrics-meta:x', 'metrics:', 'metrics').map((text) => Buffer.from(text)),
);

const anyEntry: fc.Arbitrary<StoredKey> = fc.record({ key, content });

// The same few series again and again, under keys of different bytes.
const repeatedEntry: fc.Arbitrary<StoredKey> = fc
  .tuple(
    fc.constantFrom('counter' as const, 'gauge' as const, 'histogram' as const, 'histogram' as const),
    fc.constantFrom('a', 'h', 'h', 'h_sum', 'h.$&$$'),
    fc.constantFrom('', '{0}:', '{1}:'),
    fc.constantFrom('', ':', ':a=', ':a=x', ':a=%78', ':a=x,b=y', ':b=y,a=x', ':b=%79,a=x'),
  )
  .chain(([metricType, name, hashTag, encoded]) =>
    stored(recordByType[metricType]).map((value) => ({
      key: Buffer.from(`metrics:${hashTag}${metricType}:${name}${encoded}`),
      content: value,
    })),
  );

const familyKey = fc
  .tuple(fc.constantFrom('', '{0}:', '{1}:'), fc.constantFrom('a', 'b', 'h', 'h_sum'))
  .map(([tag, name]) => Buffer.from(`metrics-meta:${tag}family:${name}`));
const familyText = object(
  field('type', fc.constantFrom('"counter"', '"gauge"', '"histogram"', '"x"')),
  field(
    'help',
    fc
      .oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('a\\b', 'a\nb', '\\ud800'))
      .map((text) => JSON.stringify(text)),
  ),
  field('native', fc.constantFrom('{"schema":3}', '{"schema":"3"}', '{}', '[]', 'null', '3')),
  field('bounds', fc.constantFrom('[5]', 'null', '[]')),
);
const familyContent: fc.Arbitrary<StoredContent> = fc.oneof(
  { weight: 4, arbitrary: stored(familyText) },
  mutated(familyText).map((bytes) => ({ kind: 'string' as const, bytes })),
);

/** A database as people, other languages, and accidents may leave it. */
export const randomState: fc.Arbitrary<StoredKey[]> = fc
  .tuple(
    fc.uniqueArray(fc.oneof(anyEntry, repeatedEntry), {
      maxLength: 40,
      size: 'max',
      selector: (one) => one.key.toString('latin1'),
    }),
    fc.uniqueArray(fc.record({ key: familyKey, content: familyContent }), {
      maxLength: 3,
      selector: (one) => one.key.toString('latin1'),
    }),
  )
  .map((lists) => lists.flat());

// What JSON texts are made of, and what is almost that.
const jsonPiece = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '"value"',
    '"value":',
    '{"value":',
    '5',
    '-',
    '0',
    '.',
    'e',
    'E',
    '+',
    '1',
  ],
  ...[
    ' ',
    '\n',
    '\t',
    '\0',
    '\x0b',
    '\\',
    '\\u',
    '\\ud83d',
    '\\ude80',
    '\\n',
    'true',
    'false',
    'null',
    'nan',
    'inf',
    '0x',
  ],
  ...['"\\u0041"', '"\t"', '1.', '.5', 'é', '\ufeff', '\u00a0', '[[[[[[[[[[[[[[[[', ']]]]]]]]]]]]]]]]'],
);

/** Texts that are JSON, almost JSON, or put together from its pieces. */
export const jsonLikeTexts: fc.Arbitrary<Buffer[]> = fc.array(
  fc.oneof(
    mutated(record),
    mutated(recordByType.gauge),
    recordByType.gauge.map((text) => Buffer.from(text)),
    mutated(fc.json()),
    fc.array(jsonPiece, { maxLength: 8 }).map((pieces) => Buffer.from(pieces.join(''))),
    fc.array(jsonPiece, { maxLength: 4 }).map((pieces) => Buffer.from(`{"value":${pieces.join('')}}`)),
    fc.array(jsonPiece, { maxLength: 4 }).map((pieces) => Buffer.from(`{"value":5,"a":"${pieces.join('')}"}`)),
  ),
  { minLength: 100, maxLength: 100 },
);
