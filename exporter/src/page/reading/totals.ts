import { READER_FAMILIES } from '@redmeter/metric-format';
import type { FamilySummary, Totals } from '../../../page/src/protocol.js';
import type { ShownFamily } from '../../series/shown-family.js';
import { labelledValues, labelValue } from './labelled-values.js';
import { releaseStates } from './releases.js';
import { writerStates } from './writers.js';

const MAX_LARGEST = 10;
const NODE_UP = 'redmeter_node_up';

/** Numbers of families, series and so on. */
export type SizeTotals = Pick<Totals, 'families' | 'series' | 'samples' | 'largest'>;
/** Totals that are the same for every viewer. */
export type HealthTotals = Omit<Totals, keyof SizeTotals | 'matched'>;

/** Sums up families. */
export function sizeTotals(summaries: readonly FamilySummary[]): SizeTotals {
  return {
    families: summaries.length,
    series: summaries.reduce((sum, { series }) => sum + series, 0),
    samples: summaries.reduce((sum, { samples }) => sum + samples, 0),
    largest: [...summaries]
      .sort((a, b) => b.samples - a.samples)
      .slice(0, MAX_LARGEST)
      .map(({ name, samples, series }) => [name, samples, series] as const),
  };
}

/** The state of the read and of the writers, as a scrape reports it. */
export function healthTotals(families: readonly ShownFamily[]): HealthTotals {
  const byName = new Map(families.map((family) => [family.name, family]));
  const gauge = ({ name }: { readonly name: string }): ReturnType<typeof labelledValues> =>
    labelledValues(byName.get(name));
  const first = (reader: { readonly name: string }): number | undefined => {
    const [sample] = gauge(reader);
    return sample?.value;
  };
  const skipped = Array.from(
    gauge(READER_FAMILIES.skippedKeys),
    ({ labels, value }) => [labelValue(labels, 'reason') ?? '', value] as const,
  );
  const truncated = Array.from(
    gauge(READER_FAMILIES.truncatedFamilies),
    ({ labels }) => labelValue(labels, 'family') ?? '',
  );
  const lastWriteSeconds = first(READER_FAMILIES.lastWrite);
  const { writers, more } = writerStates(byName);
  return {
    skipped: skipped.filter(([, keys]) => keys > 0).sort((a, b) => b[1] - a[1]),
    truncated: truncated.slice(0, MAX_LARGEST),
    missingNodes: missingNodes(byName.get(NODE_UP)).slice(0, MAX_LARGEST),
    isScanDisabled: first(READER_FAMILIES.scanDisabled) === 1,
    lastWriteMs: lastWriteSeconds === undefined ? null : lastWriteSeconds * 1000,
    releases: releaseStates(byName),
    writers,
    moreWriters: more,
  };
}

function missingNodes(family: ShownFamily | undefined): string[] {
  return Array.from(labelledValues(family)).flatMap(({ labels, value }) =>
    value === 0 ? [labelValue(labels, 'node') ?? ''] : [],
  );
}
