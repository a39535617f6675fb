import { parseRecord } from '@redmeter/metric-format';
import type { Redis } from 'ioredis';
import type { FaultKind, StartedFault, Strike } from './faults/fault.js';
import { History } from './history.js';
import { MergeProxy, type Rewrite } from './merge-proxy.js';
import { between, seededRandom } from './random.js';
import { addTotals, type Total, type Totals } from './recordings.js';
import type { WriterPool } from './writer-pool.js';
import type { WriterReport } from './writer-protocol.js';

/** Faults after which the sums are compared; then it goes on. */
const FAULTS_BETWEEN_LOOKS = 25;
/** Calls that pass between two faults. */
const MAX_CALLS_BETWEEN = 12;

/** What came of the faults of one kind. */
export interface ChaosResult {
  readonly name: string;
  readonly isCut: boolean;
  readonly seed: number;
  /** Faults that hit a call under way, by whether it had run. */
  readonly strikes: Readonly<Record<Strike, number>>;
  /** Recordings of counters and histograms, by all writers. */
  readonly recordings: number;
  readonly dropped: number;
  /** Answers to merge calls that were checked against the protocol. */
  readonly checked: number;
  /** Answers to merge calls, by kind. */
  readonly answers: Readonly<Record<string, number>>;
  /** What Redis holds that the writers did not record, or the other way round; empty when all is exact. */
  readonly differences: readonly string[];
  readonly durationMs: number;
}

/** How a case is run. */
export interface ChaosCase {
  readonly kind: FaultKind;
  readonly faults: number;
  readonly seed: number;
  readonly pool: WriterPool;
  readonly rewrite?: Rewrite;
  /** Told after each fault how many there were. */
  readonly onStrike?: (strikes: number) => void;
}

/** Faults that hit a call. */
export function hits(strikes: ChaosResult['strikes']): number {
  return strikes.before + strikes.after + strikes.unknown;
}

/** The cuts of all kinds, by whether the call had run. */
export function cuts(results: readonly ChaosResult[]): Readonly<Record<'before' | 'after', number>> {
  const cut = results.filter(({ isCut }) => isCut).map(({ strikes }) => strikes);
  const sum = (when: 'before' | 'after'): number => cut.reduce((total, strikes) => total + strikes[when], 0);
  return { before: sum('before'), after: sum('after') };
}

/**
 * Does faults of one kind to a Redis of its own while several writers record, and compares what they recorded with what
 * Redis holds, every few faults and at the end.
 * @throws Error when a fault cannot be done, or the writers do not get through when it is over
 */
export async function runChaosCase({ kind, faults, seed, pool, rewrite, onStrike }: ChaosCase): Promise<ChaosResult> {
  const startedAtMs = performance.now();
  const random = seededRandom(seed);
  const fault = await kind.start();
  const proxy = await MergeProxy.start(fault.deployment.port, rewrite, new History(kind.keepsData));
  const strikes = { before: 0, after: 0, unknown: 0, missed: 0 };
  try {
    await pool.start(proxy.url, seed, kind.isLossy);
    await proxy.appliedOf(pool.writers);
    for (;;) {
      const goal = Math.min(faults, hits(strikes) + FAULTS_BETWEEN_LOOKS);
      await strikeUntil(
        goal,
        kind,
        async () => {
          // Not each call is hit, so that a fault meets batches of every size and age.
          if (kind.atOnce === 1) await proxy.moreApplied(between(random, 0, MAX_CALLS_BETWEEN));
          return fault.inject(proxy, random, pool);
        },
        strikes,
        onStrike,
      );
      const reports = await pool.settle();
      const differences = [...proxy.history.problems, ...(await compare(kind, fault, proxy.history, reports))];
      if (hits(strikes) >= faults || differences.length > 0) {
        return {
          name: kind.name,
          isCut: kind.isCut,
          seed,
          strikes,
          recordings: reports.reduce((sum, { recordings }) => sum + recordings, 0),
          dropped: reports.reduce((sum, report) => sum + droppedBy(report), 0),
          checked: proxy.history.answers,
          answers: Object.fromEntries([...proxy.answers].sort()),
          differences,
          durationMs: performance.now() - startedAtMs,
        };
      }
      await pool.resume();
    }
  } finally {
    await pool.end();
    await proxy.stop();
    await fault.deployment.stop();
  }
}

async function strikeUntil(
  goal: number,
  kind: FaultKind,
  inject: () => Promise<Strike>,
  strikes: Record<Strike, number>,
  onStrike: ChaosCase['onStrike'],
): Promise<void> {
  let begun = hits(strikes);
  const mostMisses = strikes.missed + goal;
  const strikeOn = async (): Promise<void> => {
    while (begun < goal) {
      begun += 1;
      const result = await inject();
      strikes[result] += 1;
      if (result !== 'missed') onStrike?.(hits(strikes));
      else if (strikes.missed > mostMisses) throw new Error(`${kind.name}: ${strikes.missed} faults hit no call`);
      else begun -= 1;
    }
  };
  await Promise.all(Array.from({ length: kind.atOnce }, strikeOn));
}

/** What is not as it must be. */
async function compare(
  kind: FaultKind,
  fault: StartedFault,
  history: History,
  reports: readonly WriterReport[],
): Promise<readonly string[]> {
  if (kind.isLossy) return compareNumbers(fault, reports);
  const differences = await history.compare(await fault.deployment.connect());
  return kind.losesWriters ? differences : [...differences, ...(await compareSums(fault, reports))];
}

/** What is not as it must be where nothing was dropped: all sums must be exact. */
async function compareSums({ deployment }: StartedFault, reports: readonly WriterReport[]): Promise<string[]> {
  const redis = await deployment.connect();
  const expected = addTotals(reports.map(({ totals }) => totals));
  const actual = await readTotals(redis);
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
async function compareNumbers({ deployment }: StartedFault, reports: readonly WriterReport[]): Promise<string[]> {
  const totals = Object.values(await readTotals(await deployment.connect(), 'counter|histogram'));
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

function droppedBy({ stats }: WriterReport): number {
  return [stats.counter, stats.gauge, stats.histogram]
    .flatMap(({ dropped }) => Object.values(dropped))
    .reduce((sum, recordings) => sum + recordings, 0);
}

async function readTotals(redis: Redis, types = ''): Promise<Totals> {
  const all = await redis.keys('metrics:*:chaos_*');
  const keys = all.filter((key) => new RegExp(`^metrics:(${types})`).test(key));
  const texts = keys.length > 0 ? await redis.mget(keys) : [];
  return Object.fromEntries(keys.map((key, i) => [key, readTotal(key, texts[i] ?? '')]));
}

function readTotal(key: string, text: string): Total {
  const type =
    (['counter', 'gauge', 'histogram'] as const).find((name) => key.startsWith(`metrics:${name}:`)) ?? 'counter';
  const parsed = parseRecord(type, text);
  if (parsed.kind !== 'record') throw new Error(`${key}: ${parsed.reason}: ${text}`);
  const { record } = parsed;
  if (record.type !== 'histogram') return record.value;
  return { count: record.count, sum: record.sum, counts: record.shape.kind === 'buckets' ? record.shape.counts : [] };
}
