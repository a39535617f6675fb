import type { IncomingMessage, ServerResponse } from 'node:http';

/** Milliseconds in which a client can send the rest of a body that is refused, and read the answer. */
const LINGER_MS = 1_000;

/** The client went away, or was too slow, before all of the body was there. There is nobody to answer. */
export class BodyCut extends Error {
  override readonly name = 'BodyCut';

  constructor(cause?: unknown) {
    super('the connection ended before the body did', { cause });
  }
}

/**
 * Reads the body of a request. Unlike a loop over the request, it leaves the connection open for an answer when it ends early.
 * @param take receives each piece; an error that it throws ends the reading and rejects
 * @throws BodyCut if the connection ends before the body
 */
export async function readChunks(request: IncomingMessage, take: (chunk: Buffer) => void): Promise<void> {
  if (request.destroyed && !request.readableEnded) throw new BodyCut();
  await new Promise<void>((resolve, reject) => {
    const settle = (done: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut);
      done();
    };
    const onData = (chunk: Buffer): void => {
      try {
        take(chunk);
      } catch (error) {
        request.pause();
        settle(() => reject(error instanceof Error ? error : new Error(String(error))));
      }
    };
    const onEnd = (): void => settle(resolve);
    const onCut = (cause?: Error): void => settle(() => reject(new BodyCut(cause)));
    request.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
  });
}

/** Whether a request says that it has a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Sends a body as the whole answer. Where the body of the request is not read, the connection is closed: its rest would be taken for the
 * next request. To close it at once would cost a client the answer if it is still sending; so its rest is read for a second, and thrown away.
 */
export async function endAnswer(request: IncomingMessage, response: ServerResponse, body: Uint8Array): Promise<void> {
  if (request.complete || !hasBody(request)) {
    response.end(body);
    return;
  }
  response.setHeader('Connection', 'close');
  response.removeHeader('Keep-Alive');
  response.setHeader('Content-Length', body.length);
  response.write(body);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, LINGER_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    request.once('end', done).once('close', done).resume();
    response.once('close', done);
  });
  response.end();
}
