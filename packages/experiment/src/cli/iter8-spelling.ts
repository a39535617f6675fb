import { ExperimentError } from '../experiment-error.js';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'fatal', 'panic'];

const FLAGS: ReadonlyMap<string, string> = new Map([
  ['--runDir', '--run-dir'],
  ['--reuseResult', '--reuse-result'],
  ['--outputFormat', '--output'],
]);

const BY_CHART = 'install charts/experiment with Helm; see docs/kubernetes.md';
const FROM_SAMPLES = 'write "redmeter hub -e load-test", then "redmeter run --run-dir load-test"';
const BY_COMMAND = 'use "redmeter abn versions, lookup, write and show" for users and metrics of versions';

/** Commands of Iter8 that redmeter does not have, and what to write in their place. */
const ABSENT: ReadonlyMap<string, string> = new Map([
  ['launch', FROM_SAMPLES],
  ['autox', 'write "redmeter k watch"; see docs/kubernetes.md'],
  ['controllers', 'traffic is moved by your gateway; see docs/experiments/running.md'],
  ['docs', 'write "redmeter --help"'],
]);

/**
 * The arguments of a command line of Iter8 0.8 to 0.13 as redmeter spells them; those of redmeter stay. Iter8's log levels are taken
 * and make no difference.
 *
 * @throws ExperimentError `invalid_usage` for what there is no equal of, saying what to write.
 */
export function fromIter8Spelling(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const given = withoutLogLevel(own).map(spelled);
  const [command = '', ...rest] = given;
  const instead = insteadOf(command, rest);
  if (instead !== undefined) {
    throw new ExperimentError('invalid_usage', `expected a command of redmeter, got one of Iter8; ${instead}`);
  }
  const known =
    command === 'hub' ? [command, ...rest.map((name) => (name === 'load-test-http' ? 'load-test' : name))] : given;
  return [...(command === 'version' ? known.filter((flag) => flag !== '--short') : known), ...argv.slice(own.length)];
}

function insteadOf(command: string, rest: readonly string[]): string | undefined {
  const has = (...names: readonly string[]): boolean =>
    rest.some((given) => names.some((name) => given === name || given.startsWith(`${name}=`)));
  // 0.8's gen makes a report, as here; 0.10's fills in a chart.
  if (command === 'gen' && has('--chartName', '-c', '--chartsParentDir', '--set')) return FROM_SAMPLES;
  if (command === 'abn' && has('--port')) return BY_COMMAND;
  if (command === 'k' && ['launch', 'run'].includes(rest[0] ?? '')) return BY_CHART;
  if (command === 'hub' && has('--remoteFolderURL')) return 'write --hub with a folder or a Git repository';
  return ABSENT.get(command);
}

function spelled(argument: string): string {
  const [flag = '', ...value] = argument.split('=');
  const known = FLAGS.get(flag);
  return known === undefined ? argument : [known, ...value].join('=');
}

function withoutLogLevel(argv: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    const [flag, inline] = argument.split('=');
    if (flag !== '-l' && flag !== '--loglevel') {
      kept.push(argument);
      continue;
    }
    const level = inline ?? argv[(index += 1)];
    if (level !== undefined && LOG_LEVELS.includes(level)) continue;
    const got = level === undefined ? 'nothing' : JSON.stringify(level);
    throw new ExperimentError('invalid_usage', `expected ${flag} to be one of ${LOG_LEVELS.join(', ')}, got ${got}`);
  }
  return kept;
}
