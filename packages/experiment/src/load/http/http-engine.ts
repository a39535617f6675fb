import type { LoadCourse, LoadEngine, OutcomeObserver } from '../load-engine.js';
import { runPacedSenders, type PacedWork } from '../paced-senders.js';
import { HostLookup } from './host-lookup.js';
import type { ConnectionSurroundings } from './http-connection.js';
import type { HttpLoadPlan } from './http-load-plan.js';
import { HttpSender, type HttpSending } from './http-sender.js';
import { Llhttp } from './llhttp.js';
import { requestBytes } from './request-bytes.js';

const READ_BUFFER_BYTES = 64 * 1024;

/** Sends HTTP requests; the status of an answer is that of HTTP. */
export type HttpLoadEngine = LoadEngine<HttpLoadPlan>;

/** When and what to send of a load that several threads share. */
export type HttpLoadPart = Pick<PacedWork, 'share' | 'startMs'>;

/**
 * Sends HTTP requests with Node's own sockets, which are kept open, and llhttp, the parser of Node and undici. Connections are opened
 * before the first request.
 */
export const httpEngine: HttpLoadEngine = (plan, observe, signal, ending) =>
  runHttpLoad(plan, {}, observe, signal, ending);

/** Sends one thread's part of an HTTP load. */
export async function runHttpLoad(
  plan: HttpLoadPlan,
  part: HttpLoadPart,
  observe: OutcomeObserver,
  signal: AbortSignal,
  ending?: AbortSignal,
): Promise<LoadCourse> {
  const { method, headers, body, timeoutMs } = plan;
  const request = { method, url: new URL(plan.url), headers, ...(body === undefined ? {} : { body }) };
  const sending: HttpSending = {
    request,
    bytes: requestBytes(request),
    followsRedirects: plan.followsRedirects ?? false,
    timeoutMs,
  };
  const surroundings: ConnectionSurroundings = {
    llhttp: new Llhttp(),
    lookup: new HostLookup().lookup,
    readBuffer: Buffer.allocUnsafe(READ_BUFFER_BYTES),
    acceptsAnyCertificate: plan.acceptsAnyCertificate,
  };
  const senders: HttpSender[] = [];
  const interrupt = (): void => {
    for (const sender of senders) sender.interrupt();
  };
  const work: PacedWork = {
    ...part,
    ratePerSecond: plan.ratePerSecond,
    limit: plan.limit,
    timeoutMs,
    senders: plan.connections,
    makeSender: (_index, events) => {
      const sender = new HttpSender(sending, surroundings, events);
      senders.push(sender);
      return sender;
    },
  };
  const run = runPacedSenders(work, observe, signal, ending);
  signal.addEventListener('abort', interrupt);
  try {
    return await run;
  } finally {
    signal.removeEventListener('abort', interrupt);
    for (const sender of senders) sender.close();
  }
}
