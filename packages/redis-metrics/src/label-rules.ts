import {
  isLabelName,
  isReservedLabelName,
  MAX_LABELS,
  MAX_LABEL_VALUE_BYTES,
  type Label,
} from '@redmeter/metric-format';
import type { DropReason } from './drop-reasons.js';

const HALF_A_PAIR = /\p{Surrogate}/u;

/**
 * Labels as given by the application, checked: sorted by name, values as text, empty ones left out. Or why they are none.
 * @param declared the label names that were declared; any are allowed when undefined
 */
export function checkLabels(labels: unknown, declared: ReadonlySet<string> | undefined): Label[] | DropReason {
  if (typeof labels !== 'object' || labels === null) return 'invalid_label_name';
  const checked: Label[] = [];
  for (const [name, given] of Object.entries(labels as Record<string, unknown>)) {
    if (isReservedLabelName(name)) return 'reserved_label';
    if (!isLabelName(name) || declared?.has(name) === false) return 'invalid_label_name';
    if (typeof given !== 'string' && typeof given !== 'number' && typeof given !== 'boolean') {
      return 'invalid_label_value';
    }
    const value = String(given);
    if (value === '') continue;
    if (HALF_A_PAIR.test(value)) return 'invalid_label_value';
    // A character has at most 3 bytes a UTF-16 unit, so that short ones need no counting.
    if (value.length * 3 > MAX_LABEL_VALUE_BYTES && Buffer.byteLength(value) > MAX_LABEL_VALUE_BYTES) {
      return 'label_value_too_long';
    }
    checked.push([name, value]);
  }
  if (checked.length > MAX_LABELS) return 'too_many_labels';
  return checked.sort(([a], [b]) => (a < b ? -1 : 1));
}
