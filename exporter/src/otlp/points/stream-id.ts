import { createHash } from 'node:crypto';
import type { Attribute } from '../decode/attributes.js';
import type { OtlpMetric } from '../decode/metrics-request.js';

const ID_BYTES = 16;
/** It gives the time of the first point as the start of what it read, whenever that began. */
const PROMETHEUS_SCOPE = '/prometheusreceiver';

/** Identifies who counts. */
export function sourceId({ resource }: OtlpMetric): string {
  return idOf([resource]);
}

/**
 * When a stream began to count; 0n if that is not known. A start that is the time of the point means "unknown" by OpenTelemetry's data model, and
 * for the script. SDKs for Node mean it: their clock may not go on between the first recording and the export, and what they observe
 * starts with its first point. So it is a nanosecond earlier.
 */
export function countedFrom({ scope }: OtlpMetric, startNanos: bigint): bigint {
  return startNanos === 0n || scope.name.endsWith(PROMETHEUS_SCOPE) ? startNanos : startNanos - 1n;
}

/**
 * Identifies what one sender counts into a series: all attributes of its resource, its scope, and the point's own. A sum that only rises and a
 * histogram are another stream with each start, so that processes that cannot be told apart are added up all the same.
 * @param seriesKey of the series without a shard: streams of other series are others
 * @returns letters, digits, `-` and `_`
 */
export function streamId(
  { resource, scope, unit, data }: OtlpMetric,
  seriesKey: string,
  { attributes, startNanos }: { readonly attributes: readonly Attribute[]; readonly startNanos: bigint },
): string {
  const isOneForAllStarts = data.kind === 'sum' && !data.isMonotonic;
  const start = isOneForAllStarts ? '' : String(startNanos);
  return idOf([seriesKey, data.kind, unit, resource, scope, attributes, start]);
}

function idOf(identity: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(identity)).digest().subarray(0, ID_BYTES).toString('base64url');
}
