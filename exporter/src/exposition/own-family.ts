import type { LabelSet, SeriesValue } from '@redmeter/metric-reader';
import { encodeLabels, metricBlock } from '../protobuf/metric-block.js';
import { encodeValue } from '../protobuf/metric-value.js';
import { histogramLines, sampleLine } from '../series/lines/sample-lines.js';
import type { FamilyDescription } from './family-header.js';

/** A family that no application recorded. */
export interface OwnFamily extends FamilyDescription {
  readonly series: readonly OwnSeries[];
}

/** One series of it. */
export interface OwnSeries {
  readonly labels: LabelSet;
  readonly value: SeriesValue;
}

/** The lines of a family. */
export function ownLines({ name, series }: OwnFamily): string {
  return series
    .map(({ labels: { text }, value }) =>
      value.type === 'histogram' ? histogramLines(name, text, value) : sampleLine(name, text, value.value),
    )
    .join('');
}

/** The messages of a family, one for each series, one character a byte. */
export function ownMessages({ series }: OwnFamily): string[] {
  return series.map(({ labels, value }) => metricBlock(encodeLabels(labels.labels), encodeValue(value)));
}
