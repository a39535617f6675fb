import { randomUUID } from 'node:crypto';
import { ExperimentError } from '../experiment-error.js';
import { BuildDigests, markedBuild, markId, markText, type MarkedBuild } from './abn-mark.js';
import type { AbnStorage, StoredValue } from './abn-storage.js';
import {
  checkBuild,
  checkName,
  checkVersions,
  shownNumber,
  type ApplicationVersion,
  type Build,
} from './application-version.js';
import { assignVersion } from './assign-version.js';
import { CompensatedSum, summarizeValues, type ValueSummary } from './value-summary.js';

/** Greatest magnitude of a value: the sums and squares of any number of such values stay finite. */
export const MAX_METRIC_VALUE = 1e100;

/** A value to write. */
export type MetricWrite = {
  readonly application: string;
  readonly user: string;
  readonly metric: string;
  /** Finite, at most 1e100 in magnitude. */
  readonly value: number;
  /** Names what the value came from: written again under the same name, it counts once. Default: a new one for each call. */
  readonly transaction?: string;
  /** The build that `lookup` answered; default: the one it would answer now. */
  readonly build?: Build;
};

/** A metric of a build, over all its transactions and over its users; a user's value is the sum over the user's transactions. */
export type MetricSummary = { readonly overTransactions: ValueSummary; readonly overUsers: ValueSummary };

/** What each user gave a metric: the sum of the values, and how many they were. */
export type UserTotals = ReadonlyMap<string, { readonly sum: number; readonly count: number }>;

/** What the store has about a build. */
export type BuildMetrics = Build & {
  /** Users who were sent to it or gave it a value; those without a value of a metric do not count in that metric. */
  readonly numUsers: number;
  readonly metrics: Readonly<Record<string, MetricSummary>>;
};

/** The metrics of the versions of applications. Every method rejects with ExperimentError `store_unavailable` when the storage fails. */
export type AbnMetrics = {
  /**
   * Sets the versions of an application, replacing earlier ones.
   * @throws ExperimentError `invalid_usage` on bad names or weights.
   */
  setVersions(application: string, versions: readonly ApplicationVersion[]): Promise<void>;
  /** The versions as they were set; undefined when the application is not known. */
  versions(application: string): Promise<readonly ApplicationVersion[] | undefined>;
  /** Known applications, sorted. */
  applications(): Promise<string[]>;
  /** Removes all that is known of an application; whether there was anything. */
  removeApplication(application: string): Promise<boolean>;
  /**
   * The version a user is to be sent to, noted as a user of it. The same for every process, as long as versions and weights are.
   * @throws ExperimentError `unknown_application`, or `invalid_usage` on a bad name.
   */
  lookup(application: string, user: string): Promise<ApplicationVersion>;
  /**
   * Writes one value of a metric.
   * @throws ExperimentError `unknown_application`, or `invalid_usage` on a bad name or a value that is not finite.
   */
  writeMetric(write: MetricWrite): Promise<void>;
  /** Builds that were set, in that order, then others that have users or values, sorted. @throws ExperimentError `unknown_application` */
  builds(application: string): Promise<Build[]>;
  /** The metrics of a build, by name. Reads every value of it. */
  aggregate(application: string, build: Build): Promise<BuildMetrics>;
  /**
   * The same, and what each user gave each metric; since a mark where `since` names one: then users are those who came after it.
   * @throws ExperimentError `unknown_mark` when there is no such mark
   */
  aggregateByUser(application: string, build: Build, options?: AggregateOptions): Promise<UserMetrics>;
  /**
   * Notes which users and values there are, under a name, in place of what was noted under it before. A mark of the same id stays as it
   * is, so that it may be tried again. Reads every value of the application.
   */
  mark(application: string, name: string, id: string): Promise<void>;
};

/** Which values of a build are aggregated. */
type AggregateOptions = {
  /** The name of a mark: users and values that were there at it are left out. */
  readonly since?: string | undefined;
  /** Metrics of which all values count, whatever mark there is. */
  readonly whole?: readonly string[];
};

/** The metrics of a build, with what each user gave. */
export type UserMetrics = BuildMetrics & {
  /** By metric. */
  readonly byUser: ReadonlyMap<string, UserTotals>;
  /** The same of those users alone who are counted in `numUsers`. */
  readonly byCountedUser: ReadonlyMap<string, UserTotals>;
  /** All metrics that have a value, before the mark or after it; sorted. */
  readonly knownMetrics: readonly string[];
};

/** A/B/n metrics in some storage. */
export function abnMetricsIn(storage: AbnStorage): AbnMetrics {
  const knownVersions = async (application: string): Promise<readonly ApplicationVersion[]> => {
    checkName('an application', application);
    const versions = await storage.readVersions(application);
    if (versions !== undefined) return versions;
    throw new ExperimentError(
      'unknown_application',
      `expected an application whose versions are set, one of ${(await storage.listApplications()).join(', ') || 'none yet'}, got ${JSON.stringify(application)}`,
    );
  };
  const assign = async (application: string, user: string): Promise<ApplicationVersion> => {
    return assignVersion(application, user, await knownVersions(application));
  };
  const aggregateByUser: AbnMetrics['aggregateByUser'] = async (application, build, { since, whole = [] } = {}) => {
    checkBuild(build);
    await knownVersions(application);
    const { version, signature } = build;
    const marked = since === undefined ? undefined : markedBuild(await knownMark(storage, application, since), build);
    const knownMetrics = new Set<string>();
    const read = await readMetrics(storage, application, build, (value) => {
      knownMetrics.add(value.metric);
      return marked === undefined || whole.includes(value.metric) || !marked.hasValue(value);
    });
    const byUser = new Map([...read].map(([metric, each]) => [metric, totalsOf(each)]));
    return {
      version,
      signature,
      numUsers: await countUsers(storage, application, build, marked),
      metrics: summarize(read),
      byUser,
      byCountedUser: marked === undefined ? byUser : withoutUsers(byUser, marked),
      knownMetrics: [...knownMetrics].sort(),
    };
  };
  return {
    async setVersions(application, versions) {
      checkName('an application', application);
      checkVersions(versions);
      await storage.writeVersions(application, versions);
    },
    async versions(application) {
      checkName('an application', application);
      return storage.readVersions(application);
    },
    applications: () => storage.listApplications(),
    async removeApplication(application) {
      checkName('an application', application);
      return storage.removeApplication(application);
    },
    async lookup(application, user) {
      const assigned = await assign(application, user);
      await storage.writeUser(application, buildOf(assigned), user);
      return assigned;
    },
    async writeMetric({ application, user, metric, value, transaction = randomUUID(), build }) {
      checkName('a metric', metric);
      checkName('a user', user);
      checkName('a transaction', transaction);
      if (typeof value !== 'number' || !(Math.abs(value) <= MAX_METRIC_VALUE)) {
        throw new ExperimentError(
          'invalid_usage',
          `expected a value of ${metric} from -${MAX_METRIC_VALUE} to ${MAX_METRIC_VALUE}, got ${shownNumber(value)}`,
        );
      }
      if (build !== undefined) {
        checkBuild(build);
        await knownVersions(application);
      }
      const written = buildOf(build ?? (await assign(application, user)));
      await storage.writeRecord({ application, build: written, metric, user, transaction, value });
    },
    async builds(application) {
      const current = (await knownVersions(application)).map(buildOf);
      const isCurrent = (build: Build): boolean => current.some((other) => compareBuilds(build, other) === 0);
      const others = (await storage.listBuilds(application)).filter((build) => !isCurrent(build));
      return [...current, ...others.sort(compareBuilds)];
    },
    async aggregate(application, build) {
      const { version, signature, numUsers, metrics } = await aggregateByUser(application, build);
      return { version, signature, numUsers, metrics };
    },
    aggregateByUser,
    async mark(application, name, id) {
      await knownVersions(application);
      const before = await storage.readMark(application, name);
      if (before !== undefined && markId(before) === id) return;
      const marked = [];
      for (const build of await storage.listBuilds(application)) {
        const digests = new BuildDigests();
        await storage.readUsers(application, build, (user) => digests.addUser(user));
        await storage.readValues(application, build, (value) => digests.addValue(value));
        marked.push(digests.text(build));
      }
      await storage.writeMark(application, name, markText(id, marked));
    },
  };
}

async function knownMark(storage: AbnStorage, application: string, name: string): Promise<string> {
  const text = await storage.readMark(application, name);
  if (text !== undefined) return text;
  throw new ExperimentError('unknown_mark', `expected the mark ${name} of ${application} in the store, found none`);
}

async function countUsers(
  storage: AbnStorage,
  application: string,
  build: Build,
  marked: MarkedBuild | undefined,
): Promise<number> {
  if (marked === undefined) return storage.countUsers(application, build);
  let users = 0;
  await storage.readUsers(application, build, (user) => {
    if (!marked.hasUser(user)) users += 1;
  });
  return users;
}

function withoutUsers(byMetric: ReadonlyMap<string, UserTotals>, marked: MarkedBuild): Map<string, UserTotals> {
  return new Map(
    [...byMetric].map(([metric, totals]) => [metric, new Map([...totals].filter(([user]) => !marked.hasUser(user)))]),
  );
}

type UserTotal = { readonly sum: CompensatedSum; count: number };
type ReadMetric = { readonly values: number[]; readonly totals: Map<string, UserTotal> };

async function readMetrics(
  storage: AbnStorage,
  application: string,
  build: Build,
  isCounted: (value: StoredValue) => boolean,
): Promise<ReadonlyMap<string, ReadMetric>> {
  const byMetric = new Map<string, ReadMetric>();
  await storage.readValues(application, build, (stored) => {
    if (!isCounted(stored)) return;
    const { metric, user, value } = stored;
    const known: ReadMetric = byMetric.get(metric) ?? { values: [], totals: new Map<string, UserTotal>() };
    byMetric.set(metric, known);
    known.values.push(value);
    const total = known.totals.get(user) ?? { sum: new CompensatedSum(), count: 0 };
    known.totals.set(user, total);
    total.sum.add(value);
    total.count += 1;
  });
  return new Map([...byMetric].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function summarize(byMetric: ReadonlyMap<string, ReadMetric>): Readonly<Record<string, MetricSummary>> {
  const summaries = [...byMetric].flatMap(([metric, { values, totals }]) => {
    const overTransactions = summarizeValues(values);
    const overUsers = summarizeValues([...totals.values()].map(({ sum }) => sum.value));
    if (overTransactions === undefined || overUsers === undefined) return [];
    return [[metric, { overTransactions, overUsers }] as const];
  });
  // Without a prototype: a metric that was never written is undefined, whatever its name.
  return Object.setPrototypeOf(Object.fromEntries(summaries), null) as Record<string, MetricSummary>;
}

function totalsOf({ totals }: ReadMetric): UserTotals {
  return new Map([...totals].map(([user, { sum, count }]) => [user, { sum: sum.value, count }]));
}

function buildOf({ version, signature }: Build): Build {
  return { version, signature };
}

function compareBuilds(one: Build, other: Build): number {
  if (one.version !== other.version) return one.version < other.version ? -1 : 1;
  if (one.signature !== other.signature) return one.signature < other.signature ? -1 : 1;
  return 0;
}
