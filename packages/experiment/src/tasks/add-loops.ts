import { sampleValues } from '../backends/observed-metric.js';
import type { BackendMetric } from '../backends/backend-template.js';
import type { JqValue } from '../backends/jq-value.js';
import { addSamples } from '../result/add-samples.js';
import type { Insights } from '../result/experiment-result.js';

const LOST = 'an earlier loop has no value: ';

/**
 * What a metric that counts the run comes to over all loops: counts and observations add up, other numbers are those of this loop. Where an
 * earlier loop had none, the whole is not known.
 */
export function withEarlierLoops(
  found: JqValue,
  metric: Pick<BackendMetric, 'type'>,
  name: string,
  version: number,
  earlier: Insights | undefined,
): JqValue {
  const isCount = metric.type?.toLowerCase() === 'counter';
  if (earlier === undefined || found.kind === 'failed' || (found.kind === 'value' && !isCount)) return found;
  const lost = earlier.skippedMetrics.find((skip) => skip.metric === name && skip.version === version);
  if (lost !== undefined) {
    return { kind: 'failed', reason: lost.reason.startsWith(LOST) ? lost.reason : `${LOST}${lost.reason}` };
  }
  if (found.kind === 'value') {
    const before = earlier.metricValues[version]?.[name];
    return before === undefined ? found : { kind: 'value', value: before + found.value };
  }
  const before = earlier.metricSamples?.[version]?.[name];
  if (before === undefined) return found;
  const sample = addSamples(before, found.observed.sample);
  const values = sample === undefined ? undefined : sampleValues(sample);
  if (sample === undefined || values === undefined) {
    return { kind: 'failed', reason: 'expected the same buckets as in the loops before, got others' };
  }
  return { kind: 'observed', observed: { sample, values } };
}
