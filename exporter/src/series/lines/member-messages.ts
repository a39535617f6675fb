import type { SeriesValue } from '@redmeter/metric-reader';
import { encodeLabels } from '../../protobuf/metric-block.js';
import { encodeCounter, encodeGauge, encodeValue } from '../../protobuf/metric-value.js';
import type { NumberSample } from '../../protobuf/number-place.js';
import { Copies, type Member } from '../entries/copies.js';
import { labelsOf } from './member-labels.js';
import { FACES, mergeMember, type GroupText } from './member-lines.js';

/** The labels of a series as fields of its message. */
export function memberLabelFields(group: GroupText, member: Member): string {
  return encodeLabels(labelsOf(member, group.source));
}

/** A member that is one gauge, or one counter without exemplars; undefined for others. */
export function memberSample({ type, columns }: GroupText, member: Member): NumberSample | undefined {
  if (type === 'histogram' || member instanceof Copies) return undefined;
  const { slot } = member;
  const value = columns.shownValue(slot);
  if (type === 'gauge') return { type, value, createdMs: undefined };
  if (columns.hasExemplars(slot)) return undefined;
  const createdMs = columns.createdMs[slot] ?? Number.NaN;
  return { type, value, createdMs: Number.isNaN(createdMs) ? undefined : createdMs };
}

/** The value of one series at `nowMs` for each face. */
export function memberValues(group: GroupText, member: Member, nowMs: number): readonly string[] {
  const sample = memberSample(group, member);
  if (sample !== undefined) return [sample.type === 'gauge' ? encodeGauge(sample.value) : encodeCounter(sample)];
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
