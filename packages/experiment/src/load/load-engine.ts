/** When a load ends: after so many requests, or after so long. */
export type LoadLimit =
  { readonly kind: 'requests'; readonly count: number } | { readonly kind: 'duration'; readonly durationMs: number };

/** How fast to send, and until when. */
export type LoadPace = {
  /** Requests per second over all connections; null: as fast as they can. */
  readonly ratePerSecond: number | null;
  readonly limit: LoadLimit;
};

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

/** Takes outcomes as they come, with the time since the start of the load in milliseconds. */
export type OutcomeObserver = (outcome: RequestOutcome, elapsedMs: number) => void;

/** Sends requests of one kind. Resolves when all have ended, or soon after the signal. */
export type LoadEngine<Plan extends LoadPace> = (
  plan: Plan,
  observe: OutcomeObserver,
  signal: AbortSignal,
) => Promise<LoadCourse>;
