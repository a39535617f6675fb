import { EXIT_CODE, type CommandEnvironment, type ExitCode } from '@redmeter/experiment';
import { readReleaseRecord, unknownRelease } from '../record/held-record.js';
import { eventLine } from './event-printer.js';
import { applicationOf, withReleaseStore, type ReleaseOptions } from './release-files.js';

/** Prints the events of a release, oldest first. */
export async function historyCommand(
  named: string | undefined,
  options: ReleaseOptions,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  const application = await applicationOf(named, options, environment);
  const record = await withReleaseStore(options, environment, (store) => readReleaseRecord(store, application));
  if (record === undefined) throw unknownRelease(application);
  const { history, rollout } = record;
  environment.writeOut(
    options.json === true
      ? `${JSON.stringify(history, undefined, 2)}\n`
      : history.map((event) => `${eventLine(event, rollout?.candidate)}\n`).join(''),
  );
  return EXIT_CODE.holds;
}
