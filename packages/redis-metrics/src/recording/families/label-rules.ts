import {
  compareBytes,
  isLabelName,
  isReservedLabelName,
  MAX_LABELS,
  MAX_LABEL_VALUE_BYTES,
  type Label,
  type DropReason,
} from '@redmeter/metric-format';
import { shownList, shownValue } from '../../errors/shown-value.js';

const HALF_A_PAIR = /\p{Surrogate}/u;

/** Why a recording is refused. */
export interface Refusal {
  readonly reason: DropReason;
  /** What was expected and what was got, for the log. */
  readonly detail: string;
}

/** The refusal of labels with a getter that throws. */
export const UNREADABLE_LABELS: Refusal = {
  reason: 'invalid_label_value',
  detail: 'labels: expected readable values, got an error',
};

/**
 * Validates labels of the application. @returns labels sorted by name, with string values and without empty ones; or why they are refused
 * @param declared the declared label names; undefined allows any
 */
export function checkLabels(labels: unknown, declared: ReadonlySet<string> | undefined): Label[] | Refusal {
  if (typeof labels !== 'object' || labels === null) {
    return { reason: 'invalid_label_name', detail: `labels: expected an object, got ${shownValue(labels)}` };
  }
  const entries = entriesOf(labels);
  if (entries === undefined) return UNREADABLE_LABELS;
  const checked: Label[] = [];
  for (const [name, given] of entries) {
    const refusal = checkLabelName(name, declared);
    if (refusal !== undefined) return refusal;
    const refuse = (reason: DropReason, expected: string): Refusal => ({
      reason,
      detail: `label ${name.slice(0, 80)}: expected ${expected}, got ${shownValue(given)}`,
    });
    if (typeof given !== 'string' && typeof given !== 'number' && typeof given !== 'boolean') {
      return refuse('invalid_label_value', 'text, a number or a boolean');
    }
    const value = String(given);
    if (value === '') continue;
    if (HALF_A_PAIR.test(value)) return refuse('invalid_label_value', 'no lone surrogate');
    // A UTF-16 unit takes at most 3 bytes, so short strings need no counting.
    if (value.length * 3 > MAX_LABEL_VALUE_BYTES && Buffer.byteLength(value) > MAX_LABEL_VALUE_BYTES) {
      return refuse('label_value_too_long', `at most ${MAX_LABEL_VALUE_BYTES} bytes`);
    }
    checked.push([name, value]);
  }
  if (checked.length > MAX_LABELS) return tooManyLabels(checked.map(([name]) => name));
  return checked.sort(([a], [b]) => compareBytes(a, b));
}

function entriesOf(labels: object): [string, unknown][] | undefined {
  try {
    return Object.entries(labels);
  } catch {
    // A getter of the application threw; the recording is counted as dropped.
    return undefined;
  }
}

/** Why a label name is refused; undefined when it is valid. */
export function checkLabelName(name: unknown, declared?: ReadonlySet<string>): Refusal | undefined {
  if (typeof name === 'string' && isReservedLabelName(name)) {
    const detail = `label ${shownValue(name)}: expected none of job, instance, le, quantile and names that begin with __`;
    return { reason: 'reserved_label', detail };
  }
  if (typeof name !== 'string' || !isLabelName(name)) {
    const detail = `label ${shownValue(name)}: expected a name of UTF-8, not empty, without NUL and lone surrogates`;
    return { reason: 'invalid_label_name', detail };
  }
  if (declared === undefined || declared.has(name)) return undefined;
  const names =
    declared.size === 0 ? 'no labels, as declared' : `one of the declared labels ${shownList([...declared])}`;
  return { reason: 'invalid_label_name', detail: `label ${shownValue(name)}: expected ${names}` };
}

/** Adds those `defaults` whose names are missing, sorted by name; or returns why there are too many labels. */
export function mergeLabels(labels: readonly Label[], defaults: readonly Label[]): Label[] | Refusal {
  const missing = defaults.filter(([name]) => !labels.some(([given]) => given === name));
  const all = [...labels, ...missing];
  if (all.length > MAX_LABELS) return tooManyLabels(all.map(([name]) => name));
  return all.sort(([a], [b]) => compareBytes(a, b));
}

export function tooManyLabels(names: readonly string[]): Refusal {
  const detail = `labels: expected at most ${MAX_LABELS}, got ${names.length}: ${shownList(names)}`;
  return { reason: 'too_many_labels', detail };
}
