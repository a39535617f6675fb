/** What can go wrong in reading as a whole; what is wrong with one key is a skip reason. */
export type MetricReaderErrorCode =
  /** Redis cannot be reached, or the connection broke. */
  | 'redis_unavailable'
  /** Redis answers, but refuses what no reading can do without. */
  | 'refused'
  /** A setting is not what it should be. */
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
