/** Why a call of this package failed. */
export type RedisMetricsErrorCode =
  /** An option is unknown or has a value it cannot have. */
  | 'invalid_option'
  /** What was recorded could not be written now; it stays pending and is tried again. */
  | 'flush_failed'
  /** The data in Redis were written in another format, or with another number of shards. */
  | 'incompatible_data'
  /** The service was closed before. */
  | 'closed';

/** The one error this package throws; `cause` is what lay behind it, e.g. Redis's own error. */
export class RedisMetricsError extends Error {
  override readonly name = 'RedisMetricsError';
  readonly code: RedisMetricsErrorCode;

  constructor(code: RedisMetricsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
