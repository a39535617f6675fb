/**
 * Keeps one record of each application's release, a text that only its writer understands. Several processes may use one store at the
 * same time.
 *
 * What every adapter promises, and the contract suite holds it to:
 * - `replaceRelease` resolves only when the record would survive a kill of this process; of several that replace the same record, one does.
 * - Failures of the storage reject with ExperimentError `store_unavailable`; nothing is swallowed.
 */
export type ReleaseStorage = {
  /** Undefined when the application has none. */
  readRelease(application: string): Promise<string | undefined>;
  /** Writes `after` if the stored record still is `before`, undefined for none; returns whether it did. */
  replaceRelease(application: string, before: string | undefined, after: string): Promise<boolean>;
  /** Applications with a record, sorted. */
  listReleases(): Promise<string[]>;
};
