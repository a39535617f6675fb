import { createHash } from 'node:crypto';
import type { Attribute } from '../decode/attributes.js';
import type { OtlpMetric } from '../decode/metrics-request.js';

const ID_BYTES = 16;

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
  const identity = JSON.stringify([seriesKey, data.kind, unit, resource, scope, attributes, start]);
  return createHash('sha256').update(identity).digest().subarray(0, ID_BYTES).toString('base64url');
}
