import type { Label } from '@redmeter/metric-format';
import { escapeLabelValue } from './escape.js';
import { labelNameText } from './quoted-name.js';

/** The labels of a series with their text, which identifies them and orders them in an answer. */
export interface LabelSet {
  /** Sorted by name, without `le`. */
  readonly labels: readonly Label[];
  /** The text between the braces of a sample, `event="joined","http.method"="GET"`; empty without labels. */
  readonly text: string;
}

/** The label set of labels that are sorted by name. */
export function labelSet(labels: readonly Label[]): LabelSet {
  return {
    labels,
    text: labels.map(([name, value]) => `${labelNameText(name)}="${escapeLabelValue(value)}"`).join(','),
  };
}
