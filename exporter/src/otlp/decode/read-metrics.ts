import { readAttributes } from './attributes.js';
import { booleanIn, messageIn, messagesIn, textIn, valueOf, wrongType, type Fields } from './fields.js';
import type { MetricData, OtlpMetric, OtlpScope, Temporality } from './metrics-request.js';
import { readExponentialPoint, readHistogramPoint, readNumberPoint } from './read-points.js';

// As protobuf numbers them. JSON has the numbers too; the names are what other encoders of JSON write.
const TEMPORALITIES: ReadonlyMap<unknown, Temporality> = new Map<unknown, Temporality>([
  [undefined, 'unspecified'],
  [0, 'unspecified'],
  [1, 'delta'],
  [2, 'cumulative'],
  ['AGGREGATION_TEMPORALITY_UNSPECIFIED', 'unspecified'],
  ['AGGREGATION_TEMPORALITY_DELTA', 'delta'],
  ['AGGREGATION_TEMPORALITY_CUMULATIVE', 'cumulative'],
]);

/**
 * The metrics of an ExportMetricsServiceRequest. Fields that are not known are ignored.
 * @throws MalformedRequest for a field of the wrong type
 */
export function readMetrics(request: Fields): OtlpMetric[] {
  const metrics: OtlpMetric[] = [];
  for (const [ofResource, resourcePlace] of messagesIn(request, 'resourceMetrics', 'request')) {
    const resource = readAttributes(
      messageIn(ofResource, 'resource', resourcePlace) ?? {},
      'attributes',
      resourcePlace,
    );
    for (const [ofScope, scopePlace] of messagesIn(ofResource, 'scopeMetrics', resourcePlace)) {
      const scope = readScope(messageIn(ofScope, 'scope', scopePlace) ?? {}, `${scopePlace}.scope`);
      for (const [metric, place] of messagesIn(ofScope, 'metrics', scopePlace)) {
        metrics.push({
          resource,
          scope,
          name: textIn(metric, 'name', place),
          description: textIn(metric, 'description', place),
          unit: textIn(metric, 'unit', place),
          data: readData(metric, place),
        });
      }
    }
  }
  return metrics;
}

function readScope(fields: Fields, where: string): OtlpScope {
  return {
    name: textIn(fields, 'name', where),
    version: textIn(fields, 'version', where),
    attributes: readAttributes(fields, 'attributes', where),
  };
}

function readData(metric: Fields, where: string): MetricData {
  const points = <P>(kind: string, read: (fields: Fields, where: string) => P): readonly P[] =>
    [...messagesIn(messageIn(metric, kind, where) ?? {}, 'dataPoints', `${where}.${kind}`)].map(([fields, place]) =>
      read(fields, place),
    );
  const has = (kind: string): boolean => valueOf(metric, kind) !== undefined;
  const temporality = (kind: string): Temporality =>
    readTemporality(messageIn(metric, kind, where) ?? {}, `${where}.${kind}`);
  if (has('gauge')) return { kind: 'gauge', points: points('gauge', readNumberPoint) };
  if (has('sum')) {
    const isMonotonic = booleanIn(messageIn(metric, 'sum', where) ?? {}, 'isMonotonic', `${where}.sum`);
    return { kind: 'sum', isMonotonic, temporality: temporality('sum'), points: points('sum', readNumberPoint) };
  }
  if (has('histogram')) {
    return {
      kind: 'histogram',
      temporality: temporality('histogram'),
      points: points('histogram', readHistogramPoint),
    };
  }
  if (has('exponentialHistogram')) {
    return {
      kind: 'exponential',
      temporality: temporality('exponentialHistogram'),
      points: points('exponentialHistogram', readExponentialPoint),
    };
  }
  if (has('summary')) {
    return { kind: 'unsupported', what: 'a summary', pointCount: points('summary', () => undefined).length };
  }
  return { kind: 'unsupported', what: 'a metric without data that is known here', pointCount: 0 };
}

function readTemporality(fields: Fields, where: string): Temporality {
  const value = valueOf(fields, 'aggregationTemporality');
  const temporality = TEMPORALITIES.get(value);
  if (temporality === undefined) {
    throw wrongType(`${where}.aggregationTemporality`, '1 for delta or 2 for cumulative', value);
  }
  return temporality;
}
