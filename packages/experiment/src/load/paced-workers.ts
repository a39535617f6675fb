import type { LoadCourse, LoadPace, OutcomeObserver, RequestOutcome } from './load-engine.js';
import { Pacer, slotsOf } from './pacer.js';
import { SendRecord } from './send-record.js';

/** Who sends, how fast, until when. */
export type PacedWork = LoadPace & {
  /** Requests at the same time, at most. */
  readonly workers: number;
  /** Sends one request and tells how it ended; never rejects. `request` counts from 0 in the order of their slots. */
  readonly send: (worker: number, request: number) => Promise<RequestOutcome>;
};

/** Sends requests from several workers, each when its slot comes. Resolves when all have ended; after the signal none is sent. */
export async function runPacedWorkers(
  work: PacedWork,
  observe: OutcomeObserver,
  signal: AbortSignal,
): Promise<LoadCourse> {
  const startMs = performance.now();
  const pacer = new Pacer(work.ratePerSecond, work.limit, startMs);
  const record = new SendRecord(work, startMs);
  const wakers = new Set<() => void>();
  let taken = 0;
  const stop = (): void => {
    pacer.stop();
    for (const wake of wakers) wake();
  };
  const wait = (waitMs: number): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      wakers.add(wake);
    });
  const runWorker = async (worker: number): Promise<void> => {
    for (;;) {
      const waitMs = pacer.take(performance.now());
      if (waitMs === undefined) return;
      const request = taken++;
      if (waitMs >= 0.5) await wait(waitMs);
      if (signal.aborted) return;
      record.add(performance.now());
      const outcome = await work.send(worker, request);
      observe(outcome, performance.now() - startMs);
      // A request that fails at once must not keep timers and signals from their turn.
      if (outcome.kind === 'failure') await new Promise(setImmediate);
    }
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  try {
    const workers = Math.min(work.workers, slotsOf(work) ?? Infinity);
    await Promise.all(Array.from({ length: workers }, (_, worker) => runWorker(worker)));
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return record.course(performance.now());
}
