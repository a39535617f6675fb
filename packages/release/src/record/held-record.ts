import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { MetricsStore } from '@redmeter/experiment';
import { ReleaseError } from '../release-error.js';
import { readRecord, recordText, type Lease, type ReleaseRecord } from './release-record.js';

/** Storage of records. */
export type ReleaseRecords = Pick<MetricsStore, 'readRelease' | 'replaceRelease'>;

/** Milliseconds without a renewal of the lease after which another process takes over the rollout. */
const LEASE_MS = 15_000;
const RENEW_MS = 2000;
const POLL_MS = 100;

/** The leases that this process has. */
const ownLeases = new Set<string>();

/** The record of an application; undefined when there is none. */
export async function readReleaseRecord(
  records: ReleaseRecords,
  application: string,
): Promise<ReleaseRecord | undefined> {
  const text = await records.readRelease(application);
  return text === undefined ? undefined : readRecord(application, text);
}

/** Sends a request to the process that runs the rollout of an application. */
export async function requestOf(
  records: ReleaseRecords,
  application: string,
  request: NonNullable<ReleaseRecord['request']>,
): Promise<void> {
  await change(records, application, (record) => {
    if (record === undefined) throw unknownRelease(application);
    return { ...record, request };
  });
}

/** The error of an application without a release. */
export function unknownRelease(application: string): ReleaseError {
  return new ReleaseError(
    'unknown_release',
    `expected an application known to "redmeter release apply" or "run", got ${JSON.stringify(application)}`,
  );
}

/**
 * The record of an application that one process alone may write. The lease is renewed until `release`; should the process be killed,
 * another one takes over: at once on the same host, else when the lease was not renewed for 15 seconds. No clocks are compared.
 */
export class HeldRecord {
  readonly #records: ReleaseRecords;
  readonly #application: string;
  readonly #id: string;
  readonly #renewal: NodeJS.Timeout;
  #renewing: Promise<void> = Promise.resolve();
  #lost: unknown;

  /**
   * Takes the lease.
   * @param first The record of an application that has none.
   * @throws ReleaseError `release_busy` when another process has it, `unknown_release` when there is no record and no first one
   */
  static async take(
    records: ReleaseRecords,
    application: string,
    first: ReleaseRecord | undefined,
  ): Promise<HeldRecord> {
    const own: Lease = { id: randomUUID(), host: hostname(), pid: process.pid, renewals: 0 };
    let seen: { readonly renewals: number; readonly id: string; readonly sinceMs: number } | undefined;
    for (;;) {
      const text = await records.readRelease(application);
      const record = text === undefined ? first : readRecord(application, text);
      if (record === undefined) throw unknownRelease(application);
      const { lease } = record;
      const isFree =
        lease === undefined ||
        isDead(lease) ||
        (seen?.id === lease.id && performance.now() - seen.sinceMs >= LEASE_MS && seen.renewals === lease.renewals);
      if (isFree) {
        if (await records.replaceRelease(application, text, recordText({ ...record, lease: own }))) break;
        continue;
      }
      if (seen?.id === lease.id && seen.renewals !== lease.renewals) {
        const message = `expected no other process to run the release of ${application}, got process ${lease.pid} on ${lease.host}`;
        throw new ReleaseError('release_busy', message);
      }
      if (seen?.id !== lease.id) seen = { id: lease.id, renewals: lease.renewals, sinceMs: performance.now() };
      await wait(POLL_MS);
    }
    ownLeases.add(own.id);
    return new HeldRecord(records, application, own.id);
  }

  private constructor(records: ReleaseRecords, application: string, id: string) {
    this.#records = records;
    this.#application = application;
    this.#id = id;
    this.#renewal = setInterval(() => {
      this.#renewing = this.#renewing.then(async () => {
        try {
          await this.update((record) => record);
        } catch (error) {
          // The next use of the record reports it.
          this.#lost = error;
        }
      });
    }, RENEW_MS);
  }

  /** The record as it is now. @throws ReleaseError `release_busy` when another process has taken over */
  async read(): Promise<ReleaseRecord> {
    return this.#mine(await readReleaseRecord(this.#records, this.#application));
  }

  /** Changes the record; what others asked for meanwhile stays in it. */
  async update(changed: (record: ReleaseRecord) => ReleaseRecord): Promise<ReleaseRecord> {
    return change(this.#records, this.#application, (record) => {
      const mine = this.#mine(record);
      const { lease, ...rest } = changed(mine);
      if (lease?.id !== this.#id) throw new Error('expected a change to keep the lease');
      return { ...rest, lease: { ...lease, renewals: lease.renewals + 1 } };
    });
  }

  /** Gives the lease back. */
  async release(): Promise<void> {
    clearInterval(this.#renewal);
    await this.#renewing;
    ownLeases.delete(this.#id);
    await change(this.#records, this.#application, (record) => {
      const { lease, ...rest } = record ?? ({} as ReleaseRecord);
      if (lease?.id !== this.#id) return record ?? rest;
      return rest;
    });
  }

  #mine(record: ReleaseRecord | undefined): ReleaseRecord {
    if (record?.lease?.id === this.#id) return record;
    const message = `expected no other process to run the release of ${this.#application}, got one that took over`;
    throw new ReleaseError('release_busy', message, { cause: this.#lost });
  }
}

async function change(
  records: ReleaseRecords,
  application: string,
  changed: (record: ReleaseRecord | undefined) => ReleaseRecord,
): Promise<ReleaseRecord> {
  for (;;) {
    const text = await records.readRelease(application);
    const after = changed(text === undefined ? undefined : readRecord(application, text));
    if (await records.replaceRelease(application, text, recordText(after))) return after;
  }
}

// In a container each start may have the same id of a process.
function isDead({ id, host, pid }: Lease): boolean {
  if (host !== hostname()) return false;
  if (pid === process.pid) return !ownLeases.has(id);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
