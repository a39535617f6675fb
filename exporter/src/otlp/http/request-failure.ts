import type { Refusal } from '../../http/login/check-login.js';

/** How a request that is not accepted is answered. A sender tries again after 429 and 503 alone. */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure';
  readonly refusal: Refusal;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}, options?: ErrorOptions) {
    super(message, options);
    this.refusal = { status, text: message, headers };
  }
}

/** The answer to a request that may do better later. */
export function tryAgain(message: string, cause?: unknown): RequestFailure {
  return new RequestFailure(503, message, { 'Retry-After': '1' }, { cause });
}
