/** Why the stack cannot be brought up, or did not stay up. */
export type StackErrorCode =
  | 'bad-setting'
  | 'port-in-use'
  | 'missing-program'
  | 'not-permitted'
  | 'install-failed'
  | 'part-ended'
  | 'part-not-healthy'
  | 'interrupted'
  | 'no-docker-engine'
  | 'no-images'
  | 'compose-failed';

/** The one error of this package: a message for people, with what was expected, what was got, and the fix. */
export class StackError extends Error {
  override readonly name = 'StackError';
  readonly code: StackErrorCode;

  constructor(code: StackErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
