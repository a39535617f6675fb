/** Requests of one kind, how many, how fast. */
export type HttpLoadPlan = {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly connections: number;
  /** Requests per second over all connections; null: as fast as they can. */
  readonly ratePerSecond: number | null;
  readonly limit: LoadLimit;
  readonly timeoutMs: number;
  /** Accept any TLS certificate. */
  readonly acceptsAnyCertificate: boolean;
};

/** When a load ends: after so many requests, or after so long. */
export type LoadLimit =
  { readonly kind: 'requests'; readonly count: number } | { readonly kind: 'duration'; readonly durationMs: number };

/** How one request ended. Each request that was sent ends once. */
export type RequestOutcome =
  | { readonly kind: 'answer'; readonly statusCode: number; readonly latencyMs: number }
  | { readonly kind: 'failure'; readonly reason: string };

/** What a load took in all. */
export type LoadCourse = {
  readonly seconds: number;
  /** Requests per second that were reached. */
  readonly reachedRate: number;
};

/** Sends HTTP requests. Resolves when all have ended, or soon after the signal; outcomes are told as they come, with the time since the start. */
export type HttpLoadEngine = (
  plan: HttpLoadPlan,
  observe: (outcome: RequestOutcome, elapsedMs: number) => void,
  signal: AbortSignal,
) => Promise<LoadCourse>;
