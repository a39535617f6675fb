import { isCertain } from '../assess/is-certain.js';
import type { ExperimentResult } from '../result/experiment-result.js';
import type { ExperimentSpec } from '../spec/experiment-spec.js';

/** How looks are counted for a loop whose author does not say how many there will be. */
export const UNANNOUNCED_LOOKS = 10;

/** A loop of one experiment. */
export type Loops = {
  /** How often to run it, at most. */
  readonly times: number;
  /** What to add to. */
  readonly earlier: ExperimentResult | undefined;
  readonly runOnce: (earlier: ExperimentResult | undefined) => Promise<ExperimentResult>;
  /** Called with the reason when it ends before the requested number of loops. */
  readonly print: (line: string) => void;
};

/**
 * Runs an experiment again and again, each time adding to what is there, until a run fails or, where an assess task says `stop: early`,
 * the verdict is certain. One that is certain already is not run again.
 */
export async function runLoops(
  spec: ExperimentSpec,
  { times, earlier, runOnce, print }: Loops,
): Promise<ExperimentResult> {
  const stopsEarly = spec.tasks.some((task) => task.kind === 'assess' && task.with.stop === 'early');
  const isOver = (result: ExperimentResult): boolean =>
    stopsEarly && !result.failure && result.specText === spec.text && hasCertainVerdict(result);
  let latest = earlier;
  for (let loop = 0; loop < times; loop += 1) {
    if (latest !== undefined && isOver(latest)) {
      const look = latest.insights?.looks?.count ?? 1;
      print(`the verdict is certain since look ${look}: stop: early ends the loop here\n`);
      return latest;
    }
    latest = await runOnce(latest);
    if (latest.failure) return latest;
  }
  return latest ?? runOnce(undefined);
}

/** Whether more data can no longer change the verdict of a result. */
export function hasCertainVerdict({ insights }: ExperimentResult): boolean {
  return insights !== undefined && isCertain(insights);
}
