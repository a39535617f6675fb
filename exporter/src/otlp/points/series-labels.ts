import {
  isLabelName,
  isReservedLabelName,
  MAX_LABELS,
  MAX_LABEL_VALUE_BYTES,
  type Label,
} from '@redmeter/metric-format';
import type { Attribute } from '../decode/attributes.js';
import type { RejectReason } from './rejections.js';

/** The labels of a point, or why they cannot be labels. */
export type LabelsOutcome =
  | { readonly kind: 'labels'; readonly labels: readonly Label[] }
  | { readonly kind: 'rejected'; readonly reason: RejectReason; readonly message: string };

const MAX_SHOWN = 60;

/** The attributes of a resource that become labels, in the order of `names`. */
export function resourceLabels(resource: readonly Attribute[], names: readonly string[]): Attribute[] {
  return names.flatMap((name) => resource.filter(([key]) => key === name));
}

/**
 * The labels of a point: its attributes, and those of its resource that have other names. Empty values are left out, as Prometheus
 * has them.
 */
export function labelsOf(ofResource: readonly Attribute[], attributes: readonly Attribute[]): LabelsOutcome {
  const own = new Set(attributes.map(([name]) => name));
  const all = [...ofResource.filter(([name]) => !own.has(name)), ...attributes];
  const labels = all.filter(([, value]) => value !== '');
  for (const label of labels) {
    const problem = problemOf(label);
    if (problem !== undefined) return { kind: 'rejected', ...problem };
  }
  if (labels.length <= MAX_LABELS) return { kind: 'labels', labels };
  const message = `expected at most ${MAX_LABELS} labels, got ${labels.length} attributes: ${labels.map(([name]) => name).join(', ')}`;
  return { kind: 'rejected', reason: 'too_many_labels', message };
}

function problemOf([name, value]: Attribute): { readonly reason: RejectReason; readonly message: string } | undefined {
  const shown = JSON.stringify(name.slice(0, MAX_SHOWN));
  if (!isLabelName(name)) {
    return { reason: 'invalid_label_name', message: `expected attributes with names of labels, got ${shown}` };
  }
  if (isReservedLabelName(name)) {
    return {
      reason: 'reserved_label',
      message: `expected no attribute with a name that Prometheus sets, got ${shown}`,
    };
  }
  if (/\p{Surrogate}/u.test(value)) {
    return {
      reason: 'invalid_label_value',
      message: `expected Unicode text in the attribute ${shown}, got half a character`,
    };
  }
  const bytes = Buffer.byteLength(value);
  if (bytes <= MAX_LABEL_VALUE_BYTES) return undefined;
  const expected = `expected at most ${MAX_LABEL_VALUE_BYTES} bytes in the attribute ${shown}`;
  return { reason: 'label_value_too_long', message: `${expected}, got ${bytes}` };
}
