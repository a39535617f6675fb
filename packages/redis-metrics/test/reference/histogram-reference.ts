import { addNative, type NativeState } from './native-reference.js';

// What the merge script does with observations of a histogram, as far as all its writers count in the same forms. While they do not, the
// reference has their number and their sum alone.

/** A histogram, or observations of one. */
export interface HistogramState {
  readonly count: number;
  readonly sum: number;
  /** By classic bucket. */
  readonly counts: readonly number[] | undefined;
  readonly native: NativeState | undefined;
}

/** The fields of an operation, as the merge script gets them. */
export interface HistogramFields {
  readonly sum?: number | string;
  readonly counts?: readonly number[];
  readonly schema?: number;
  readonly zeroThreshold?: number;
  readonly zeroCount?: number;
  readonly positive?: SparseFields;
  readonly negative?: SparseFields;
}

interface SparseFields {
  readonly indexes: readonly number[];
  readonly counts: readonly number[];
}

export function readObservations(fields: HistogramFields): HistogramState {
  const { counts, schema, sum } = fields;
  const native = schema === undefined ? undefined : readNative(schema, fields);
  const all = counts ?? (native === undefined ? [] : nativeCounts(native));
  return { count: all.reduce((total, count) => total + count, 0), sum: Number(sum), counts, native };
}

function readNative(
  schema: number,
  { zeroThreshold = 2 ** -128, zeroCount = 0, ...sides }: HistogramFields,
): NativeState {
  const { positive, negative } = sides;
  return { schema, zeroThreshold, zeroCount, positive: readSide(positive), negative: readSide(negative) };
}

function readSide(side: SparseFields | undefined): ReadonlyMap<number, number> {
  return new Map(side?.indexes.map((index, i) => [index, side.counts[i] ?? 0]));
}

function nativeCounts({ zeroCount, positive, negative }: NativeState): number[] {
  return [zeroCount, ...positive.values(), ...negative.values()];
}

/** @param stored undefined for a new histogram */
export function addObservations(
  stored: HistogramState | undefined,
  added: HistogramState,
  maxBuckets: number,
): HistogramState {
  if (stored === undefined) return added;
  const sums = { count: stored.count + added.count, sum: stored.sum + added.sum };
  const { counts, native } = stored;
  const areAlike =
    (counts === undefined) === (added.counts === undefined) && (native === undefined) === (added.native === undefined);
  if (!areAlike) return { ...sums, counts: undefined, native: undefined };
  return {
    ...sums,
    counts: counts?.map((count, i) => count + (added.counts?.[i] ?? 0)),
    native: native && added.native && addNative(native, added.native, maxBuckets),
  };
}
