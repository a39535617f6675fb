import { Option, type Command } from 'commander';
import type { StoreChoice } from '../store/open-metrics-store.js';
import type { AbnPrintOptions, AbnWriteOptions } from './abn-command.js';
import type { CommandEnvironment, ExitCode } from './command-environment.js';
import { examples } from './examples.js';
import { DIFFERENCE_FORMS } from './report-forms.js';
import type { DifferenceOptions, ResultsOptions } from './results-command.js';
import { addStoreOptions } from './store-options.js';

// Loaded when they are called.
const resultsCommand = () => import('./results-command.js');
const abnCommand = () => import('./abn-command.js');

/** Adds `redmeter results …`, which works on stored results. */
export function addResultsCommand(
  program: Command,
  environment: CommandEnvironment,
  end: (code: ExitCode) => void,
): void {
  const results = program
    .command('results')
    .description('list, show, compare and remove results saved by "run --save"')
    .addHelpText('after', examples('redmeter results list', 'redmeter results diff v1 v2', 'redmeter results rm v1'));
  const add = (usage: string, description: string, json: string): Command =>
    addStoreOptions(results.command(usage).description(description)).option('--json', json);
  add('list', 'list all results: name, time, verdict', 'print them as JSON, with their summaries').action(
    async (options: ResultsOptions) => end(await (await resultsCommand()).listResults(options, environment)),
  );
  add('show <name>', 'print the report of a result', 'print the result as JSON instead').action(
    async (name: string, options: ResultsOptions) =>
      end(await (await resultsCommand()).showResult(name, options, environment)),
  );
  add('diff <first> <second>', 'print two results side by side', 'print both results as JSON instead')
    .addOption(new Option('-o, --output <form>', 'format of the comparison').choices(DIFFERENCE_FORMS).default('text'))
    .action(async (first: string, second: string, options: DifferenceOptions) =>
      end(await (await resultsCommand()).diffResults({ first, second }, options, environment)),
    );
  add('rm <name>', 'remove a result', 'print the confirmation as JSON').action(
    async (name: string, options: ResultsOptions) =>
      end(await (await resultsCommand()).removeResult(name, options, environment)),
  );
}

/** Adds `redmeter abn …`, which works on the metrics of the versions of applications. */
export function addAbnCommand(program: Command, environment: CommandEnvironment, end: (code: ExitCode) => void): void {
  const abn = program
    .command('abn')
    .description('A/B/n tests: versions of applications, users and metrics')
    .addHelpText(
      'after',
      examples(
        'redmeter abn versions shop v1=80 v2=20',
        'redmeter abn lookup shop ann',
        'redmeter abn write shop ann spent 12.5 --transaction order-17',
        'redmeter abn show shop',
      ),
    );
  const add = (usage: string, description: string): Command =>
    addStoreOptions(abn.command(usage).description(description));
  add('versions <application> [version=weight[@signature]...]', 'set or print the versions and their shares')
    .option('--json', 'print them as JSON, with their weights')
    .action(async (application: string, versions: string[], options: AbnPrintOptions) =>
      end(await (await abnCommand()).abnVersions(application, versions, options, environment)),
    );
  add('lookup <application> <user>', 'print the version of a user')
    .option('--json', 'print it as JSON, with its signature')
    .action(async (application: string, user: string, options: AbnPrintOptions) =>
      end(await (await abnCommand()).abnLookup(application, user, options, environment)),
    );
  add('write <application> <user> <metric> <value>', 'write a value of a metric for a user')
    .option('--transaction <id>', 'transaction id: a value written again with the same id counts once')
    .action(async (application: string, user: string, metric: string, value: string, options: AbnWriteOptions) =>
      end(await (await abnCommand()).abnWrite([application, user, metric, value], options, environment)),
    );
  add('show <application>', 'print the metrics of its versions side by side')
    .option('--json', 'print them as JSON, with histograms')
    .action(async (application: string, options: AbnPrintOptions) =>
      end(await (await abnCommand()).abnShow(application, options, environment)),
    );
  add('list', 'list the applications')
    .option('--json', 'print them as JSON')
    .action(async (options: AbnPrintOptions) => end(await (await abnCommand()).abnList(options, environment)));
  add('rm <application>', 'remove an application, its users and values').action(
    async (application: string, choice: StoreChoice) =>
      end(await (await abnCommand()).abnRemove(application, choice, environment)),
  );
}
