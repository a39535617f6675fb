import type { AbnStorage, ApplicationVersion } from '@redmeter/experiment';
import { setTimeout as wait } from 'node:timers/promises';

/** All versions of all applications, by application. */
export type AllVersions = ReadonlyMap<string, readonly ApplicationVersion[]>;

/** What a cache calls. */
export type VersionCacheEvents = {
  /** The store was read; undefined, or why it was not. What was read before stays in use. */
  readonly onRead: (failure: unknown) => void;
  /** The versions of an application changed, or the application is gone. */
  readonly onChange: (application: string) => void;
};

/** How often all versions are read, milliseconds: a change of weights is in use within twice that, well below a second. */
const READ_INTERVAL_MS = 300;
/** Shortest time between two reads for an application that is not known yet, milliseconds. */
const MIN_READ_INTERVAL_MS = 50;

/** The versions of all applications, read again several times a second, so that a lookup needs no store. */
export class VersionCache {
  readonly #storage: AbnStorage;
  readonly #events: VersionCacheEvents;
  #versions: AllVersions;
  #lastReadMs = performance.now();
  /** The next read that has not begun yet, which all that miss something share. */
  #nextRead: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Reads all versions once; rejects with ExperimentError `store_unavailable` when that fails. */
  static async open(storage: AbnStorage, events: VersionCacheEvents): Promise<VersionCache> {
    const cache = new VersionCache(storage, events, await storage.readAllVersions());
    cache.#schedule();
    return cache;
  }

  private constructor(storage: AbnStorage, events: VersionCacheEvents, versions: AllVersions) {
    this.#storage = storage;
    this.#events = events;
    this.#versions = versions;
  }

  /** The versions as they were last read. */
  get current(): AllVersions {
    return this.#versions;
  }

  /** Milliseconds since the store was last read. */
  get ageMs(): number {
    return performance.now() - this.#lastReadMs;
  }

  /** Resolves when the store has been read after this call. Rejects with ExperimentError `store_unavailable`. */
  async refresh(): Promise<void> {
    this.#nextRead ??= this.#readSoon();
    await this.#nextRead;
  }

  /** Stops reading. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#read()
        .catch(() => undefined /* onRead has it */)
        .finally(() => {
          if (this.#timer !== undefined) this.#schedule();
        });
    }, READ_INTERVAL_MS);
  }

  async #readSoon(): Promise<void> {
    await wait(MIN_READ_INTERVAL_MS);
    this.#nextRead = undefined;
    await this.#read();
  }

  async #read(): Promise<void> {
    const startedMs = performance.now();
    try {
      const next = await this.#storage.readAllVersions();
      this.#lastReadMs = startedMs;
      const before = this.#versions;
      this.#versions = next;
      for (const application of before.keys()) {
        if (!areSame(before.get(application), next.get(application))) this.#events.onChange(application);
      }
      this.#events.onRead(undefined);
    } catch (error) {
      this.#events.onRead(error);
      throw error;
    }
  }
}

function areSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
