import type { LoadSummary } from '../result/load-summary.js';
import type { LoadPace } from './load-engine.js';
import type { LoadRecord } from './load-recorder.js';
import { slotsOf } from './pacer.js';
import { summaryOf, type LoadReport } from './summary-of.js';

/** Judges a load while it runs. */
export type LoadJudgement = {
  /** Requests at the same time, at most. */
  readonly senders: number;
  /**
   * Whether the load may end now.
   *
   * @param underWay How many requests are under way or due, at most: of these nothing is known yet.
   */
  readonly isOver: (load: LoadSummary, underWay: number) => boolean;
};

const MIN_REQUESTS = 5;
// A check after so much growth finds a certain verdict at most that much later than one after each request.
const GROWTH = 1.05;
const MIN_INTERVAL_MS = 50;
// Checks take the load generator at most this share of its time.
const MAX_SHARE = 0.05;

/** When a load is judged while it runs, and whether it is to end. */
export class EarlyChecks {
  readonly #pace: LoadPace;
  readonly #report: LoadReport;
  readonly #judgement: LoadJudgement;
  readonly #ending = new AbortController();
  #nextRequests = MIN_REQUESTS;
  #nextMs = 0;

  constructor(pace: LoadPace, report: LoadReport, judgement: LoadJudgement) {
    this.#pace = pace;
    this.#report = report;
    this.#judgement = judgement;
  }

  /** Aborted when the load is to end. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** Whether it is time to judge, after so many requests in so long. */
  isDue(requests: number, elapsedMs: number): boolean {
    return requests >= this.#nextRequests && elapsedMs >= this.#nextMs && !this.#ending.signal.aborted;
  }

  /** Judges what was recorded up to now. */
  check(record: LoadRecord, elapsedMs: number): void {
    const beganMs = performance.now();
    const { requests } = record;
    const course = { elapsedMs, sent: requests, sendingMs: elapsedMs, unsent: 0 };
    const load = summaryOf(record, course, this.#pace, this.#report);
    if (this.#judgement.isOver(load, this.#underWay(requests, elapsedMs))) this.#ending.abort();
    this.#nextRequests = Math.ceil(requests * GROWTH);
    this.#nextMs = elapsedMs + Math.max(MIN_INTERVAL_MS, (performance.now() - beganMs) / MAX_SHARE);
  }

  // A request that takes long ends late: what has ended up to now is not all that was sent, but the faster part of it.
  #underWay(ended: number, elapsedMs: number): number {
    const { ratePerSecond } = this.#pace;
    const slots = slotsOf(this.#pace) ?? Infinity;
    const due =
      ratePerSecond === null ? ended + this.#judgement.senders : Math.floor((elapsedMs * ratePerSecond) / 1000) + 1;
    return Math.max(0, Math.min(slots, due) - ended);
  }
}
