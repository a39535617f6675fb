import { RedisMetricsService, type MetricsStats } from '@redmeter/redis-metrics';
import { ExperimentError } from '../experiment-error.js';
import type { ExperimentResult } from '../result/experiment-result.js';
import { gaugeSamples, GAUGES, outcomeOf, RUN_OUTCOMES, type RunTimes } from './experiment-series.js';

// So that a daily run adds to the count of the day before, and what it found is shown until the next.
const TTL_SECONDS = 25 * 3600;

/** Where a run is published, and under which name. */
export type Publication = {
  /** `redis://`, `rediss://` or `unix://`; may hold a password, which is never shown. */
  readonly redisUrl: string;
  /** The value of the label `experiment`. */
  readonly experiment: string;
};

/**
 * Writes what a run measured and decided to Redis, as series like those of any application; all of it is there when this resolves.
 *
 * @throws ExperimentError `publishing_failed` with the reason when not all of it could be written within about 5 seconds.
 */
export async function publishResult(
  result: ExperimentResult,
  times: RunTimes,
  { redisUrl, experiment }: Publication,
): Promise<void> {
  const messages: string[] = [];
  const note = (message: string): void => void messages.push(message);
  let metrics: RedisMetricsService;
  try {
    metrics = new RedisMetricsService({
      redis: redisUrl,
      ttlSeconds: TTL_SECONDS,
      idleTtlSeconds: TTL_SECONDS,
      // Each run would leave a series of its own, and look like a writer that hangs.
      ownMetrics: false,
      logger: { info: () => undefined, warn: note, error: note },
    });
  } catch (cause) {
    throw new ExperimentError('publishing_failed', 'expected an address of Redis to publish to, got none', { cause });
  }
  const runs = metrics.counter({
    name: 'redmeter_experiment_runs_total',
    help: 'Runs of an experiment, by outcome.',
    labelNames: ['experiment', 'outcome'],
  });
  const outcome = outcomeOf(result);
  for (const other of RUN_OUTCOMES) runs.labels({ experiment, outcome: other }).inc(other === outcome ? 1 : 0);
  for (const { gauge, labels, value } of gaugeSamples(result, times)) {
    const { labelNames, ...definition } = GAUGES[gauge];
    metrics
      .gauge({ ...definition, labelNames: ['experiment', ...labelNames] as const })
      .labels({ experiment, ...labels })
      .set(value);
  }
  await metrics.close();
  const unwritten = unwrittenOf(metrics.stats());
  if (unwritten === 0) return;
  throw new ExperimentError(
    'publishing_failed',
    `expected to publish the result to Redis, got ${unwritten} values not written: ${messages[0] ?? 'no reason given'}`,
  );
}

function unwrittenOf({ counter, gauge }: MetricsStats): number {
  return [counter, gauge].reduce(
    (sum, { pending, dropped }) => sum + pending + Object.values(dropped).reduce((all, lost) => all + lost, 0),
    0,
  );
}
