import type { ApplicationVersion, Build } from './application-version.js';

/** A value that one transaction of one user gave a metric of a build. */
export type MetricRecord = {
  readonly application: string;
  readonly build: Build;
  readonly metric: string;
  readonly user: string;
  readonly transaction: string;
  readonly value: number;
};

/** A value as it is read back. */
export type StoredValue = Pick<MetricRecord, 'metric' | 'user' | 'transaction' | 'value'>;

/**
 * What an adapter keeps for A/B/n; names are checked before they come here. Several processes may use one store at the same time.
 *
 * What every adapter promises, and the contract suite holds it to:
 * - A write resolves only when it would survive a kill of this process; a value is there as it was written or not at all.
 * - A record with the same build, metric, user and transaction replaces the one before, so that a write may be tried again.
 * - Values come back exactly as they were written.
 * - Failures of the storage reject with ExperimentError `store_unavailable`; nothing is swallowed.
 */
export type AbnStorage = {
  /** Undefined when the application is not known. */
  readVersions(application: string): Promise<readonly ApplicationVersion[] | undefined>;
  /** The versions of all applications at one moment, by application. */
  readAllVersions(): Promise<ReadonlyMap<string, readonly ApplicationVersion[]>>;
  writeVersions(application: string, versions: readonly ApplicationVersion[]): Promise<void>;
  /** Sorted. */
  listApplications(): Promise<string[]>;
  /** Removes versions, users and values; whether there was anything to remove. */
  removeApplication(application: string): Promise<boolean>;
  /** Notes that a user was sent to a build. */
  writeUser(application: string, build: Build, user: string): Promise<void>;
  /** Notes the value, and its user. */
  writeRecord(record: MetricRecord): Promise<void>;
  /** Builds that have users or values, in no certain order. */
  listBuilds(application: string): Promise<Build[]>;
  countUsers(application: string, build: Build): Promise<number>;
  /** Visits each user of a build once, in no certain order. */
  readUsers(application: string, build: Build, visit: (user: string) => void): Promise<void>;
  /** Visits each value of a build once, in no certain order. */
  readValues(application: string, build: Build, visit: (value: StoredValue) => void): Promise<void>;
  /** A text that was kept under a name of an application; undefined when there is none. It is removed with the application. */
  readMark(application: string, name: string): Promise<string | undefined>;
  writeMark(application: string, name: string, text: string): Promise<void>;
};
