/** The kinds of errors of the exporter. */
export type ExporterErrorCode =
  /** A flag, a variable or a configuration file. */
  | 'invalid_configuration'
  /** Redis cannot be reached, refuses the connection, or is not Redis. */
  | 'redis_unavailable'
  /** A key is on another node of the cluster, which cannot be reached. */
  | 'other_node_unavailable'
  /** Redis answered something that its command never answers. */
  | 'unexpected_reply'
  /** The address to listen on is taken or not ours. */
  | 'cannot_listen';

/** An error of the exporter: its message has what was expected, what was received, and where. */
export class ExporterError extends Error {
  readonly code: ExporterErrorCode;

  constructor(code: ExporterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExporterError';
    this.code = code;
  }
}
