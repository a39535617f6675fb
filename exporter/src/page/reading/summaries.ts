import type { FamilySummary } from '../../../page/src/protocol.js';
import type { PageFamily } from './page-family.js';
import { PieceCounter, type PieceStats } from '../series/piece-stats.js';
import type { LabelMatcher, SeriesFilter } from '../series/series-filter.js';

interface Known {
  readonly help: string;
  readonly matches: LabelMatcher;
  readonly counter: PieceCounter;
  /** The newest summary; the same object as long as it says the same. */
  summary: FamilySummary;
  text: string;
}

/** What a filter takes of each family, brought up to date by looking at changed pieces only. */
export class Summaries {
  readonly #filter: SeriesFilter;
  #known = new Map<string, Known>();

  constructor(filter: SeriesFilter) {
    this.#filter = filter;
  }

  /** Takes in the families as they are now. */
  async update(families: readonly PageFamily[], breathe: () => Promise<void>): Promise<void> {
    const next = new Map<string, Known>();
    for (const family of families) {
      const before = this.#known.get(family.name);
      const isSame = before?.help === family.help;
      const matches = isSame ? before.matches : this.#filter.matcherFor(family);
      const counter = isSame ? before.counter : new PieceCounter(matches);
      const summary = await summarize(family, counter, breathe);
      const text = JSON.stringify(summary);
      next.set(family.name, {
        help: family.help,
        matches,
        counter,
        summary: before?.text === text ? before.summary : summary,
        text,
      });
    }
    this.#known = next;
  }

  /** The summary of a family; the same object as before when nothing changed. */
  get(name: string): FamilySummary | undefined {
    return this.#known.get(name)?.summary;
  }

  /** What tells the series of a family that are taken, and how many there are in each piece. */
  matching(name: string): { readonly matches: LabelMatcher; readonly counter: PieceCounter } | undefined {
    return this.#known.get(name);
  }
}

async function summarize(
  family: PageFamily,
  counter: PieceCounter,
  breathe: () => Promise<void>,
): Promise<FamilySummary> {
  const { name, type, help, unit, percentiles } = family;
  const stats = await counter.total(family, breathe);
  let { samples } = stats;
  const worst: (number | null)[] = [];
  for (const derived of percentiles) {
    const found = derived === undefined ? undefined : await counter.total(derived, breathe);
    samples += found?.samples ?? 0;
    worst.push(found === undefined ? null : finite(found.most));
  }
  const isHistogram = type === 'histogram';
  return {
    name,
    type,
    help,
    unit: unit ?? null,
    series: stats.series,
    samples,
    sum: sumOf(stats),
    least: isHistogram ? null : finite(stats.least),
    most: isHistogram ? null : finite(stats.most),
    percentiles: isHistogram ? worst : null,
  };
}

function sumOf({ series, sum }: PieceStats): number | null {
  return series === 0 ? null : finite(sum);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
