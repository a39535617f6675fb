import { Option, type Command } from 'commander';
import type { CommandEnvironment, ExitCode } from '../command-environment.js';
import { examples } from '../examples.js';
import { REPORT_FORMS } from '../report-forms.js';
import { addStoreOptions } from '../store-options.js';
import type { KAssertOptions, KDeleteOptions, KLogOptions, KReportOptions } from './k-experiment.js';
import type { KWatchOptions } from './k-watch.js';

// Loaded when they are called.
const experimentCommands = () => import('./k-experiment.js');

/** Adds `redmeter k …`, which works on experiments in a Kubernetes cluster. */
export function addKubernetesCommand(
  program: Command,
  environment: CommandEnvironment,
  end: (code: ExitCode) => void,
): void {
  const k = program
    .command('k')
    .description('experiments in Kubernetes: assert, report, log, delete, and watch for new versions')
    .addHelpText(
      'after',
      examples(
        'helm upgrade --install checkout charts/experiment --set-file experiment=experiment.yaml',
        'redmeter k assert -g checkout -c completed,nofailure,slos -t 5m',
        'redmeter k report -g checkout -o junit > experiment.xml',
        'redmeter k log -g checkout',
      ),
    );
  const add = (name: string, description: string): Command =>
    k
      .command(name)
      .description(description)
      .option('-g, --group <experiment>', 'name of the experiment: the Helm release', 'default')
      .option('-n, --namespace <namespace>', 'its namespace (default: that of the kubeconfig or the pod)');
  addStoreOptions(add('assert', 'exit with 0 if all conditions hold for its latest Job, otherwise with 1'))
    .option(
      '-c, --condition <condition>',
      'completed, nofailure, slos, slosby=<version> or decided; repeatable, or separated by commas',
      (given: string, before: string[]) => [...before, given],
      [] as string[],
    )
    .option('-t, --timeout <duration>', 'wait until they hold, or until the Job has ended, at most for this time')
    .option('--json', 'print the conditions as JSON')
    .action(async (options: KAssertOptions) => end(await (await experimentCommands()).kAssert(options, environment)));
  addStoreOptions(add('report', 'print a report of the result of its latest Job'))
    .addOption(new Option('-o, --output <form>', 'format of the report').choices(REPORT_FORMS).default('text'))
    .action(async (options: KReportOptions) => end(await (await experimentCommands()).kReport(options, environment)));
  add('log', 'print what its latest Job has printed').action(async (options: KLogOptions) =>
    end(await (await experimentCommands()).kLog(options, environment)),
  );
  addStoreOptions(add('delete', 'delete its Jobs and CronJobs, and their results')).action(
    async (options: KDeleteOptions) => end(await (await experimentCommands()).kDelete(options, environment)),
  );
  k.command('watch')
    .description('start the experiment of each new pod template of Deployments with the label redmeter.dev/experiment')
    .option('-n, --namespace <namespace>', 'the namespace to watch (default: that of the kubeconfig or the pod)')
    .option('-A, --all-namespaces', 'watch all namespaces')
    .action(async (options: KWatchOptions) => end(await (await import('./k-watch.js')).kWatch(options, environment)));
}
