import { partNames, startLocalStack, type Stack } from '@redmeter/stack';
import { freePorts } from '@redmeter/test-servers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Benchmark, Progress } from './benchmark.js';
import { median } from './statistics.js';

const REQUESTS = 60;
// No multiple or fraction of the five seconds of flush and scrape, so that requests fall on every phase of both.
const PAUSE_MS = 1370;
const POLL_MS = 50;
const PROMISED_MS = 10_000;
const LATE_MS = 60_000;

/** The time from a request's answer until Prometheus answers a query with it, over the whole real stack. */
export const freshness: Benchmark = {
  name: 'freshness',
  async run(progress) {
    const ports = await freePorts(...partNames);
    const stack = await startLocalStack({ ports, parts: ['redis', 'store', 'exporter', 'prometheus'] });
    try {
      const delaysMs = await measure(stack, progress);
      const worst = Math.max(...delaysMs);
      return {
        name: 'freshness',
        method:
          `${REQUESTS} requests, one every ${PAUSE_MS} ms, each timed from its answer until a query of Prometheus ` +
          `counts it (asked every ${POLL_MS} ms); flush and scrape every 5 s.`,
        columns: ['requests', 'median s', 'worst s', 'promised s'],
        rows: [[REQUESTS, seconds(median(delaysMs)), seconds(worst), seconds(PROMISED_MS)]],
        claims: [
          {
            text: 'median from request to sample',
            measured: median(delaysMs) / 1000,
            atMost: PROMISED_MS / 1000,
            unit: 's',
          },
          { text: 'worst from request to sample', measured: worst / 1000, atMost: PROMISED_MS / 1000 + 1, unit: 's' },
        ],
      };
    } finally {
      await stack.stop();
    }
  },
};

async function measure(stack: Stack, progress: Progress): Promise<number[]> {
  const answeredMs: number[] = [];
  const delaysMs: number[] = [];
  let failure: unknown;
  const driven = drive(stack, answeredMs).catch((error: unknown) => {
    failure = error;
  });
  let lastNewsMs = performance.now();
  while (delaysMs.length < REQUESTS) {
    const seen = await countedJoins(stack);
    const now = performance.now();
    while (delaysMs.length < Math.min(seen, answeredMs.length)) {
      delaysMs.push(now - (answeredMs[delaysMs.length] ?? now));
      lastNewsMs = now;
    }
    progress(`${delaysMs.length} of ${REQUESTS} requests seen`);
    if (failure !== undefined) throw new Error('the store did not answer', { cause: failure });
    if (now - lastNewsMs > LATE_MS) throw new Error(`no new sample in Prometheus for ${LATE_MS / 1000} s`);
    await delay(POLL_MS);
  }
  await driven;
  return delaysMs;
}

async function drive(stack: Stack, answeredMs: number[]): Promise<void> {
  for (let i = 0; i < REQUESTS; i += 1) {
    const answer = await fetch(`${stack.urls.store ?? ''}/join`);
    if (!answer.ok) throw new Error(`the store answered ${answer.status}`);
    await answer.arrayBuffer();
    answeredMs.push(performance.now());
    await delay(PAUSE_MS);
  }
}

async function countedJoins(stack: Stack): Promise<number> {
  const query = encodeURIComponent('sum(user_events{event="joined"})');
  const answer = await fetch(`${stack.urls.prometheus ?? ''}/api/v1/query?query=${query}`);
  const body = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  return Number(body.data.result[0]?.value[1] ?? 0);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
