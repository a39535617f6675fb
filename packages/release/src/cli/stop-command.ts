import { EXIT_CODE, type CommandEnvironment, type ExitCode } from '@redmeter/experiment';
import { HeldRecord } from '../record/held-record.js';
import { withEvent } from '../record/release-record.js';
import { withPublishedStore } from './publication.js';
import { applicationOf, gatewayOf, type ReleaseOptions } from './release-files.js';

/** Stops the gateway of a release; "apply" or "run" starts it again. */
export async function stopCommand(
  named: string | undefined,
  options: ReleaseOptions,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  const application = await applicationOf(named, options, environment);
  return withPublishedStore(application, options, environment, async (store) => {
    const held = await HeldRecord.take(store, application, undefined);
    try {
      await gatewayOf((await held.read()).plan, options).stop();
      await held.update((record) => withEvent(record, { time: new Date().toISOString(), event: 'stopped' }));
    } finally {
      await held.release();
    }
    environment.writeOut(`stopped the gateway of ${application}\n`);
    return EXIT_CODE.holds;
  });
}
