import { RedisMetricsError } from '../errors/redis-metrics-error.js';
import { isError, messageOf } from '../errors/error-text.js';
import type { Logger } from '../accounting/logger.js';

/** Tells the operator when writing stops working, each kind of failure once, and when it works again. */
export class WriteReport {
  readonly #logger: Logger;
  /** The kinds of failure told since writing worked last. */
  readonly #troubles = new Set<string>();
  /** Shards whose last flush failed. */
  readonly #failing = new Set<number>();
  readonly #policies = new Set<string>();
  #isClosed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param error why a flush of a shard failed; undefined when it did not */
  noteFlush(shard: number, error: unknown): void {
    // What ends after the close has written nothing.
    if (this.#isClosed) return;
    if (error !== undefined) {
      this.#failing.add(shard);
      this.noteTrouble(error);
      return;
    }
    this.#failing.delete(shard);
    if (this.#failing.size > 0) return;
    // A warning like the one it takes back: who shows only those must not be left with half of the story.
    if (this.#troubles.size > 0) this.#logger.warn('redmeter: metrics are written again');
    this.#troubles.clear();
  }

  /** @param error why nothing can be written */
  noteTrouble(error: unknown): void {
    if (this.#isClosed) return;
    const trouble = kindOf(error);
    if (this.#troubles.has(trouble)) return;
    this.#troubles.add(trouble);
    if (error instanceof RedisMetricsError && error.code === 'incompatible_data') {
      this.#logger.error(`redmeter: metrics are not written: ${messageOf(error)}`);
    } else {
      this.#logger.warn(
        `redmeter: metrics are not written: ${messageOf(error)}; they are kept, and written when it works again`,
      );
    }
  }

  /** Says once of each policy that it takes metrics away; in a cluster, nodes may differ. */
  noteEvictionPolicy(policy: string): void {
    if (policy === 'noeviction' || this.#policies.has(policy)) return;
    this.#policies.add(policy);
    this.#logger.warn(
      `redmeter: Redis has maxmemory-policy ${policy}, which takes metrics away when memory is full; expected noeviction`,
    );
  }

  /** @param lost recordings that could not be written */
  noteClose(lost: number): void {
    this.#isClosed = true;
    if (lost > 0) this.#logger.error(`redmeter: closed with ${lost} recordings not written to Redis; they are lost`);
  }
}

/** Redis's errors begin with their kind in capitals; all that is wrong with a connection is one kind. */
function kindOf(error: unknown): string {
  if (error instanceof RedisMetricsError) return error.code;
  const cause = isError(error) && isError(error.cause) ? error.cause : error;
  return /^[A-Z]+(?= )/.exec(messageOf(cause))?.[0] ?? 'connection';
}
