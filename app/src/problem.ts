import type { Response } from 'express';

/** Error codes of requests, for programs. */
export type ProblemCode =
  | 'malformed_request'
  | 'not_found'
  | 'method_not_allowed'
  | 'request_timeout'
  | 'body_too_large'
  | 'headers_too_large'
  | 'unsupported_media_type'
  | 'store_error'
  | 'internal_error';

/** The body of every answer that is an error. */
export interface Problem {
  readonly error: {
    readonly code: ProblemCode;
    /** For people: what was expected and what was received. */
    readonly message: string;
  };
}

/** The body of an error answer. */
export function problem(code: ProblemCode, message: string): Problem {
  return { error: { code, message } };
}

/** Answers with an error, as JSON. */
export function answerProblem(response: Response, status: number, code: ProblemCode, message: string): void {
  response.status(status).json(problem(code, message));
}
