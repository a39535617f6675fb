import {
  addStoreOptions,
  CommandError,
  examples,
  EXIT_CODE,
  type AddCommands,
  type CommandEnvironment,
  type ExitCode,
} from '@redmeter/experiment';
import type { Command } from 'commander';
import { ReleaseError } from '../release-error.js';
import { applyCommand } from './apply-command.js';
import { historyCommand } from './history-command.js';
import { personCommand } from './person-command.js';
import { planCommand } from './plan-command.js';
import type { ReleaseOptions } from './release-files.js';
import { runCommand } from './run-command.js';
import { statusCommand } from './status-command.js';
import { stopCommand } from './stop-command.js';

type Action = (options: ReleaseOptions, environment: CommandEnvironment) => Promise<ExitCode>;
type NamedAction = (
  application: string | undefined,
  options: ReleaseOptions,
  environment: CommandEnvironment,
) => Promise<ExitCode>;

/** Adds `redmeter release …`. */
export const addCommands: AddCommands = (program, environment, end) => {
  const release = program
    .command('release')
    .description('send users to versions by release.yaml, and move them to a new one by its metrics')
    .addHelpText(
      'after',
      examples(
        'redmeter release plan',
        'redmeter release apply',
        'redmeter release run',
        'redmeter release status shop',
        'redmeter release abort shop',
      ) + '\nExit codes: 0 success; 1 rolled back or held; 2 wrong usage or an invalid file; 3 failed.\n',
    );
  const add = (usage: string, description: string): Command =>
    addStoreOptions(release.command(usage).description(description))
      .option('-f, --file <file>', 'file of the release', 'release.yaml')
      .option('--set <name=value>', 'value of ${NAME} in the release; repeatable', collected, [] as string[])
      .option('--json', 'print JSON; "run" does so by default if its output is not a terminal');
  const publishing = (command: Command): Command =>
    command.option(
      '--publish-redis <url>',
      'write weights, step and verdicts to this Redis as series; or set REDMETER_PUBLISH_REDIS (no default)',
    );
  const forcing = (command: Command): Command =>
    command.option('--force-conflicts', 'Kubernetes: take over fields of the route that others manage');
  const byFile = (usage: string, description: string, action: Action): Command =>
    add(usage, description).action(async (options: ReleaseOptions) =>
      end(await reporting(() => action(options, environment))),
    );
  const byName = (usage: string, description: string, action: NamedAction): Command =>
    add(`${usage} [application]`, `${description}; by default the application of release.yaml`).action(
      async (application: string | undefined, options: ReleaseOptions) =>
        end(await reporting(() => action(application, options, environment))),
    );
  byFile('plan', 'show what "apply" would change', planCommand);
  forcing(publishing(byFile('apply', 'apply the weights of release.yaml', applyCommand)));
  forcing(
    publishing(byFile('run', 'roll the candidate out, step by step, as long as its metrics are good', runCommand)),
  );
  byName('status', 'show the desired and the actual state, and since when', statusCommand);
  forcing(
    publishing(
      byName('promote', 'promote the candidate: send all users to it now', (...given) =>
        personCommand('promote', ...given),
      ),
    ),
  );
  forcing(
    publishing(
      byName('abort', 'abort the rollout: send no users to the candidate now', (...given) =>
        personCommand('abort', ...given),
      ),
    ),
  );
  byName('history', 'show the events of the release', historyCommand);
  publishing(byName('stop', 'stop the gateway', stopCommand));
};

async function reporting(command: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    const isUsage = ['unknown_release', 'invalid_usage', 'file_missing'].includes(error.code);
    throw new CommandError(error.message, isUsage ? EXIT_CODE.usage : EXIT_CODE.runFailed, { cause: error });
  }
}

function collected(given: string, before: string[]): string[] {
  return [...before, given];
}
