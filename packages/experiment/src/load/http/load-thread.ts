import { parentPort, workerData } from 'node:worker_threads';
import { LoadRecorder } from '../load-recorder.js';
import { runHttpLoad } from './http-engine.js';
import type { ThreadNews, ThreadOrder, ThreadWork } from './thread-messages.js';

// A worker thread: it sends its share of a load and reports what it recorded.
const PROGRESS_INTERVAL_MS = 50;

const { plan, reading, share } = workerData as ThreadWork;
const abort = new AbortController();
const ending = new AbortController();
const recorder = new LoadRecorder(reading, plan.ratePerSecond !== null);
const post = (news: ThreadNews): void => parentPort?.postMessage(news);
const started = new Promise<number>((resolve) => {
  parentPort?.on('message', (order: ThreadOrder) => {
    if (order.kind === 'start') resolve(order.epochMs - performance.timeOrigin);
    else if (order.kind === 'record') post({ kind: 'record', record: recorder.recorded() });
    else if (order.kind === 'end') ending.abort();
    else {
      abort.abort();
      resolve(performance.now());
    }
  });
});
const startMs = async (): Promise<number> => {
  post({ kind: 'ready' });
  const atMs = await started;
  await new Promise((resolve) => setTimeout(resolve, atMs - performance.now()));
  return atMs;
};

let toldMs = 0;
const course = await runHttpLoad(
  plan,
  { share, startMs },
  (outcome, elapsedMs) => {
    recorder.record(outcome, elapsedMs);
    if (elapsedMs - toldMs < PROGRESS_INTERVAL_MS) return;
    toldMs = elapsedMs;
    post({ kind: 'progress', requests: recorder.requests });
  },
  abort.signal,
  ending.signal,
);
post({ kind: 'done', record: recorder.recorded(), course });
parentPort?.close();
