import { MAX_EXEMPLARS, type Label, type NativeBuckets, type SparseBuckets } from '@redmeter/metric-format';
import type { OtlpExemplar } from '../decode/metrics-request.js';
import type { DeltaPoint } from './delta-point.js';
import type { Family } from './family.js';

/** What a request does to one series: all its points of that series together. */
export interface SeriesChange {
  readonly family: Family;
  readonly labels: readonly Label[];
  /** How many points it is made of. */
  points: number;
  readonly effect: Effect;
  /** Of all its points. */
  readonly exemplars: OtlpExemplar[];
  /** Its points of delta temporality. */
  readonly deltas: DeltaPoint[];
  /** Which part of a change it is that has more totals than an operation, from 0. */
  readonly part?: number;
}

/** How a series changes. */
export type Effect =
  | PointEffect
  /** What streams have counted since their starts, in the order in which it counts. */
  | { readonly kind: 'totals'; readonly totals: StreamTotal[] };

/** What a stream had counted at a time. */
export interface StreamTotal {
  /** Identifies the stream: letters, digits, `-` and `_`. */
  readonly stream: string;
  /** Identifies who counts. */
  readonly source: string;
  /** 0n if it is not known. */
  readonly startNanos: bigint;
  readonly timeNanos: bigint;
  readonly total: PointEffect;
}

/** What one point does by itself. */
export type PointEffect =
  /** A counter, or a gauge of mode `sum`. */
  | { readonly kind: 'add'; value: number }
  /** A gauge of mode `last`. */
  | { readonly kind: 'set'; value: number; timeNanos: bigint }
  | { readonly kind: 'observe'; readonly counts: number[]; sum: number }
  | { readonly kind: 'native'; buckets: NativeBuckets; sum: number };

/** Where an operation stands in its call. */
export interface OperationPlace {
  /** The index of its family, from 1. */
  readonly family: number;
  /** The indexes of the streams by their ids, from 1. */
  readonly streams: ReadonlyMap<string, number>;
  /** Sources that were never silent for as long as Redis knows their streams. */
  readonly steadySources: ReadonlySet<string>;
  /** The time of the call, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/** The operation of a series as the merge script takes it. */
export function operationText({ family, effect, exemplars }: SeriesChange, place: OperationPlace): string {
  const { family: index, nowMs } = place;
  switch (effect.kind) {
    case 'totals': {
      const totals = effect.totals.map((total) => totalText(total, place)).join(',');
      const mode = family.type === 'gauge' ? ',"mode":"sum"' : '';
      const ofThem = family.type === 'histogram' ? exemplarsText(exemplars, nowMs) : '';
      const newest = family.type === 'counter' ? newestExemplars(exemplars, 1, nowMs) : '';
      const exemplar = newest === '' ? '' : `,"exemplar":${newest}`;
      return `{"type":"${family.type}","family":${index}${mode},"totals":[${totals}]${exemplar}${ofThem}}`;
    }
    case 'add': {
      if (family.type !== 'counter') {
        return `{"type":"gauge","family":${index},"mode":"sum","add":${numberText(effect.value)}}`;
      }
      const newest = newestExemplars(exemplars, 1, nowMs);
      const exemplar = newest === '' ? '' : `,"exemplar":${newest}`;
      return `{"type":"counter","family":${index},"add":${numberText(effect.value)}${exemplar}}`;
    }
    case 'set': {
      const age = ageText(effect.timeNanos, nowMs);
      return `{"type":"gauge","family":${index},"mode":"last","set":${numberText(effect.value)},"age":${age}}`;
    }
    case 'observe':
    case 'native': {
      return `{"type":"histogram","family":${index},${valueText(effect)}${exemplarsText(exemplars, nowMs)}}`;
    }
  }
}

function totalText(
  { stream, source, startNanos, timeNanos, total }: StreamTotal,
  { streams, steadySources }: OperationPlace,
): string {
  const whole = steadySources.has(source) ? ',"whole":true' : '';
  const start = startNanos === 0n ? '' : `,"start":"${startNanos}"`;
  return `{"stream":${streams.get(stream) ?? 0}${start},"time":"${timeNanos}"${whole},${valueText(total)}}`;
}

function valueText(effect: PointEffect): string {
  switch (effect.kind) {
    case 'add':
    case 'set':
      return `"value":${numberText(effect.value)}`;
    case 'observe':
      return `"counts":[${effect.counts.join(',')}],"sum":${numberText(effect.sum)}`;
    case 'native':
      return `${nativeText(effect.buckets)},"sum":${numberText(effect.sum)}`;
  }
}

function nativeText({ schema, zeroThreshold, zeroCount, positive, negative }: NativeBuckets): string {
  const sparse = ({ indexes, counts }: SparseBuckets): string =>
    `{"indexes":[${indexes.join(',')}],"counts":[${counts.join(',')}]}`;
  const zero = `"schema":${schema},"zeroThreshold":${numberText(zeroThreshold)},"zeroCount":${zeroCount}`;
  return [
    zero,
    ...(positive.indexes.length === 0 ? [] : [`"positive":${sparse(positive)}`]),
    ...(negative.indexes.length === 0 ? [] : [`"negative":${sparse(negative)}`]),
  ].join(',');
}

function exemplarsText(exemplars: readonly OtlpExemplar[], nowMs: number): string {
  const newest = newestExemplars(exemplars, MAX_EXEMPLARS, nowMs);
  return newest === '' ? '' : `,"exemplars":[${newest}]`;
}

function newestExemplars(exemplars: readonly OtlpExemplar[], most: number, nowMs: number): string {
  return exemplars
    .toSorted((a, b) => (a.timeNanos < b.timeNanos ? -1 : a.timeNanos > b.timeNanos ? 1 : 0))
    .slice(-most)
    .map(({ labels, value, timeNanos }) => {
      const shown = JSON.stringify(Object.fromEntries(labels));
      return `{"labels":${shown},"value":${numberText(value)},"age":${ageText(timeNanos, nowMs)}}`;
    })
    .join(',');
}

function ageText(timeNanos: bigint, nowMs: number): string {
  return String(Math.max(0, nowMs - Number(timeNanos / 1_000_000n)));
}

/** A number as JSON has it, which reads back as the same double; NaN and infinities in words. */
function numberText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '0' : String(value);
  return Number.isNaN(value) ? '"NaN"' : value > 0 ? '"+Inf"' : '"-Inf"';
}
