import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { answerProblem, type ProblemCode } from './problem.js';

/** Responds to requests without a route: 400 if the path cannot be decoded, else 404. */
export const answerUnknownPath: RequestHandler = (request, response) => {
  const { path } = request;
  if (isReadable(path)) answerProblem(response, 404, 'not_found', `not found: ${request.baseUrl}${path}`);
  else
    answerProblem(response, 400, 'malformed_request', 'the path holds a % that is not followed by valid UTF-8 in hex');
};

/** Responds to an error of a handler: 4xx for a bad body; else 500, and the error is logged but not shown. */
export function answerThrown(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const status = clientErrorStatus(error);
    if (status !== undefined) {
      const message = error instanceof Error ? error.message : 'the request could not be read';
      answerProblem(response, status, codes[status] ?? 'malformed_request', message);
      return;
    }
    logger.error({ err: error, method: request.method, path: request.path }, 'a request failed');
    answerProblem(response, 500, 'internal_error', 'internal error; see the log of the store');
  };
}

const codes: Readonly<Record<number, ProblemCode>> = { 413: 'body_too_large', 415: 'unsupported_media_type' };

function isReadable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    // Not decodable.
    return false;
  }
}

/** The 4xx status that express and its body parser put on their errors. */
function clientErrorStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
