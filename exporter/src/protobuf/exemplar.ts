import type { Exemplar } from '@redmeter/metric-format';
import { encodeLabels } from './metric-block.js';
import { encodeTime } from './timestamp.js';
import { counted, double, tag } from './wire.js';

// Fields of io.prometheus.client.Exemplar; its labels have the number that they have in a Metric.
const VALUE = tag(2, 'fixed64');
const TIMESTAMP = tag(3, 'bytes');

/**
 * A field with an exemplar; empty without one.
 * @param field its tag
 */
export function encodeExemplar(field: string, exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  const { labels, value, timestampMs } = exemplar;
  return field + counted(encodeLabels(labels) + VALUE + double(value) + encodeTime(TIMESTAMP, timestampMs));
}
