/** Codes of errors. */
export type ReleaseErrorCode =
  /** The gateway does not take a plan; the one before is in force. */
  | 'gateway_refused'
  /** The program of the gateway is missing, or cannot be used. */
  | 'gateway_unavailable'
  | 'unknown_release'
  /** Another process runs the rollout. */
  | 'release_busy'
  | 'invalid_usage'
  | 'file_missing';

/** The error class of this package: a code for programs, a message of one line a problem for people, a cause where there is one. */
export class ReleaseError extends Error {
  override readonly name = 'ReleaseError';
  readonly code: ReleaseErrorCode;

  constructor(code: ReleaseErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
