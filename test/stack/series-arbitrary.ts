import {
  buildSeriesKey,
  isReservedLabelName,
  type Label,
  MAX_LABEL_VALUE_BYTES,
  MAX_LABELS,
} from '@redmeter/metric-format';
import fc from 'fast-check';
import type { Sample } from '@redmeter/test-servers';

/** A series as it is in Redis, and what Prometheus should make of it. */
export interface StoredSeries {
  readonly key: string;
  readonly json: string;
  readonly expected: readonly ExpectedSample[];
}

/** One series of Prometheus: its labels, `__name__` too, and its value. */
export type ExpectedSample = Pick<Sample, 'labels' | 'value'>;

const namePrefix = 'generated_';

/**
 * Selects these series in Prometheus, but for the percentiles of histograms: each name ends with an underscore, so that
 * no other can look like one of these.
 */
export const seriesSelector = `{__name__=~"${namePrefix}.*",__name__!~".*__p(50|95|99)"}`;

// What some stage on the way gives a meaning to, far more often than chance would.
const special = fc.constantFrom(
  ...[
    '"',
    '\\',
    '\n',
    '`',
    '{',
    '}',
    ',',
    ':',
    '=',
    '%',
    '%41',
    '$1',
    '${2}',
    '\r',
    '\t',
    '\u0000',
    '\u007f',
    '\u0085',
  ],
  ...['\u2028', '\ufeff', '\ufffd', '\u{10ffff}', '\u{1f600}', 'é', 'e\u0301', ' ', '#', ';', "'", '",b="c', '\\n'],
);
const labelValue = fc
  .oneof(
    { weight: 3, arbitrary: fc.array(fc.oneof(special, fc.string({ unit: 'binary' })), { maxLength: 12 }) },
    { weight: 1, arbitrary: fc.array(special, { minLength: 1, maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(fc.string({ unit: 'binary-ascii', minLength: 1 }), { maxLength: 80 }) },
  )
  .map((parts) => parts.join(''))
  .filter((value) => Buffer.byteLength(value) <= MAX_LABEL_VALUE_BYTES);

const labelName = fc
  .oneof(
    fc.constantFrom('key', 'filename', '_', 'A', 'a', 'name', 'exported_job'),
    fc.stringMatching(/^[a-zA-Z_]\w{0,8}$/),
  )
  .filter((name) => !isReservedLabelName(name));

const labels = fc
  .uniqueArray(fc.tuple(labelName, labelValue), { selector: ([name]) => name, maxLength: MAX_LABELS })
  .map((pairs): readonly Label[] => pairs);

const nameEnding = fc.stringMatching(/^[a-zA-Z0-9_]{0,12}$/);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const notNegative = fc.oneof(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), fc.maxSafeNat());

const bounds: readonly (readonly [bound: number, le: string])[] = [
  [-2, '-2.0'],
  [0.005, '0.005'],
  [1, '1.0'],
  [2.5, '2.5'],
  [250, '250.0'],
];

const shape = fc.oneof(
  fc.record({ type: fc.constant('counter' as const), value: notNegative }),
  fc.record({
    type: fc.constant('gauge' as const),
    value: fc.oneof(finite, fc.constantFrom(NaN, Infinity, -Infinity)),
  }),
  fc.record({
    type: fc.constant('histogram' as const),
    sum: finite,
    counts: fc.array(fc.nat(1_000_000), { minLength: bounds.length + 1, maxLength: bounds.length + 1 }),
  }),
);

/** Many series with names of their own, random labels and values. */
export const manySeries = fc
  .array(fc.record({ shape, labels, nameEnding }), { minLength: 150, maxLength: 250 })
  .map((series) =>
    series.map((one, index) => store(`${namePrefix}${index}_${one.nameEnding}_`, one.labels, one.shape)),
  );

type Shape = typeof shape extends fc.Arbitrary<infer Value> ? Value : never;

function store(name: string, labels: readonly Label[], shape: Shape): StoredSeries {
  const key = buildSeriesKey({ prefix: 'metrics' }, shape.type, name, labels);
  const shown = Object.fromEntries(
    labels.flatMap(([label, value]) => (value === '' ? [] : [[label, arriving(value)]])),
  );
  const sample = (suffix: string, value: number, more: Record<string, string> = {}): ExpectedSample => ({
    labels: { ...shown, ...more, __name__: `${name}${suffix}` },
    value,
  });
  if (shape.type !== 'histogram') {
    const json = `{"type":"${shape.type}","value":${jsonNumber(shape.value)}}`;
    return { key, json, expected: [sample('', shape.value)] };
  }
  const { counts, sum } = shape;
  const cumulative = counts.map((_, index) => counts.slice(0, index + 1).reduce((total, count) => total + count, 0));
  const count = cumulative.at(-1) ?? 0;
  return {
    key,
    json: `{"type":"histogram","count":${count},"sum":${jsonNumber(sum)},"bounds":${JSON.stringify(bounds.map(([bound]) => bound))},"counts":${JSON.stringify(counts)}}`,
    expected: [
      ...bounds.map(([, le], index) => sample('_bucket', cumulative[index] ?? 0, { le })),
      sample('_bucket', count, { le: '+Inf' }),
      sample('_sum', sum),
      sample('_count', count),
    ],
  };
}

/** A label value as it arrives in Prometheus: exactly, unless neither quotes nor backticks can hold it unescaped. */
function arriving(value: string): string {
  return value.includes('`') && /["\\\n]/.test(value) ? value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n') : value;
}

function jsonNumber(value: number): string {
  if (Number.isNaN(value)) return '"NaN"';
  return Number.isFinite(value) ? String(value) : value > 0 ? '"+Inf"' : '"-Inf"';
}
