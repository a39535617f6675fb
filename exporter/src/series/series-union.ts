import { compareBytes, DERIVED_SUFFIXES, METRIC_TYPES, type MetricType } from '@redmeter/metric-format';
import { SkipCounts } from '@redmeter/metric-reader';
import type { Chunk } from './lines/chunk.js';
import { recordOf, type Family } from './family.js';
import type { Form } from './form.js';
import { SharedSeries, type GroupPart } from './shared-series.js';
import { shownFamilies, type ShownFamily } from './shown-family.js';
import type { SeriesTable } from './series-table.js';

/** What the series are at one moment, rendered. */
export interface SeriesSnapshot {
  /** In the order of their names' bytes. */
  readonly families: readonly ShownFamily[];
  /** Series shown, by type. */
  readonly seriesByType: ReadonlyMap<MetricType, number>;
  /** Keys left out, by reason. */
  readonly skipped: SkipCounts;
  /** When the newest series shown was written, in milliseconds since the epoch; undefined when none has a timestamp. */
  readonly lastWriteMs: number | undefined;
}

/** A part of all series: those of one server, or one shard. */
export interface UnionPart {
  readonly table: SeriesTable;
  /** The time at which they are shown, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** Whether they cannot be read now, so that none is shown. */
  readonly isMissing: boolean;
}

const TEXT: ReadonlySet<Form> = new Set(['text']);

interface FamilyPart {
  readonly family: Family;
  readonly part: UnionPart;
}

/**
 * Makes one answer of the series of several tables, in their order: each family once, under one type, with the lines of
 * one table after those of the other.
 */
export class SeriesUnion {
  #shared = new Map<string, SharedSeries>();

  /**
   * Renders what changed and answers what is shown.
   * @param leftOut names of metrics that are not shown
   * @param forms those that are wanted; the families have no others
   */
  snapshot(
    parts: readonly UnionPart[],
    leftOut: ReadonlySet<string> = new Set(),
    forms: ReadonlySet<Form> = TEXT,
  ): SeriesSnapshot {
    const seriesByType = new Map<MetricType, number>();
    const skipped = new SkipCounts();
    for (const { table } of parts.filter(({ isMissing }) => !isMissing)) {
      for (const [reason, count] of table.skipped) if (reason !== 'absent') skipped.add(reason, count);
    }
    const histograms = new Set<string>();
    const families: ShownFamily[] = [];
    let lastWriteMs = Number.NEGATIVE_INFINITY;
    const shared = new Map<string, SharedSeries>();
    for (const name of namesOf(parts)) {
      if (leftOut.has(name)) continue;
      const members = settledFamilies(parts, name);
      const shown = members.filter(({ part }) => !part.isMissing).map(({ family }) => family);
      const record = recordOf(shown);
      const { type, conflicts } = chooseType(shown, record?.type);
      if (type === undefined) continue;
      skipped.add('type_conflict', conflicts);
      const groups = groupsOf(members, type);
      const shownGroups = groups.filter(({ isMissing }) => !isMissing);
      if (isDerived(name, histograms)) {
        for (const { group } of shownGroups) skipped.add('derived_name', group.keyCount);
        continue;
      }
      if (type === 'histogram') histograms.add(name);
      const withCreated = parts[0]?.table.withCreated ?? false;
      const known = this.#shared.get(name) ?? (parts.length > 1 ? new SharedSeries() : undefined);
      if (known !== undefined && parts.length > 1) shared.set(name, known);
      const lines = known?.lines(groups, withCreated, forms);
      let seriesCount = lines?.seriesCount ?? 0;
      const copies = lines === undefined ? [] : [lines.copies];
      const chunks: Chunk[] = [];
      for (const { group, nowMs } of shownGroups) {
        group.render(nowMs, withCreated, forms);
        copies.push(group.countCopies(nowMs));
        seriesCount += group.seriesCount;
        for (const chunk of group.chunks) {
          chunks.push(chunk);
          lastWriteMs = Math.max(lastWriteMs, chunk.newestMs);
        }
      }
      for (const { duplicates, boundsMismatches } of copies) {
        skipped.add('duplicate_series', duplicates);
        skipped.add('bounds_mismatch', boundsMismatches);
      }
      const hasOtherNames = members.some(({ family }) => family.hasOtherNames);
      seriesByType.set(type, (seriesByType.get(type) ?? 0) + seriesCount);
      families.push(...shownFamilies({ name, type, record, hasOtherNames }, forms, chunks, lines?.pieces));
    }
    this.#shared = shared;
    for (const { table, isMissing } of parts) if (!isMissing) table.afterRendering();
    families.sort((a, b) => compareBytes(a.name, b.name));
    return { families, seriesByType, skipped, lastWriteMs: Number.isFinite(lastWriteMs) ? lastWriteMs : undefined };
  }
}

function namesOf(parts: readonly UnionPart[]): readonly string[] {
  const lists = parts.filter(({ isMissing }) => !isMissing).map(({ table, nowMs }) => table.settle(nowMs));
  const [first = [], ...others] = lists;
  if (others.length === 0) return first;
  return [...new Set(lists.flat())].sort(compareBytes);
}

// Loops, as these are run for each of thousands of families: flatMap takes several times as long (measured).

function settledFamilies(parts: readonly UnionPart[], name: string): FamilyPart[] {
  const families: FamilyPart[] = [];
  for (const part of parts) {
    const family = part.table.family(name);
    if (family === undefined) continue;
    family.settle();
    families.push({ family, part });
  }
  return families;
}

function groupsOf(families: readonly FamilyPart[], type: MetricType): GroupPart[] {
  const groups: GroupPart[] = [];
  for (const { family, part } of families) {
    const group = family.group(type, part.table.columns);
    if (group.keyCount > 0) groups.push({ group, nowMs: part.nowMs, isMissing: part.isMissing });
  }
  return groups;
}

/**
 * The type that is shown, and how many keys of others are not: where a name stands under several types, its record
 * decides, else the order of METRIC_TYPES.
 */
function chooseType(
  families: readonly Family[],
  declared: MetricType | undefined,
): {
  readonly type: MetricType | undefined;
  readonly conflicts: number;
} {
  const counts = METRIC_TYPES.map((type) => ({
    type,
    count: families.reduce((sum, family) => sum + family.keyCountOf(type), 0),
  })).filter(({ count }) => count > 0);
  const chosen = counts.find(({ type }) => type === declared) ?? counts[0];
  const conflicts = counts.reduce((sum, { type, count }) => (type === chosen?.type ? sum : sum + count), 0);
  return { type: chosen?.type, conflicts };
}

function isDerived(name: string, histograms: ReadonlySet<string>): boolean {
  return DERIVED_SUFFIXES.some((suffix) => name.endsWith(suffix) && histograms.has(name.slice(0, -suffix.length)));
}
