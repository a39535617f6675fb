import { buildSeriesKey, parseRecord, type HistogramRecord, type CounterRecord } from '@redmeter/metric-format';
import { shortened } from '../protocol/read-answers.js';
import { demand, type RequirementId } from '../requirement.js';
import type { Scene } from './scene.js';

interface StoredRecords {
  readonly counter: CounterRecord;
  readonly histogram: HistogramRecord;
}

/**
 * The record of a series without labels, as readers read it.
 * @param requirements what is broken without one
 * @throws Violation when there is none that readers can read
 */
export async function storedRecord<T extends keyof StoredRecords>(
  { prefix, redis }: Scene,
  type: T,
  name: string,
  requirements: readonly RequirementId[],
): Promise<StoredRecords[T]> {
  const text = await redis.get(buildSeriesKey({ prefix }, type, name, []));
  const parsed = parseRecord(type, text ?? '');
  demand(parsed.kind === 'record', requirements, `a record of the ${type} ${name}`, shortened(text ?? 'none'));
  return parsed.record as StoredRecords[T];
}
