import { expect, it } from '@jest/globals';
import { PERCENTILES, percentileHelp, type EscapingScheme, type Label, type MetricType } from '@redmeter/metric-format';
import { compareBytes, escapeFamilies, labelSet, type MetricFamily, type SeriesValue } from '@redmeter/metric-reader';
import fc from 'fast-check';
import { EscapedFamilies } from '../../../src/exposition/escaping/escaped-families.js';
import { encodeLabels, metricBlock } from '../../../src/protobuf/metric-block.js';
import { encodeValue } from '../../../src/protobuf/metric-value.js';
import { histogramLines, sampleLine } from '../../../src/series/lines/sample-lines.js';
import type { ShownFamily } from '../../../src/series/shown-family.js';
import { TextPiece } from '../../../src/text/text-piece.js';

type Format = 'text' | 'protobuf';

function valueOf(type: MetricType, value: number): SeriesValue {
  const times = { createdMs: undefined, timestampMs: undefined };
  if (type !== 'histogram') return { type, value, ...times };
  const buckets = { bounds: [5], counts: [value, 0] };
  return { type, count: value, sum: value, buckets, percentiles: [value, value, value], ...times };
}

/** A metric as the exporter has it, its series in pieces of two; for a histogram also its percentiles. */
function shownAs(format: Format, { name, type, series }: MetricFamily): ShownFamily[] {
  const piecesOf = (shown: string, values: readonly SeriesValue[]): Pick<ShownFamily, 'pieces' | 'messages'> => {
    const blocks = series.map(({ labels }, i) => {
      const value = values[i] ?? valueOf('gauge', 0);
      if (format === 'protobuf') return metricBlock(encodeLabels(labels.labels), encodeValue(value));
      return value.type === 'histogram'
        ? histogramLines(shown, labels.text, value)
        : sampleLine(shown, labels.text, value.value);
    });
    const encoding = format === 'protobuf' ? 'latin1' : 'utf8';
    const pieces = blocks.flatMap((_, i) => (i % 2 === 0 ? [TextPiece.of(blocks.slice(i, i + 2), encoding)] : []));
    return format === 'protobuf' ? { pieces: [], messages: pieces } : { pieces };
  };
  const rest = { unit: undefined, openMetrics: undefined, hasOtherNames: true };
  const values = series.map(({ value }) => value);
  const main: ShownFamily = { name, type, help: 'Help.', ...piecesOf(name, values), ...rest };
  if (type !== 'histogram') return [main];
  const percentiles = PERCENTILES.map((percentile, at): ShownFamily => {
    const shown = name + percentile.suffix;
    const found = values.map((value) =>
      valueOf('gauge', value.type === 'histogram' ? (value.percentiles[at] ?? 0) : 0),
    );
    const help = percentileHelp(percentile, name);
    return {
      name: shown,
      type: 'gauge',
      help,
      ...piecesOf(shown, found),
      ...rest,
      percentilesOf: { name, percentile },
    };
  });
  return [main, ...percentiles];
}

/** Name, help and series of each family, in an order of their own. */
function contentOf(families: readonly ShownFamily[]): unknown[] {
  return [...families]
    .sort((a, b) => compareBytes(a.name, b.name))
    .map(({ name, type, help, pieces, messages = [] }) => {
      const blocks = [...pieces, ...messages].flatMap((piece) => piece.blocks('latin1'));
      return [name, type, help, blocks.sort()];
    });
}

// The last are reserved once they are escaped, or from the start, as one would be that the exporter adds.
const labelName = fc.constantFrom('a', 'a_b', 'a.b', 'a-b', 'é', '_', 'a"\\', '..x', 'instance');
const labelValue = fc.constantFrom('x', 'y', '"', '\\', '\n', 'é', '\u{1f680}');
const labels = fc
  .dictionary(labelName, labelValue, { maxKeys: 2 })
  .map((values) => labelSet(Object.entries(values).sort(([a], [b]) => compareBytes(a, b)) as Label[]));
const metricName = fc.constantFrom(
  'a',
  'a_b',
  'a.b',
  'a-b',
  'a b',
  'a_b_sum',
  'a.b_sum',
  'a.b_p50',
  'a$&',
  '50th',
  'é',
  'u.',
  'redmeter.x',
);

const metrics = fc
  .uniqueArray(
    fc.record({
      name: metricName,
      type: fc.constantFrom<MetricType>('counter', 'gauge', 'histogram'),
      labelSets: fc.uniqueArray(labels, { minLength: 1, maxLength: 5, selector: ({ text }) => text }),
    }),
    { maxLength: 5, selector: ({ name }) => name },
  )
  // What a histogram derives is no metric beside it.
  .map((all) =>
    all.filter(({ name }) => !all.some((one) => one.type === 'histogram' && name.startsWith(`${one.name}_`))),
  )
  .map((all) => all.sort((a, b) => compareBytes(a.name, b.name)));

it.each<Format>(['text', 'protobuf'])('leaves out of %s what the reader leaves out', (format) => {
  fc.assert(
    fc.property(metrics, fc.constantFrom<EscapingScheme>('underscores', 'dots', 'values'), (drawn, scheme) => {
      let count = 0;
      const families = drawn.map(({ name, type, labelSets }): MetricFamily => {
        const series = labelSets.map((one) => ({ labels: one, value: valueOf(type, (count += 1)) }));
        return { name, type, declared: undefined, series };
      });
      const sorted = families.map((family) => {
        return { ...family, series: [...family.series].sort((a, b) => compareBytes(a.labels.text, b.labels.text)) };
      });
      const reference = escapeFamilies(sorted, scheme);
      const escaped = new EscapedFamilies().escape(
        families.flatMap((family) => shownAs(format, family)),
        { scheme, format, taken: [] },
      );
      expect(Object.fromEntries(escaped.collisions)).toEqual(Object.fromEntries(reference.collisions));
      expect(contentOf(escaped.families)).toEqual(
        contentOf(reference.families.flatMap((family) => shownAs(format, family))),
      );
    }),
    { numRuns: 500 },
  );
});
