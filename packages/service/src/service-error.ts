/** Codes of errors. */
export type ServiceErrorCode =
  /** A flag or a file that it names. */
  | 'invalid_configuration'
  /** The address to listen on is taken or not ours. */
  | 'cannot_listen'
  /** A request is not what its interface expects. */
  | 'invalid_request'
  /** What a request names is not there. */
  | 'not_found'
  /** Too much waits to be stored. */
  | 'overloaded';

/** The package's error: a code for programs, a message of one line with what was expected and what was got. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ServiceErrorCode;

  constructor(code: ServiceErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
