import { parseKeyHead, parseKeyLabels } from '@redmeter/metric-format';
import { labelSet } from '@redmeter/metric-reader';
import { Copies, type Member } from './copies.js';

/**
 * The labels of a series as text (see labelSet), from one of its keys.
 * @param prefix what the key starts with, before the first colon
 */
export function labelText(member: Member, prefix: string): string {
  const key = member instanceof Copies ? member.entries[0]?.key : member.key;
  const head = parseKeyHead(Buffer.from(key ?? '', 'latin1'), prefix);
  if (head.kind === 'skipped') return '';
  const parsed = parseKeyLabels(head.encodedLabels);
  return parsed.kind === 'skipped' ? '' : labelSet(parsed.labels).text;
}
