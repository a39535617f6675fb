import type { FamilySeries, FamilySummary, StateEvent, Totals } from '../../../page/src/protocol.js';
import { OpenFamily } from './open-family.js';
import type { PageReading } from '../reading/page-reading.js';
import { seriesRows } from '../series/series-rows.js';
import { Summaries } from '../reading/summaries.js';
import { sizeTotals } from '../reading/totals.js';
import type { ViewerRequest } from './viewer-request.js';

/** Families that are listed; a filter finds the others. */
const MAX_FAMILIES = 500;

/** The query of one browser and what it already has, so that only changes are sent. */
export class Viewer {
  readonly #request: ViewerRequest;
  /** Its own, where it filters. */
  readonly #summaries: Summaries | undefined;
  #sent: Map<string, FamilySummary> | undefined;
  readonly #open: ReadonlyMap<string, OpenFamily>;
  #totals = '';

  constructor(request: ViewerRequest) {
    this.#request = request;
    this.#summaries = request.filter.isEmpty ? undefined : new Summaries(request.filter);
    this.#open = new Map(Array.from(request.open.keys(), (name) => [name, new OpenFamily(name)]));
  }

  /** The changes to send so that the browser has this reading; they count as sent. */
  async update(reading: PageReading, yieldTurn: () => Promise<void>): Promise<StateEvent> {
    await this.#summaries?.update(reading.families, yieldTurn);
    const summaries = this.#summaries ?? reading.summaries;
    const visible = reading.families.filter(({ isOwn }) => this.#request.withOwn || !isOwn);
    const matched = visible.flatMap(({ name }) => {
      const summary = summaries.get(name);
      return summary === undefined || summary.series === 0 ? [] : [summary];
    });
    const next = new Map(matched.slice(0, MAX_FAMILIES).map((summary) => [summary.name, summary]));
    const before = this.#sent;
    this.#sent = next;
    const all = visible.flatMap(({ name }) => reading.summaries.get(name) ?? []);
    const totals: Totals = { ...sizeTotals(all), matched: matched.length, ...reading.health };
    const totalsText = JSON.stringify(totals);
    const areTotalsNew = totalsText !== this.#totals;
    this.#totals = totalsText;
    return {
      nowMs: reading.nowMs,
      readMs: reading.readMs,
      isFirst: before === undefined,
      families: [...next.values()].filter((summary) => before?.get(summary.name) !== summary),
      gone: [...(before?.keys() ?? [])].filter((name) => !next.has(name)),
      more: matched.length - next.size,
      open: this.#openSeries(reading, summaries, next),
      ...(areTotalsNew ? { totals } : {}),
    };
  }

  #openSeries(reading: PageReading, summaries: Summaries, listed: ReadonlyMap<string, FamilySummary>): FamilySeries[] {
    if (this.#open.size === 0) return [];
    return reading.families.flatMap((family) => {
      const open = this.#open.get(family.name);
      const matching = summaries.matching(family.name);
      const summary = listed.get(family.name);
      if (open === undefined || matching === undefined || summary === undefined) return [];
      const rows = seriesRows(family, matching, this.#request.open.get(family.name) ?? 0);
      return open.update(rows, summary.series - rows.length) ?? [];
    });
  }
}
