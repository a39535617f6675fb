import type { ExperimentResult } from '../result/experiment-result.js';
import { versionLabel } from '../result/experiment-result.js';
import { describeSlo } from './report-content.js';

/** The report in short, as messages carry it. */
export type ResultSummary = {
  readonly startTime: string;
  readonly completed: boolean;
  readonly failure: boolean;
  readonly failureReason?: string;
  readonly numTasks: number;
  readonly numCompletedTasks: number;
  readonly numLoops: number;
  /** Whether all versions satisfy all SLOs; null without SLOs. */
  readonly slosSatisfied: boolean | null;
  readonly slos: readonly { readonly slo: string; readonly version: string; readonly verdict: string }[];
  /** By reward; null where no version wins, with the reason. */
  readonly winners: readonly { readonly metric: string; readonly winner: string | null; readonly reason?: string }[];
};

/** Sums a result up. */
export function summarizeResult(result: ExperimentResult): ResultSummary {
  const { insights } = result;
  const slos = (insights?.slos ?? []).flatMap((slo, index) =>
    (insights?.verdicts[index] ?? []).map((verdict, version) => ({
      slo: describeSlo(slo),
      version: insights === undefined ? '' : versionLabel(insights, version),
      verdict: verdict.state,
    })),
  );
  return {
    startTime: result.startTime,
    completed: result.numTasks !== undefined && result.numCompletedTasks >= result.numTasks,
    failure: result.failure,
    ...(result.failureReason === undefined ? {} : { failureReason: result.failureReason }),
    numTasks: result.numTasks ?? result.numCompletedTasks,
    numCompletedTasks: result.numCompletedTasks,
    numLoops: result.numLoops,
    slosSatisfied: slos.length === 0 ? null : slos.every(({ verdict }) => verdict === 'satisfied'),
    slos,
    winners: (insights?.rewards ?? []).map(({ metric, winner, reason }) => ({
      metric,
      winner: winner === null || insights === undefined ? null : versionLabel(insights, winner),
      ...(winner === null && reason !== undefined ? { reason } : {}),
    })),
  };
}

/** The summary in lines of plain text: the verdict first, then each SLO. */
export function summaryLines(summary: ResultSummary): string[] {
  const verdict = summary.failure
    ? 'Experiment failed'
    : summary.slosSatisfied === null
      ? 'Experiment without SLOs'
      : summary.slosSatisfied
        ? 'All SLOs are satisfied'
        : `Not all SLOs are satisfied: ${unsatisfiedText(summary)}`;
  return [
    `${verdict} (${summary.numCompletedTasks} of ${summary.numTasks} tasks completed)`,
    ...summary.slos.map(({ slo, version, verdict: state }) => `${slo}: ${state} (${version})`),
    ...summary.winners.map(({ metric, winner }) => `best ${metric}: ${winner ?? 'no winner'}`),
  ];
}

function unsatisfiedText({ slos }: ResultSummary): string {
  return ['violated', 'inconclusive']
    .map((state) => ({ state, count: slos.filter(({ verdict }) => verdict === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`)
    .join(', ');
}
