/** Why the store could not start. */
export type StoreErrorCode = 'invalid_configuration' | 'cannot_listen';

/** The store could not start. The message has a line for each problem. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}
