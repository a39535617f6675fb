import type { HistogramDefinition } from '../../src/recording/series/instruments.js';
import { between, type Random } from '../chaos/random.js';
import { nativeOf } from '../lua/native-histograms.js';
import type { HistogramState } from '../reference/histogram-reference.js';
import type { AppliedBatch, AppliedObservations } from '../reference/merge-reference.js';
import { atSchema, withThreshold, type NativeState } from '../reference/native-reference.js';

// The histogram of sizes, whose writers count in native buckets of different layouts, in classic ones, or in both.

/** The buckets of one writer. */
export type SizeBuckets = Omit<HistogramDefinition, 'name'>;

export const SIZES_KEY = 'metrics:histogram:sizes';

const BOUNDS = [1, 8];
const THRESHOLDS = [2 ** -128, 0, 0.75, 2];
const LIMITS = [2, 5, 160];

export function sizeBuckets(random: Random): SizeBuckets {
  const kind = random();
  if (kind < 0.1) return { buckets: BOUNDS };
  return {
    buckets: 'native',
    schema: between(random, -4, 8),
    zeroThreshold: THRESHOLDS[between(random, 0, THRESHOLDS.length - 1)] ?? 0,
    maxBuckets: LIMITS[between(random, 0, LIMITS.length - 1)] ?? 1,
    ...(kind < 0.25 && { classicBuckets: BOUNDS }),
  };
}

/** Sizes of both signs, and zeros. Doubles add them up exactly, in any order. */
export function someSizes(random: Random): number[] {
  const size = (): number => between(random, -8, 31) * 2 ** between(random, -6, 4);
  return Array.from({ length: between(random, 1, 5) }, size);
}

/**
 * What is wrong with the histogram of sizes. Adding up loses nothing: each bucket of the sum must have just the observations of the batches
 * that fall into it, whatever came first and whichever layouts were added.
 * @param batches those that Redis holds, in their order
 */
export function problemOfSizes(
  stored: HistogramState | undefined,
  batches: readonly AppliedBatch[],
): string | undefined {
  const added = observationsIn(batches);
  const count = added.reduce((total, each) => total + each.count, 0);
  const sum = added.reduce((total, each) => total + each.sum, 0);
  if (count !== (stored?.count ?? 0) || sum !== (stored?.sum ?? 0)) {
    return `the batches in Redis have ${count} sizes with the sum ${sum}, their histogram ${JSON.stringify(stored)}`;
  }
  const { counts, native } = stored ?? {};
  const classic = counts?.map((_, i) => added.reduce((total, each) => total + (each.counts?.[i] ?? 0), 0));
  if (String(classic) !== String(counts))
    return `the batches in Redis have sizes ${String(classic)}, not ${String(counts)}`;
  return native && (problemOfLayout(native, added) ?? difference(native, totalOf(native, added)));
}

/** What is wrong with the sizes that a writer wrote, all that it observed. */
export function problemOfWritten(values: readonly number[], batches: readonly AppliedBatch[]): string | undefined {
  const written = observationsIn(batches);
  const count = written.reduce((total, each) => total + each.count, 0);
  if (count !== values.length) return `${values.length} sizes were observed, ${count} are written`;
  const states = written.flatMap(({ native }) => native ?? []);
  const [first] = states;
  if (first === undefined) return undefined;
  // It lowers its schema by itself, but keeps its threshold.
  const layout = { ...first, schema: Math.min(...states.map(({ schema }) => schema)) };
  return difference(totalOf(layout, written), nativeOf(values, layout));
}

function observationsIn(batches: readonly AppliedBatch[]): AppliedObservations[] {
  return batches.flatMap(({ histograms }) => histograms.get(SIZES_KEY) ?? []);
}

function problemOfLayout(stored: NativeState, added: readonly AppliedObservations[]): string | undefined {
  const { schema, zeroThreshold, positive, negative } = stored;
  const isFiner = added.some(({ native }) => native !== undefined && native.schema < schema);
  if (isFiner) return `schema ${schema} is above that of a batch`;
  const isNarrower = added.some(({ native }) => native !== undefined && native.zeroThreshold > zeroThreshold);
  if (isNarrower) return `the zero threshold ${zeroThreshold} is below that of a batch`;
  const buckets = positive.size + negative.size;
  const most = added.at(-1)?.maxBuckets ?? 0;
  return buckets > most && schema > -4 ? `${buckets} buckets, expected at most ${most}` : undefined;
}

/** All observations at the schema and threshold of the sum. */
function totalOf({ schema, zeroThreshold }: NativeState, added: readonly AppliedObservations[]): NativeState {
  let zeroCount = 0;
  const [positive, negative] = [new Map<number, number>(), new Map<number, number>()];
  for (const { native } of added) {
    if (native === undefined) continue;
    const wider = native.zeroThreshold < zeroThreshold ? withThreshold(native, zeroThreshold) : native;
    const each = atSchema(wider, schema);
    zeroCount += each.zeroCount;
    addTo(positive, each.positive);
    addTo(negative, each.negative);
  }
  return { schema, zeroThreshold, zeroCount, positive, negative };
}

function addTo(sums: Map<number, number>, side: ReadonlyMap<number, number>): void {
  for (const [index, count] of side) sums.set(index, (sums.get(index) ?? 0) + count);
}

function difference(held: NativeState, expected: NativeState): string | undefined {
  const [got, wanted] = [held, expected].map(shown);
  return got === wanted ? undefined : `expected the sizes ${wanted}, got ${got}`;
}

function shown({ schema, zeroThreshold, zeroCount, positive, negative }: NativeState): string {
  const [above, below] = [positive, negative].map((side) =>
    [...side]
      .sort(([a], [b]) => a - b)
      .map(([index, count]) => `${index}: ${count}`)
      .join(', '),
  );
  return `schema ${schema}, ${zeroCount} up to ${zeroThreshold}, positive ${above ?? ''}, negative ${below ?? ''}`;
}
