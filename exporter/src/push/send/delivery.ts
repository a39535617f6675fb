import { setTimeout } from 'node:timers/promises';
import type { EncodedRequest } from '../encode/request-builder.js';
import type { PushMetrics } from '../push-metrics.js';
import type { WriteAnswer, Written } from './write-answer.js';

/** Sends requests; it never rejects. */
export interface RequestSender {
  send(body: Uint8Array, signal: AbortSignal): Promise<WriteAnswer>;
}

/** What came of some requests. */
export interface Delivered {
  /** Those that the endpoint will not take any more, because it has them or does not want them. */
  readonly settled: readonly EncodedRequest[];
  /** Those of them of which it wrote nothing. */
  readonly refused: readonly EncodedRequest[];
  /** Those that it took none of in time. */
  readonly dropped: readonly EncodedRequest[];
  /** Why it rejected something; undefined where it took all that settled. */
  readonly rejection: string | undefined;
  /** Why the last attempt failed; undefined where none is left to be sent again. */
  readonly failure: string | undefined;
  /** Milliseconds for which the endpoint wants no other request. */
  readonly pauseMs: number;
}

/** When a delivery ends before all is settled. */
export interface DeliveryLimits {
  /** Milliseconds without a request that settles. */
  readonly patienceMs: number;
  /** Ends what is sent. */
  readonly signal: AbortSignal;
  /** Ends pauses: what waits to be sent again is sent once more. */
  readonly hurry: AbortSignal;
}

/** Requests at a time. Each series is in one of them, so that its samples stay in their order. */
export const CONCURRENCY = 4;
const BACKOFF = { minMs: 100, maxMs: 5_000 };

/** Sends requests, again and again where the endpoint asks for that or does not answer. */
export async function deliver(
  requests: readonly EncodedRequest[],
  { sender, metrics }: { readonly sender: RequestSender; readonly metrics: PushMetrics },
  limits: DeliveryLimits,
): Promise<Delivered> {
  const { patienceMs, signal, hurry } = limits;
  const waiting = [...requests];
  const settled: EncodedRequest[] = [];
  const refused: EncodedRequest[] = [];
  let lastProgressMs = performance.now();
  let rejection: string | undefined;
  let failure: string | undefined;
  let pausedUntilMs = 0;

  const send = async (request: EncodedRequest): Promise<boolean> => {
    const end = metrics.duration.startTimer();
    const answer = await sender.send(request.body, signal);
    end();
    if (answer.kind === 'retry') {
      metrics.requests.inc({ outcome: 'failed' });
      failure = answer.why;
      pausedUntilMs = Math.max(pausedUntilMs, performance.now() + (answer.afterMs ?? 0));
      return false;
    }
    const noted = note(request, answer, metrics);
    rejection = noted.why ?? rejection;
    settled.push(request);
    if (noted.outcome === 'refused') refused.push(request);
    lastProgressMs = performance.now();
    return true;
  };
  /** @returns false at once where it would be too long */
  const pause = async (pauseMs: number): Promise<boolean> => {
    const isTooLong = performance.now() + pauseMs - lastProgressMs > patienceMs;
    if (isTooLong || signal.aborted || hurry.aborted) return false;
    await setTimeout(pauseMs, undefined, { signal: hurry }).catch(() => undefined);
    return true;
  };
  /** @returns false where it is given up */
  const settle = async (request: EncodedRequest): Promise<boolean> => {
    for (let backoffMs = BACKOFF.minMs; ; backoffMs = Math.min(BACKOFF.maxMs, backoffMs * 2)) {
      // The endpoint may have asked for it in the answer to another request.
      const wantedMs = pausedUntilMs - performance.now();
      if (wantedMs > 0 && !(await pause(wantedMs))) return false;
      if (await send(request)) return true;
      if (!(await pause(backoffMs * (0.5 + Math.random() / 2)))) return false;
    }
  };
  const work = async (): Promise<void> => {
    // One that fails stays with its worker: the others go on without it.
    for (let request = waiting.shift(); request !== undefined; request = waiting.shift()) {
      if (await settle(request)) continue;
      waiting.push(request);
      return;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const pauseMs = Math.max(0, pausedUntilMs - performance.now());
  return {
    settled,
    refused,
    dropped: waiting,
    rejection,
    failure: waiting.length === 0 ? undefined : failure,
    pauseMs,
  };
}

/** Counts what was written. @returns how much, and why something was not */
function note(
  { samples, histograms, exemplars }: EncodedRequest,
  answer: Exclude<WriteAnswer, { kind: 'retry' }>,
  metrics: PushMetrics,
): { readonly outcome: 'written' | 'refused' | 'partial'; readonly why: string | undefined } {
  const { written } = answer;
  const sent = samples + histograms;
  const kept = Math.min(sent, written.samples + written.histograms);
  const keptExemplars = Math.min(exemplars, written.exemplars);
  metrics.pendingSamples.dec(sent);
  metrics.samples.inc(kept);
  metrics.rejectedSamples.inc(sent - kept);
  metrics.exemplars.inc(keptExemplars);
  metrics.rejectedExemplars.inc(exemplars - keptExemplars);
  const isWhole = kept === sent && keptExemplars === exemplars;
  const outcome = isWhole ? 'written' : kept === 0 ? 'refused' : 'partial';
  metrics.requests.inc({ outcome });
  const few = isWhole ? undefined : `it wrote ${shown(written)} of ${shown({ samples, histograms, exemplars })}`;
  return { outcome, why: answer.kind === 'refused' ? answer.why : few };
}

function shown({ samples, histograms, exemplars }: Written): string {
  return `${samples} samples, ${histograms} histograms and ${exemplars} exemplars`;
}
