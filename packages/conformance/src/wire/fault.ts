import type { MergeCall } from './merge-call.js';

/** What the kit does to a call of the merge script with series. */
export interface Fault {
  /** Before the call reaches Redis, or when Redis has applied it and the answer is on its way. */
  readonly at: 'call' | 'applied';
  /** Which calls; default all. */
  readonly matches?: (call: MergeCall) => boolean;
  /** How many; default 1. */
  readonly times?: number;
  /** Done first, while the writer waits. */
  readonly meanwhile?: () => Promise<unknown>;
  /** Then the connection is cut, the answer passes or never comes, or the writer gets this error (`at` is `call`). */
  readonly then: 'cut' | 'pass' | 'silence' | { readonly error: string };
}

/** A fault under way. */
export class InjectedFault {
  /** How often it happened. */
  hits = 0;
  /** What `meanwhile` threw. */
  failure: Error | undefined;
  readonly fault: Fault;

  constructor(fault: Fault) {
    this.fault = fault;
  }

  get isOver(): boolean {
    return this.hits >= (this.fault.times ?? 1);
  }

  takes(at: Fault['at'], call: MergeCall): boolean {
    if (this.isOver || this.fault.at !== at || call.seriesKeys.length === 0) return false;
    return this.fault.matches?.(call) ?? true;
  }
}
