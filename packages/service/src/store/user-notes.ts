import type { AbnStorage, Build } from '@redmeter/experiment';

const FLUSH_INTERVAL_MS = 100;
/** Users noted at one time. */
const BATCH = 1000;
/** Users that wait to be noted; above, more are dropped and counted. */
const MAX_WAITING = 100_000;
/** Users remembered as noted. Two generations of it are kept, so that those who come often stay. */
const MAX_REMEMBERED = 100_000;
/** A user who is still there is noted again after one or two of these, milliseconds. */
const GENERATION_MS = 60_000;

type Note = { readonly application: string; readonly build: Build; readonly user: string };

/** Notes in the store, soon after a lookup, that a user was sent to a build. A user who was noted lately is not noted again. */
export class UserNotes {
  readonly #storage: AbnStorage;
  readonly #onDropped: () => void;
  readonly #waiting = new Map<string, Note>();
  #young = new Set<string>();
  #old = new Set<string>();
  #turnedMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  constructor(storage: AbnStorage, onDropped: () => void) {
    this.#storage = storage;
    this.#onDropped = onDropped;
  }

  add(application: string, build: Build, user: string): void {
    const key = `${application}\0${build.version}\0${build.signature}\0${user}`;
    if (this.#young.has(key)) return;
    const isKnown = this.#old.has(key);
    this.#remember(key);
    if (isKnown) return;
    if (this.#waiting.size >= MAX_WAITING) {
      this.#onDropped();
      return;
    }
    this.#waiting.set(key, { application, build, user });
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_INTERVAL_MS);
  }

  /** Forgets which users were noted: the versions of an application changed, or it was removed. */
  forget(): void {
    this.#young.clear();
    this.#old.clear();
  }

  /** Resolves when all users that wait are noted, or the store has failed, which keeps them waiting. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing ??= this.#drain().finally(() => {
      this.#flushing = undefined;
      if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => void this.flush(), FLUSH_INTERVAL_MS);
    });
    await this.#flushing;
  }

  /** Stops, whatever waits. */
  close(): void {
    this.#waiting.clear();
    clearTimeout(this.#timer);
  }

  async #drain(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting].slice(0, BATCH);
      for (const [key] of batch) this.#waiting.delete(key);
      const outcomes = await Promise.allSettled(
        batch.map(([, { application, build, user }]) => this.#storage.writeUser(application, build, user)),
      );
      const failed = batch.filter((_, index) => outcomes[index]?.status === 'rejected');
      for (const [key, note] of failed) this.#waiting.set(key, note);
      if (failed.length > 0) return;
    }
  }

  #remember(key: string): void {
    const nowMs = performance.now();
    const ageMs = nowMs - this.#turnedMs;
    if (this.#young.size >= MAX_REMEMBERED || ageMs >= GENERATION_MS) {
      // After a long silence the older ones are of no use either.
      this.#old = ageMs >= 2 * GENERATION_MS ? new Set() : this.#young;
      this.#young = new Set();
      this.#turnedMs = nowMs;
    }
    this.#young.add(key);
  }
}
