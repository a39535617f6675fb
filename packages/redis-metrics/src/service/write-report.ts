import { RedisMetricsError } from '../errors/redis-metrics-error.js';
import { isError, messageOf } from '../errors/error-text.js';
import type { Logger } from '../accounting/logger.js';

/** Logs when writing stops working, each kind of failure once, and when it works again. */
export class WriteReport {
  readonly #logger: Logger;
  /** Kinds of failure logged since the last successful write. */
  readonly #reported = new Set<string>();
  /** Shards whose last flush failed. */
  readonly #failing = new Set<number>();
  readonly #policies = new Set<string>();
  #isClosed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param error why a flush of a shard failed; undefined when it did not */
  noteFlush(shard: number, error: unknown): void {
    // A flush that ends after the close is not reported.
    if (this.#isClosed) return;
    if (error !== undefined) {
      this.#failing.add(shard);
      this.noteError(error);
      return;
    }
    this.#failing.delete(shard);
    if (this.#failing.size > 0) return;
    // A warning like the one it cancels, so that a log of warnings has both.
    if (this.#reported.size > 0) this.#logger.warn('redmeter: metrics are written again');
    this.#reported.clear();
  }

  /** @param error the reason why nothing can be written */
  noteError(error: unknown): void {
    if (this.#isClosed) return;
    const kind = kindOf(error);
    if (this.#reported.has(kind)) return;
    this.#reported.add(kind);
    if (error instanceof RedisMetricsError && error.code === 'incompatible_data') {
      this.#logger.error(`redmeter: metrics are not written: ${messageOf(error)}`);
    } else {
      this.#logger.warn(`redmeter: metrics are not written: ${messageOf(error)}; they are kept and retried`);
    }
  }

  /** Warns once of each policy that evicts metrics; in a cluster, nodes may have different ones. */
  noteEvictionPolicy(policy: string): void {
    if (policy === 'noeviction' || this.#policies.has(policy)) return;
    this.#policies.add(policy);
    this.#logger.warn(
      `redmeter: Redis has maxmemory-policy ${policy}, which evicts metrics when memory is full; expected noeviction`,
    );
  }

  /** @param lost recordings that could not be written */
  noteClose(lost: number): void {
    this.#isClosed = true;
    if (lost > 0) this.#logger.error(`redmeter: closed with ${lost} recordings not written to Redis; they are lost`);
  }
}

/** Errors of Redis start with their kind in capitals; all connection errors are one kind. */
function kindOf(error: unknown): string {
  if (error instanceof RedisMetricsError) return error.code;
  const cause = isError(error) && isError(error.cause) ? error.cause : error;
  return /^[A-Z]+(?= )/.exec(messageOf(cause))?.[0] ?? 'connection';
}
