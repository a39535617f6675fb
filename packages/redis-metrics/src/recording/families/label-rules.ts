import {
  isLabelName,
  isReservedLabelName,
  MAX_LABELS,
  MAX_LABEL_VALUE_BYTES,
  type Label,
} from '@redmeter/metric-format';
import type { DropReason } from '../../accounting/drop-reasons.js';
import { shownList, shownValue } from '../../errors/shown-value.js';

const HALF_A_PAIR = /\p{Surrogate}/u;

/** Why something cannot be recorded. */
export interface Refusal {
  readonly reason: DropReason;
  /** For people: what was expected, and what was got. */
  readonly detail: string;
}

/** Why labels are none that throw when they are read: a getter of the application's does. */
export const UNREADABLE_LABELS: Refusal = {
  reason: 'invalid_label_value',
  detail: 'labels: expected values that can be read, got an error',
};

/**
 * Labels as given by the application, checked: sorted by name, values as text, empty ones left out. Or why they are none.
 * @param declared the label names that were declared; any are allowed when undefined
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
    if (HALF_A_PAIR.test(value)) return refuse('invalid_label_value', 'no half of a surrogate pair');
    // A character has at most 3 bytes a UTF-16 unit, so that short ones need no counting.
    if (value.length * 3 > MAX_LABEL_VALUE_BYTES && Buffer.byteLength(value) > MAX_LABEL_VALUE_BYTES) {
      return refuse('label_value_too_long', `at most ${MAX_LABEL_VALUE_BYTES} bytes`);
    }
    checked.push([name, value]);
  }
  if (checked.length > MAX_LABELS) return tooManyLabels(checked.map(([name]) => name));
  return checked.sort(([a], [b]) => (a < b ? -1 : 1));
}

function entriesOf(labels: object): [string, unknown][] | undefined {
  try {
    return Object.entries(labels);
  } catch {
    // What the application's getter threw is the application's; that there are no labels is counted.
    return undefined;
  }
}

/** Why a label cannot have this name; undefined when it can. */
export function checkLabelName(name: unknown, declared?: ReadonlySet<string>): Refusal | undefined {
  if (typeof name === 'string' && isReservedLabelName(name)) {
    const detail = `label ${shownValue(name)}: expected none of job, instance, le, quantile and those that begin with __`;
    return { reason: 'reserved_label', detail };
  }
  if (typeof name !== 'string' || !isLabelName(name)) {
    const detail = `label ${shownValue(name)}: expected a name of letters, digits and _, not beginning with a digit`;
    return { reason: 'invalid_label_name', detail };
  }
  if (declared === undefined || declared.has(name)) return undefined;
  const names = declared.size === 0 ? 'no labels, as declared' : `one of those declared, ${shownList([...declared])}`;
  return { reason: 'invalid_label_name', detail: `label ${shownValue(name)}: expected ${names}` };
}

/** Labels with those of `defaults` whose names they lack, sorted by name; or why that is too many. */
export function mergeLabels(labels: readonly Label[], defaults: readonly Label[]): Label[] | Refusal {
  const missing = defaults.filter(([name]) => !labels.some(([given]) => given === name));
  const all = [...labels, ...missing];
  if (all.length > MAX_LABELS) return tooManyLabels(all.map(([name]) => name));
  return all.sort(([a], [b]) => (a < b ? -1 : 1));
}

export function tooManyLabels(names: readonly string[]): Refusal {
  const detail = `labels: expected at most ${MAX_LABELS}, got ${names.length}: ${shownList(names)}`;
  return { reason: 'too_many_labels', detail };
}
