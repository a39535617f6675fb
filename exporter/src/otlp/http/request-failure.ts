/** How a request that is not accepted is answered. A sender tries again after 429 and 503 alone. */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.headers = headers;
  }
}

/** The answer to a request that may do better later. */
export function tryAgain(message: string, cause?: unknown): RequestFailure {
  return new RequestFailure(503, message, { 'Retry-After': '1' }, { cause });
}
