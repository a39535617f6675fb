import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers one request. An error that it throws, or rejects with, becomes a 500. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Whether a response is no longer possible: it was sent while the handler waited, or the client has disconnected. */
export function isOver(response: ServerResponse): boolean {
  return response.writableEnded || response.destroyed || response.closed;
}

/** Sends a line of text as the whole response. */
export function sendText(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${text}\n`);
}
