import { GAUGE_MODES, MAX_BOUNDS, METRIC_TYPES } from '@redmeter/metric-format';
import { shortened } from '../protocol/read-answers.js';
import type { Finding } from '../requirement.js';
import { isFinite, readFields } from './json-fields.js';

/** What is wrong with the JSON of a family. */
export function* checkFamily(text: string): Generator<Finding> {
  const family = readFields(text);
  const type = METRIC_TYPES.find((known) => known === family?.['type']);
  if (family === undefined || type === undefined) {
    yield { requirements: ['W-20'], expected: 'a family as JSON with its type', got: shortened(text) };
    return;
  }
  const { age, declared, mode = 'last' } = family;
  const { native } = family;
  const isNative = type === 'histogram' && native !== undefined && native !== null;
  if (isNative && !isNativeLayout(native)) {
    yield {
      requirements: ['W-60'],
      expected: 'a schema from -4 to 8, a zeroThreshold and maxBuckets',
      got: shortened(text),
    };
  }
  if (type === 'histogram' && !isBounds(family['bounds']) && !(isNative && family['bounds'] === undefined)) {
    yield { requirements: ['W-10', 'W-20'], expected: 'ascending, finite bounds', got: shortened(text) };
  }
  if (type === 'gauge' && !GAUGE_MODES.some((known) => known === mode)) {
    yield { requirements: ['W-20'], expected: `a mode of ${GAUGE_MODES.join(', ')}`, got: shortened(text) };
  }
  for (const time of [age, declared]) {
    if (time !== undefined && !(isFinite(time) && time >= 0)) {
      yield { requirements: ['W-21'], expected: 'age or declared of at least 0 ms', got: shortened(text) };
    }
  }
}

/** Whether a family has the time of its declaration. */
export function isDated(text: string): boolean {
  const family = readFields(text);
  return family?.['age'] !== undefined || family?.['declared'] !== undefined;
}

function isNativeLayout(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { schema, zeroThreshold = 0, maxBuckets = 1 } = value as Readonly<Record<string, unknown>>;
  const isWhole = (number: unknown, least: number, most: number): boolean =>
    isFinite(number) && number % 1 === 0 && number >= least && number <= most;
  return isWhole(schema, -4, 8) && isFinite(zeroThreshold) && zeroThreshold >= 0 && isWhole(maxBuckets, 1, 500);
}

function isBounds(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_BOUNDS) return false;
  const bounds: unknown[] = value;
  return bounds.every((bound, i) => isFinite(bound) && (i === 0 || bound > Number(bounds[i - 1])));
}
