import type { Label } from '@redmeter/metric-format';
import type { Family } from './family.js';

/** What a request does to one series: all its points of that series together. */
export interface SeriesChange {
  readonly family: Family;
  readonly labels: readonly Label[];
  /** How many points it is made of. */
  points: number;
  readonly effect: Effect;
}

/** How a series changes. */
export type Effect =
  /** A counter, or a gauge of mode `sum`. */
  | { readonly kind: 'add'; value: number }
  /** A gauge of mode `last`. */
  | { readonly kind: 'set'; value: number; timeNanos: bigint }
  | { readonly kind: 'observe'; readonly counts: number[]; sum: number };

/** The operation of a series as the merge script takes it. @param index of its family, from 1 @param nowMs since the epoch */
export function operationText({ family, effect }: SeriesChange, index: number, nowMs: number): string {
  switch (effect.kind) {
    case 'add':
      return family.type === 'counter'
        ? `{"type":"counter","family":${index},"add":${numberText(effect.value)}}`
        : `{"type":"gauge","family":${index},"mode":"sum","add":${numberText(effect.value)}}`;
    case 'set': {
      const age = Math.max(0, nowMs - Number(effect.timeNanos / 1_000_000n));
      return `{"type":"gauge","family":${index},"mode":"last","set":${numberText(effect.value)},"age":${age}}`;
    }
    case 'observe': {
      const counts = effect.counts.join(',');
      return `{"type":"histogram","family":${index},"counts":[${counts}],"sum":${numberText(effect.sum)}}`;
    }
  }
}

/** A number as JSON has it, which reads back as the same double; NaN and infinities in words. */
function numberText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '0' : String(value);
  return Number.isNaN(value) ? '"NaN"' : value > 0 ? '"+Inf"' : '"-Inf"';
}
