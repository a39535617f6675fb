import { Command, CommanderError, Option } from 'commander';
import { ExperimentError, messageOf, type ExperimentErrorCode } from '../experiment-error.js';
import type { AssertOptions } from './assert-command.js';
import { addCompletion } from './completion.js';
import { EXIT_CODE, type CommandEnvironment, type ExitCode } from './command-environment.js';
import { CommandError } from './command-error.js';
import type { DoctorOptions } from './doctor-command.js';
import { examples } from './examples.js';
import type { HubOptions } from './hub-command.js';
import { addKubernetesCommand } from './kubernetes/k-commands.js';
import { fromIter8Spelling } from './iter8-spelling.js';
import { addPackageCommands } from './package-commands.js';
import type { PlanOptions } from './plan-command.js';
import type { ReportOptions } from './report-command.js';
import { REPORT_FORMS } from './report-forms.js';
import type { RunOptions } from './run-command.js';
import { addAbnCommand, addResultsCommand } from './store-commands.js';
import { addStoreOptions } from './store-options.js';

const usageCodes: readonly ExperimentErrorCode[] = [
  'invalid_spec',
  'invalid_result',
  'file_missing',
  'file_unreadable',
  'unknown_sample',
  'folder_exists',
  'hub_unavailable',
  'unknown_application',
  'invalid_usage',
];

/** Runs the command line `redmeter <argv…>` and returns its exit code. */
export async function runProgram(
  argv: readonly string[],
  version: string,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODE.holds;
  try {
    const spelled = fromIter8Spelling(argv);
    const end = (code: ExitCode): void => void (exitCode = code);
    const program = buildProgram(version, environment, end);
    await addPackageCommands(program, spelled, environment, end);
    await addCompletion(program, spelled);
    await program.parseAsync(spelled, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander throws for help and version too, having printed them.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODE.holds : EXIT_CODE.usage;
    if (!(error instanceof ExperimentError || error instanceof CommandError)) {
      environment.writeError(unexpectedErrorLine(error));
      return EXIT_CODE.runFailed;
    }
    environment.writeError(
      error.message
        .split('\n')
        .map((line) => `redmeter: ${line}\n`)
        .join(''),
    );
    if (error instanceof CommandError) return error.exitCode;
    return usageCodes.includes(error.code) ? EXIT_CODE.usage : EXIT_CODE.runFailed;
  }
}

/** The message, in one line, for an unexpected error. */
export function unexpectedErrorLine(error: unknown): string {
  return `redmeter: unexpected error: ${messageOf(error).replaceAll('\n', ' ')}\n`;
}

// A command's own modules are loaded when it is called: loading all of them takes longer than most commands.
function buildProgram(version: string, environment: CommandEnvironment, end: (code: ExitCode) => void): Command {
  const program = new Command('redmeter')
    .description('Run experiments: load a service, judge it by SLOs, report the result.')
    .exitOverride()
    .configureOutput({ writeOut: environment.writeOut, writeErr: environment.writeError })
    .showSuggestionAfterError()
    .version(version, '-V, --version', 'print the version')
    .addHelpText(
      'after',
      examples(
        'redmeter hub -e load-test && cd load-test',
        'redmeter run',
        'redmeter assert -c completed -c nofailure -c slos',
        'redmeter report',
      ) +
        '\nExit codes: 0 success; 1 an assertion does not hold; 2 wrong usage or an error in the spec; 3 the run failed.\n',
    );
  const runDir = (): Option => new Option('--run-dir <folder>', 'folder of the experiment').default('.');

  program
    .command('hub')
    .description('copy a sample, an experiment or a release, to the current folder')
    .requiredOption('-e, --experiment <name>', 'name of the sample')
    .option(
      '--hub <source>',
      'folder of samples, or Git repository: URL[#ref[:folder]]; or set REDMETER_HUB (default: built-in samples)',
    )
    .addHelpText(
      'after',
      examples(
        'redmeter hub -e load-test',
        'redmeter hub -e canary',
        'redmeter hub -e checkout --hub ../our-experiments',
        'redmeter hub -e checkout --hub https://git.example.com/experiments.git#v2:samples',
      ),
    )
    .action(async (options: HubOptions) => {
      const { hubCommand } = await import('./hub-command.js');
      end(await hubCommand(options, environment));
    });
  addStoreOptions(program.command('run'))
    .description('run experiment.yaml; write result.yaml after each task')
    .addOption(runDir())
    .option('--set <name=value>', 'value of ${NAME} in the experiment; repeatable', collected, [] as string[])
    .option('--values <file>', 'YAML file with such names and values; repeatable', collected, [] as string[])
    .option('--reuse-result', 'add a loop to the earlier result: counts and latencies add up')
    .option('--loops <count>', 'number of loops, which add up; "stop: early" ends them when the verdict is certain')
    .option('--save <name>', 'save the result in the metrics store under this name')
    .option(
      '--publish-redis <url>',
      'write measurements and verdicts to this Redis as series; or set REDMETER_PUBLISH_REDIS (no default)',
    )
    .option('--publish-name <name>', 'name of the experiment in these series (default: name of its folder)')
    .option('--verbose', 'print request, answer and value of each metric of a back end')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      examples(
        'redmeter run',
        'redmeter run --run-dir load-test --reuse-result',
        'redmeter run --set URL=https://shop.example.com/ --set QPS=20',
        'redmeter run --loops 20',
        'redmeter run --save v2',
        'redmeter run --publish-redis redis://redmeter-writer:password@localhost:6379',
      ),
    )
    .action(async (options: RunOptions) => {
      const { runCommand } = await import('./run-command.js');
      end(await runCommand(options, environment));
    });
  program
    .command('plan')
    .description('show what the verdicts of experiment.yaml can decide, before it runs')
    .addOption(runDir())
    .option('--effect <effect>', 'difference between versions to find: a share such as 5%, or an amount')
    .option('--power <power>', 'probability of finding a true effect (default: 0.9)')
    .option('--set <name=value>', 'value of ${NAME} in the experiment; repeatable', collected, [] as string[])
    .option('--values <file>', 'YAML file with such names and values; repeatable', collected, [] as string[])
    .option('--json', 'print it as JSON')
    .addHelpText('after', examples('redmeter plan', 'redmeter plan --effect 5% --power 0.8'))
    .action(async (options: PlanOptions) => {
      const { planCommand } = await import('./plan-command.js');
      end(await planCommand(options, environment));
    });
  program
    .command('assert')
    .description('exit with 0 if all conditions hold, otherwise with 1')
    .addOption(runDir())
    .option(
      '-c, --condition <condition>',
      'completed, nofailure, slos, slosby=<version> or decided; repeatable, or separated by commas',
      collected,
      [] as string[],
    )
    .option(
      '-t, --timeout <duration>',
      'read the result again until the conditions hold, at most for this time, such as 30s',
    )
    .option('--json', 'print the conditions as JSON')
    .addHelpText(
      'after',
      examples('redmeter assert -c completed -c nofailure -c slos', 'redmeter assert -c completed,slos -t 60s'),
    )
    .action(async (options: AssertOptions) => {
      const { assertCommand } = await import('./assert-command.js');
      end(await assertCommand(options, environment));
    });
  program
    .command('report')
    .alias('gen')
    .description('print a report of the result')
    .addOption(runDir())
    .addOption(new Option('-o, --output <form>', 'format of the report').choices(REPORT_FORMS).default('text'))
    .option('--json', 'print the result as JSON instead')
    .addHelpText(
      'after',
      examples(
        'redmeter report',
        'redmeter gen -o html > report.html',
        'redmeter report -o markdown >> "$GITHUB_STEP_SUMMARY"',
        'redmeter report -o junit > experiment.xml',
      ),
    )
    .action(async (options: ReportOptions) => {
      const { reportCommand } = await import('./report-command.js');
      end(await reportCommand(options, environment));
    });
  program
    .command('doctor')
    .description('look at a Redis and say what is wrong with its metrics; it only reads')
    .argument('[url]', 'where Redis is, as --redis')
    .option(
      '--redis <url>',
      'redis://[user:password@]host[:port], rediss:// for TLS, unix://path, nodes of a cluster separated by commas, ' +
        'or redis-sentinel://host[:port],…/master; or set REDIS_URL (default: redis://localhost:6379)',
    )
    .option('--prefix <prefix>', 'prefix of the keys (default: metrics)')
    .option('--max-keys <count>', 'keys that are passed over at most, of all kinds (default: 1000000)')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      examples(
        'redmeter doctor',
        'redmeter doctor redis://redmeter-doctor:password@redis.example.com:6379',
        'redmeter doctor --redis redis-sentinel://sentinel-1,sentinel-2/mymaster --prefix shop',
      ) + '\nExit codes: 0 no finding is an error; 1 one is; 2 wrong usage, or Redis cannot be reached.\n',
    )
    .action(async (url: string | undefined, options: DoctorOptions) => {
      const { doctorCommand } = await import('./doctor-command.js');
      end(await doctorCommand(url, options, environment));
    });
  addResultsCommand(program, environment, end);
  addAbnCommand(program, environment, end);
  addKubernetesCommand(program, environment, end);
  program
    .command('version')
    .description('print the version')
    .action(() => environment.writeOut(`${version}\n`));
  return program;
}

/** What a flag that may be given several times was given. */
function collected(given: string, before: string[]): string[] {
  return [...before, given];
}
