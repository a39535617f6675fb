import { compare } from './comparison.js';
import type { FaultKind, Strike } from './faults/fault.js';
import { History } from './proxy/history.js';
import { MergeProxy, type Rewrite } from './proxy/merge-proxy.js';
import { between, seededRandom } from './random.js';
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
  const proxy = await MergeProxy.start(0, rewrite, new History(kind.keepsData));
  const fault = await kind.start(proxy).catch(async (error: unknown) => {
    await proxy.stop();
    throw error;
  });
  const { deployment } = fault;
  const strikes = { before: 0, after: 0, unknown: 0, missed: 0 };
  try {
    if ('port' in deployment) proxy.leadTo(deployment.port);
    const target = 'target' in deployment ? deployment.target : { redis: proxy.url };
    await pool.start(target, seed, kind.isLossy);
    await proxy.appliedOf(pool.writers * (target.shards ?? 1));
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
      const differences = [...proxy.history.problems, ...(await compare(kind, deployment, proxy.history, reports))];
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
    await deployment.stop();
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

function droppedBy({ stats }: WriterReport): number {
  return [stats.counter, stats.gauge, stats.histogram]
    .flatMap(({ dropped }) => Object.values(dropped))
    .reduce((sum, recordings) => sum + recordings, 0);
}
