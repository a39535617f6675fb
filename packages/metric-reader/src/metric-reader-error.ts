/** Errors of a whole read; errors of single keys are skip reasons. */
export type MetricReaderErrorCode =
  /** Redis cannot be reached, or the connection broke. */
  | 'redis_unavailable'
  /** Redis refuses a command that every read needs. */
  | 'refused'
  /** A setting is invalid. */
  | 'invalid_setting';

/** An error of this package; `message` says what was expected and what was got. */
export class MetricReaderError extends Error {
  readonly code: MetricReaderErrorCode;

  constructor(code: MetricReaderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MetricReaderError';
    this.code = code;
  }
}
