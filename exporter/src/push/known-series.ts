import type { Label } from '@redmeter/metric-format';
import type { FamilyFields } from '../protobuf/family-message.js';
import type { TextPiece } from '../text/text-piece.js';
import { SeriesLayout, type BlockShape } from './encode/series-layout.js';
import type { GoneBlock } from './gone-block.js';

/** For so long Prometheus shows a series that is not marked as gone; then no mark is needed (its default lookback). */
const MARKED_MS = 5 * 60_000;

/** The series of the last round, to tell which are gone. */
export class KnownSeries {
  readonly #targetLabels: readonly Label[];
  #layouts: ReadonlyMap<TextPiece, SeriesLayout> = new Map();
  #next = new Map<TextPiece, SeriesLayout>();
  #changed: Omit<GoneBlock, 'kept' | 'timestampMs'>[] = [];
  #undelivered: GoneBlock[] = [];

  /** @param targetLabels labels added to every series, see withTargetLabels */
  constructor(targetLabels: readonly Label[]) {
    this.#targetLabels = targetLabels;
  }

  /** The layout of a piece of this round. */
  layoutOf(piece: TextPiece, family: FamilyFields): SeriesLayout {
    const layout = this.#layouts.get(piece) ?? new SeriesLayout(family, this.#targetLabels);
    layout.family = family;
    this.#next.set(piece, layout);
    return layout;
  }

  /** Notes that a block of this round is not what it was. */
  noteChanged(layout: SeriesLayout, block: number, shape: BlockShape): void {
    this.#changed.push({ layout, block, shape });
  }

  /** Ends the round, and tells what is gone since the last one or still has to be marked. */
  finish(timestampMs: number): GoneBlock[] {
    const missing = [...this.#changed, ...blocksMissing(this.#layouts, this.#next)];
    const candidates = [
      ...this.#undelivered.filter((gone) => timestampMs - gone.timestampMs < MARKED_MS),
      ...missing.map((block) => ({ ...block, timestampMs })),
    ];
    this.#layouts = this.#next;
    this.#next = new Map();
    this.#changed = [];
    this.#undelivered = [];
    return withoutPresent(candidates, this.#layouts.values());
  }

  /** Takes back what could not be delivered. */
  takeBack(gone: readonly GoneBlock[]): void {
    for (const one of gone) this.#undelivered.push(one);
  }
}

function* blocksMissing(
  before: ReadonlyMap<TextPiece, SeriesLayout>,
  now: ReadonlyMap<TextPiece, SeriesLayout>,
): Generator<Omit<GoneBlock, 'kept' | 'timestampMs'>> {
  for (const [piece, layout] of before) {
    if (now.has(piece)) continue;
    for (const [block, shape] of layout.shapes.entries()) if (shape !== undefined) yield { layout, block, shape };
  }
}

/** Series may stand in another piece, or be others under the same labels. */
function withoutPresent(candidates: readonly Omit<GoneBlock, 'kept'>[], layouts: Iterable<SeriesLayout>): GoneBlock[] {
  if (candidates.length === 0) return [];
  const present = shapesByKey(new Set(candidates.map(({ layout }) => layout.family.name)), layouts);
  const seen = new Set<string>();
  return candidates.flatMap((candidate) => {
    const { layout, block, shape } = candidate;
    const key = keyOf(layout, block);
    const kept = present.get(key);
    if (seen.has(key) || isSame(shape, kept)) return [];
    seen.add(key);
    return [{ ...candidate, kept }];
  });
}

function shapesByKey(names: ReadonlySet<string>, layouts: Iterable<SeriesLayout>): Map<string, BlockShape> {
  const shapes = new Map<string, BlockShape>();
  for (const layout of layouts) {
    if (!names.has(layout.family.name)) continue;
    for (const [block, shape] of layout.shapes.entries()) {
      if (shape !== undefined) shapes.set(keyOf(layout, block), shape);
    }
  }
  return shapes;
}

function keyOf(layout: SeriesLayout, block: number): string {
  return `${layout.family.name}\0${layout.keyOf(block)}`;
}

function isSame(a: BlockShape, b: BlockShape | undefined): boolean {
  if (a.kind !== 'classic' || b?.kind !== 'classic') return a.kind === b?.kind;
  return a.bounds.length === b.bounds.length && a.bounds.every((bound, i) => bound === b.bounds[i]);
}
