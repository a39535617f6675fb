import {
  DEFAULT_PREFIX,
  internalKeys,
  MAX_ANSWER_SERIES,
  OWN_NAME_START,
  parseKeyHead,
  parseKeyLabels,
  type MetricType,
  type ParsedKeyHead,
} from '@redmeter/metric-format';
import { compareBytes } from './byte-order.js';
import { labelSet, type LabelSet } from './label-set.js';
import { SkipCounts } from './skip-counts.js';

/** The keys under the prefix that were found, and how. */
export interface KeyListing {
  /** Without repetitions. */
  readonly keys: Iterable<Uint8Array>;
  /** Whether only the indexes were read, since the database is too large to scan. */
  readonly isScanDisabled: boolean;
}

/** How a listing is read. */
export interface PlanSettings {
  /** The prefix of the keys. Default `metrics`. */
  readonly prefix?: string;
  /** Maximum number of series in one answer. Default 10,000. */
  readonly maxSeries?: number;
}

/** A key whose value is to be read. */
export interface PlannedSeries {
  readonly key: Uint8Array;
  readonly labels: LabelSet;
}

/** The keys of one metric name, by the type in the key. */
export interface PlannedFamily {
  readonly name: string;
  readonly groups: ReadonlyMap<MetricType, readonly PlannedSeries[]>;
  /**
   * Under which keys its record may be, one byte a character, best first: beside keys without a tag, then beside those with
   * the tags that its keys have, in the order of their bytes.
   */
  readonly recordKeys: readonly string[];
}

/** What to read from Redis for one answer. */
export interface ReadingPlan {
  /** In the order of their names' bytes. */
  readonly families: readonly PlannedFamily[];
  /** Names of the metrics for which the answer has no room, in the order of their bytes. */
  readonly truncated: readonly string[];
  /** Keys that are invalid; more are counted while reading. */
  readonly skipped: SkipCounts;
  readonly isScanDisabled: boolean;
  /** Most series that the answer has room for. */
  readonly maxSeries: number;
}

type KeyHead = Extract<ParsedKeyHead, { kind: 'head' }>;

/**
 * Chooses what to read of the keys that were found: whole metrics in the order of their names, each one that still
 * fits, redmeter's own first, since they tell what went wrong.
 */
export function planReading(listing: KeyListing, settings: PlanSettings = {}): ReadingPlan {
  const { prefix = DEFAULT_PREFIX, maxSeries = MAX_ANSWER_SERIES } = settings;
  const skipped = new SkipCounts();
  const keysByName = new Map<string, { key: Uint8Array; head: KeyHead }[]>();
  for (const key of listing.keys) {
    const head = parseKeyHead(key, prefix);
    if (head.kind === 'skipped') {
      skipped.add(head.reason);
      continue;
    }
    const keys = keysByName.get(head.name);
    if (keys === undefined) keysByName.set(head.name, [{ key, head }]);
    else keys.push({ key, head });
  }

  const names = [...keysByName.keys()].sort(compareBytes);
  const isOwn = (name: string): boolean => name.startsWith(OWN_NAME_START);
  const chosen = new Set<string>();
  let room = maxSeries;
  for (const name of [...names.filter(isOwn), ...names.filter((name) => !isOwn(name))]) {
    const size = keysByName.get(name)?.length ?? 0;
    if (size > room) continue;
    room -= size;
    chosen.add(name);
  }

  return {
    families: names
      .filter((name) => chosen.has(name))
      .map((name) => {
        const found = keysByName.get(name) ?? [];
        return { name, groups: groupByType(found, skipped), recordKeys: recordKeysOf(prefix, name, found) };
      }),
    truncated: names.filter((name) => !chosen.has(name)),
    skipped,
    isScanDisabled: listing.isScanDisabled,
    maxSeries,
  };
}

function recordKeysOf(prefix: string, name: string, keys: readonly { readonly head: KeyHead }[]): string[] {
  const tags = new Set(keys.flatMap(({ head: { tag } }) => tag ?? []));
  const spaces = [{ prefix }, ...[...tags].sort(compareBytes).map((tag) => ({ prefix, tag }))];
  return spaces.map((space) => internalKeys(space).family(name));
}

function groupByType(
  keys: readonly { key: Uint8Array; head: KeyHead }[],
  skipped: SkipCounts,
): Map<MetricType, PlannedSeries[]> {
  const groups = new Map<MetricType, PlannedSeries[]>();
  for (const { key, head } of keys) {
    const parsed = parseKeyLabels(head.encodedLabels);
    if (parsed.kind === 'skipped') {
      skipped.add(parsed.reason);
      continue;
    }
    const series = { key, labels: labelSet(parsed.labels) };
    const group = groups.get(head.type);
    if (group === undefined) groups.set(head.type, [series]);
    else group.push(series);
  }
  return groups;
}
