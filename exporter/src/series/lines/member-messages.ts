import type { SeriesValue } from '@redmeter/metric-reader';
import { encodeLabels } from '../../protobuf/metric-block.js';
import { encodeCounter, encodeGauge, encodeValue } from '../../protobuf/metric-value.js';
import { Copies, type Member } from '../entries/copies.js';
import { labelsOf } from './member-labels.js';
import { FACES, mergeMember, type GroupText } from './member-lines.js';

/** The labels of a series as fields of its message. */
export function memberLabelFields(group: GroupText, member: Member): string {
  return encodeLabels(labelsOf(member, group.source));
}

/** The value of one series at `nowMs` for each face. */
export function memberValues(group: GroupText, member: Member, nowMs: number): readonly string[] {
  const { type, columns } = group;
  if (type !== 'histogram' && !(member instanceof Copies)) {
    const value = columns.shownValue(member.slot);
    if (type === 'gauge') return [encodeGauge(value)];
    if (!columns.hasExemplars(member.slot)) {
      const createdMs = columns.createdMs[member.slot] ?? Number.NaN;
      return [encodeCounter({ value, createdMs: Number.isNaN(createdMs) ? undefined : createdMs })];
    }
  }
  const value = mergeMember(group, member, nowMs)?.value;
  return value === undefined ? [] : valuesOf(value);
}

/** The value of a series for each face. */
export function valuesOf(value: SeriesValue): readonly string[] {
  const faces = [encodeValue(value)];
  if (value.type !== 'histogram') return faces;
  for (const [i, face] of FACES.percentiles.entries()) {
    const percentile = value.percentiles[i];
    faces[face] = percentile === undefined ? '' : encodeGauge(percentile);
  }
  return faces;
}
