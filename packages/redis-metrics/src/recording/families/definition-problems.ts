import { MAX_LABELS } from '@redmeter/metric-format';
import type { GaugeDefinition, HistogramDefinition } from '../series/instruments.js';
import { checkLabelName, tooManyLabels } from './label-rules.js';
import { shownValue } from '../../errors/shown-value.js';

type Definition = { readonly [Name in keyof (GaugeDefinition & HistogramDefinition)]?: unknown };

/**
 * Errors in a declaration that do not prevent the metric. They are logged when it is declared, since their effects show much later.
 */
export function* definitionProblems(definition: Definition): Generator<string> {
  const { collect, help, labelNames, maxSeries, unit } = definition;
  for (const [name, text] of Object.entries({ help, unit })) {
    if (text !== undefined && typeof text !== 'string') yield `${name}: expected text, got ${shownValue(text)}`;
  }
  if (labelNames !== undefined && !Array.isArray(labelNames)) {
    yield `labelNames: expected a list of names, got ${shownValue(labelNames)}`;
  } else if (labelNames !== undefined) {
    for (const name of labelNames as unknown[]) {
      const refusal = checkLabelName(name);
      if (refusal !== undefined) yield `labelNames: ${refusal.detail}`;
    }
    if (labelNames.length > MAX_LABELS) yield `labelNames: ${tooManyLabels(labelNames as string[]).detail}`;
  }
  if (maxSeries !== undefined && !isSeriesNumber(maxSeries)) {
    yield `maxSeries: expected a whole number of at least 1, got ${shownValue(maxSeries)}`;
  }
  if (collect !== undefined && typeof collect !== 'function') {
    yield `collect: expected a function, got ${shownValue(collect)}`;
  }
  yield* nativeProblems(definition);
}

function* nativeProblems(definition: Definition): Generator<string> {
  const { buckets, classicBuckets, maxBuckets, schema, zeroThreshold } = definition;
  if (buckets === 'native') return;
  for (const [name, value] of Object.entries({ classicBuckets, maxBuckets, schema, zeroThreshold })) {
    if (value !== undefined) yield `${name}: expected none without buckets: 'native', got ${shownValue(value)}`;
  }
}

/** Whether a value is a valid limit of series. */
export function isSeriesNumber(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1;
}
