/** When a load ends: after so many requests, or after so long. */
export type LoadLimit =
  | {
      readonly kind: 'requests';
      readonly count: number;
      /** Ends it sooner. */
      readonly maxDurationMs?: number;
    }
  | { readonly kind: 'duration'; readonly durationMs: number };

/** How fast to send, and until when. */
export type LoadPace = {
  /** Requests per second over all connections; null: as fast as they can. */
  readonly ratePerSecond: number | null;
  readonly limit: LoadLimit;
};

/** When a request was sent, against when it was due. Without a rate a request is due when it is sent. */
export type SendTiming = {
  /** How long it waited, from when it was due, for a free connection. */
  readonly waitMs: number;
  /** By how much the load generator itself was late, in sending it and in reading its answer. It is part of no latency. */
  readonly lateMs: number;
};

/** How one request ended. Each request that was sent ends once. */
export type RequestOutcome = SendTiming &
  (
    | {
        readonly kind: 'answer';
        readonly statusCode: number;
        /** From when it was sent to when its answer was there. */
        readonly serviceMs: number;
      }
    | { readonly kind: 'failure'; readonly reason: string }
  );

/** What a load, or a thread of it, did in all. */
export type LoadCourse = {
  readonly elapsedMs: number;
  readonly sent: number;
  /** From the start to when the last request was sent. */
  readonly sendingMs: number;
  /** Requests that were due before the end and never sent, since no connection was free for so long. */
  readonly unsent: number;
};

/** Takes outcomes as they come, with the time since the start of the load in milliseconds. */
export type OutcomeObserver = (outcome: RequestOutcome, elapsedMs: number) => void;

/**
 * Sends requests of one kind. Resolves when all have ended, or soon after the signal.
 *
 * @param ending From then on none is sent; those under way end as they would.
 */
export type LoadEngine<Plan extends LoadPace> = (
  plan: Plan,
  observe: OutcomeObserver,
  signal: AbortSignal,
  ending?: AbortSignal,
) => Promise<LoadCourse>;
