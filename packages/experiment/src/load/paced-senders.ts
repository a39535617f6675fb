import { GeneratorClock } from './generator-clock.js';
import type { LoadCourse, LoadPace, OutcomeObserver } from './load-engine.js';
import { Pacer, slotsOf, type LoadShare } from './pacer.js';

/** How a request ended, to the one that sent it. */
export type SenderOutcome =
  { readonly kind: 'answer'; readonly statusCode: number } | { readonly kind: 'failure'; readonly reason: string };

/** Takes what a sender did: once a request that it was sent, unless it failed before, and once how it ended. */
export type SenderEvents = {
  readonly onSent: (nowMs: number) => void;
  readonly onEnd: (outcome: SenderOutcome) => void;
};

/** Sends one request at a time; of an HTTP load it is a connection. */
export type Sender = {
  /** Connects, before the load begins. Resolves in either case: a failed connection is reported by each request. */
  ready(): Promise<void>;
  /** Makes ready what the next request needs, before it is due. */
  prepare(): void;
  /** Sends a request; requests count from 0 in the order in which they are due. */
  send(request: number): void;
};

/** Who sends, how fast, until when. */
export type PacedWork = LoadPace & {
  /** Requests at the same time, at most. */
  readonly senders: number;
  readonly makeSender: (index: number, events: SenderEvents) => Sender;
  /** How long a request may take; so long, too, may requests that were due be sent after the end. */
  readonly timeoutMs: number;
  /** When to start, in milliseconds of `performance.now()`, asked for when all are ready; now by default. */
  readonly startMs?: () => Promise<number>;
  readonly share?: LoadShare;
};

// A timer is as exact as that; what is due sooner is sent now.
const TIMER_MS = 0.5;
// What is between an answer and the next request of a sender that is behind is the work of sending, not lateness.
const TURNAROUND_MS = 1;
const MIN_GRACE_MS = 1000;
const NO_DELAY = { waitMs: 0, sentLateMs: 0, readLateMs: 0 };

/**
 * Sends requests from several senders, each when it is due and a sender is free; the schedule starts when all are ready. Resolves when
 * all requests have ended; after either signal none is sent.
 */
export async function runPacedSenders(
  work: PacedWork,
  observe: OutcomeObserver,
  signal: AbortSignal,
  ending?: AbortSignal,
): Promise<LoadCourse> {
  const load = new PacedLoad(work, observe);
  const end = (): void => load.end();
  let stop = end;
  const aborted = new Promise<void>((resolve) => {
    stop = (): void => {
      load.stop();
      resolve();
    };
  });
  ending?.addEventListener('abort', end);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    await Promise.race([load.ready(), aborted]);
    const startMs = (await work.startMs?.()) ?? performance.now();
    return await load.run(startMs);
  } finally {
    // The signal of a run outlives its loads.
    ending?.removeEventListener('abort', end);
    signal.removeEventListener('abort', stop);
  }
}

class PacedLoad {
  readonly isPaced: boolean;
  readonly observe: OutcomeObserver;
  readonly #work: PacedWork;
  readonly #senders: PacedSender[];
  #isStopped = false;
  #isEnded = false;
  #sent = 0;
  #latestSentMs = 0;
  startMs = 0;
  pacer: Pacer;
  clock: GeneratorClock | undefined;

  constructor(work: PacedWork, observe: OutcomeObserver) {
    this.#work = work;
    this.isPaced = work.ratePerSecond !== null;
    this.observe = observe;
    this.pacer = this.#pacerFrom(0);
    const senders = Math.min(work.senders, slotsOf(work) ?? Infinity);
    this.#senders = Array.from({ length: senders }, (_, index) => new PacedSender(this, index, work.makeSender));
  }

  async ready(): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender.ready()));
  }

  async run(startMs: number): Promise<LoadCourse> {
    this.startMs = startMs;
    this.#latestSentMs = startMs;
    this.pacer = this.#pacerFrom(startMs);
    if (this.#isStopped) this.pacer.stop(startMs);
    if (this.isPaced) this.clock = new GeneratorClock();
    try {
      await Promise.all(this.#senders.map((sender) => sender.run()));
    } finally {
      this.clock?.stop();
    }
    return {
      elapsedMs: performance.now() - startMs,
      sent: this.#sent,
      sendingMs: this.#latestSentMs - startMs,
      unsent: this.#isEnded ? 0 : this.pacer.untaken,
    };
  }

  /** Sends no more: what is due and was not sent is not needed. */
  end(): void {
    this.#isEnded = true;
    this.stop();
  }

  stop(): void {
    this.#isStopped = true;
    this.pacer.stop(performance.now());
    for (const sender of this.#senders) sender.stop();
  }

  noteSent(nowMs: number): void {
    this.#sent += 1;
    this.#latestSentMs = nowMs;
  }

  #pacerFrom(startMs: number): Pacer {
    const { limit, timeoutMs, share } = this.#work;
    // A run takes twice its time at most.
    const graceMs = limit.kind === 'duration' ? Math.min(timeoutMs, Math.max(MIN_GRACE_MS, limit.durationMs)) : 0;
    return new Pacer(this.#work, startMs, graceMs, share);
  }
}

class PacedSender {
  readonly #load: PacedLoad;
  readonly #sender: Sender;
  #finish: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #request = 0;
  #dueMs = 0;
  #beganMs = 0;
  #sentMs = 0;
  #freeMs = 0;
  // By how much all this sender does comes later than it would from a load generator that is never late.
  #lagMs = 0;

  constructor(load: PacedLoad, index: number, makeSender: PacedWork['makeSender']) {
    this.#load = load;
    this.#sender = makeSender(index, {
      onSent: (nowMs) => {
        this.#sentMs = nowMs;
        load.noteSent(nowMs);
      },
      onEnd: (outcome) => this.#onEnd(outcome),
    });
  }

  ready(): Promise<void> {
    return this.#sender.ready();
  }

  run(): Promise<void> {
    this.#freeMs = this.#load.startMs;
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#next();
    });
  }

  /** Gives up the request that is still to be sent. */
  stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#finish();
  }

  readonly #next = (): void => {
    const { pacer } = this.#load;
    const nowMs = performance.now();
    const dueMs = pacer.take(nowMs);
    if (dueMs === undefined) {
      this.#finish();
      return;
    }
    this.#request = pacer.latest;
    this.#dueMs = dueMs;
    if (dueMs - nowMs < TIMER_MS) {
      this.#send();
      return;
    }
    this.#sender.prepare();
    this.#timer = setTimeout(this.#send, dueMs - nowMs);
  };

  readonly #send = (): void => {
    this.#timer = undefined;
    this.#beganMs = performance.now();
    this.#sentMs = 0;
    this.#sender.send(this.#request);
  };

  #onEnd(outcome: SenderOutcome): void {
    const { startMs, observe, isPaced } = this.#load;
    const nowMs = performance.now();
    // A request that failed before it was sent took no time of the server.
    const sentMs = this.#sentMs === 0 ? nowMs : this.#sentMs;
    const { waitMs, sentLateMs, readLateMs } = isPaced ? this.#timingOf(sentMs, nowMs) : NO_DELAY;
    const lateMs = sentLateMs + readLateMs;
    this.#freeMs = nowMs;
    this.#lagMs = lateMs;
    if (outcome.kind === 'answer') {
      const { statusCode } = outcome;
      const serviceMs = nowMs - sentMs - readLateMs;
      observe({ kind: 'answer', statusCode, serviceMs, waitMs, lateMs }, nowMs - startMs);
      this.#next();
    } else {
      observe({ kind: 'failure', reason: outcome.reason, waitMs, lateMs }, nowMs - startMs);
      // Requests that fail at once must not keep timers and signals from their turn.
      setImmediate(this.#next);
    }
  }

  /**
   * Tells the wait for a free connection from lateness of the load generator, by what would have happened without the latter: there the
   * sender is free sooner by its lag, and sends when a request is due.
   */
  #timingOf(sentMs: number, nowMs: number): typeof NO_DELAY {
    const { clock } = this.#load;
    const dueMs = Math.min(this.#dueMs, sentMs);
    const readyMs = Math.max(dueMs, this.#freeMs);
    const slackMs = Math.max(0, this.#beganMs - readyMs);
    const turnaroundMs = this.#freeMs > dueMs && slackMs < TURNAROUND_MS ? slackMs : 0;
    const openingMs = Math.max(0, sentMs - Math.max(dueMs, this.#beganMs));
    const idealMs = Math.max(dueMs, this.#freeMs - this.#lagMs) + turnaroundMs + openingMs;
    const waitMs = Math.max(0, Math.min(idealMs, sentMs) - dueMs);
    const readLateMs = Math.min(clock?.standstillMs(nowMs) ?? 0, nowMs - sentMs);
    return { waitMs, sentLateMs: sentMs - dueMs - waitMs, readLateMs };
  }
}
