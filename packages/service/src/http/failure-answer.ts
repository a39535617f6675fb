import { z } from 'zod';
import { failureKind, failureMessage, type FailureKind } from '../failure.js';
import type { RouteAnswer } from './route.js';

/** The JSON of every error of the interface at /v1 and of the dashboards. */
export const problemSchema = z.strictObject({
  code: z.string().meta({ description: 'Error code, for programs.' }),
  message: z.string().meta({ description: 'Message for people: what was expected and what was received.' }),
});

/** Statuses of errors. */
export const FAILURE_STATUS: Readonly<Record<FailureKind, number>> = {
  invalid: 400,
  'not-found': 404,
  overloaded: 503,
  unavailable: 503,
  internal: 500,
};

/** An error as an answer. */
export function failureAnswer(error: unknown): RouteAnswer {
  const kind = failureKind(error);
  return problemAnswer(FAILURE_STATUS[kind], kind, failureMessage(error));
}

/** A response with an error. */
export function problemAnswer(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): RouteAnswer {
  return { status, json: { code, message }, headers: status === 503 ? { 'Retry-After': '1', ...headers } : headers };
}
