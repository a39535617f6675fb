import type { Attribute } from '../decode/attributes.js';
import type { NumberPoint, OtlpExemplar, Temporality } from '../decode/metrics-request.js';
import type { PointEffect } from './changes.js';
import type { Family } from './family.js';
import type { RejectReason } from './rejections.js';

type FamilyKind = Pick<Family, 'type' | 'mode' | 'bounds' | 'native'>;

/** What comes of a point. */
export type PointOutcome =
  | {
      readonly kind: 'effect';
      readonly points: 1;
      readonly family: FamilyKind;
      readonly attributes: readonly Attribute[];
      readonly startNanos: bigint;
      readonly timeNanos: bigint;
      readonly temporality: Temporality | 'none';
      readonly effect: PointEffect;
      readonly exemplars: readonly OtlpExemplar[];
    }
  /** The sender says that there is no value: nothing is kept, and nothing is lost. */
  | { readonly kind: 'none'; readonly points: 0 }
  | Rejected;

interface Rejected {
  readonly kind: 'rejected';
  readonly points: number;
  readonly reason: RejectReason;
  readonly message: string;
}

/** A point that is kept. */
export function effectOf(
  { attributes, startNanos, timeNanos, exemplars }: Omit<NumberPoint, 'value'>,
  temporality: Temporality | 'none',
  family: FamilyKind,
  effect: PointEffect,
): PointOutcome {
  return { kind: 'effect', points: 1, family, attributes, startNanos, timeNanos, temporality, effect, exemplars };
}

/** A point that cannot be kept. */
export function rejected(reason: RejectReason, message: string): Rejected {
  return { kind: 'rejected', points: 1, reason, message };
}

/** What comes of a point before its value is looked at; undefined if that decides. */
export function outcomeWithoutValue(
  { isWithoutValue, timeNanos }: Omit<NumberPoint, 'value'>,
  temporality: Temporality | 'none',
): PointOutcome | undefined {
  if (isWithoutValue) return { kind: 'none', points: 0 };
  if (temporality === 'unspecified') {
    return rejected('invalid_temporality', 'expected aggregationTemporality 1 (delta) or 2 (cumulative), got none');
  }
  if (timeNanos === 0n) return rejected('invalid_value', 'expected timeUnixNano, got none');
  return undefined;
}
