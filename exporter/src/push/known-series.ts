import type { Label } from '@redmeter/metric-format';
import type { FamilyFields } from '../protobuf/family-message.js';
import type { TextPiece } from '../text/text-piece.js';
import { seriesOf, SUFFIXES, type BlockSeries, type BlockShape } from './encode/block-shape.js';
import { SeriesLayout } from './encode/series-layout.js';
import type { GoneBlock } from './gone-block.js';

/** For so long Prometheus shows a series that is not marked as gone; then no mark is needed (its default lookback). */
const MARKED_MS = 5 * 60_000;

interface Block {
  readonly layout: SeriesLayout;
  readonly block: number;
}

/** The series of the last round, to tell which are gone. */
export class KnownSeries {
  readonly #targetLabels: readonly Label[];
  #layouts: ReadonlyMap<TextPiece, SeriesLayout> = new Map();
  #next = new Map<TextPiece, SeriesLayout>();
  #changed: Block[] = [];
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
  noteChanged(layout: SeriesLayout, block: number): void {
    this.#changed.push({ layout, block });
  }

  /** Ends the round, and tells what is gone since the last one or still has to be marked. */
  finish(timestampMs: number): GoneBlock[] {
    const missing = [...this.#changed, ...blocksMissing(this.#layouts, this.#next)];
    const candidates = [
      ...this.#undelivered.filter((gone) => timestampMs - gone.timestampMs < MARKED_MS),
      ...missing.flatMap((block) => deliveredOf(block, timestampMs)),
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
): Generator<Block> {
  for (const [piece, layout] of before) {
    if (now.has(piece)) continue;
    for (const [block, shape] of layout.shapes.entries()) if (shape !== undefined) yield { layout, block };
  }
}

/** The series of a block that the endpoint has. What it never took gets no mark, which would make a series without a value. */
function deliveredOf({ layout, block }: Block, timestampMs: number): GoneBlock[] {
  const shape = layout.delivered[block];
  if (shape === undefined) return [];
  return [{ layout, block, isNative: shape.kind === 'native', series: seriesOf(shape), timestampMs }];
}

/** Series may stand in another piece, be others under the same labels, or now be those of another metric. */
function withoutPresent(candidates: readonly GoneBlock[], layouts: Iterable<SeriesLayout>): GoneBlock[] {
  if (candidates.length === 0) return [];
  const taken = takePresent(candidates, layouts);
  return candidates.flatMap((candidate) => {
    const { layout, block } = candidate;
    const key = layout.keyOf(block);
    const series = candidate.series.filter((one) => {
      const id = idOf(layout.family.name, one, key);
      return !taken.has(id) && taken.add(id);
    });
    return series.length === 0 ? [] : [{ ...candidate, series }];
  });
}

/**
 * Finds series of this round with the names and labels of candidates. A block that only moved to another piece takes along what was
 * delivered of it.
 * @returns their ids
 */
function takePresent(candidates: readonly GoneBlock[], layouts: Iterable<SeriesLayout>): Set<string> {
  const names = new Set<string>();
  const keys = new Set<string>();
  const delivered = new Map<string, BlockShape | undefined>();
  for (const { layout, block, series } of candidates) {
    const [{ name }, key] = [layout.family, layout.keyOf(block)];
    for (const [suffix] of series) names.add(`${name}${suffix}`);
    keys.add(key);
    delivered.set(`${name}\0${key}`, layout.delivered[block]);
  }
  const present = new Set<string>();
  for (const layout of layouts) {
    const { name } = layout.family;
    if (!SUFFIXES.some((suffix) => names.has(`${name}${suffix}`))) continue;
    for (const [block, shape] of layout.shapes.entries()) {
      if (shape === undefined) continue;
      const key = layout.keyOf(block);
      if (!keys.has(key)) continue;
      layout.delivered[block] ??= delivered.get(`${name}\0${key}`);
      for (const one of seriesOf(shape)) present.add(idOf(name, one, key));
    }
  }
  return present;
}

function idOf(family: string, [suffix, le]: BlockSeries, key: string): string {
  return `${family}${suffix}\0${le ?? ''}\0${key}`;
}
