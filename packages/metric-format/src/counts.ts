import { MAX_COUNT } from './limits.js';

/** Whether a value is a number of observations: whole, from 0 to 2^53. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_COUNT;
}

/** Whether a value is a list of so many counts. */
export function isCounts(value: unknown, length: number): value is number[] {
  return Array.isArray(value) && value.length === length && value.every(isCount);
}

/** Whether a field is not there, or null. */
export function isMissing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}
