/** Why the store could not start. */
export type StoreErrorCode = 'invalid_configuration' | 'cannot_listen';

/** Ends the store before it serves; the message is for the person who started it, with a line per problem. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}
