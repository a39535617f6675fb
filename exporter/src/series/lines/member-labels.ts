import { parseKeyHead, parseKeyLabels, type Label } from '@redmeter/metric-format';
import { labelSet } from '@redmeter/metric-reader';
import { Copies, type Member } from '../entries/copies.js';
import type { SeriesEntry } from '../entries/series-entry.js';
import { withTargetLabels } from './target-labels.js';

/** What the labels of series are made of besides their keys. */
export interface LabelSource {
  /** What keys start with, before the first colon. */
  readonly prefix: string;
  /** Labels added to every series; a label of the series with the same name is prefixed with `exported_`. */
  readonly targetLabels: readonly Label[];
  /**
   * Labels as text of keys that were parsed since the last rendering, so that sorting and rendering do not parse them again.
   * After it they are in the lines, and a field for each of a million keys would be too much memory.
   */
  readonly parsed: Map<SeriesEntry, string>;
}

/** The labels of a series as text (see labelSet); parsed from its key again where they are not kept any more. */
export function labelText(member: Member, source: LabelSource): string {
  const entry = member instanceof Copies ? member.entries[0] : member;
  if (entry === undefined) return '';
  const known = source.parsed.size === 0 ? undefined : source.parsed.get(entry);
  if (known !== undefined) return known;
  return labelSet(labelsOf(entry, source)).text;
}

/** The labels of a series as they are shown, sorted by name, parsed from its key. */
export function labelsOf(member: Member, source: LabelSource): readonly Label[] {
  const entry = member instanceof Copies ? member.entries[0] : member;
  if (entry === undefined) return [];
  const head = parseKeyHead(Buffer.from(entry.key, 'latin1'), source.prefix);
  if (head.kind === 'skipped') return [];
  const parsed = parseKeyLabels(head.encodedLabels);
  return parsed.kind === 'skipped' ? [] : shownLabels(parsed.labels, source);
}

/** The labels of a key as they are shown, as text. */
export function shownLabelText(labels: readonly Label[], source: Pick<LabelSource, 'targetLabels'>): string {
  return labelSet(shownLabels(labels, source)).text;
}

function shownLabels(labels: readonly Label[], { targetLabels }: Pick<LabelSource, 'targetLabels'>): readonly Label[] {
  return targetLabels.length === 0 ? labels : withTargetLabels(labels, targetLabels);
}
