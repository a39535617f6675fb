import autocannon from 'autocannon';
import { ExperimentError } from '../experiment-error.js';
import type { HttpLoadEngine, HttpLoadPlan } from './http-load-engine.js';
import { paceClient } from './paced-client.js';
import { Pacer, slotsOf } from './pacer.js';
import { SendRecord } from './send-record.js';

// The load ends by its pacer; this is as long as a timer can run.
const NEVER_SECONDS = Math.floor((2 ** 31 - 1) / 1000);
// A run ends at one of these intervals.
const CHECK_INTERVAL_MS = 10;

/** Sends HTTP requests with autocannon. */
export const autocannonEngine: HttpLoadEngine = async (plan, observe, signal) => {
  refuseLineBreaks(plan.headers);
  const startMs = performance.now();
  const pacer = new Pacer(plan.ratePerSecond, plan.limit, startMs);
  const connections = Math.min(plan.connections, slotsOf(plan) ?? Infinity);
  const endings: (() => void)[] = [];
  const record = new SendRecord(plan, startMs);

  const run = autocannon({
    url: plan.url,
    method: plan.method,
    headers: { ...plan.headers },
    ...(plan.body === undefined ? {} : { body: plan.body }),
    connections,
    duration: NEVER_SECONDS,
    timeout: NEVER_SECONDS,
    ...{ sampleInt: CHECK_INTERVAL_MS },
    setupClient: (client) => {
      endings.push(
        paceClient(client, {
          takeSlot: () => pacer.take(performance.now()),
          onSent: () => record.add(performance.now()),
          onOutcome: (outcome) => observe(outcome, performance.now() - startMs),
          timeoutMs: plan.timeoutMs,
          acceptsAnyCertificate: plan.acceptsAnyCertificate,
        }),
      );
    },
  });
  const stop = (): void => {
    pacer.stop();
    for (const end of endings) end();
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  try {
    await run;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return record.course(performance.now());
};

// autocannon sends what it is given: a line break would begin another header, or another request.
function refuseLineBreaks(headers: HttpLoadPlan['headers']): void {
  const [name] = Object.entries(headers).find((field) => /[\0\r\n]/.test(field.join(''))) ?? [];
  if (name === undefined) return;
  // The value is not shown: it may be a secret.
  const message = `headers: expected ${JSON.stringify(name)} and its value to be of one line, got several`;
  throw new ExperimentError('task_failed', message);
}
