import { ExperimentError } from '../experiment-error.js';
import { abnReport } from '../report/abn-report.js';
import type { BuildMetrics } from '../store/abn-metrics.js';
import type { ApplicationVersion } from '../store/application-version.js';
import type { StoreChoice } from '../store/open-metrics-store.js';
import type { CommandEnvironment, ExitCode } from './command-environment.js';
import { writeEither, type JsonChoice } from './json-output.js';
import { withStore } from './with-store.js';

/** The flags of `redmeter abn write`. */
export type AbnWriteOptions = StoreChoice & { readonly transaction?: string };

/** The flags of the commands of `redmeter abn` that print. */
export type AbnPrintOptions = StoreChoice & JsonChoice;

/** Sets the versions of an application when there are any, each `<version>=<weight>[@<signature>]`, and prints what is set. */
export async function abnVersions(
  application: string,
  given: readonly string[],
  options: AbnPrintOptions,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  const versions = given.map(parseVersion);
  return withStore(options, environment, async (store) => {
    if (versions.length > 0) await store.setVersions(application, versions);
    await store.builds(application);
    const set = (await store.versions(application)) ?? [];
    const total = set.reduce((sum, { weight }) => sum + weight, 0);
    const line = ({ version, signature, weight }: ApplicationVersion): string => {
      const share = `${Number(((100 * weight) / total).toFixed(2))} %`;
      return `${[version, share, signature].join('\t').trimEnd()}\n`;
    };
    writeEither(options, environment, set, () => set.map(line).join(''));
  });
}

/** Prints the version of a user. */
export async function abnLookup(
  application: string,
  user: string,
  options: AbnPrintOptions,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  return withStore(options, environment, async (store) => {
    const { version, signature } = await store.lookup(application, user);
    writeEither(options, environment, { version, signature }, () => `${version}\n`);
  });
}

/** Writes one value of a metric for a user, to the version that the user is sent to. */
export async function abnWrite(
  [application, user, metric, text]: readonly [string, string, string, string],
  options: AbnWriteOptions,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) {
    throw new ExperimentError('invalid_usage', `expected the value to be a number, got ${JSON.stringify(text)}`);
  }
  const { transaction } = options;
  return withStore(options, environment, (store) =>
    store.writeMetric({ application, user, metric, value, ...(transaction === undefined ? {} : { transaction }) }),
  );
}

/** Prints the metrics of all builds of an application. */
export async function abnShow(
  application: string,
  options: AbnPrintOptions,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  return withStore(options, environment, async (store) => {
    const metrics: BuildMetrics[] = [];
    for (const build of await store.builds(application)) metrics.push(await store.aggregate(application, build));
    writeEither(options, environment, metrics, () => abnReport(application, metrics));
  });
}

/** Lists the applications of the store. */
export async function abnList(options: AbnPrintOptions, environment: CommandEnvironment): Promise<ExitCode> {
  return withStore(options, environment, async (store) => {
    const applications = await store.applications();
    writeEither(options, environment, applications, () => applications.map((name) => `${name}\n`).join(''));
  });
}

/** Removes an application with its versions, users and values. */
export async function abnRemove(
  application: string,
  choice: StoreChoice,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  return withStore(choice, environment, async (store) => {
    // Tells which applications there are, when it is none of them.
    await store.builds(application);
    await store.removeApplication(application);
    environment.writeOut(`removed ${application}\n`);
  });
}

function parseVersion(text: string): ApplicationVersion {
  const [, version = '', weight = '', signature = ''] = /^(.+?)=(\d+(?:\.\d+)?)(?:@(.+))?$/u.exec(text) ?? [];
  if (version !== '') return { version, signature, weight: Number(weight) };
  throw new ExperimentError(
    'invalid_usage',
    `expected <version>=<weight>[@<signature>], such as v2=20 or v2=20@9f2c1, got ${JSON.stringify(text)}`,
  );
}
