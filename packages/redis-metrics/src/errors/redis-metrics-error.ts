/** Why a call of this package failed. */
export type RedisMetricsErrorCode =
  /** An option is unknown or has an invalid value. */
  | 'invalid_option'
  /** Recordings could not be written now; they stay pending and are retried. */
  | 'flush_failed'
  /** The data in Redis have another format or another number of shards. */
  | 'incompatible_data'
  /** The service is closed. */
  | 'closed';

/** The error class of this package; `cause` is the underlying error, e.g. one of Redis. */
export class RedisMetricsError extends Error {
  override readonly name = 'RedisMetricsError';
  readonly code: RedisMetricsErrorCode;

  constructor(code: RedisMetricsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
