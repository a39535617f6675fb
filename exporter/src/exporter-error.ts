/** What can go wrong with the exporter. */
export type ExporterErrorCode =
  /** A flag, a variable or a configuration file. */
  | 'invalid_configuration'
  /** Redis cannot be reached, refuses us, or is no Redis. */
  | 'redis_unavailable'
  /** What a node of a cluster was asked for lies on another, which cannot be reached. */
  | 'other_node_unavailable'
  /** Redis answered something that its command never answers. */
  | 'unexpected_reply'
  /** The address to listen on is taken or not ours. */
  | 'cannot_listen';

/** An error of the exporter: its message says what was expected, what was got, and where. */
export class ExporterError extends Error {
  readonly code: ExporterErrorCode;

  constructor(code: ExporterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExporterError';
    this.code = code;
  }
}
