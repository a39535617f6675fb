import { EXIT_CODE, type CommandEnvironment, type ExitCode } from '@redmeter/experiment';
import { changeLines, planLines } from '../plan/plan-changes.js';
import { readReleaseRecord, unknownRelease } from '../record/held-record.js';
import type { RolloutRecord } from '../record/release-record.js';
import { wantedWeight } from '../rollout/rollout-state.js';
import { changesTo } from './changes-to.js';
import { applicationOf, gatewayOf, withReleaseStore, type ReleaseOptions } from './release-files.js';

/** Shows the desired and the actual state, and since when; exit code 1 if they differ. */
export async function statusCommand(
  named: string | undefined,
  options: ReleaseOptions,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  const application = await applicationOf(named, options, environment);
  const record = await withReleaseStore(options, environment, (store) => readReleaseRecord(store, application));
  if (record === undefined) throw unknownRelease(application);
  const { plan, planSince, rollout, lease, satisfiedPlan } = record;
  const status = await gatewayOf(plan, options).status();
  const changes = status.kind === 'serving' ? changesTo(plan, status) : [];
  const isAsWanted = status.kind === 'serving' && changes.length === 0;
  if (options.json === true) {
    const output = {
      application,
      isAsWanted,
      wanted: plan,
      wantedSince: planSince,
      gateway: status,
      rollout,
      satisfiedPlan,
      carriedOutBy: lease,
    };
    environment.writeOut(`${JSON.stringify(output, undefined, 2)}\n`);
  } else {
    const lines = [
      `desired since ${planSince}:`,
      ...planLines(plan).map((line) => `  ${line}`),
      ...(status.kind === 'down'
        ? [`actual: nothing, ${status.reason}`]
        : [`actual since ${status.since}: ${isAsWanted ? 'as desired' : 'different; changes needed:'}`]),
      ...changeLines(changes).map((line) => `  ${line}`),
      ...(status.kind === 'serving' ? (status.conditions ?? []) : []),
      ...(rollout === undefined ? [] : [rolloutLine(rollout)]),
      ...(lease === undefined ? [] : [`run by process ${lease.pid} on ${lease.host}`]),
    ];
    environment.writeOut(lines.map((line) => `${line}\n`).join(''));
  }
  return isAsWanted ? EXIT_CODE.holds : EXIT_CODE.assertionFails;
}

function rolloutLine({ candidate, steps, state }: RolloutRecord): string {
  const reason = 'reason' in state && state.reason !== undefined ? `: ${state.reason}` : '';
  const weight = wantedWeight(state, { steps });
  return `rollout of ${candidate}, steps ${steps.join(', ')} %: ${state.phase} at ${weight} %${reason}`;
}
