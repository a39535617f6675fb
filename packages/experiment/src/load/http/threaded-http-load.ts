import { Worker } from 'node:worker_threads';
import { packageFile } from '../../package-file.js';
import type { LoadCourse } from '../load-engine.js';
import { EarlyChecks } from '../early-checks.js';
import { mergeRecords, type LoadRecord } from '../load-recorder.js';
import { slotsOf } from '../pacer.js';
import type { Load } from '../run-load.js';
import { summaryOf } from '../summary-of.js';
import type { HttpLoadPlan } from './http-load-plan.js';
import type { ThreadNews, ThreadOrder, ThreadWork } from './thread-messages.js';

// Until then every thread has heard when to start.
const START_DELAY_MS = 20;

/** Sends an HTTP load from several worker threads, which share its connections and its schedule, and sums it up. */
export function threadedHttpLoad(threads: number): Load<HttpLoadPlan> {
  return async (plan, report, onProgress, signal, judgement) => {
    signal.throwIfAborted();
    const { errorRanges, latencyFrom } = report;
    const count = Math.min(threads, plan.connections, slotsOf(plan) ?? Infinity);
    const requests = new Array<number>(count).fill(0);
    const checks = judgement === undefined ? undefined : new EarlyChecks(plan, report, judgement);
    let startEpochMs = Infinity;
    const elapsedMs = (): number => Math.max(0, performance.timeOrigin + performance.now() - startEpochMs);
    const sum = (): number => requests.reduce((total, each) => total + each, 0);
    let isAsking = false;
    const workers = requests.map((_, index) => {
      // The first threads have one connection more where they do not come out even.
      const connections = Math.floor((plan.connections + count - 1 - index) / count);
      const work: ThreadWork = {
        plan: { ...plan, connections },
        reading: { errorRanges, latencyFrom },
        share: { index, count },
      };
      return new LoadThread(work, (sent) => {
        requests[index] = sent;
        onProgress(sum(), elapsedMs());
        if (checks?.isDue(sum(), elapsedMs()) === true && !isAsking) void ask(checks);
      });
    });
    // While records come in more requests end: they count as under way.
    const ask = async (due: EarlyChecks): Promise<void> => {
      isAsking = true;
      const records = await Promise.all(workers.map((worker) => worker.record()));
      isAsking = false;
      due.check(records.reduce(mergeRecords), elapsedMs());
    };
    checks?.ending.addEventListener('abort', () => {
      for (const worker of workers) worker.order({ kind: 'end' });
    });
    const stop = (): void => {
      for (const worker of workers) worker.order({ kind: 'stop' });
    };
    signal.addEventListener('abort', stop);
    try {
      await Promise.race([Promise.all(workers.map(({ ready }) => ready)), ...workers.map(({ done }) => done)]);
      startEpochMs = performance.timeOrigin + performance.now() + START_DELAY_MS;
      for (const worker of workers) worker.order({ kind: 'start', epochMs: startEpochMs });
      const parts = await Promise.all(workers.map(({ done }) => done));
      const record = parts.map((part) => part.record).reduce(mergeRecords);
      const course = parts.map((part) => part.course).reduce(mergeCourses);
      onProgress(record.requests, course.elapsedMs);
      return summaryOf(record, course, plan, report);
    } finally {
      signal.removeEventListener('abort', stop);
      await Promise.all(workers.map((worker) => worker.end()));
    }
  };
}

type Part = Extract<ThreadNews, { kind: 'done' }>;

class LoadThread {
  readonly #worker: Worker;
  #last: LoadRecord | undefined;
  #takeRecord: (record: LoadRecord) => void = () => undefined;
  readonly ready: Promise<void>;
  readonly done: Promise<Part>;

  constructor(work: ThreadWork, onProgress: (requests: number) => void) {
    this.#worker = new Worker(packageFile('dist/load/http/load-thread.js'), { workerData: work });
    let isReady: () => void = () => undefined;
    this.ready = new Promise((resolve) => (isReady = resolve));
    this.done = new Promise((resolve, reject) => {
      this.#worker.once('error', reject);
      this.#worker.once('exit', (code) => reject(new Error(`a thread of the load ended with ${code}`)));
      this.#worker.on('message', (news: ThreadNews) => {
        if (news.kind === 'ready') isReady();
        else if (news.kind === 'progress') onProgress(news.requests);
        else if (news.kind === 'record') this.#takeRecord(news.record);
        else {
          // A thread that is done answers nothing more.
          this.#takeRecord(news.record);
          this.#last = news.record;
          resolve(news);
        }
      });
    });
    // It is awaited only once all are ready.
    this.done.catch(() => undefined);
  }

  order(order: ThreadOrder): void {
    this.#worker.postMessage(order);
  }

  /** What it recorded so far. */
  record(): Promise<LoadRecord> {
    if (this.#last !== undefined) return Promise.resolve(this.#last);
    return new Promise((resolve) => {
      this.#takeRecord = resolve;
      this.order({ kind: 'record' });
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

function mergeCourses(one: LoadCourse, other: LoadCourse): LoadCourse {
  return {
    elapsedMs: Math.max(one.elapsedMs, other.elapsedMs),
    sent: one.sent + other.sent,
    sendingMs: Math.max(one.sendingMs, other.sendingMs),
    unsent: one.unsent + other.unsent,
  };
}
