import { readChunks } from '@redmeter/http-server';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../../error-text.js';
import type { BodyBudget } from './body-budget.js';
import { RequestFailure, tryAgain } from './request-failure.js';

/** A body, decompressed. */
export interface ReadBody {
  readonly bytes: Buffer;
  /** Gives its memory back to the budget. */
  release(): void;
}

/**
 * Reads and decompresses the body of a request.
 * @param maxBytes most bytes, as sent and decompressed
 * @throws BodyCut if the connection ends before the body; RequestFailure for one that is too large, not compressed as it says, or for which there is no memory
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
  budget: BodyBudget,
): Promise<ReadBody> {
  const isCompressed = readContentEncoding(request) === 'gzip';
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
  let taken = 0;
  const take = (bytes: number): void => {
    if (!budget.take(bytes)) throw tryAgain('too many bodies in memory');
    taken += bytes;
  };
  const release = (): void => {
    budget.release(taken);
    taken = 0;
  };
  const join = async (read: (take: (chunk: Buffer) => void) => Promise<void>): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    let length = 0;
    await read((chunk) => {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      take(chunk.length);
      chunks.push(chunk);
    });
    return Buffer.concat(chunks);
  };
  try {
    const body = await join(async (add) => readChunks(request, add));
    const bytes = isCompressed ? await join(async (add) => decompress(body, add)) : body;
    return { bytes, release };
  } catch (error) {
    release();
    throw error;
  }
}

function readContentEncoding(request: IncomingMessage): 'gzip' | 'identity' {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'gzip' || encoding === 'identity') return encoding;
  const message = `expected Content-Encoding gzip or none, got ${JSON.stringify(encoding.slice(0, 60))}`;
  throw new RequestFailure(415, message, { 'Accept-Encoding': 'gzip' });
}

/** Decompresses piece by piece: what a body grows to is known only then. */
async function decompress(body: Buffer, take: (chunk: Buffer) => void): Promise<void> {
  try {
    for await (const chunk of createGunzip().end(body) as AsyncIterable<Buffer>) take(chunk);
  } catch (error) {
    if (error instanceof RequestFailure) throw error;
    throw new RequestFailure(400, `expected a body in gzip: ${messageOf(error)}`, {}, { cause: error });
  }
}

function tooLarge(maxBytes: number): RequestFailure {
  return new RequestFailure(413, `expected a body of at most ${maxBytes} bytes, decompressed; see --otlp.max-body`);
}
