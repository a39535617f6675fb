import { BodyCut, isOver, type Exchange } from '@redmeter/http-server';
import type { Refusal } from '../../http/login/check-login.js';
import type { Refuse, Route } from '../../http/request-router.js';
import type { OtlpMetrics, RequestOutcome } from '../otlp-metrics.js';
import type { Receiver } from '../receiver.js';
import { BodyBudget } from './body-budget.js';
import { encodingOf, sendAccepted, sendFailure } from './otlp-answer.js';
import { readBody } from './read-body.js';
import { RequestFailure } from './request-failure.js';

/** The path of the receiver. */
export const METRICS_PATH = '/v1/metrics';

/** What the route needs. */
export interface OtlpRouteParts {
  readonly receiver: Receiver;
  readonly metrics: OtlpMetrics;
  /** Most bytes of a body, as sent and decompressed. */
  readonly maxBodyBytes: number;
}

/** A route, and how it refuses. */
export interface OtlpRoute {
  readonly route: Route;
  readonly refuse: Refuse;
}

/** Bodies of the largest size that are in memory at one time. */
const MAX_BODIES = 8;

/** `POST /v1/metrics`, and how its server refuses requests. */
export function otlpRoute({ receiver, metrics, maxBodyBytes }: OtlpRouteParts): OtlpRoute {
  const budget = new BodyBudget(maxBodyBytes * MAX_BODIES);

  const note = (outcome: RequestOutcome, { arrivedAtMs }: Exchange): void => {
    metrics.requests.inc({ outcome });
    metrics.duration.observe((performance.now() - arrivedAtMs) / 1000);
  };

  const refuse = async (exchange: Exchange, { status, text, headers = {} }: Refusal): Promise<void> => {
    const { request, response } = exchange;
    note(outcomeOf(status), exchange);
    // The client went away.
    if (isOver(response)) return;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    await sendFailure(exchange, encodingOf(request.headers['content-type']) ?? 'json', status, text);
  };

  const receive = async (exchange: Exchange): Promise<void> => {
    const { request, response } = exchange;
    const { 'content-type': type } = request.headers;
    const encoding = encodingOf(type);
    if (encoding === undefined) {
      const got = JSON.stringify((type ?? '').slice(0, 60));
      throw new RequestFailure(415, `expected Content-Type application/x-protobuf or application/json, got ${got}`);
    }
    const body = await readBody(request, response, maxBodyBytes, budget);
    try {
      const received = await receiver.receive(body.bytes, encoding);
      const isPartial = received.errorMessage !== '';
      note(isPartial ? 'partial' : 'accepted', exchange);
      if (!isOver(response)) sendAccepted(response, encoding, isPartial ? received : undefined);
    } finally {
      body.release();
    }
  };

  const answer = async (exchange: Exchange): Promise<void> => {
    try {
      await receive(exchange);
    } catch (error) {
      if (error instanceof BodyCut) note('malformed', exchange);
      else if (error instanceof RequestFailure) await refuse(exchange, error.refusal);
      else throw error;
    }
  };

  return { route: { method: 'POST', answer }, refuse };
}

function outcomeOf(status: number): RequestOutcome {
  if (status === 500) return 'failed';
  if (status === 503 || status === 429) return 'unavailable';
  return status === 400 ? 'malformed' : 'refused';
}
