import { readChunks } from '@redmeter/http-server';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServiceError } from '../service-error.js';
import { problemAnswer } from './failure-answer.js';
import type { RouteAnswer } from './route.js';

/** Longest body, bytes. */
const MAX_BODY_BYTES = 64 * 1024;

/** A body, or the answer to one that is not read. */
export type BodyReading =
  { readonly kind: 'read'; readonly bytes: Buffer } | { readonly kind: 'refused'; readonly answer: RouteAnswer };

/** Reads the body of a request that should be JSON. Its bytes are not taken where its type or length is wrong. @throws BodyCut */
export async function readBody(request: IncomingMessage, response: ServerResponse): Promise<BodyReading> {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  // Not only to be exact: a page of another site may send any other type to this machine without asking.
  if (type !== 'application/json') {
    const got = type === '' ? 'none' : JSON.stringify(type);
    return refused(415, 'unsupported-type', `expected the content type application/json, got ${got}`);
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return refused(415, 'unsupported-encoding', `expected a body that is not encoded, got ${JSON.stringify(encoding)}`);
  }
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return tooLong();
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    await readChunks(request, (chunk) => {
      length += chunk.length;
      if (length > MAX_BODY_BYTES) throw new BodyTooLong();
      chunks.push(chunk);
    });
  } catch (error) {
    if (error instanceof BodyTooLong) return tooLong();
    throw error;
  }
  return { kind: 'read', bytes: Buffer.concat(chunks) };
}

class BodyTooLong extends Error {}

/** The JSON of a body. @throws ServiceError `invalid_request` */
export function parseBody(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ServiceError('invalid_request', `expected JSON in UTF-8: ${why}`, { cause });
  }
}

function refused(status: number, code: string, message: string): BodyReading {
  return { kind: 'refused', answer: problemAnswer(status, code, message, { Connection: 'close' }) };
}

function tooLong(): BodyReading {
  return refused(413, 'too-long', `expected a body of at most ${MAX_BODY_BYTES} bytes`);
}
