import { parseKeyHead, parseKeyLabels, type Label } from '@redmeter/metric-format';
import { labelSet } from '@redmeter/metric-reader';
import { Copies, type Member } from '../entries/copies.js';

/** What the labels of series are made of besides their keys. */
export interface LabelSource {
  /** What keys start with, before the first colon. */
  readonly prefix: string;
  /** Labels that every series gets; its own of such a name gets `exported_` before it. */
  readonly targetLabels: readonly Label[];
}

/** The labels of a series as text (see labelSet), from one of its keys. */
export function labelText(member: Member, { prefix, targetLabels }: LabelSource): string {
  const key = member instanceof Copies ? member.entries[0]?.key : member.key;
  const head = parseKeyHead(Buffer.from(key ?? '', 'latin1'), prefix);
  if (head.kind === 'skipped') return '';
  const parsed = parseKeyLabels(head.encodedLabels);
  if (parsed.kind === 'skipped') return '';
  return labelSet(targetLabels.length === 0 ? parsed.labels : withTargetLabels(parsed.labels, targetLabels)).text;
}

function withTargetLabels(labels: readonly Label[], targetLabels: readonly Label[]): Label[] {
  const names = new Set(targetLabels.map(([name]) => name));
  const own = labels.map(([name, value]): Label => {
    if (!names.has(name)) return [name, value];
    let free = name;
    // As Prometheus does it with labels that its targets bring along.
    do free = `exported_${free}`;
    while (names.has(free) || labels.some(([other]) => other === free));
    return [free, value];
  });
  return [...own, ...targetLabels].sort(([a], [b]) => (a < b ? -1 : 1));
}
