import type { FamilySummary } from '../../../page/src/protocol.js';
import type { PageFamily } from './page-family.js';
import { PieceCounter, type PieceStats } from '../series/piece-stats.js';
import type { LabelMatcher, SeriesFilter } from '../series/series-filter.js';

interface Known {
  readonly help: string;
  readonly matches: LabelMatcher;
  readonly counter: PieceCounter;
  /** The newest summary; the same object while its content is the same. */
  summary: FamilySummary;
  text: string;
}

/** Summaries of the series that match a filter, by family. An update reads changed pieces only. */
export class Summaries {
  readonly #filter: SeriesFilter;
  #known = new Map<string, Known>();

  constructor(filter: SeriesFilter) {
    this.#filter = filter;
  }

  /** Updates the summaries to the families as they are now. */
  async update(families: readonly PageFamily[], yieldTurn: () => Promise<void>): Promise<void> {
    const next = new Map<string, Known>();
    for (const family of families) {
      const before = this.#known.get(family.name);
      const isSame = before?.help === family.help;
      const matches = isSame ? before.matches : this.#filter.matcherFor(family);
      const counter = isSame ? before.counter : new PieceCounter(matches);
      const summary = await summarize(family, counter, yieldTurn);
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

  /** Matches the series of a family, and counts those that match in each piece. */
  matching(name: string): { readonly matches: LabelMatcher; readonly counter: PieceCounter } | undefined {
    return this.#known.get(name);
  }
}

async function summarize(
  family: PageFamily,
  counter: PieceCounter,
  yieldTurn: () => Promise<void>,
): Promise<FamilySummary> {
  const { name, type, help, unit, percentiles } = family;
  const stats = await counter.total(family, yieldTurn);
  let { samples } = stats;
  const worst: (number | null)[] = [];
  for (const derived of percentiles) {
    const found = derived === undefined ? undefined : await counter.total(derived, yieldTurn);
    samples += found?.samples ?? 0;
    worst.push(found === undefined ? null : finite(found.max));
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
    min: isHistogram ? null : finite(stats.min),
    max: isHistogram ? null : finite(stats.max),
    percentiles: isHistogram ? worst : null,
  };
}

function sumOf({ series, sum }: PieceStats): number | null {
  return series === 0 ? null : finite(sum);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
