import { parseRecord, type HistogramRecord } from '@redmeter/metric-format';
import { readData, type Data, type Deployment } from './deployments/deployment.js';
import type { FaultKind } from './faults/fault.js';
import type { History } from './proxy/history.js';
import { addTotals, NATIVE_BUCKETS, type Total, type Totals } from './recordings.js';
import type { WriterReport } from './writer-protocol.js';

/** What is not as it must be. */
export async function compare(
  kind: FaultKind,
  deployment: Deployment,
  history: History,
  reports: readonly WriterReport[],
): Promise<readonly string[]> {
  const data = await readData(deployment);
  if (kind.isLossy) return compareNumbers(data, reports);
  const differences = history.compare(data);
  return kind.losesWriters ? differences : [...differences, ...compareSums(data, reports)];
}

/** What is not as it must be where nothing was dropped: all sums must be exact. */
function compareSums(data: Data, reports: readonly WriterReport[]): string[] {
  const expected = addTotals(reports.map(({ totals }) => totals));
  const actual = readTotals(data);
  const differences = [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
    .map((key) => ({ key, recorded: JSON.stringify(expected[key]), held: JSON.stringify(actual[key]) }))
    .filter(({ recorded, held }) => recorded !== held)
    .map(({ key, recorded, held }) => `${key}: recorded ${recorded}, in Redis ${held}`);
  for (const { recordings, stats } of reports) {
    const { counter, histogram } = stats;
    if (counter.recorded + histogram.recorded !== recordings) differences.push('stats() differ from what was recorded');
    if (counter.flushed + histogram.flushed !== recordings)
      differences.push(`not all is flushed: ${JSON.stringify(stats)}`);
  }
  return differences;
}

/** The same where some may be lost: what is not in Redis is, and no more, by type. Each recording counted one. */
function compareNumbers(data: Data, reports: readonly WriterReport[]): string[] {
  const totals = Object.values(readTotals(data, 'counter|histogram'));
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);
  const held = {
    counter: sum(totals.map((total) => (typeof total === 'number' ? total : 0))),
    histogram: sum(totals.map((total) => (typeof total === 'number' ? 0 : total.count))),
  };
  return (['counter', 'histogram'] as const).flatMap((type) => {
    const stats = reports.map((report) => report.stats[type]);
    const recorded = sum(stats.map((each) => each.recorded));
    const flushed = sum(stats.map((each) => each.flushed));
    const lost = sum(stats.map(({ dropped }) => (dropped.lost ?? 0) + (dropped.in_doubt ?? 0)));
    const isExact = flushed === held[type] && recorded === flushed + lost;
    return isExact ? [] : [`${type}: recorded ${recorded}, in Redis ${held[type]}, flushed ${flushed}, lost ${lost}`];
  });
}

/** The totals by key, without the hash tag of a shard. */
function readTotals(data: Data, types = 'counter|gauge|histogram'): Totals {
  const isTotal = new RegExp(`^metrics:(${types}):chaos_`);
  return Object.fromEntries(
    [...data].flatMap(([tagged, text]) => {
      const key = tagged.replace(/^metrics:\{\w+\}:/, 'metrics:');
      return isTotal.test(key) ? [[key, readTotal(key, text)]] : [];
    }),
  );
}

function readTotal(key: string, text: string): Total {
  const type =
    (['counter', 'gauge', 'histogram'] as const).find((name) => key.startsWith(`metrics:${name}:`)) ?? 'counter';
  const parsed = parseRecord(type, text);
  if (parsed.kind !== 'record') throw new Error(`${key}: ${parsed.reason}: ${text}`);
  const { record } = parsed;
  if (record.type !== 'histogram') return record.value;
  const counts = key.includes('chaos_mixed_ms') ? [] : countsOf(record);
  return { count: record.count, sum: record.sum, counts };
}

/** The counts of all buckets that can have any; of a native histogram that of zeros first. */
function countsOf({ shape }: HistogramRecord): readonly number[] {
  if (shape.kind === 'buckets') return shape.counts;
  if (shape.kind !== 'native' || shape.schema !== 0) return [];
  const counts = new Array<number>(NATIVE_BUCKETS.most - NATIVE_BUCKETS.least + 2).fill(0);
  counts[0] = shape.zeroCount;
  shape.positive.indexes.forEach((index, i) => {
    counts[index - NATIVE_BUCKETS.least + 1] = shape.positive.counts[i] ?? 0;
  });
  return counts;
}
