import { between, type Random, seededRandom } from '../chaos/random.js';
import type { ServerTrouble } from './simulated-server.js';
import { sizeBuckets, someSizes, type SizeBuckets } from './sizes.js';
import type { Connecting } from './simulated-writer.js';

/** What happens at a moment of a schedule. */
export type Step = { readonly atMs: number } & Action;

/** What the application does, or a fault. */
export type Action =
  | { readonly kind: 'record'; readonly writer: number; readonly series: number; readonly times: number }
  | { readonly kind: 'observe'; readonly writer: number; readonly times: number }
  | { readonly kind: 'observe sizes'; readonly writer: number; readonly values: readonly number[] }
  | { readonly kind: 'set gauge'; readonly writer: number; readonly value: number }
  | { readonly kind: 'flush'; readonly writer: number }
  | { readonly kind: 'call lost'; readonly writer: number; readonly skips: number }
  | { readonly kind: 'reply lost'; readonly writer: number; readonly skips: number }
  | { readonly kind: 'reply late'; readonly writer: number; readonly skips: number; readonly byMs: number }
  | { readonly kind: 'call late'; readonly writer: number; readonly skips: number; readonly byMs: number }
  | { readonly kind: 'packets swallowed'; readonly writer: number; readonly forMs: number }
  | { readonly kind: 'connections cut' }
  | { readonly kind: 'server down'; readonly forMs: number; readonly lostBatches: number }
  | { readonly kind: 'failover'; readonly lostBatches: number; readonly isCut: boolean; readonly readOnlyMs: number }
  | { readonly kind: 'FLUSHALL' }
  | { readonly kind: 'internal key removed'; readonly key: RemovableKey; readonly writer: number }
  | { readonly kind: 'series removed'; readonly series: number }
  | { readonly kind: 'foreign key'; readonly series: number; readonly how: 'text' | 'list'; readonly forMs: number }
  | { readonly kind: ServerTrouble; readonly forMs: number }
  | { readonly kind: 'NOSCRIPT' }
  | { readonly kind: 'clock step'; readonly byMs: number }
  | { readonly kind: 'writer frozen'; readonly writer: number; readonly forMs: number }
  | { readonly kind: 'writer killed'; readonly writer: number }
  | { readonly kind: 'writer closed'; readonly writer: number }
  | { readonly kind: 'slot moved'; readonly migratesMs: number };

export type RemovableKey =
  'ledger and mark' | 'ledger' | 'mark' | 'revision' | 'dataset' | 'family' | 'changed' | 'live';

/** A schedule: all that its seed decides, but for the latencies of the network. */
export interface Plan {
  readonly seed: number;
  readonly writers: readonly Connecting[];
  /** The buckets in which each writer counts sizes. */
  readonly sizes: readonly SizeBuckets[];
  readonly steps: readonly Step[];
}

/** Series of the counter that all writers share. */
export const SERIES = 3;
const MOST_MS = 30_000;
const FEW_KINDS = 2;
const KINDS_THAT_RECORD = new Set<Action['kind']>(['record', 'observe', 'observe sizes', 'set gauge', 'flush']);

/** Whether a step is a fault rather than something that the application does. */
export function isFault({ kind }: Step): boolean {
  return !KINDS_THAT_RECORD.has(kind);
}

/** The schedule of a seed: recordings with several faults among them. Those of an even seed have few kinds, one soon after the other. */
export function planOf(seed: number): Plan {
  const random = seededRandom(seed);
  const writers = Array.from({ length: between(random, 1, 3) }, () => connectingOf(random));
  const faults = between(random, 1, 6);
  const recordings = between(random, 3, 8);
  // Faults of one schedule are often close to each other: most bugs need two at once.
  const lengthMs = between(random, 1, 3) === 1 ? MOST_MS : 4000;
  const steps: Step[] = [];
  for (let i = 0; i < recordings; i += 1) {
    const atMs = between(random, 0, lengthMs);
    const writer = between(random, 0, writers.length - 1);
    steps.push({ atMs, ...recordingOf(random, writer) });
    if (random() < 0.7) steps.push({ atMs: atMs + between(random, 0, 2), kind: 'flush', writer });
  }
  const kinds = seed % 2 === 0 ? Array.from({ length: FEW_KINDS }, () => kindOf(random)) : undefined;
  let previousMs: number | undefined;
  for (let i = 0; i < faults; i += 1) {
    const near = steps[between(random, 0, steps.length - 1)];
    // A call takes a few milliseconds, so that many faults meet one.
    let atMs = random() < 0.5 && near !== undefined ? near.atMs + between(random, 0, 12) : between(random, 0, lengthMs);
    if (kinds !== undefined && previousMs !== undefined) atMs = previousMs + soonAfter(random);
    previousMs = atMs;
    const make = kinds?.[between(random, 0, FEW_KINDS - 1)] ?? kindOf(random);
    steps.push({ atMs, ...make(random, between(random, 0, writers.length - 1)) });
  }
  // Drawn apart from all else: a seed has the faults that it had before there were sizes.
  const randomSizes = seededRandom(~seed);
  const sizes = writers.map(() => sizeBuckets(randomSizes));
  // In every third one, since they take time.
  if (randomSizes() < 1 / 3) steps.push(...sizeSteps(randomSizes, steps));
  steps.sort((a, b) => a.atMs - b.atMs);
  return { seed, writers, sizes, steps };
}

function connectingOf(random: Random): Connecting {
  const drawn = random();
  return drawn < 0.6 ? 'own' : drawn < 0.8 ? 'application' : 'cluster';
}

function recordingOf(random: Random, writer: number): Action {
  const drawn = random();
  const times = between(random, 1, 3);
  if (drawn < 0.75) return { kind: 'record', writer, series: between(random, 0, SERIES - 1), times };
  if (drawn < 0.9) return { kind: 'observe', writer, times };
  return { kind: 'set gauge', writer, value: between(random, 0, 100) };
}

/** Sizes that are observed together with other recordings, so that they are in the same batches. */
function sizeSteps(random: Random, steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => {
    if ((step.kind !== 'record' && step.kind !== 'observe') || random() < 0.5) return [];
    return [{ atMs: step.atMs, kind: 'observe sizes', writer: step.writer, values: someSizes(random) }];
  });
}

const REMOVABLE: readonly RemovableKey[] = ['ledger', 'mark', 'revision', 'dataset', 'family', 'changed', 'live'];
const TROUBLES: readonly ServerTrouble[] = ['OOM', 'READONLY', 'LOADING', 'BUSY', 'NOPERM'];

/** From a little to longer than any timeout, more often short. */
function shortOrLong(random: Random): number {
  return Math.floor(20 * 600 ** random());
}

/** How many calls of the merge script pass before the one that is hit: the first, or one that answers to a reply. */
function skips(random: Random): number {
  return random() < 0.7 ? 0 : between(random, 1, 3);
}

type MakeAction = (random: Random, writer: number) => Action;

const FAULTS: readonly (readonly [weight: number, make: MakeAction])[] = [
  [8, (random, writer) => ({ kind: 'call lost', writer, skips: skips(random) })],
  [12, (random, writer) => ({ kind: 'reply lost', writer, skips: skips(random) })],
  [5, (random, writer) => ({ kind: 'reply late', writer, skips: skips(random), byMs: shortOrLong(random) })],
  [5, (random, writer) => ({ kind: 'call late', writer, skips: skips(random), byMs: shortOrLong(random) })],
  [3, (random, writer) => ({ kind: 'packets swallowed', writer, forMs: shortOrLong(random) })],
  [5, () => ({ kind: 'connections cut' })],
  [8, (random) => ({ kind: 'server down', forMs: shortOrLong(random), lostBatches: lostBatches(random) })],
  [
    8,
    (random) => ({
      kind: 'failover',
      lostBatches: lostBatches(random),
      isCut: random() < 0.5,
      readOnlyMs: random() < 0.3 ? shortOrLong(random) : 0,
    }),
  ],
  [5, () => ({ kind: 'FLUSHALL' })],
  [
    6,
    (random, writer) => ({ kind: 'internal key removed', key: REMOVABLE[between(random, 0, 6)] ?? 'ledger', writer }),
  ],
  [4, (_random, writer) => ({ kind: 'internal key removed', key: 'ledger and mark', writer })],
  [2, (random) => ({ kind: 'series removed', series: between(random, 0, SERIES - 1) })],
  [
    5,
    (random) => ({
      kind: 'foreign key',
      series: between(random, 0, SERIES - 1),
      how: random() < 0.5 ? 'text' : 'list',
      forMs: shortOrLong(random),
    }),
  ],
  [6, (random) => ({ kind: TROUBLES[between(random, 0, 4)] ?? 'OOM', forMs: shortOrLong(random) })],
  [2, () => ({ kind: 'NOSCRIPT' })],
  [3, (random) => ({ kind: 'clock step', byMs: between(random, -1, 1) * between(random, 1, 3_600_000) })],
  [5, (random, writer) => ({ kind: 'writer frozen', writer, forMs: shortOrLong(random) })],
  [3, (_random, writer) => ({ kind: 'writer killed', writer })],
  [2, (_random, writer) => ({ kind: 'writer closed', writer })],
  [3, (random) => ({ kind: 'slot moved', migratesMs: random() < 0.5 ? 0 : shortOrLong(random) })],
];
const TOTAL_WEIGHT = FAULTS.reduce((sum, [weight]) => sum + weight, 0);

function kindOf(random: Random): MakeAction {
  let left = random() * TOTAL_WEIGHT;
  for (const [weight, make] of FAULTS) {
    left -= weight;
    if (left < 0) return make;
  }
  return () => ({ kind: 'connections cut' });
}

/** While the same call is under way or sent again, more often than not. */
function soonAfter(random: Random): number {
  return Math.floor(2 * 300 ** random());
}

function lostBatches(random: Random): number {
  const drawn = random();
  return drawn < 0.3 ? 0 : drawn < 0.9 ? between(random, 1, 3) : between(random, 4, 64);
}
